"""Figure of the genes that are significant after the same adjustments (Lex and others 2014, UpSet)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from genereport.analyses.differential.result import Differential
from genereport.formats import count
from genereport.plotting.drawn import Drawn
from genereport.plotting.style import FAINT, INK, canvas, colour
from genereport.types import Flags

_MOST = 16
"""Largest number of combinations that are drawn."""


def has_overlaps(differential: Differential) -> bool:
    """Return whether genes are significant after some adjustment."""
    return len(differential.overlaps) > 0


def draw_adjustments(differential: Differential) -> Drawn:
    """Draw a bar for each combination of adjustments, above points that show which; to the left, genes of each."""
    kept, members, sizes = _memberships(differential)
    rows, ratios = np.arange(len(kept)), {"height_ratios": [1.5, 0.17 * len(kept)], "width_ratios": [1, 2.6]}
    with canvas(1.6 + 0.19 * len(kept), 2, 2, gridspec_kw=ratios) as (figure, ((corner, bars), (totals, dots))):
        corner.set_axis_off()
        _draw_bars(bars, sizes)
        totals.barh(rows, kept["genes"], color=colour(0), height=0.6)
        totals.set_yticks(rows, kept.index, fontsize=6.5)
        totals.set(xlabel="significant genes", ylim=(len(kept) - 0.4, -0.6), xlim=(1.4 * kept["genes"].max(), 0))
        totals.set_xticks([])
        for row in rows:
            told = f"{count(int(kept['genes'].iloc[row]))} "
            totals.text(kept["genes"].iloc[row], row, told, ha="right", va="center", fontsize=6.5)
        _draw_members(dots, members)
        dots.set(ylim=totals.get_ylim(), xlim=bars.get_xlim(), xticks=[], yticks=[])
    return Drawn(figure)


def describe_adjustments(differential: Differential) -> dict[str, Any]:
    """Return the numbers of combinations in all and drawn, the genes of the largest, and its adjustments."""
    first = differential.overlaps.iloc[0]
    return {
        "combinations": len(differential.overlaps),
        "shown": min(len(differential.overlaps), _MOST),
        "genes": int(first["genes"]),
        "names": str(first.name).split(";"),
    }


def _memberships(differential: Differential) -> tuple[pd.DataFrame, Flags, list[int]]:
    """Return adjustments with significant genes, which of them belong to each combination, and its genes."""
    kept = differential.kept[differential.kept["genes"] > 0]
    shown = differential.overlaps.head(_MOST)
    members = np.array([[name in str(key).split(";") for name in kept.index] for key in shown.index])
    return kept, members, [int(size) for size in shown["genes"]]


def _draw_bars(axes: Axes, sizes: list[int]) -> None:
    axes.bar(range(len(sizes)), sizes, color=INK, width=0.55)
    for place, size in enumerate(sizes):
        axes.text(place, size, count(size), ha="center", va="bottom", fontsize=6.5)
    axes.set(ylabel="genes", xticks=[], xlim=(-0.6, len(sizes) - 0.4))


def _draw_members(axes: Axes, members: Flags) -> None:
    combination, adjustment = np.indices(members.shape)
    paints = np.where(members, INK, FAINT)
    axes.scatter(combination.ravel(), adjustment.ravel(), c=paints.ravel(), s=20, linewidths=0, zorder=2)
    for place, row in enumerate(members):
        held = np.flatnonzero(row)
        axes.vlines(place, held.min(), held.max(), color=INK, linewidth=1.2, zorder=1)
    axes.spines[:].set_visible(False)
