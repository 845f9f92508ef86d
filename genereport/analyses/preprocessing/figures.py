"""Figure of the values as they were read, and after preprocessing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from genereport.analyses.preprocessing.result import LibraryNormalisation, Preprocessing
from genereport.formats import percent
from genereport.names import UNIT_NAMES
from genereport.plotting.drawn import Drawn
from genereport.plotting.style import (
    HALF,
    INK,
    WIDTH,
    canvas,
    class_handles,
    colour,
    marker,
    plain_ticks,
    shortened,
    text_width,
)

_LINE = 9.0
"""Distance between lines of names under the axis (points)."""


def draw_distributions(preprocessing: Preprocessing) -> Drawn:
    """Draw the distribution of each array before and after preprocessing, arrays ordered by set and class."""
    classes = preprocessing.classes
    order = _order(preprocessing.arrays, classes)
    arrays = preprocessing.arrays.loc[order]
    with canvas(3.2, 2, 1, sharex=True) as (figure, (before, after)):
        _draw_boxes(before, preprocessing.arrays_read.loc[order], classes)
        _draw_boxes(after, arrays, classes)
        if preprocessing.scale in ("intensity", "counts", "tpm"):
            before.set_yscale("symlog", linthresh=100)
            plain_ticks(before.yaxis)
            if preprocessing.arrays_read["q5"].min() >= 0:
                before.set_ylim(bottom=0)
        before.set(title="Before preprocessing", ylabel=f"value ({preprocessing.scale})")
        after.set(
            title="After preprocessing",
            ylabel=UNIT_NAMES[preprocessing.value_unit].value,
            xlabel="sample, by set and class",
        )
        _name_blocks(after, arrays)
        handles = [Patch(color=colour(i), label=shortened(name)) for i, name in enumerate(classes)]
        before.legend(handles=handles, loc="lower right", bbox_to_anchor=(1, 1), ncols=4)
    return Drawn(figure)


def describe_distributions(preprocessing: Preprocessing) -> dict[str, Any]:
    """Return the numbers of arrays, in all and by class and set, and the extreme medians before and after."""
    before, after = preprocessing.arrays_read["q50"], preprocessing.arrays["q50"]
    return {
        "arrays": len(after),
        "train": _sizes(preprocessing, "train"),
        "test": _sizes(preprocessing, "test"),
        "before": {"low": before.min(), "high": before.max()},
        "after": {"low": after.min(), "high": after.max()},
    }


def has_libraries(preprocessing: Preprocessing) -> bool:
    """Return whether the values are counts, so that there are library sizes to show."""
    return preprocessing.libraries is not None


def draw_libraries(preprocessing: Preprocessing) -> Drawn:
    """Draw the library size of every sample, and its normalisation factor, samples ordered by set and class."""
    sizes, classes = _libraries(preprocessing).sizes, preprocessing.classes
    sizes = sizes.loc[_order(preprocessing.arrays, classes)]
    x, colours = np.arange(len(sizes)), [colour(classes.index(name)) for name in sizes["class"]]
    with canvas(2.8, 2, 1, sharex=True) as (figure, (upper, lower)):
        upper.bar(x, sizes["library_size"] / 1e6, color=colours, width=0.8)
        upper.set(ylabel="library size\n(million counts)", xlim=(-0.8, len(sizes) - 0.2))
        for position, name in enumerate(classes):
            own = (sizes["class"] == name).to_numpy()
            lower.scatter(x[own], sizes["factor"][own], color=colour(position), marker=marker(position), s=12)
        lower.axhline(1, color=INK, linewidth=0.7)
        lower.set(ylabel="TMM factor", xlabel="sample, by set and class")
        lower.set_yscale("log", base=2)
        plain_ticks(lower.yaxis)
        _name_blocks(lower, sizes)
        handles = [Patch(color=colour(i), label=shortened(name)) for i, name in enumerate(classes)]
        upper.legend(handles=handles, loc="lower right", bbox_to_anchor=(1, 1), ncols=4)
    return Drawn(figure)


def draw_plane(preprocessing: Preprocessing) -> Drawn:
    """Draw samples by leading log fold changes: shape and colour by class, filled for training, else hollow."""
    libraries = _libraries(preprocessing)
    plane = libraries.plane
    with canvas(2.6, width=HALF) as (figure, axes):
        for position, name in enumerate(preprocessing.classes):
            for which, face in (("train", colour(position)), ("test", "none")):
                part = plane[(plane["class"] == name) & (plane["set"] == which)]
                axes.scatter(
                    part["dim1"], part["dim2"], marker=marker(position), s=18, facecolors=face,
                    edgecolors=colour(position), linewidths=0.9,
                )  # fmt: skip
        names = [f"log2 fold change, axis {i + 1} ({percent(libraries.plane_shares[i])})" for i in range(2)]
        axes.set(xlabel=names[0], ylabel=names[1])
        handles = class_handles(preprocessing.classes, sets=bool((plane["set"] == "test").any()))
        figure.legend(handles=handles, loc="outside upper left", ncols=4, handletextpad=0.2, columnspacing=1)
    return Drawn(figure)


def _libraries(preprocessing: Preprocessing) -> LibraryNormalisation:
    if preprocessing.libraries is None:
        raise ValueError("the values are no counts")
    return preprocessing.libraries


def _sizes(preprocessing: Preprocessing, which: str) -> list[str]:
    """Return the arrays of each class in a set, such as ``27 ALL``; classes without arrays there are left out."""
    names = preprocessing.arrays.loc[preprocessing.arrays["set"] == which, "class"]
    sizes = [(int((names == name).sum()), name) for name in preprocessing.classes]
    return [f"{number} {name}" for number, name in sizes if number]


def _order(arrays: pd.DataFrame, classes: tuple[str, ...]) -> pd.Index:
    rank = pd.DataFrame(
        {"set": arrays["set"] == "test", "class": arrays["class"].map(classes.index)}, index=arrays.index
    )
    return rank.sort_values(["set", "class"], kind="stable").index


def _draw_boxes(axes: Axes, arrays: pd.DataFrame, classes: tuple[str, ...]) -> None:
    x = np.arange(len(arrays))
    paint = [colour(classes.index(name)) for name in arrays["class"]]
    axes.vlines(x, arrays["q5"], arrays["q95"], colors=paint, linewidth=0.8)
    axes.bar(x, arrays["q75"] - arrays["q25"], bottom=arrays["q25"], width=0.7, color=paint, linewidth=0)
    axes.hlines(arrays["q50"], x - 0.35, x + 0.35, colors="white", linewidth=1.1)
    axes.set_xlim(-1, len(arrays))


def _name_blocks(axes: Axes, arrays: pd.DataFrame) -> None:
    """Write class and set of the arrays under the axis; draw a line between the sets in every panel."""
    sets = arrays["set"].replace({"train": "training", "test": "independent"})
    train = int((arrays["set"] == "train").sum())
    axes.set_xticks([])
    _write_runs(axes, _iterate_runs(sets + "/" + arrays["class"], arrays["class"]), _LINE / 3)
    if train < len(arrays):
        _write_runs(axes, _iterate_runs(sets, sets), _LINE * 4 / 3)
        for panel in axes.figure.axes:
            panel.axvline(train - 0.5, color=INK, linewidth=0.7, linestyle=":")
    axes.xaxis.labelpad = _LINE * (1.4 if train == len(arrays) else 2.4)


def _write_runs(axes: Axes, runs: Iterable[tuple[int, int, str]], below: float) -> None:
    """Write names under their arrays, `below` points below the axis, if there is room for them."""
    first, last = axes.get_xlim()
    room = 0.84 * WIDTH * 72 / (last - first)
    for start, end, name in runs:
        text = shortened(name)
        if text_width(text, 6.5) <= room * (end - start) - 2:
            label = axes.annotate(text, ((start + end - 1) / 2, 0), (0, -below), xycoords=axes.get_xaxis_transform(),
                textcoords="offset points", ha="center", va="top", fontsize=6.5)  # fmt: skip
            label.set_in_layout(False)  # so that the label of the axis keeps its place


def _iterate_runs(keys: pd.Series, names: pd.Series) -> Iterator[tuple[int, int, str]]:
    """Yield first position, position after the last, and name of each run of equal keys."""
    starts = [*np.flatnonzero((keys != keys.shift()).to_numpy()), len(keys)]
    for start, end in pairwise(starts):
        yield int(start), int(end), str(names.iloc[start])
