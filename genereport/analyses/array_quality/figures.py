"""Figure of the quality of the samples."""

from __future__ import annotations

import numpy as np

from genereport.analyses.array_quality.result import ArrayQuality
from genereport.plotting.drawn import Drawn
from genereport.plotting.style import INK, canvas, colour, marker


def draw_arrays(result: ArrayQuality) -> Drawn:
    """Draw relative log expression of every array, and its distance from the training arrays with the limit."""
    arrays = result.arrays.sort_values(["class", "set"], ascending=[True, False], kind="stable")
    x = np.arange(len(arrays))
    with canvas(2.5, 2, 1, sharex=True) as (figure, (upper, lower)):
        for position, name in enumerate(result.classes or dict.fromkeys(arrays["class"])):
            for which, face in (("train", colour(position)), ("test", "none")):
                chosen = ((arrays["class"] == name) & (arrays["set"] == which)).to_numpy()
                part = arrays[chosen]
                if part.empty:
                    continue
                half = part["rle_iqr"] / 2
                upper.vlines(x[chosen], part["rle_median"] - half, part["rle_median"] + half, color=colour(position))
                paint = {"facecolors": face, "edgecolors": colour(position), "marker": marker(position), "s": 14}
                label = f"{name}, independent" if which == "test" else str(name)
                upper.scatter(x[chosen], part["rle_median"], zorder=3, label=label, **paint)
                lower.scatter(x[chosen], part["distance"], **paint)
        upper.axhline(0, color=INK, linewidth=0.7)
        lower.axhline(result.limit, color=INK, linewidth=0.7, linestyle="--")
        upper.set(ylabel="relative log\nexpression")
        lower.set(ylabel="distance", xlabel="samples, by class", xticks=[])
        upper.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, borderpad=0, handletextpad=0.2)
    return Drawn(figure)
