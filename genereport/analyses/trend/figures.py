"""Figure on how the key figures of a study went from run to run."""

from __future__ import annotations

import numpy as np

from genereport.analyses.trend.result import Trend
from genereport.formats import fixed
from genereport.plotting.drawn import Drawn
from genereport.plotting.style import FAINT, canvas, colour

_SETS = (("cv", "cross-validated", "o", -0.06), ("independent", "independent set", "^", 0.06))


def trend(result: Trend) -> Drawn:
    """Balanced accuracy of the named model in each run."""
    runs = result.runs
    x = np.arange(len(runs))
    names = runs["time"].tolist()
    known = [(*one, runs[one[0]]) for one in _SETS if runs[one[0]].notna().any()]
    with canvas(2.7) as (figure, axes):
        for number, (name, label, marker, aside, values) in enumerate(known):
            axes.vlines(x + aside, runs[f"{name}_low"], runs[f"{name}_high"], color=colour(number), linewidth=1.1)
            axes.plot(x + aside, values, marker=marker, markersize=5, color=colour(number), linewidth=0.7, label=label)
        axes.set_xticks(x, names, rotation=45 if len(runs) > 5 else 0, ha="right" if len(runs) > 5 else "center")
        axes.grid(axis="y", color=FAINT, linewidth=0.4)
        axes.set(ylabel="balanced accuracy", xlim=(-0.5, len(runs) - 0.5), ylim=(_lowest(result), 1.03))
        figure.legend(loc="outside upper right", ncols=2)
    told = "; ".join(
        f"{label}: {', '.join(f'{run} {fixed(value, 2)}' for run, value in zip(names, values, strict=True))}"
        for _, label, _, _, values in known
    )
    return Drawn(figure, f"Balanced accuracy of the model that each of {len(runs)} runs named. {told}.")


def _lowest(result: Trend) -> float:
    columns = ["cv", "cv_low", "independent", "independent_low"]
    lowest = np.nanmin(result.runs[columns].to_numpy(dtype=float))
    return float(max(-0.02, min(0.4, lowest - 0.03)))
