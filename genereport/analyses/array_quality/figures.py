"""Figures of the quality of the samples."""

from __future__ import annotations

from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.patches import Patch

from genereport.analyses.array_quality.result import ArrayQuality
from genereport.formats import general
from genereport.plotting.drawn import Drawn
from genereport.plotting.style import FAINT, INK, SOFT, canvas, class_handles, colour, marker, shortened
from genereport.types import Array, Positions

_MOST_BOXES = 80
"""Largest number of samples that get a box each; more get a point and a line."""

_SETS = {"train": ("training", SOFT), "test": ("independent", FAINT)}


class _Strip(NamedTuple):
    """A row of colours above the heat map: its name, a colour per sample, and colours and texts of its legend."""

    name: str
    paints: list[str]
    legend: list[tuple[str, str]]


def draw_arrays(result: ArrayQuality) -> Drawn:
    """Draw relative log expression of every array, and its distance from the training arrays with the limit."""
    arrays, classes = result.arrays.join(result.rle), result.classes
    rank = arrays.assign(place=arrays["class"].map(classes.index)).sort_values(
        ["place", "set"], ascending=[True, False], kind="stable"
    )
    arrays = arrays.loc[rank.index]
    x = pd.Series(np.arange(len(arrays)), index=arrays.index)
    with canvas(2.6, 2, 1, sharex=True, height_ratios=[1.5, 1]) as (figure, (upper, lower)):
        for position, name in enumerate(classes):
            for which in ("train", "test"):
                part = arrays[(arrays["class"] == name) & (arrays["set"] == which)]
                if part.empty:
                    continue
                face = colour(position) if which == "train" else "none"
                paint = {"facecolors": face, "edgecolors": colour(position), "marker": marker(position), "s": 12}
                if len(arrays) <= _MOST_BOXES:
                    _draw_boxes(upper, x[part.index], part, colour(position), hollow=which == "test")
                else:
                    upper.vlines(x[part.index], part["q25"], part["q75"], color=colour(position), linewidth=0.8)
                    upper.scatter(x[part.index], part["q50"], zorder=3, **paint)
                lower.scatter(x[part.index], part["distance"], **paint)
        upper.axhline(0, color=INK, linewidth=0.7)
        lower.axhline(result.limit, color=INK, linewidth=0.7, linestyle="--")
        upper.set(ylabel="relative log\nexpression", xlim=(-1, len(arrays)))
        lower.set(ylabel="distance", xlabel="samples, by class", xticks=[])
        handles = class_handles(classes, sets=bool((arrays["set"] == "test").any()))
        upper.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=6, borderpad=0, handletextpad=0.2)
    return Drawn(figure)


def _draw_boxes(axes: Axes, x: pd.Series[int], part: pd.DataFrame, paint: str, *, hollow: bool) -> None:
    """Draw the quartiles of each sample as a box, its median as a line and the 5 % and 95 % quantiles as whiskers."""
    axes.vlines(x, part["q5"], part["q95"], color=paint, linewidth=0.6, zorder=1)
    face, line = ("white", paint) if hollow else (paint, "white")
    axes.bar(
        x,
        part["q75"] - part["q25"],
        bottom=part["q25"],
        width=0.7,
        color=face,
        edgecolor=paint,
        linewidth=0.7,
        zorder=2,
    )
    axes.hlines(part["q50"], x - 0.35, x + 0.35, color=line, linewidth=1, zorder=3)


def has_distances(result: ArrayQuality) -> bool:
    """Return whether there are few enough arrays to show the distance of each from each other."""
    return len(result.distances) > 2


def draw_distances(result: ArrayQuality) -> Drawn:
    """Draw the distances of all arrays, ordered by average linkage, below their classes, sets and covariates."""
    distances, (order, tree) = result.distances.to_numpy(), _cluster(result)
    strips = _strips(result, order)
    with canvas(4.7 + 0.14 * len(strips)) as (figure, placeholder):
        placeholder.remove()
        grid = figure.add_gridspec(3, 3, height_ratios=[0.4, 0.14 * len(strips), 4], width_ratios=[1, 0.02, 0.3])
        body = figure.add_subplot(grid[2, 0])
        shown = distances[np.ix_(order, order)]
        image = body.imshow(shown, aspect="auto", cmap="viridis_r", vmin=_lowest(distances), interpolation="nearest")
        names = [shortened(str(name), 10) for name in result.distances.index[order]]
        body.set_yticks(range(len(names)), names, fontsize=max(1.5, min(6.5, 200 / len(names))))
        body.set_xticks([])
        body.tick_params(length=0)
        _draw_tree(figure.add_subplot(grid[0, 0]), tree)
        _draw_strips(figure.add_subplot(grid[1, 0]), strips)
        bar = figure.colorbar(image, cax=figure.add_subplot(grid[2, 1]))
        bar.ax.set_ylabel("distance", fontsize=7)
        bar.ax.tick_params(labelsize=6.5)
        _draw_legends(figure.add_subplot(grid[:, 2]), strips)
    return Drawn(figure)


def describe_distances(result: ArrayQuality) -> dict[str, Any]:
    """Return the names of the rows of colours, and the smallest and largest distance of two arrays."""
    distances = result.distances.to_numpy()
    others = distances[~np.eye(len(distances), dtype=bool)]
    return {
        "rows": [strip.name for strip in _strips(result, np.arange(len(distances)))],
        "samples": len(distances),
        "smallest": float(others.min()),
        "largest": float(others.max()),
    }


def _lowest(distances: Array) -> float:
    """Return the smallest distance of two arrays, where the colours begin; that of an array from itself is 0."""
    return float(distances[~np.eye(len(distances), dtype=bool)].min())


def _cluster(result: ArrayQuality) -> tuple[Positions, Array]:
    """Return the order of the arrays, and their tree."""
    from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
    from scipy.spatial.distance import squareform

    pairs = squareform(result.distances.to_numpy(), checks=False)
    tree = optimal_leaf_ordering(linkage(pairs, "average"), pairs)
    return np.asarray(leaves_list(tree)), np.asarray(tree)


def _strips(result: ArrayQuality, order: Positions) -> list[_Strip]:
    """Return a row of colours for the class, the set if there are two, and each covariate."""
    made = []
    for name, column in result.covariates.iloc[order].items():
        if name == "set":
            paints = {text: paint for which, (text, paint) in _SETS.items() if (column == which).any()}
            made.append(_strip_of_levels("set", column.map({key: text for key, (text, _) in _SETS.items()}), paints))
        elif column.dtype.kind == "f":
            made.append(_strip_of_numbers(str(name), column))
        else:
            first = 0 if name == "class" else len(result.classes)
            levels = result.classes if name == "class" else tuple(sorted(set(column)))
            paints = {level: colour(first + place) for place, level in enumerate(levels)}
            made.append(_strip_of_levels(str(name), column, paints))
    return [strip for strip in made if strip.name != "set" or len(strip.legend) > 1]


def _strip_of_levels(name: str, column: pd.Series, paints: dict[str, str]) -> _Strip:
    paints = {level: FAINT if level.startswith("unknown") else paint for level, paint in paints.items()}
    return _Strip(name, [paints[level] for level in column], [(paint, level) for level, paint in paints.items()])


def _strip_of_numbers(name: str, column: pd.Series) -> _Strip:
    """Return shades from the smallest to the largest number; a missing one is white."""
    low, high = float(column.min()), float(column.max())
    shade = mpl.colormaps["cividis"]
    paints = ["white" if np.isnan(value) else to_hex(shade((value - low) / ((high - low) or 1))) for value in column]
    legend = [(to_hex(shade(0.0)), general(low)), (to_hex(shade(1.0)), general(high))]
    return _Strip(name, paints, legend + [("white", "unknown")] * bool(column.isna().any()))


def _draw_tree(axes: Axes, tree: Array) -> None:
    from scipy.cluster.hierarchy import dendrogram

    drawn: Any = dendrogram(tree, no_plot=True)
    foot = 0.9 * float(tree[:, 2].min())
    for x, y in zip(drawn["icoord"], drawn["dcoord"], strict=True):
        axes.plot(x, np.maximum(y, foot), color=SOFT, linewidth=0.6)
    axes.set(xlim=(0, 10 * (len(tree) + 1)), ylim=(foot, None))
    axes.set_axis_off()


def _draw_strips(axes: Axes, strips: list[_Strip]) -> None:
    image = np.array([[to_rgb(paint) for paint in strip.paints] for strip in strips])
    axes.imshow(image, aspect="auto", interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks(range(len(strips)), [shortened(strip.name, 12) for strip in strips], fontsize=6.5)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _draw_legends(axes: Axes, strips: list[_Strip]) -> None:
    """Write the levels of each row of colours below its name, one below the other."""
    axes.set_axis_off()
    blank = Patch(color="none")
    handles, labels = [], []
    for strip in strips:
        handles += [blank, *(Patch(facecolor=paint, edgecolor=SOFT, linewidth=0.4) for paint, _ in strip.legend)]
        labels += [f"{shortened(strip.name, 14)}:", *(shortened(text, 16) for _, text in strip.legend)]
    size = min(6.5, 330 / max(len(labels), 1))
    axes.legend(handles, labels, loc="upper left", fontsize=size, handlelength=1, borderpad=0, borderaxespad=0)
