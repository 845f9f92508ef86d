"""Splits inside a training part, by which a threshold, a calibration or a tuning candidate is chosen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from genereport.types import Array, Codes, Positions


class TrainingData(NamedTuple):
    """A training part in one set of features, and the samples held out from it.

    Attributes:
        x: Training samples, shape (n, d).
        codes: Their classes, shape (n,).
        held: Held-out samples, shape (m, d).
        rows: Positions of these among the samples of the outer training part, shape (m,); inner splits only.
        groups: Groups of the training samples, shape (n,), if some stay together.
    """

    x: Array
    codes: Codes
    held: Array
    rows: Positions
    groups: Codes | None = None


@runtime_checkable
class ChoosesInside(Protocol):
    """Protocol of an estimator that chooses something by validation inside its training samples."""

    def fit(self, X: Any, y: Any, inner: Sequence[TrainingData] | None = None) -> Any:
        """Choose by the inner splits, and fit to all samples.

        Args:
            X: Samples × features, shape (n, d).
            y: Classes, shape (n,).
            inner: Splits inside these samples, the features of each chosen on its own training samples. Empty: there
                are too few samples, and a default is used instead of a choice. None: the splits are drawn here, with
                the features as they are.
        """

    def held_out(self, X: Any, codes: Codes, inner: Sequence[TrainingData]) -> Array:
        """Return the class probabilities of each sample when it is held out, with what `fit` would choose; (n, k)."""


def inner_rows(codes: Codes, folds: int, seed: int, groups: Codes | None = None) -> list[tuple[Positions, Positions]]:
    """Return training and held-out rows of stratified folds.

    Args:
        codes: Classes, shape (n,).
        folds: Largest number of folds; fewer if the smallest class has fewer samples or groups.
        seed: Seed of the shuffling.
        groups: Group of each sample, shape (n,): samples of one group are never separated.

    Returns:
        Training and held-out rows of each fold; none if a class would be left with one training sample.

    Example:
        Three samples of a class allow three folds; two would leave one for training.

        >>> len(inner_rows(np.array([0, 0, 0, 0, 1, 1, 1]), folds=5, seed=1))
        3
        >>> inner_rows(np.array([0, 0, 0, 0, 1, 1]), folds=5, seed=1)
        []
    """
    classes = np.unique(codes)
    units = np.arange(len(codes)) if groups is None else groups
    folds = min(folds, *(len(np.unique(units[codes == level])) for level in classes))
    if folds < 2:
        return []
    kind = StratifiedKFold if groups is None else StratifiedGroupKFold
    splits = list(kind(folds, shuffle=True, random_state=seed).split(codes, codes, groups))
    whole = all((np.bincount(codes[train], minlength=len(classes))[classes] >= 2).all() for train, _ in splits)
    return splits if whole else []


def make_training_data(x: Array, codes: Codes, splits: Sequence[tuple[Positions, Positions]]) -> Iterator[TrainingData]:
    """Yield the training data of each split, with the features as they are.

    Args:
        x: Samples × features, shape (n, d).
        codes: Classes, shape (n,).
        splits: Training and held-out rows of each split, as `inner_rows` returns them.

    Example:
        >>> x, codes = np.arange(12.0).reshape(6, 2), np.array([0, 0, 0, 1, 1, 1])
        >>> [(part.x.shape, part.held.shape) for part in make_training_data(x, codes, inner_rows(codes, 3, seed=1))]
        [((4, 2), (2, 2)), ((4, 2), (2, 2)), ((4, 2), (2, 2))]
    """
    for train, held in splits:
        yield TrainingData(x[train], codes[train], x[held], held)
