"""Figure of the instability of individual predictions."""

from __future__ import annotations

from genereport.analyses.instability.result import PredictionInstability
from genereport.plotting.drawn import Drawn
from genereport.plotting.style import CROWD, FAINT, INK, SOFT, canvas, class_handles, colour, marker, shortened


def draw_instability(result: PredictionInstability) -> Drawn:
    """Draw the predictions of the bootstrap models, and their mean absolute difference, against the original ones."""
    table = result.samples
    place = result.bootstrap["sample"].map(table["original"])
    of = f"probability of {shortened(result.target)}" if result.target else "probability of the predicted class"
    with canvas(2.6, 1, 2) as (figure, (left, right)):
        left.plot([0, 1], [0, 1], color=INK, linewidth=0.7, linestyle=":")
        left.scatter(
            place, result.bootstrap["probability"], s=5, color=FAINT, linewidths=0, rasterized=len(place) > CROWD
        )
        left.vlines(table["original"], table["low"], table["high"], color=SOFT, linewidth=0.8)
        for position, name in enumerate(result.classes):
            part = table[table["class"] == name]
            look = {"marker": marker(position), "s": 14, "color": colour(position)}
            left.scatter(part["original"], part["median"], zorder=3, **look)
            right.scatter(part["original"], part["mape"], **look)
        left.set(xlabel=f"{of}, original model", ylabel="bootstrap models", xlim=(-0.03, 1.03), ylim=(-0.03, 1.03))
        right.set(
            xlabel=f"{of}, original model",
            ylabel="mean absolute difference",
            xlim=(-0.03, 1.03),
            ylim=(0, max(0.1, 1.05 * table["mape"].max())),
        )
        right.grid(axis="y", color=FAINT, linewidth=0.4)
        figure.legend(handles=class_handles(result.classes, sets=False), loc="outside upper right", ncols=4)
    return Drawn(figure)
