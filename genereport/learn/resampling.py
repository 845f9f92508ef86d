"""The splits on which every model of a study is evaluated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import RepeatedStratifiedKFold, StratifiedGroupKFold, StratifiedShuffleSplit

from genereport.types import Codes, Positions

_MOST_FOLDS = 20  # largest number of parts of which a share of the units is composed


class Split(NamedTuple):
    """One training part and one test part, as row positions; repeat and fold count from 0."""

    repeat: int
    fold: int
    train: Positions
    test: Positions


@dataclass(frozen=True)
class SplitPlan:
    """Repeated stratified k-fold cross-validation; the same plan and classes always give the same splits.

    Attributes:
        folds: Folds per repeat.
        repeats: Number of repeats.
        seed: Seed of the shuffling.

    Example:
        >>> plan = SplitPlan(folds=2, repeats=3, seed=1)
        >>> [(split.repeat, split.fold) for split in plan.splits(np.array([0, 0, 0, 1, 1, 1]))]
        [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)]
    """

    folds: int
    repeats: int
    seed: int

    def splits(self, codes: Codes, groups: Codes | None = None) -> tuple[Split, ...]:
        """Return the splits of the samples, repeat by repeat.

        Args:
            codes: Classes, shape (n,).
            groups: Group of each sample, shape (n,): samples of one group are never separated.

        Returns:
            The splits, folds × repeats in number; each sample is held out once in every repeat.

        Example:
            Both test parts have two samples of the first class and one of the other.

            >>> codes = np.array([0, 0, 0, 0, 1, 1])
            >>> [codes[split.test].tolist() for split in SplitPlan(folds=2, repeats=1, seed=1).splits(codes)]
            [[0, 0, 1], [0, 0, 1]]
        """
        parts = self._iterate_grouped(codes, groups) if groups is not None else self._iterate_stratified(codes)
        return tuple(Split(*divmod(number, self.folds), *part) for number, part in enumerate(parts))

    def _iterate_stratified(self, codes: Codes) -> Iterator[tuple[Positions, Positions]]:
        engine = RepeatedStratifiedKFold(n_splits=self.folds, n_repeats=self.repeats, random_state=self.seed)
        return engine.split(np.zeros(len(codes)), codes)  # type: ignore[no-any-return]

    def _iterate_grouped(self, codes: Codes, groups: Codes) -> Iterator[tuple[Positions, Positions]]:
        for repeat in range(self.repeats):
            seed = (self.seed + repeat) % 2**32
            engine = StratifiedGroupKFold(n_splits=self.folds, shuffle=True, random_state=seed)
            yield from engine.split(np.zeros(len(codes)), codes, groups)

    @property
    def test_share(self) -> float:
        """The ratio n_test / n_train of a split, for the correction of Nadeau and Bengio.

        Example:
            >>> SplitPlan(folds=5, repeats=10, seed=1).test_share
            0.25
        """
        return 1 / (self.folds - 1)


def stratified_holdout(codes: Codes, share: float, seed: int, groups: Codes | None = None) -> Positions:
    """Draw a stratified share of the samples to be set aside as an independent set.

    Args:
        codes: Classes, shape (n,).
        share: Share of the samples; with groups the nearest share that whole groups make.
        seed: Seed of the draw.
        groups: Group of each sample, shape (n,): samples of one group are never separated.

    Returns:
        Row positions of the samples that are set aside.

    Example:
        A quarter of eight and of four samples.

        >>> codes = np.array([0] * 8 + [1] * 4)
        >>> np.bincount(codes[stratified_holdout(codes, share=0.25, seed=1)])
        array([2, 1])
    """
    if groups is not None:
        fewest = min(len(np.unique(groups[codes == level])) for level in np.unique(codes))
        folds = max(2, min(_MOST_FOLDS, fewest))
        engine = StratifiedGroupKFold(n_splits=folds, shuffle=True, random_state=seed)
        held = [test for _, test in engine.split(np.zeros(len(codes)), codes, groups)]
        return np.sort(np.concatenate(held[: min(max(1, round(share * folds)), folds - 1)]))
    splitter = StratifiedShuffleSplit(n_splits=1, test_size=share, random_state=seed)
    _, test = next(splitter.split(np.zeros(len(codes)), codes))
    return np.sort(test)


def subsample(
    rows: Positions, codes: Codes, share: float, rng: np.random.Generator, groups: Codes | None = None
) -> Positions:
    """Draw a stratified share of `rows`, at least two of each class.

    Args:
        rows: Row positions, shape (m,).
        codes: Classes of all samples, shape (n,).
        share: 0 < share ≤ 1; with groups, whole groups are drawn until every class has reached it.
        rng: Source of the draws.
        groups: Groups of all samples, shape (n,): samples of one group stay together.

    Returns:
        Row positions in ascending order.

    Example:
        Half of eight samples, and two of three.

        >>> codes = np.array([0] * 8 + [1] * 3)
        >>> np.bincount(codes[subsample(np.arange(11), codes, share=0.5, rng=np.random.default_rng(1))])
        array([4, 2])
    """
    if groups is not None:
        return _whole_groups(rows, codes, share, rng, groups)
    kept = []
    for level in np.unique(codes[rows]):
        own = rows[codes[rows] == level]
        kept.append(rng.permutation(own)[: max(2, round(share * len(own)))])
    return np.sort(np.concatenate(kept))


def _whole_groups(rows: Positions, codes: Codes, share: float, rng: np.random.Generator, groups: Codes) -> Positions:
    sizes = np.bincount(codes[rows])
    wanting = np.where(sizes > 0, np.maximum(2, np.round(share * sizes)), 0)
    kept = []
    for group in rng.permutation(np.unique(groups[rows])):
        own = rows[groups[rows] == group]
        if (wanting[codes[own]] > 0).any():
            kept.append(own)
            wanting -= np.bincount(codes[own], minlength=len(sizes))
    return np.sort(np.concatenate(kept))


def permuted_labels(codes: Codes, units: Codes | None, rng: np.random.Generator) -> Codes:
    """Permute the labels; a unit's samples exchange labels among themselves, or keep one label for all of them.

    Args:
        codes: Classes, shape (n,).
        units: Unit of each sample, shape (n,). Within a unit of several classes the labels are permuted, and units of a
            single class exchange labels with one another. None: samples are exchangeable.
        rng: Source of the draws.

    Returns:
        Permuted classes, shape (n,).

    Example:
        Three patients of one class and one of the other, each with two samples of one label.

        >>> codes, patients = np.array([0, 0, 0, 0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 2, 2, 3, 3])
        >>> permuted_labels(codes, patients, np.random.default_rng(2))
        array([1, 1, 0, 0, 0, 0, 0, 0])
    """
    if units is None:
        return rng.permutation(codes)
    result = codes.copy()
    alike = []
    for unit in np.unique(units):
        own = units == unit
        if len(np.unique(codes[own])) > 1:
            result[own] = rng.permutation(codes[own])
        else:
            alike.append(own)
    labels = rng.permutation(np.array([codes[own][0] for own in alike], dtype=np.intp))
    for own, label in zip(alike, labels, strict=True):
        result[own] = label
    return result
