"""Figures of the values as they were read, and after preprocessing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from genereport.analyses.preprocessing.result import Preprocessing
from genereport.analyses.quality.result import Quality
from genereport.formats import general, listing
from genereport.names import UNIT_NAMES
from genereport.plotting.drawn import Drawn
from genereport.plotting.style import INK, WIDTH, canvas, colour, plain_ticks, shortened, text_width

_LINE = 9.0
"""Points from one line of names under the axis to the next."""


def distributions(quality: Quality, preprocessing: Preprocessing) -> Drawn:
    """The distribution of each array before and after preprocessing, arrays ordered by set and class."""
    classes = list(quality.counts.index)
    with canvas(4.6, 2, 1, sharex=True) as (figure, (before, after)):
        order = _order(quality.arrays, classes)
        _boxes(before, quality.arrays.loc[order], classes)
        _boxes(after, preprocessing.arrays.loc[order], classes)
        if preprocessing.scale in ("intensity", "counts", "tpm"):
            before.set_yscale("symlog", linthresh=100)
            plain_ticks(before.yaxis)
        before.set(title="As read", ylabel=f"value ({preprocessing.scale})")
        after.set(
            title="After preprocessing",
            ylabel=UNIT_NAMES[preprocessing.value_unit].value,
            xlabel="array, by set and class",
        )
        _name_blocks(after, quality.arrays.loc[order])
        handles = [Patch(color=colour(i), label=shortened(name)) for i, name in enumerate(classes)]
        before.legend(handles=handles, loc="lower right", bbox_to_anchor=(1, 1), ncols=4)
    medians = preprocessing.arrays["q50"]
    alt = (
        f"Two rows of {len(order)} boxes, one per array, {_sizes(quality)}. As read, the medians run from {general(quality.arrays['q50'].min())} "
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


def _name_blocks(axes: Axes, arrays: pd.DataFrame) -> None:
    """Under the axis what the arrays above are, class and set; a line between the sets in every panel."""
    sets = arrays["set"].replace({"train": "training", "test": "independent"})
    train = int((arrays["set"] == "train").sum())
    axes.set_xticks([])
    _write_runs(axes, _runs(sets + "/" + arrays["class"], arrays["class"]), _LINE / 3)
    if train < len(arrays):
        _write_runs(axes, _runs(sets, sets), _LINE * 4 / 3)
        for panel in axes.figure.axes:
            panel.axvline(train - 0.5, color=INK, linewidth=0.7, linestyle=":")
    axes.xaxis.labelpad = _LINE * (1.4 if train == len(arrays) else 2.4)


def _write_runs(axes: Axes, runs: Iterable[tuple[int, int, str]], below: float) -> None:
    """Names under their arrays, so many points below the axis, where there is room for them."""
    first, last = axes.get_xlim()
    room = 0.84 * WIDTH * 72 / (last - first)
    for start, end, name in runs:
        text = shortened(name)
        if text_width(text, 6.5) <= room * (end - start) - 2:
            label = axes.annotate(text, ((start + end - 1) / 2, 0), (0, -below), xycoords=axes.get_xaxis_transform(),
                textcoords="offset points", ha="center", va="top", fontsize=6.5)  # fmt: skip
            label.set_in_layout(False)  # the label of the axis keeps its room


def _runs(keys: pd.Series, names: pd.Series) -> Iterator[tuple[int, int, str]]:
    """First position, position after the last, and name of each run of equal keys."""
    starts = [*np.flatnonzero((keys != keys.shift()).to_numpy()), len(keys)]
    for start, end in pairwise(starts):
        yield int(start), int(end), str(names.iloc[start])


def _sizes(quality: Quality) -> str:
    counts = quality.counts
    sizes = [f"{train} {name}" for name, train in counts["train"].items()]
    independent = [f"{test} {name}" for name, test in counts["test"].items() if test]
    told = f"{listing(sizes)} for training"
    return f"{told} and {listing(independent)} independent" if independent else told
