"""Instability of individual predictions over models of bootstrap samples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from genereport.types import Array, Codes, Positions

_FEWEST = 3  # a class in two inner folds then has different samples in each training part
_MOST_DRAWS = 1000


class Instability(NamedTuple):
    """How much the predictions of each sample vary over bootstrap models, and of each model over the samples.

    Attributes:
        low: Lower quantile of the probabilities, shape (n,).
        median: Their median, shape (n,).
        high: Upper quantile, shape (n,).
        error: Mean absolute difference from the probability of the original model (MAPE), shape (n,).
        changed: Share of the bootstrap models that predict another class than the original model, shape (n,).
        by_model: Mean absolute difference of each bootstrap model over the samples, shape (B,).
    """

    low: Array
    median: Array
    high: Array
    error: Array
    changed: Array
    by_model: Array


def instability(
    original: Array, bootstrap: Array, classes: Codes, predicted: Codes, coverage: float = 0.95
) -> Instability:
    """Compare predictions of bootstrap models with those of the original model.

    Source: Riley and Collins (2023), instability plot, mean absolute prediction error (MAPE) and classification
    instability index.

    Args:
        original: Probability of a class by the original model, shape (n,).
        bootstrap: The same by each bootstrap model, shape (B, n).
        classes: Class that the original model predicts, shape (n,).
        predicted: Class that each bootstrap model predicts, shape (B, n).
        coverage: Share of the bootstrap models between the quantiles.

    Example:
        Two samples and two bootstrap models; the second model moves the second sample to the other class.

        >>> probabilities = np.array([[0.8, 0.6], [1.0, 0.2]])
        >>> found = instability(
        ...     np.array([0.9, 0.6]), probabilities, np.array([1, 1]), (probabilities > 0.5).astype(int)
        ... )
        >>> found.error.round(3), found.changed, found.by_model.round(3)
        (array([0.1, 0.2]), array([0. , 0.5]), array([0.05, 0.25]))
    """
    tail = (1 - coverage) / 2
    low, median, high = np.quantile(bootstrap, [tail, 0.5, 1 - tail], axis=0)
    error = np.abs(bootstrap - original)
    return Instability(low, median, high, error.mean(axis=0), (predicted != classes).mean(axis=0), error.mean(axis=1))


def bootstrap_rows(codes: Codes, groups: Codes | None, rng: np.random.Generator) -> Positions:
    """Draw samples with replacement, whole groups, until each class has at least three different ones.

    Args:
        codes: Class of each sample, shape (n,); each class has at least three samples, or groups.
        groups: Group of each sample, shape (n,); groups are drawn, each with all of its samples. None: samples.
        rng: Source of the draws.

    Returns:
        Rows, sorted; a sample occurs as often as it was drawn.

    Raises:
        ValueError: If no draw has three different samples or groups of each class.

    Example:
        >>> rows = bootstrap_rows(np.array([0] * 5 + [1] * 5), None, np.random.default_rng(1))
        >>> len(rows), [len(set(rows[rows < 5].tolist())) > 2, len(set(rows[rows >= 5].tolist())) > 2]
        (10, [True, True])
    """
    units = np.arange(len(codes)) if groups is None else groups
    names = np.unique(units)
    members = [np.flatnonzero(units == name) for name in names]
    for _ in range(_MOST_DRAWS):
        drawn = rng.integers(0, len(names), len(names))
        rows = np.concatenate([members[place] for place in drawn])
        different = [len(np.unique(units[rows][codes[rows] == code])) for code in np.unique(codes)]
        if min(different) >= _FEWEST:
            return np.sort(rows)
    raise ValueError("No bootstrap sample has three different samples of each class.")
