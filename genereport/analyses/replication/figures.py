"""Figure of the effects in the training set and in the independent set."""

from __future__ import annotations

from typing import Any

import numpy as np

from genereport.analyses.replication.result import Replication
from genereport.names import UNIT_NAMES
from genereport.plotting import style
from genereport.plotting.drawn import Drawn
from genereport.plotting.labels import place
from genereport.plotting.style import DOWN, INK, SOFT, UP, canvas, gene_labels, ids

_NAMED = 8
_WIDTH = 3.35
_LOOKS = {
    "replicated": (DOWN, "o", "replicated"),
    "same direction": (SOFT, "s", "same direction only"),
    "no difference": (INK, "D", "no difference"),
    "reversed": (UP, "^", "reversed"),
}
"""Outcome → colour, marker and text."""


def draw_replication(result: Replication) -> Drawn:
    """Draw the effect of each gene in the independent set against that in the training set, reversed genes named."""
    known = result.table[result.table["outcome"] != ""]
    x, y = known["logFC"].to_numpy(), known["logFC.ind"].to_numpy()
    reversed_ = known[known["outcome"] == "reversed"].head(_NAMED)  # these are the first rows
    limit = 1.08 * float(np.abs(np.concatenate([x, y])).max(initial=0.1))
    change = UNIT_NAMES[result.value_unit].change
    with canvas(2.9, width=_WIDTH) as (figure, axes):
        axes.axhline(0, color=INK, linewidth=0.6)
        axes.axvline(0, color=INK, linewidth=0.6)
        axes.plot([-limit, limit], [-limit, limit], color=SOFT, linewidth=0.8, linestyle="--")
        for outcome, (paint, shape, text) in _LOOKS.items():
            chosen = (known["outcome"] == outcome).to_numpy()
            if chosen.any():
                axes.scatter(
                    x[chosen], y[chosen], s=13, color=paint, marker=shape, linewidths=0, label=text,
                    rasterized=len(known) > style.CROWD,
                )  # fmt: skip
        axes.set(xlabel=f"training: {change}", ylabel=f"independent: {change}")
        axes.set(xlim=(-limit, limit), ylim=(-limit, limit))
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, handletextpad=0.2, borderpad=0)
        place(axes, x, y, gene_labels(reversed_))
    return Drawn(figure, genes=ids(reversed_.index))


def describe_replication(result: Replication) -> dict[str, Any]:
    """Return the names of the genes that reverse, those that the figure names."""
    return {"reversed": gene_labels(result.table[result.table["outcome"] == "reversed"].head(_NAMED))}
