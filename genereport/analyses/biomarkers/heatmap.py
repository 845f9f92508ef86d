"""The clustered heat map of the signature."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.patches import Patch
from matplotlib.transforms import offset_copy

from genereport.analyses.biomarkers.figures import label_genes
from genereport.analyses.biomarkers.result import Biomarkers
from genereport.plotting.drawn import Drawn
from genereport.plotting.style import FAINT, HALF, SOFT, canvas, colour, ids, shortened, text_width
from genereport.types import Array

_CLIP = 3
_SETS = {"train": ("training", SOFT), "test": ("independent", FAINT)}


class Block(NamedTuple):
    """Adjacent samples of one class and set."""

    level: str
    set: str
    start: int
    size: int


def draw_heatmap(biomarkers: Biomarkers) -> Drawn:
    """Draw top genes by sample, standardised by gene and clipped at ±3; genes are ordered by average linkage."""
    frame, classes = biomarkers.expression, biomarkers.classes
    genes, scaled = _standardise_genes(frame)
    tree = _link_rows(scaled)
    rows, columns = _order_leaves(tree, len(genes)), _column_order(frame, scaled, classes)
    with canvas(0.125 * len(genes) + 1.1, width=HALF) as (figure, placeholder):
        placeholder.remove()
        grid = GridSpec(2, 3, figure=figure, height_ratios=[0.07, 1], width_ratios=[0.12, 1, 0.02])
        body = figure.add_subplot(grid[1, 1])
        image = body.imshow(
            scaled[np.ix_(rows, columns)],
            aspect="auto",
            cmap="RdBu_r",
            vmin=-_CLIP,
            vmax=_CLIP,
            interpolation="nearest",
        )
        _style_body(body, label_genes(biomarkers, [genes[row] for row in rows]), len(columns))
        _draw_annotation(figure.add_subplot(grid[0, 1]), body, list(_blocks(frame, classes)), classes)
        if tree is not None:
            _draw_dendrogram(figure.add_subplot(grid[1, 0]), tree)
        _colour_bar(figure, image, figure.add_subplot(grid[1, 2]))
    return Drawn(figure, genes=ids(genes))


def describe_heatmap(biomarkers: Biomarkers) -> dict[str, Any]:
    """Return gene names from top to bottom, blocks of samples from left to right, and the limit of the z-scores."""
    genes, scaled = _standardise_genes(biomarkers.expression)
    return {
        "names": label_genes(biomarkers, [genes[row] for row in _order_leaves(_link_rows(scaled), len(genes))]),
        "samples": len(biomarkers.expression),
        "blocks": [block._asdict() for block in _blocks(biomarkers.expression, biomarkers.classes)],
        "clip": _CLIP,
    }


def _standardise_genes(expression: pd.DataFrame) -> tuple[list[str], Array]:
    """Return the genes, and a row for each with mean 0 and standard deviation 1, clipped; 0 if it does not vary."""
    genes = list(expression.columns[2:])
    values = expression[genes].to_numpy(dtype=float).T
    values = np.where(np.isnan(values).all(axis=1, keepdims=True), 0, values)  # NumPy warns of means of nothing
    spread = np.nanstd(values, axis=1, keepdims=True)
    centred = values - np.nanmean(values, axis=1, keepdims=True)
    return genes, np.asarray(np.clip(np.nan_to_num(centred / np.where(spread > 0, spread, 1)), -_CLIP, _CLIP))


def _link_rows(scaled: Array) -> Array | None:
    from scipy.cluster.hierarchy import linkage, optimal_leaf_ordering
    from scipy.spatial.distance import pdist

    if len(scaled) < 3:
        return None
    distances = np.nan_to_num(pdist(scaled, "correlation"), nan=1.0)
    return np.asarray(optimal_leaf_ordering(linkage(distances, "average"), distances))


def _order_leaves(tree: Array | None, size: int) -> list[int]:
    from scipy.cluster.hierarchy import leaves_list

    return list(range(size)) if tree is None else [int(leaf) for leaf in leaves_list(tree)]


def _column_order(frame: pd.DataFrame, scaled: Array, classes: Sequence[str]) -> list[int]:
    """Return the order of the samples: by class, then by set, then by similarity."""
    order: list[int] = []
    for name in classes:
        for which in _SETS:
            chosen = np.flatnonzero((frame["class"] == name) & (frame["set"] == which))
            order += [int(chosen[leaf]) for leaf in _order_leaves(_link_rows(scaled[:, chosen].T), len(chosen))]
    return order


def _blocks(frame: pd.DataFrame, classes: Sequence[str]) -> Iterator[Block]:
    """Yield the samples of each class and set, in the order of the columns."""
    start = 0
    for level in classes:
        for which in _SETS:
            size = int(((frame["class"] == level) & (frame["set"] == which)).sum())
            if size:
                yield Block(level, which, start, size)
            start += size


def _style_body(body: Axes, labels: Sequence[str], samples: int) -> None:
    body.yaxis.tick_right()
    body.set_yticks(range(len(labels)), labels, fontsize=5.5)
    body.set_xticks([])
    body.spines[:].set_visible(False)
    body.tick_params(length=0)
    body.set_xlabel(f"{samples} samples")


def _draw_annotation(axes: Axes, body: Axes, blocks: Sequence[Block], classes: Sequence[str]) -> None:
    """Draw bars of class and set above the columns, class names above them where they fit, lines between the blocks."""
    for block in blocks:
        paints = [_SETS[block.set][1], colour(classes.index(block.level))]
        axes.barh([0, 1], block.size, left=block.start - 0.5, height=0.9, color=paints, linewidth=0)
        if block.start:
            for panel in (axes, body):
                panel.axvline(block.start - 0.5, color="white", linewidth=1.2)
    samples = sum(block.size for block in blocks)
    axes.set(xlim=(-0.5, samples - 0.5), ylim=(-0.5, 1.5), xticks=[])
    axes.set_yticks([1, 0], ["class", "set"], fontsize=5.5)
    axes.yaxis.tick_right()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    _name_classes(axes, blocks, 0.6 * HALF * 72 / max(samples, 1))
    handles = [Patch(color=colour(i), label=shortened(name)) for i, name in enumerate(classes)]
    if any(block.set == "test" for block in blocks):
        handles += [Patch(color=paint, label=text) for text, paint in _SETS.values()]
    widest = max(text_width(str(handle.get_label()), 7.5) for handle in handles) + 22
    above = offset_copy(axes.transAxes, axes.get_figure(root=True), 0, 11, units="points")
    axes.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1), bbox_transform=above,
        ncols=max(1, min(6, int(0.62 * HALF * 72 / widest))), handlelength=1,
        columnspacing=1, borderaxespad=0, borderpad=0,
    )  # fmt: skip


def _name_classes(axes: Axes, blocks: Sequence[Block], room: float) -> None:
    """Write each class above its samples if there is room, with `room` points per sample."""
    for level in dict.fromkeys(block.level for block in blocks):
        own = [block for block in blocks if block.level == level]
        start, size = own[0].start, sum(block.size for block in own)
        if text_width(shortened(level), 6.5) <= room * size - 2:
            axes.text(start + size / 2 - 0.5, 1.6, shortened(level), fontsize=6.5, ha="center", va="bottom")


def _draw_dendrogram(axes: Axes, tree: Array) -> None:
    from scipy.cluster.hierarchy import dendrogram

    drawn: Any = dendrogram(tree, no_plot=True)
    for x, y in zip(drawn["dcoord"], drawn["icoord"], strict=True):
        axes.plot(x, y, color=SOFT, linewidth=0.7)
    axes.set(xlim=(max(map(max, drawn["dcoord"])) * 1.02 or 1, 0), ylim=(10 * (len(tree) + 1), 0))
    axes.set_axis_off()


def _colour_bar(figure: Figure, image: Any, axes: Axes) -> None:
    bar = figure.colorbar(image, cax=axes)
    bar.ax.set_ylabel("z-score", fontsize=7)
    bar.ax.tick_params(labelsize=6.5)
