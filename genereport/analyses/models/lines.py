"""The curves of the classifiers as they are drawn: lines with vertical steps, their mean, and the area below them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from genereport.types import FLOOR, Array, Key

if TYPE_CHECKING:
    from genereport.analyses.models.result import Models

Line = tuple[Key, Array, Array]
"""A curve of a model: model and features, x and y."""


def area_below(x: Array, y: Array) -> float:
    """Return the area below a line that is drawn through these points, with x not falling.

    Example:
        A rise from 0 to 1 over one half, then level.

        >>> area_below(np.array([0.0, 0.5, 1.0]), np.array([0.0, 1.0, 1.0]))
        0.75
    """
    return float(np.trapezoid(y, x))


def step_line(recall: Array, precision: Array) -> tuple[Array, Array]:
    """Return the step function whose precision holds up to its recall; the area below it is the average precision.

    Args:
        recall: Recalls, rising, shape (m,).
        precision: Precision at each recall, shape (m,).

    Example:
        >>> x, y = step_line(np.array([0.5, 1.0]), np.array([1.0, 0.6]))
        >>> print(x, y, round(area_below(x, y), 3))
        [0.  0.5 0.5 1. ] [1.  1.  0.6 0.6] 0.8
    """
    return _without_repeats(np.r_[0.0, np.repeat(recall[:-1], 2), recall[-1]], np.repeat(precision, 2))


def mean_line(parts: Sequence[tuple[Array, Array]]) -> tuple[Array, Array]:
    """Return the vertical mean of lines from x = 0 to x = 1; the area below it is the mean of their areas.

    Args:
        parts: x, not falling, and y of each line; equal x are a vertical step.

    Example:
        >>> steps = np.array([0.0, 0.0, 1.0]), np.array([0.0, 1.0, 1.0])
        >>> x, y = mean_line([steps, (np.array([0.0, 1.0]), np.array([0.0, 1.0]))])
        >>> print(x, y)
        [0. 0. 1.] [0.  0.5 1. ]
    """
    if len(parts) == 1:
        return parts[0]
    places = np.unique(np.concatenate([x for x, _ in parts]))
    sides = np.mean([_heights(x, y, places) for x, y in parts], axis=0)
    return _without_repeats(np.repeat(places, 2), sides.ravel())


def _heights(x: Array, y: Array, places: Array) -> Array:
    """Return the heights of a line just before and just after each place, shape (places, 2)."""
    first, last = np.searchsorted(x, places, "left"), np.searchsorted(x, places, "right") - 1
    before = np.maximum(first - 1, 0)
    gap = x[first] - x[before]
    share = np.divide(places - x[before], gap, out=np.zeros(len(places)), where=gap > 0)
    between = y[before] + share * (y[first] - y[before])
    met = first <= last
    return np.column_stack([np.where(met, y[first], between), np.where(met, y[last], between)])


def _without_repeats(x: Array, y: Array) -> tuple[Array, Array]:
    moved = np.r_[True, (np.diff(x) != 0) | (np.diff(y) != 0)]
    return x[moved], y[moved]


def roc_lines(models: Models, which: str) -> list[Line]:
    """Return the ROC curves of all models but the majority class in one set."""
    return [line for line in curve_lines(models.roc[models.roc["set"] == which]) if line[0] != FLOOR]


def curve_lines(table: pd.DataFrame) -> Iterator[Line]:
    """Yield model, features and ROC curve; with several classes the mean of the one-vs-rest curves."""
    for key, part in _by_model(table):
        curves = [curve[["fpr", "tpr"]].to_numpy().T for _, curve in part.groupby("class", sort=False)]
        yield (key, *mean_line([(x, y) for x, y in curves]))


def precision_recall_lines(models: Models) -> list[Line]:
    """Return the cross-validated precision–recall curves of all models but the majority class, as `curve_lines`."""
    found = []
    table = models.precision_recall
    for key, part in _by_model(table[table["set"] == "cv"]):
        curves = [curve[["recall", "precision"]].to_numpy().T for _, curve in part.groupby("class", sort=False)]
        if key != FLOOR:
            found.append((key, *mean_line([step_line(x, y) for x, y in curves])))
    return found


def _by_model(table: pd.DataFrame) -> Iterator[tuple[Key, pd.DataFrame]]:
    for (model, features), part in table.groupby(["model", "features"], sort=False):
        yield (str(model), str(features)), part
