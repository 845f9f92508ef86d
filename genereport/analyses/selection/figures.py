"""Figure of the selection of genes."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.patches import Patch

from genereport.analyses.selection.result import Selection
from genereport.formats import count, plural
from genereport.plotting.drawn import Drawn
from genereport.plotting.style import FAINT, canvas, colour, gene_labels, ids

_SHOWN = 40


def draw_stability(selection: Selection) -> Drawn:
    """Draw how often the most frequently chosen genes were chosen."""
    top = selection.stability.head(_SHOWN)
    x = np.arange(len(top))
    always = (top["times"] == selection.folds).to_numpy()
    labels = (
        f"selected in all {selection.folds} training parts ({_genes(selection.always)})",
        f"in fewer ({_genes(selection.ever - selection.always)})",
    )
    with canvas(2.1) as (figure, axes):
        axes.bar(x, 100 * top["frequency"], color=np.where(always, colour(0), FAINT), width=0.75)
        axes.set_xticks(x, gene_labels(top), rotation=90, fontsize=6)
        axes.set(ylabel="selection frequency (%)", ylim=(0, 104), xlim=(-0.7, len(top) - 0.3))
        handles = [Patch(color=paint, label=label) for paint, label in zip((colour(0), FAINT), labels, strict=True)]
        axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderpad=0)
    return Drawn(figure, genes=ids(top.index))


def _genes(number: int) -> str:
    return f"{count(number)} {plural(number, 'gene')}"


def describe_stability(selection: Selection) -> dict[str, Any]:
    """Return the number of drawn genes, and the largest and smallest share of training parts that chose one."""
    shares = selection.stability["frequency"].head(_SHOWN)
    return {"genes": len(shares), "most": float(shares.max()), "least": float(shares.min())}
