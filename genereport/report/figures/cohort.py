"""Figures of the values as they were read, and after preprocessing."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from genereport.report.figures.style import INK, Drawn, canvas, colour, plain_ticks, shortened
from genereport.report.formats import general
from genereport.results import Preprocessing, Quality


def distributions(quality: Quality, preprocessing: Preprocessing) -> Drawn:
    """The distribution of each array before and after preprocessing, arrays ordered by set and class."""
    classes = list(quality.counts.index)
    with canvas(4.6, 2, 1, sharex=True) as (figure, (before, after)):
        order = _order(quality.arrays, classes)
        _boxes(before, quality.arrays.loc[order], classes)
        _boxes(after, preprocessing.arrays.loc[order], classes)
        if preprocessing.scale in ("intensity", "counts"):
            before.set_yscale("symlog", linthresh=100)
            plain_ticks(before.yaxis)
        before.set(title="As read", ylabel=f"value ({preprocessing.scale})")
        after.set(title="After preprocessing", ylabel="log2 value", xlabel="array, by set and class")
        after.set_xticks([])
        _mark_sets(before, quality.arrays.loc[order, "set"])
        handles = [Patch(color=colour(i), label=shortened(name)) for i, name in enumerate(classes)]
        before.legend(handles=handles, loc="lower right", bbox_to_anchor=(1, 1), ncols=4)
    medians = preprocessing.arrays["q50"]
    alt = (
        f"Two rows of {len(order)} boxes, one per array. As read, the medians run from {general(quality.arrays['q50'].min())} "
        f"to {general(quality.arrays['q50'].max())}; after preprocessing from {general(medians.min(), 3)} to "
        f"{general(medians.max(), 3)}."
    )
    return Drawn(figure, alt)


def _order(arrays: pd.DataFrame, classes: list[str]) -> pd.Index:
    rank = pd.DataFrame(
        {"set": arrays["set"] == "test", "class": arrays["class"].map(classes.index)}, index=arrays.index
    )
    return rank.sort_values(["set", "class"], kind="stable").index


def _boxes(axes: Axes, arrays: pd.DataFrame, classes: list[str]) -> None:
    x = np.arange(len(arrays))
    paint = [colour(classes.index(name)) for name in arrays["class"]]
    axes.vlines(x, arrays["q5"], arrays["q95"], colors=paint, linewidth=0.8)
    axes.bar(x, arrays["q75"] - arrays["q25"], bottom=arrays["q25"], width=0.7, color=paint, linewidth=0)
    axes.hlines(arrays["q50"], x - 0.35, x + 0.35, colors="white", linewidth=1.1)
    axes.set_xlim(-1, len(arrays))


def _mark_sets(axes: Axes, sets: pd.Series) -> None:
    train = int((sets == "train").sum())
    if train < len(sets):
        for panel in axes.figure.axes:
            panel.axvline(train - 0.5, color=INK, linewidth=0.7, linestyle=":")
        where = axes.get_xaxis_transform()
        axes.text(train - 1, 1.01, "training", transform=where, ha="right", va="bottom", fontsize=7)
        axes.text(train, 1.01, "independent", transform=where, ha="left", va="bottom", fontsize=7)
