"""The figure that compares the cohorts of a batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from genereport.analyses.batch.result import Index
from genereport.plotting.drawn import Drawn
from genereport.plotting.style import FAINT, INK, canvas, colour, shortened

_SIDES = (("cv", 0.14, colour(0), "cross-validated"), ("independent", -0.14, "white", "independent set"))
_MARKED = {"†": "† interval not estimable", "*": "* pooled interval"}


def draw_accuracies(index: Index) -> Drawn:
    """Draw a forest plot of the balanced accuracy of each cohort's named model, and of the majority class."""
    table = _with_named_model(index)
    y = np.arange(len(table))[::-1]
    both = table["independent"].notna().to_numpy()
    with canvas(0.34 * len(table) + 0.9) as (figure, axes):
        for which, shift, face, label in _SIDES[: 1 + bool(both.any())]:
            height = y + shift * both
            axes.hlines(height, table[f"{which}_low"], table[f"{which}_high"], color=colour(0), linewidth=1.1)
            points = axes.plot(
                table[which], height, "o", markersize=5, color=colour(0), markerfacecolor=face, label=label
            )
            points[0].set_zorder(3)
            for mark, value, at in zip(_interval_marks(index, table, which), table[which], height, strict=True):
                axes.annotate(mark, (value, at), (0, 3), textcoords="offset points", ha="center", fontsize=7)
        axes.vlines(table["floor"], y - 0.32, y + 0.32, color=INK, linewidth=0.9, linestyle=":", label="majority class")
        axes.set_yticks(y, [shortened(str(name), 32) for name in table.index])
        axes.grid(axis="x", color=FAINT, linewidth=0.4)
        lowest = float(np.nanmin(table[["cv", "cv_low", "independent", "independent_low", "floor"]].to_numpy()))
        marks = {mark for which, *_ in _SIDES for mark in _interval_marks(index, table, which)}
        notes = "; ".join(text for mark, text in _MARKED.items() if mark in marks)
        axes.set(
            xlabel="balanced accuracy" + f"\n({notes})" * bool(notes),
            xlim=(min(0.15, lowest - 0.03), 1.03),
            ylim=(-0.6, len(table) - 0.4),
        )
        figure.legend(loc="outside upper right", ncols=3)
    return Drawn(figure)


def describe_accuracies(index: Index) -> dict[str, Any]:
    """Return name, estimates and intervals of every cohort that is drawn."""
    columns = ["cv", "cv_low", "cv_high", "independent", "independent_low", "independent_high"]
    return {"cohorts": _with_named_model(index)[columns].reset_index().to_dict("records")}


def _with_named_model(index: Index) -> pd.DataFrame:
    """Return the cohorts that have a named model."""
    return index.cohorts[index.cohorts["model"] != ""]


def _interval_marks(index: Index, table: pd.DataFrame, which: str) -> list[str]:
    """Return the mark of each point: its interval could not be estimated, or was pooled."""
    pooled = table.index.isin(index.pooled) & (which == "cv")
    missing = table[which].notna() & table[f"{which}_low"].isna()
    return ["†" if none else "*" if some else "" for none, some in zip(missing, pooled, strict=True)]
