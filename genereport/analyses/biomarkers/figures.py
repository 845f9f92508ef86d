"""Figures of the signature, without the heat map."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from genereport.analyses.biomarkers.result import Biomarkers
from genereport.names import UNIT_NAMES
from genereport.plotting.drawn import Drawn
from genereport.plotting.style import (
    FAINT,
    HALF,
    INK,
    SOFT,
    canvas,
    class_handles,
    colour,
    fitting,
    gene_labels,
    ids,
    marker,
    plain_ticks,
)

_SIGNATURE = 25
_PANELS, _ACROSS = 12, 3
_RANKS = {"test": "p-value", "rfe": "RFE", "l1": "L1", "forest": "forest"}


def draw_importance(biomarkers: Biomarkers) -> Drawn:
    """Draw the rank of the top genes of the signature by each method, and how often each was chosen."""
    top = biomarkers.signature.head(_SIGNATURE)
    y = np.arange(len(top))[::-1]
    with canvas(0.16 * len(top) + 0.9, 1, 2, sharey=True, width_ratios=[3, 1]) as (figure, (ranks, times)):
        given = top[[f"rank_{name}" for name in _RANKS]]
        ranks.hlines(y, given.min(axis=1), given.max(axis=1), color=FAINT, linewidth=0.8)
        for position, (name, text) in enumerate(_RANKS.items()):
            ranks.plot(
                top[f"rank_{name}"], y + 0.12 * (1.5 - position), linestyle="", marker=marker(position), markersize=4,
                color=colour(position), label=text,
            )  # fmt: skip
        ranks.set_xscale("log")
        plain_ticks(ranks.xaxis)
        ranks.set_yticks(y, _gene_names(top))
        ranks.set(xlabel="rank (1 is best)", ylim=(-0.8, len(top) - 0.2))
        ranks.legend(ncols=4, loc="lower left", bbox_to_anchor=(0, 1), handletextpad=0.2)
        times.barh(y, 100 * top["frequency"], color=SOFT, height=0.6)
        times.set(xlabel="selection frequency (%)", xlim=(0, 100))
    return Drawn(figure, genes=ids(top["gene"]))


def draw_expression(biomarkers: Biomarkers) -> Drawn:
    """Draw the expression of the first genes of the signature by class: points over boxes, hollow if independent."""
    frame, classes = biomarkers.expression, biomarkers.classes
    genes = _genes_with_panel(biomarkers)
    names = label_genes(biomarkers, genes)
    rows = -(-len(genes) // _ACROSS)
    ticks, turn = fitting(classes, 6.5, 0.72 * HALF * 72 / _ACROSS / len(classes))
    with canvas(0.85 * rows + 0.6, rows, _ACROSS, width=HALF, squeeze=False) as (figure, panels):
        for number, (axes, gene, name) in enumerate(zip(panels.flat, genes, names, strict=False)):
            for position, level in enumerate(classes):
                _draw_strip(axes, frame[frame["class"] == level], gene, position)
            axes.set_title(name, fontsize=7)
            axes.locator_params(axis="y", nbins=3)
            axes.tick_params(labelsize=6)
            lowest = number + _ACROSS >= len(genes)
            axes.set_xticks(range(len(classes)), ticks if lowest else [], rotation=turn, fontsize=6.5)
            axes.set_xlim(-0.6, len(classes) - 0.4)
        for axes in panels.flat[len(genes) :]:
            axes.set_visible(False)
        figure.supylabel(UNIT_NAMES[biomarkers.value_unit].value, fontsize=8)
        handles = class_handles(classes, sets=_has_independent(frame))
        figure.legend(handles=handles, loc="outside upper left", ncols=4, handletextpad=0.2, columnspacing=1)
    return Drawn(figure, genes=ids(genes))


def label_genes(biomarkers: Biomarkers, genes: list[str]) -> list[str]:
    """Return the labels of the genes with these ids."""
    return gene_labels(biomarkers.signature.set_index("gene").loc[genes])


def _gene_names(signature: pd.DataFrame) -> list[str]:
    return gene_labels(signature.set_index("gene"))


def _genes_with_panel(biomarkers: Biomarkers) -> list[str]:
    """Return the ids of the genes that have a panel."""
    return list(biomarkers.expression.columns[2:])[:_PANELS]


def _has_independent(expression: pd.DataFrame) -> bool:
    return bool((expression["set"] == "test").any())


def _draw_strip(axes: Axes, rows: pd.DataFrame, gene: str, position: int) -> None:
    values = rows[gene].to_numpy()
    if not len(values):
        return
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
    axes.bar(position, high - low, bottom=low, width=0.76, color="#eeeeee", edgecolor=SOFT, linewidth=0.5, zorder=0)
    axes.hlines(middle, position - 0.38, position + 0.38, color=INK, linewidth=1.2)
    spread = np.resize(np.linspace(-0.26, 0.26, 9)[[4, 1, 7, 3, 5, 0, 8, 2, 6]], len(values))
    for which, face in (("train", colour(position)), ("test", "none")):
        chosen = (rows["set"] == which).to_numpy()
        axes.scatter(
            position + spread[chosen], values[chosen], s=9, marker=marker(position), facecolors=face,
            edgecolors=colour(position), linewidths=0.6,
        )  # fmt: skip


def describe_importance(biomarkers: Biomarkers) -> dict[str, Any]:
    """Return the number of genes, and name and ranks of the first three."""
    top = biomarkers.signature.head(_SIGNATURE)
    first = [
        {"name": name, **{method: row[f"rank_{method}"] for method in _RANKS}}
        for name, (_, row) in zip(_gene_names(top.head(3)), top.head(3).iterrows(), strict=True)
    ]
    return {"genes": len(top), "first": first}


def describe_expression(biomarkers: Biomarkers) -> dict[str, Any]:
    """Return names of the genes, number of samples, whether some are independent, and the medians of the first gene."""
    frame, genes = biomarkers.expression, _genes_with_panel(biomarkers)
    medians = frame.groupby("class")[genes[0]].median()
    return {
        "names": label_genes(biomarkers, genes),
        "samples": len(frame),
        "independent": _has_independent(frame),
        "medians": [(level, medians[level]) for level in biomarkers.classes if level in medians],
    }
