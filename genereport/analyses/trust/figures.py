"""Figures on how far the comparison of models can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from genereport.analyses.models.figures import PRIMARY, keys
from genereport.analyses.trust.result import LabelPermutation, Trust
from genereport.formats import percent
from genereport.names import short_model_name
from genereport.plotting.drawn import Drawn
from genereport.plotting.style import FAINT, HALF, INK, SOFT, canvas, colour

_LABEL = "balanced accuracy"


def draw_gaps(trust: Trust) -> Drawn:
    """Draw the training and the held-out balanced accuracy of every model."""
    return _draw_pairs(trust.gaps, ("training", "held_out"), ("training part", "held-out samples"))


def draw_bias(trust: Trust) -> Drawn:
    """Draw the honest balanced accuracy and that with genes chosen on all samples."""
    return _draw_pairs(trust.bias, ("leaked", "honest"), ("selected on all samples", "selected in training parts"))


def _draw_pairs(table: pd.DataFrame, columns: Sequence[str], labels: Sequence[str]) -> Drawn:
    """Draw two joined values for each model: hollow the optimistic one, filled the honest one."""
    order = keys(table)
    y = np.arange(len(order))[::-1]
    with canvas(0.165 * len(order) + 0.75, width=HALF) as (figure, axes):
        axes.hlines(y, table[columns[0]], table[columns[1]], color=SOFT, linewidth=1.1)
        for column, label, shade, face in zip(columns, labels, (1, 0), ("white", colour(0)), strict=True):
            axes.plot(
                table[column], y, "o", markersize=4, color=colour(shade), markerfacecolor=face, label=label, zorder=3
            )
        axes.set_yticks(y, [short_model_name(*key) for key in order], fontsize=6.5)
        axes.grid(axis="x", color=FAINT, linewidth=0.4)
        axes.set(xlabel=_LABEL, ylim=(-0.6, len(order) - 0.4), xlim=(min(0.45, table[columns[1]].min() - 0.03), 1.03))
        figure.legend(loc="outside upper right", ncols=2, columnspacing=1, handletextpad=0.4)
    return Drawn(figure)


def draw_learning_curve(trust: Trust) -> Drawn:
    """Draw the balanced accuracy of the named model on growing training parts."""
    table = trust.learning
    with canvas(1.8, width=HALF) as (figure, axes):
        axes.vlines(table["samples"], table["ci_low"], table["ci_high"], color=colour(0), linewidth=1.1)
        axes.plot(table["samples"], table["estimate"], "o-", markersize=5, color=colour(0))
        axes.grid(axis="y", color=FAINT, linewidth=0.4)
        lowest = float(np.nanmin(table[["estimate", "ci_low"]].to_numpy()))
        axes.set(
            xlabel="training samples", ylabel=_LABEL, ylim=(max(-0.02, min(0.4, lowest - 0.03)), 1.03), xlim=(0, None)
        )
    return Drawn(figure)


def draw_permutation(trust: Trust) -> Drawn:
    """Draw the balanced accuracy with the true labels among those under permuted labels.

    Raises:
        TypeError: If the labels were not permuted.
    """
    found = _permutation(trust)
    below = f"{percent(found.quantile, 0)} quantile of the permuted labels"
    with canvas(1.8, width=HALF) as (figure, axes):
        bins = np.arange(0, 1.0001, 0.04)
        axes.hist(found.values[PRIMARY], bins=bins, color=FAINT, edgecolor="white", label="permuted labels")
        axes.axvline(found.observed, color=colour(1), linewidth=1.6, label="true labels")
        axes.axvline(found.high, color=INK, linewidth=0.7, linestyle=":", label=below)
        axes.set(xlabel=_LABEL, ylabel="permutations", xlim=(0, 1.03))
        figure.legend(loc="outside upper right", ncols=2, columnspacing=1)
    return Drawn(figure)


def describe_permutation(trust: Trust) -> dict[str, Any]:
    """Return the share of the permutations that reach the balanced accuracy with the true labels."""
    found = _permutation(trust)
    return {"reached": found.at_least / found.count}


def _permutation(trust: Trust) -> LabelPermutation:
    if not isinstance(trust.permutation, LabelPermutation):
        raise TypeError(trust.permutation.skipped)
    return trust.permutation
