"""Figures that compare two runs; each is drawn from a `Comparison`."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from genereport.analyses.comparison.result import Comparison, Effects
from genereport.analyses.models.figures import PRIMARY, keys
from genereport.analyses.result import Skipped
from genereport.formats import count, fixed
from genereport.names import model_name
from genereport.plotting.drawn import Drawn
from genereport.plotting.labels import place
from genereport.plotting.style import (
    CROWD,
    DOWN,
    FAINT,
    INK,
    SOFT,
    UP,
    canvas,
    colour,
    gene_labels,
    ids,
    label_of,
    shortened,
)

_ACROSS = 3
_MOST_PANELS = 9
_NAMED, _NAMED_SMALL = 8, 3
_RANKS = 60
"""Largest rank in either list that the slope chart shows."""

_AXES = "log fold change, earlier run", "log fold change, later run"
_RUNS = (("earlier", 0.15, colour(0), "o"), ("later", -0.15, colour(1), "^"))
_SETS = {"cv": "cross-validated", "test": "independent set"}

Part = TypeVar("Part")


def _compared_part(part: Part | Skipped) -> Part:
    """Return a part of the comparison.

    Raises:
        TypeError: If the runs were not compared in this part, so that there is nothing to draw.
    """
    if isinstance(part, Skipped):
        raise TypeError(part.skipped)
    return part


def draw_agreement(comparison: Comparison) -> Drawn:
    """Draw log fold changes of the later run against those of the earlier one, with a panel for each contrast."""
    effects = _compared_part(comparison.effects)
    contrasts = list(effects.agreement.index)[:_MOST_PANELS]
    across = min(len(contrasts), _ACROSS)
    rows = -(-len(contrasts) // _ACROSS)
    height = 3.7 if across == 1 else 2.4 * rows + 0.5
    with canvas(height, rows, across, squeeze=False) as (figure, panels):
        for axes, name in zip(panels.flat, contrasts, strict=False):
            part = effects.table[effects.table["contrast"] == name]
            _draw_scatter(axes, part, effects.agreement.loc[name])
            if len(contrasts) > 1:
                axes.set_title(shortened(str(name), 30))
        for axes in panels.flat[len(contrasts) :]:
            axes.set_visible(False)
        if across == 1:
            panels[0, 0].set(xlabel=_AXES[0], ylabel=_AXES[1])
        else:
            figure.supxlabel(_AXES[0], fontsize=8)
            figure.supylabel(_AXES[1], fontsize=8)
        _name_genes(figure, effects, contrasts)
    first = effects.table.groupby("contrast", sort=False).head(_NAMED if across == 1 else _NAMED_SMALL)
    return Drawn(figure, genes=ids(first.index))


def _draw_scatter(axes: Axes, part: pd.DataFrame, found: pd.Series) -> None:
    x, y = part["earlier"].to_numpy(), part["later"].to_numpy()
    kept = np.sign(x) == np.sign(y)
    crowd = len(part) > CROWD
    for chosen, paint, shape in ((kept, DOWN, "o"), (~kept, UP, "^")):
        axes.plot(
            x[chosen], y[chosen], shape, color=paint, markersize=2.2, alpha=0.5, markeredgewidth=0, rasterized=crowd
        )
    reach = 1.06 * float(max(np.abs(x).max(initial=0), np.abs(y).max(initial=0), 1e-6))
    line = np.array([-reach, reach])
    axes.plot(line, line, color=INK, linewidth=0.8)
    for limit in (found["below"], found["above"]):
        axes.plot(line, line + limit, color=SOFT, linewidth=0.7, linestyle="--")
    axes.axhline(0, color=FAINT, linewidth=0.5, zorder=0)
    axes.axvline(0, color=FAINT, linewidth=0.5, zorder=0)
    axes.set(xlim=line, ylim=line, aspect="equal")
    text = f"concordance {fixed(found['concordance'])}\n{count(found['pairs'])} genes"
    axes.text(0.03, 0.97, text, transform=axes.transAxes, ha="left", va="top", fontsize=7)


def _name_genes(figure: Figure, effects: Effects, contrasts: list[str]) -> None:
    """Name the genes that differ most, where there is room for their names."""
    number = _NAMED if len(contrasts) == 1 else _NAMED_SMALL
    for axes, name in zip(figure.axes, contrasts, strict=False):
        part = effects.table[effects.table["contrast"] == name]
        named = part.head(number)
        place(
            axes,
            part["earlier"].to_numpy(),
            part["later"].to_numpy(),
            gene_labels(named[named["difference"] != 0]),
        )


def describe_agreement(comparison: Comparison) -> dict[str, Any]:
    """Return the contrasts with the agreement in each, and how many of them are drawn."""
    agreement = _compared_part(comparison.effects).agreement
    return {
        "contrasts": [
            {**row, "name": shortened(str(row["contrast"]), 40)} for row in agreement.reset_index().to_dict("records")
        ],
        "drawn": min(len(agreement), _MOST_PANELS),
    }


def draw_ranks(comparison: Comparison) -> Drawn:
    """Draw a slope chart: the rank of every gene in the signature of the earlier and of the later run."""
    lists = _compared_part(comparison.signature)
    table = lists.table[(lists.table[["earlier", "later"]] <= _RANKS).any(axis=1)]
    depth = int(min(_RANKS, max(lists.earlier, lists.later)))
    with canvas(0.104 * depth + 0.5) as (figure, axes):
        for gene, symbol, change, one, other in table[["symbol", "change", "earlier", "later"]].itertuples():
            _draw_slope(axes, label_of(str(gene), str(symbol)), str(change), float(one), float(other))
        axes.set(xlim=(-0.5, 1.5), ylim=(depth + 0.8, -0.2), xticks=[0, 1], xticklabels=["earlier run", "later run"])
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.set_yticks([])
        axes.spines[:].set_visible(False)
    return Drawn(figure, genes=ids(table.index))


def _draw_slope(axes: Axes, label: str, change: str, one: float, other: float) -> None:
    """Draw a line for a gene that stayed, or a mark on one side for a gene that entered or left."""
    paint = {"stayed": DOWN, "left": UP, "entered": UP}[change]
    shape = {"stayed": "o", "left": "x", "entered": "P"}[change]
    if change == "stayed":
        moved = abs(one - other)
        axes.plot(
            [0, 1], [one, other], color=paint, linewidth=0.8, alpha=0.75 if moved else 0.4, clip_on=True, zorder=1
        )
    for x, rank, side in ((0, one, "right"), (1, other, "left")):
        if rank <= _RANKS:
            axes.plot([x], [rank], shape, color=paint, markersize=3, markeredgewidth=0.9, zorder=2)
            axes.annotate(
                f"{label}  {rank:.0f}" if x == 0 else f"{rank:.0f}  {label}",
                (x, rank),
                ((-5, 0) if x == 0 else (5, 0)),
                textcoords="offset points",
                ha=side,
                va="center",
                fontsize=5.6,
                color=INK,
            )


def describe_ranks(comparison: Comparison) -> dict[str, Any]:
    """Return the last rank that is drawn, whether a list is longer, and the largest move of a gene that stayed."""
    lists = _compared_part(comparison.signature)
    moves = lists.table["rise"].abs().dropna()
    return {
        "last": _RANKS,
        "cut": max(lists.earlier, lists.later) > _RANKS,
        "largest": float(moves.max()) if len(moves) else 0.0,
    }


def draw_performance(comparison: Comparison) -> Drawn:
    """Draw the balanced accuracy of every model in both runs, with intervals; a panel for each set of samples."""
    metrics = _compared_part(comparison.models).figures
    table = metrics[metrics["metric"] == PRIMARY]
    order = keys(table)
    sets = [name for name in _SETS if (table["set"] == name).any()]
    y = {key: len(order) - 1 - row for row, key in enumerate(order)}
    with canvas(0.3 * len(order) + 0.8, 1, len(sets), sharey=True, squeeze=False) as (figure, panels):
        for axes, name in zip(panels.flat, sets, strict=True):
            part = table[table["set"] == name]
            height = np.array([y[key] for key in keys(part)], dtype=float)
            for run, shift, paint, shape in _RUNS:
                axes.hlines(height + shift, part[f"{run}_low"], part[f"{run}_high"], color=paint, linewidth=1.1)
                axes.plot(part[run], height + shift, shape, markersize=4.5, color=paint, label=f"{run} run", zorder=3)
            values = part[[f"{run}{end}" for run, *_ in _RUNS for end in ("", "_low")]].to_numpy(dtype=float)
            axes.set(xlabel="balanced accuracy", xlim=(min(0.45, float(np.nanmin(values)) - 0.03), 1.03))
            axes.set(ylim=(-0.6, len(order) - 0.4))
            axes.set_title(_SETS[name])
            axes.grid(axis="x", color=FAINT, linewidth=0.4)
        panels.flat[0].set_yticks([y[key] for key in order], [model_name(*key) for key in order])
        handles, labels = panels.flat[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper right", ncols=2)
    return Drawn(figure)
