"""Similarity of two gene lists, as sets and as rankings, and its expectation by chance."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats

from genereport.types import Array, Positions


class Likeness(NamedTuple):
    """A similarity index between 0 and 1, its mean for random lists, and the one-sided p-value."""

    value: float
    expected: float
    p: float


_UNDEFINED = Likeness(float("nan"), float("nan"), float("nan"))


def jaccard(first: int, second: int, shared: int, universe: int) -> Likeness:
    """Compare the Jaccard index of two sets with that of random sets of the same sizes.

    The overlap of random sets is hypergeometric: the expectation is exact, and p is the upper tail, as R's
    ``phyper(shared - 1, second, universe - second, first, lower.tail = FALSE)``.

    Args:
        first: Size of one set.
        second: Size of the other.
        shared: Size of their intersection.
        universe: Number of items from which both were drawn.

    Returns:
        The index, its expectation and p; all NaN where a set is empty.

    Example:
        Two signatures of ten genes share five: 5 / 15. Random ones of 100 genes share one gene on average.

        >>> found = jaccard(first=10, second=10, shared=5, universe=100)
        >>> round(found.value, 3), round(found.expected, 3), round(found.p, 5)
        (0.333, 0.055, 0.00067)
    """
    if min(first, second) == 0:
        return _UNDEFINED
    overlaps = np.arange(min(first, second) + 1)
    null = stats.hypergeom(universe, second, first)
    expected = float((null.pmf(overlaps) * overlaps / (first + second - overlaps)).sum())
    return Likeness(shared / (first + second - shared), expected, min(1.0, float(null.sf(shared - 1))))


def meeting_depths(first: Positions, second: Positions) -> Positions:
    """Return for each shared item the smallest depth at which both lists contain it.

    Args:
        first: Items in their order, each once, shape (a,).
        second: Items of the other list, shape (b,).

    Returns:
        One depth per shared item, by ascending item; depths count from 1.

    Example:
        Item 7 is first in one list and third in the other; item 8 is second in both.

        >>> meeting_depths(np.array([7, 8, 9]), np.array([5, 8, 7]))
        array([3, 2])
    """
    _, one, other = np.intersect1d(first, second, assume_unique=True, return_indices=True)
    return np.asarray(np.maximum(one, other) + 1)


def rank_biased_overlap(depths: Positions, first: int, second: int, persistence: float) -> float:
    """Return the extrapolated rank-biased overlap of lists without ties (Webber, Moffat and Zobel 2010, equation 32).

    Args:
        depths: Depths from `meeting_depths`.
        first: Length of one list.
        second: Length of the other.
        persistence: Weight of a depth relative to that of the one above it, between 0 and 1.

    Returns:
        1 for equal lists, 0 for disjoint ones; NaN where a list is empty.

    Example:
        Two items in opposite order agree at depth 2 but not at depth 1, and each counts one half.

        >>> rank_biased_overlap(meeting_depths(np.array([1, 2]), np.array([2, 1])), 2, 2, persistence=0.5)
        0.5
    """
    short, long = sorted((first, second))
    if short == 0:
        return float("nan")
    depth = np.arange(1, long + 1)
    overlap = np.cumsum(np.bincount(depths, minlength=long + 1)[1:])
    at_short, at_long = float(overlap[short - 1]), float(overlap[-1])
    weights = persistence**depth
    agreement = float((overlap / depth * weights).sum())
    beyond = depth[short:]
    unseen = float((at_short * (beyond - short) / (short * beyond) * weights[short:]).sum())
    rest = ((at_long - at_short) / long + at_short / short) * float(weights[-1])
    return min(1.0, (1 - persistence) / persistence * (agreement + unseen) + rest)


def compare_rankings(
    first: Positions,
    second: Positions,
    universe: int,
    persistence: float,
    rng: np.random.Generator,
    permutations: int = 1000,
) -> Likeness:
    """Compare the rank-biased overlap of two lists with that of random lists of the same lengths.

    Args:
        first: Items in their order, as numbers, each once, shape (a,).
        second: Items of the other list, shape (b,).
        universe: Number of items that either list could contain.
        persistence: As in `rank_biased_overlap`.
        rng: Source of the random lists.
        permutations: Number of random lists; p is (number at least as similar + 1) / (permutations + 1).

    Returns:
        The overlap, its mean over the random lists, and p; all NaN where a list is empty.

    Example:
        No random list is as similar as one whose first two items are exchanged: p = 1/100.

        >>> first, second = np.array([0, 1, 2, 3, 4]), np.array([1, 0, 2, 3, 4])
        >>> found = compare_rankings(first, second, 1000, 0.9, np.random.default_rng(1), permutations=99)
        >>> round(found.value, 3), found.p
        (0.9, 0.01)
    """
    sizes = len(first), len(second)
    value = rank_biased_overlap(meeting_depths(first, second), *sizes, persistence)
    if np.isnan(value):
        return _UNDEFINED
    null = random_overlaps(*sizes, universe, persistence, rng, permutations)
    p = (1 + int((null >= value - 1e-12).sum())) / (permutations + 1)
    return Likeness(value, float(null.mean()), p)


def random_overlaps(
    first: int, second: int, universe: int, persistence: float, rng: np.random.Generator, permutations: int
) -> Array:
    """Return the rank-biased overlap of random lists with a fixed one.

    Args:
        first: Length of the random lists.
        second: Length of the fixed list.
        universe: Number of items from which the random lists are drawn.
        persistence: As in `rank_biased_overlap`.
        rng: Source of the random lists.
        permutations: Number of random lists.

    Returns:
        The overlaps, shape (permutations,).

    Example:
        Where there is only one item, all lists are equal.

        >>> random_overlaps(1, 1, universe=1, persistence=0.9, rng=np.random.default_rng(1), permutations=3)
        array([1., 1., 1.])
    """
    values = np.empty(permutations)
    for number in range(permutations):
        drawn = rng.choice(universe, size=first, replace=False)
        place = np.flatnonzero(drawn < second)
        depths = np.maximum(place, drawn[place]) + 1
        values[number] = rank_biased_overlap(depths, first, second, persistence)
    return values
