"""The figure of the selection."""

from __future__ import annotations

import numpy as np
from matplotlib.patches import Patch

from genereport.analyses.selection.result import Selection
from genereport.formats import count, fixed
from genereport.plotting.drawn import Drawn
from genereport.plotting.style import FAINT, canvas, colour, gene_labels, ids

_STABLE = 40


def stability(selection: Selection) -> Drawn:
    """How often the most frequently chosen genes were chosen."""
    top = selection.stability.head(_STABLE)
    x = np.arange(len(top))
    often = (top["times"] == selection.folds).to_numpy()
    with canvas(2.9) as (figure, axes):
        axes.bar(x, 100 * top["frequency"], color=np.where(often, colour(0), FAINT), width=0.75)
        axes.set_xticks(x, gene_labels(top), rotation=90, fontsize=6)
        axes.set(ylabel="training parts (%)", ylim=(0, 104), xlim=(-0.7, len(top) - 0.3))
        handles = [
            Patch(
                color=colour(0),
                label=f"chosen in all {selection.folds} training parts ({count(selection.always)} genes)",
            ),
            Patch(color=FAINT, label=f"in fewer ({count(selection.ever - selection.always)} genes)"),
        ]
        axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderpad=0)
    shares = 100 * top["frequency"]
    alt = (
        f"Bars of the {len(top)} genes chosen most often, from {fixed(shares.max(), 0)} % down to "
        f"{fixed(shares.min(), 0)} % of {selection.folds} training parts; {selection.always} of {selection.ever} were chosen in all."
    )
    return Drawn(figure, alt, ids(top.index))
