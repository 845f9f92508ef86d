"""The splits that every model of a study is judged on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import RepeatedStratifiedKFold, StratifiedShuffleSplit

Rows = npt.NDArray[np.intp]


class Split(NamedTuple):
    """One training part and one test part, as row positions; repeat and fold count from 0."""

    repeat: int
    fold: int
    train: Rows
    test: Rows


@dataclass(frozen=True)
class SplitPlan:
    """Repeated stratified k-fold; the same plan and classes give the same splits, wherever they are asked for.

    Attributes:
        folds: Folds per repeat.
        repeats: Repeats.
        seed: Of the shuffling.
    """

    folds: int
    repeats: int
    seed: int

    def splits(self, codes: Rows) -> tuple[Split, ...]:
        """The splits of samples with classes `codes`, shape (n,), repeat by repeat."""
        engine = RepeatedStratifiedKFold(n_splits=self.folds, n_repeats=self.repeats, random_state=self.seed)
        return tuple(
            Split(*divmod(number, self.folds), train, test)
            for number, (train, test) in enumerate(engine.split(np.zeros(len(codes)), codes))
        )

    @property
    def test_share(self) -> float:
        """n_test / n_train of a split, the correction of Nadeau and Bengio."""
        return 1 / (self.folds - 1)


def stratified_holdout(codes: Rows, share: float, seed: int) -> Rows:
    """Row positions of a stratified share of the samples, to be set aside as an independent set."""
    splitter = StratifiedShuffleSplit(n_splits=1, test_size=share, random_state=seed)
    _, test = next(splitter.split(np.zeros(len(codes)), codes))
    return np.sort(test)
