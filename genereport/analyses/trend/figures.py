"""Figure of the key numbers of a study from run to run."""

from __future__ import annotations

import numpy as np

from genereport.analyses.trend.result import Trend
from genereport.plotting.drawn import Drawn
from genereport.plotting.style import FAINT, canvas, colour

_LOOKS = {"cv": ("cross-validated", "o", -0.06), "independent": ("independent set", "^", 0.06)}


def draw_trend(trend: Trend) -> Drawn:
    """Draw the balanced accuracy of the named model in each run."""
    runs = trend.runs
    x = np.arange(len(runs))
    with canvas(2.7) as (figure, axes):
        for number, name in enumerate(trend.estimated):
            label, marker, aside = _LOOKS[name]
            axes.vlines(x + aside, runs[f"{name}_low"], runs[f"{name}_high"], color=colour(number), linewidth=1.1)
            axes.plot(
                x + aside, runs[name], marker=marker, markersize=5, color=colour(number), linewidth=0.7, label=label
            )
        turned = len(runs) > 5
        axes.set_xticks(x, runs["time"].tolist(), rotation=45 if turned else 0, ha="right" if turned else "center")
        axes.grid(axis="y", color=FAINT, linewidth=0.4)
        axes.set(ylabel="balanced accuracy", xlim=(-0.5, len(runs) - 0.5), ylim=(_axis_start(trend), 1.03))
        figure.legend(loc="outside upper right", ncols=2)
    return Drawn(figure)


def _axis_start(trend: Trend) -> float:
    columns = ["cv", "cv_low", "independent", "independent_low"]
    lowest = np.nanmin(trend.runs[columns].to_numpy(dtype=float))
    return float(max(-0.02, min(0.4, lowest - 0.03)))
