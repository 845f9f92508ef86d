"""Splits inside a training part, for what is chosen by validation: a threshold, a calibration, a candidate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

Matrix = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


class TrainingData(NamedTuple):
    """A training part in one set of features, and the samples that are held out of it.

    Attributes:
        x: Training samples, shape (n, d).
        codes: Their classes, shape (n,).
        held: Held-out samples, shape (m, d).
        rows: Where these stand among the samples of the outer training part (inner inner_data only), shape (m,).
        groups: Groups of the training samples, shape (n,), if some stay together.
    """

    x: Matrix
    codes: Rows
    held: Matrix
    rows: Rows
    groups: Rows | None = None


@runtime_checkable
class ChoosesInside(Protocol):
    """An estimator that chooses something by validation inside its training samples."""

    def fit(self, X: Any, y: Any, inner: Sequence[TrainingData] | None = None) -> Any:
        """Choose by the inner_data, and fit to all samples.

        Args:
            X: Samples × features, shape (n, d).
            y: Classes, shape (n,).
            inner: Splits inside these samples, the features of each chosen on its own training samples. None of them:
                there are too few samples, and what needs no choice is taken. Not given: the splits are drawn here, on
                the features as they are.
        """

    def held_out(self, X: Any, codes: Rows, inner: Sequence[TrainingData]) -> Matrix:
        """Class probabilities of each sample by the data that holds it out, at what `fit` would choose; (n, k)."""


def inner_rows(codes: Rows, folds: int, seed: int, groups: Rows | None = None) -> list[tuple[Rows, Rows]]:
    """Training and held-out rows of stratified folds; none if a class would be left with one training sample.

    Args:
        codes: Classes, shape (n,).
        folds: At most so many; as many as the smallest class has samples or groups, if these are fewer.
        seed: Of the shuffling.
        groups: Group of each sample, shape (n,): samples of one group are never torn apart.
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


def make_training_data(x: Matrix, codes: Rows, splits: Sequence[tuple[Rows, Rows]]) -> Iterator[TrainingData]:
    """Lessons on the features as they are."""
    for train, held in splits:
        yield TrainingData(x[train], codes[train], x[held], held)
