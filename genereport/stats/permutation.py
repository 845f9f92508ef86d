"""Westfall and Young's step-down adjustments by permutation, as matrix products in blocks of bounded memory.

Every labelling of the samples is a column of zeros and ones, so the sums of a block of genes under a block of
labellings are one matrix product. Genes are processed from the least to the most significant, and for each labelling
the largest statistic (maxT) or smallest p-value (minP) of the genes so far is kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import combinations, product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from genereport.types import Array, Codes, Counts, Positions

Labels = npt.NDArray[np.uint8]
Statistic = Callable[[Array, Labels], Array]
"""Function of genes × samples and samples × labellings that returns genes × labellings, between 0 and 1: 1 if nothing
varies within the groups, NaN where it is not defined. It increases with |t| or F in the same way for all genes."""

_GENES, _LABELLINGS = 256, 1024  # per block, so that its statistics stay in the cache; labellings are a multiple of 8
_RANKED = 1 << 19  # statistics, or values, of the genes that are ranked at once
_ALONE = 16  # number of labellings with the largest p-values that are counted one by one
_SAME = 1e-10  # relative rounding error of a sum taken in another order
_EXACT = 1e-13  # a statistic closer to 1 than this means that only rounding varies within the groups
_EPS = float(np.finfo(float).eps)


class StepDown(NamedTuple):
    """Permutation p-values per gene, each of shape (p,); NaN where a gene has no statistic.

    Attributes:
        raw: Share of the labellings whose statistic is as large as the observed one.
        max_t: p-value adjusted for all genes by step-down maxT.
        min_p: p-value adjusted for all genes by step-down minP; NaN if not requested.
        permutations: Number of labellings, including the observed one.
        complete: Whether these are all possible labellings.
    """

    raw: Array
    max_t: Array
    min_p: Array
    permutations: int
    complete: bool


class _Kernel(NamedTuple):
    """The preparation of genes × samples, and the statistic of prepared genes."""

    prepare: Callable[[Array], Array]
    statistic: Statistic

    def __call__(self, rows: Array, labels: Labels) -> Array:
        """Return statistics of prepared genes under labellings, 0 where a labelling leaves nothing to compare."""
        found = self.statistic(rows, labels)
        return np.nan_to_num(found, copy=False, nan=0.0) if np.isnan(rows).any() else found


def step_down(
    x: Array, codes: Codes, groups: int, permutations: int, rng: np.random.Generator, *, min_p: bool = True
) -> StepDown:
    """Compute step-down maxT and minP of Westfall and Young (1993; algorithms of Ge, Dudoit and Speed 2003).

    The statistic is |t| of Welch for two groups and F with equal variances for more, as ``test = "t"`` and ``"f"`` of
    multtest's ``mt.maxT`` and ``mt.minP``. A gene that varies between the groups but not within them, which multtest
    leaves out, has the largest possible statistic. All labellings are used if there are no more than `permutations`;
    otherwise random ones are drawn. The observed labelling is always included, so that no p-value is 0 (Phipson and
    Smyth 2010).

    Args:
        x: Values, shape (n, p); NaN is missing and left out gene by gene.
        codes: Group of each row, 0 … groups − 1, shape (n,).
        groups: Number of groups.
        permutations: Number of labellings, at least 1.
        rng: Source of the random labellings.
        min_p: Whether to adjust by minP as well, which takes several times as long.

    Returns:
        Raw and adjusted p-values per gene.

    Raises:
        ValueError: if `permutations` is below 1.

    Example:
        Two groups of three have 20 labellings. For the first gene only the observed one and its mirror image are as
        extreme.

        >>> x = np.array([[1.0, 3], [2, 6], [3, 2], [7, 4], [8, 1], [9, 5]])
        >>> found = step_down(x, np.array([0, 0, 0, 1, 1, 1]), 2, permutations=1000, rng=np.random.default_rng(1))
        >>> print(found.permutations, found.complete, found.raw, found.max_t)
        20 True [0.1 1. ] [0.1 1. ]
    """
    labels, complete = _draw_labellings(codes, groups, permutations, rng)
    kernel = _Kernel(_centre, _two_groups if groups == 2 else _several_groups(groups))
    return _step_down(x, codes.astype(np.uint8), labels, kernel, complete, with_min_p=min_p)


def step_down_paired(differences: Array, permutations: int, rng: np.random.Generator) -> StepDown:
    """Compute step-down maxT and minP for paired samples, by exchanging the signs of the differences.

    The statistic is |t| of the differences. Everything else is as in `step_down`.

    Args:
        differences: Target − reference of each pair, shape (pairs, p); NaN where either is missing.
        permutations: Number of sign patterns, at least 1; all 2^pairs are used if there are no more.
        rng: Source of the random sign patterns.

    Returns:
        Raw and adjusted p-values per gene.

    Raises:
        ValueError: if `permutations` is below 1.

    Example:
        Five differences of one sign: 2 of the 2⁵ sign patterns are as extreme.

        >>> differences = np.array([[1.0], [2.0], [3.0], [1.5], [2.5]])
        >>> found = step_down_paired(differences, permutations=1000, rng=np.random.default_rng(1))
        >>> print(found.permutations, found.raw)
        32 [0.0625]
    """
    pairs = len(differences)
    observed = np.ones(pairs, dtype=np.uint8)
    _require_some(permutations)
    complete = pairs < 63 and 2**pairs <= permutations
    if complete:
        labels = np.array(list(product((1, 0), repeat=pairs)), dtype=np.uint8).T
    else:
        drawn = rng.integers(0, 2, size=(pairs, permutations - 1), dtype=np.uint8)
        labels = np.column_stack([observed, drawn])
    return _step_down(differences, observed, labels, _Kernel(_scale, _signed_statistic), complete, with_min_p=True)


def _require_some(permutations: int) -> None:
    if permutations < 1:
        raise ValueError(f"at least one labelling is needed, not {permutations}")


def _draw_labellings(codes: Codes, groups: int, permutations: int, rng: np.random.Generator) -> tuple[Labels, bool]:
    """Return labellings as columns, shape (n, B), the observed one first unless they are complete."""
    _require_some(permutations)
    sizes = np.bincount(codes, minlength=groups)
    if math.factorial(len(codes)) // math.prod(math.factorial(int(size)) for size in sizes) <= permutations:
        return np.array(list(_iterate_arrangements(len(codes), sizes)), dtype=np.uint8).T, True
    start = codes.astype(np.uint8)
    drawn = rng.permuted(np.broadcast_to(start, (permutations - 1, len(start))), axis=1)
    return np.column_stack([start, drawn.T]), False


def _iterate_arrangements(n: int, sizes: Counts) -> Iterator[Labels]:
    """Yield every way to assign the samples to the groups."""

    def place(labels: Labels, free: tuple[int, ...], group: int) -> Iterator[Labels]:
        if group == len(sizes) - 1:
            yield labels
            return
        for chosen in combinations(free, int(sizes[group])):
            following = labels.copy()
            following[list(chosen)] = group
            yield from place(following, tuple(row for row in free if row not in chosen), group + 1)

    return place(np.full(n, len(sizes) - 1, dtype=np.uint8), tuple(range(n)), 0)


def _step_down(
    x: Array, observed: Labels, labels: Labels, kernel: _Kernel, complete: bool, *, with_min_p: bool
) -> StepDown:
    size = _observed_statistic(x, observed, kernel)
    rising = np.argsort(size, kind="stable")[: np.count_nonzero(~np.isnan(size))]
    counted = labels.shape[1]
    raw, max_t, min_p = (np.full(x.shape[1], np.nan) for _ in range(3))
    raw[rising], max_t[rising] = _max_t_counts(x, rising, size, labels, kernel) / counted
    max_t[rising[::-1]] = np.maximum.accumulate(max_t[rising[::-1]])
    if not with_min_p:
        return StepDown(raw, max_t, min_p, counted, complete)
    by_p = rising[np.argsort(-raw[rising], kind="stable")]
    min_p[by_p] = _min_p_counts(x, by_p, raw, labels, kernel) / counted
    min_p[by_p[::-1]] = np.maximum.accumulate(min_p[by_p[::-1]])
    return StepDown(raw, max_t, min_p, counted, complete)


def _observed_statistic(x: Array, observed: Labels, kernel: _Kernel) -> Array:
    """Return the statistic of every gene: 1 if only rounding varies within the groups, NaN where it is not defined."""
    found = np.empty(x.shape[1])
    for start in range(0, x.shape[1], _GENES):
        genes = slice(start, start + _GENES)
        found[genes] = kernel.statistic(kernel.prepare(x[:, genes].T), observed[:, None])[:, 0]
    return np.where(found > 1 - _EXACT, 1.0, found)


def _centre(rows: Array) -> Array:
    """Centre each gene over all its values, so that sums of squares do not cancel, and scale it; shape (g, n).

    The result is NaN where the values are essentially constant, their spread at most 10 ε times their mean. There,
    scaling would amplify rounding errors that do not sum to 0, which `_two_groups` requires.
    """
    mean = _means(rows)
    centred = rows - mean
    centred -= _means(centred)  # corrects the rounding of the first mean
    spread = np.sqrt(_means(centred**2))
    return _scale(np.where(spread <= 10 * _EPS * np.abs(mean), np.nan, centred))


def _means(rows: Array) -> Array:
    """Return the mean of the values of each gene, NaN where there is none; shape (g, 1)."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.nansum(rows, axis=1, keepdims=True) / (~np.isnan(rows)).sum(axis=1, keepdims=True))


def _scale(rows: Array) -> Array:
    """Scale each gene to a mean square of 1."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(rows / np.sqrt(_means(rows**2)))


def _max_t_counts(x: Array, rising: Positions, size: Array, labels: Labels, kernel: _Kernel) -> Array:
    """Count labellings whose statistic, and whose running maximum, reaches the observed one; genes as in `rising`."""
    counts = np.zeros((2, len(rising)))
    largest = np.zeros(labels.shape[1])
    for start in range(0, len(rising), _GENES):
        some = slice(start, start + _GENES)
        rows, limit = kernel.prepare(x[:, rising[some]].T), _least_equal(size[rising[some]])
        for first in range(0, labels.shape[1], _LABELLINGS):
            drawn = slice(first, first + _LABELLINGS)
            found = kernel(rows, labels[:, drawn])
            counts[0, some] += _count(found, limit)
            _accumulate(found, largest[drawn])
            counts[1, some] += _count(found, limit)
            largest[drawn] = found[-1]
    return counts


def _accumulate(found: Array, largest: Array) -> None:
    """Compute running maxima down the rows, in place, row by row; NumPy's own function goes column by column."""
    for row in found:
        np.maximum(row, largest, out=row)
        largest = row


def _least_equal(size: Array | float) -> Any:
    """Return the least value that counts as equally large."""
    return size * (1 - _SAME) - _SAME * 1e-3


def _count(found: Array, limit: Array) -> Counts:
    """Count the values of each row that are at least its limit; eight flags at a time where that is possible."""
    flags = found >= limit[:, None]
    if flags.shape[1] % 8:
        return np.asarray(np.count_nonzero(flags, axis=1), dtype=np.intp)
    return np.asarray(np.bitwise_count(flags.view(np.uint64)).sum(axis=1), dtype=np.intp)


def _min_p_counts(x: Array, rising: Positions, raw: Array, labels: Labels, kernel: _Kernel) -> Array:
    """Count labellings whose successive minimal p-value is as small as the observed one; genes as in `rising`.

    p-values are counts of labellings. A gene matters only where its p-value is below the smallest so far, which is soon
    true for few labellings, and only those are sorted. The observed labelling, whose p-values decrease from gene to
    gene, and a few others with large p-values are counted one by one.
    """
    counted = labels.shape[1]
    counts = np.zeros(len(rising))
    smallest = np.full(counted, counted)
    together = max(1, _RANKED // max(counted, len(x)))
    for start in range(0, len(rising), together):
        genes = rising[start : start + together]
        found = kernel(kernel.prepare(x[:, genes].T), labels)
        most = int(np.partition(smallest, -_ALONE)[-_ALONE]) if counted > _ALONE else 0
        alone = np.flatnonzero(smallest > most)
        for position, (row, p) in enumerate(zip(found, raw[genes], strict=True)):
            _lower_counts(smallest, row, most, alone)
            counts[start + position] = np.count_nonzero(smallest <= round(p * counted))
    return counts


def _lower_counts(smallest: Counts, row: Array, most: int, alone: Counts) -> None:
    """Lower each labelling's count to the number of labellings with a statistic as large as its own, if that is less.

    Args:
        smallest: The counts so far, shape (B,), changed in place; those not in `alone` are at most `most`.
        row: The statistics of a gene, shape (B,).
        most: Only the labellings with this many of the largest statistics are sorted.
        alone: Labellings that are counted one by one.
    """
    for place in alone:
        smallest[place] = min(smallest[place], np.count_nonzero(row >= _least_equal(row[place])))
    if most == 0:
        return
    cut = np.partition(row, len(row) - most)[len(row) - most]
    places = np.flatnonzero(row >= _least_equal(cut))
    places = places[np.argsort(-row[places], kind="stable")]
    falling = row[places]
    reaching = len(falling) - np.searchsorted(falling[::-1], _least_equal(falling))
    smallest[places] = np.minimum(smallest[places], reaching)


def _two_groups(rows: Array, labels: Labels) -> Array:
    """Return a monotone function of Welch's t², the same for all genes.

    With S the sum of group 1 of a centred gene, that of group 0 is −S, and the squared standard error of the difference
    is W − d S², where W = Σ w x² with weights w = a = 1/(n₁(n₁ − 1)) in group 1, b = 1/(n₀(n₀ − 1)) in group 0, and
    d = a/n₁ + b/n₀. As the difference is S (1/n₁ + 1/n₀), d S²/W increases with t². A gene with missing values gets the
    value of a complete gene with the same t².
    """
    first = (labels == 1).astype(np.float64)
    n1 = float(first[:, 0].sum())
    n0 = len(first) - n1
    if min(n1, n0) < 2:
        return np.full((len(rows), labels.shape[1]), np.nan)
    a, b = 1 / (n1 * (n1 - 1)), 1 / (n0 * (n0 - 1))
    c, d = (1 / n1 + 1 / n0) ** 2, a / n1 + b / n0
    gaps = np.isnan(rows).any(axis=1)
    squares = rows**2
    with np.errstate(invalid="ignore", divide="ignore"):
        found = rows @ first
        scale = squares.sum(axis=1, keepdims=True) * (a / d) if a == b else squares @ ((b + (a - b) * first) / d)
        np.divide(np.square(found, out=found), scale, out=found)
        if gaps.any():
            square = _welch_with_gaps(rows[gaps], first)
            found[gaps] = np.where(np.isinf(square), 1.0, d * square / (c + d * square))
    return np.asarray(found)


def _welch_with_gaps(rows: Array, first: Array) -> Array:
    present = (~np.isnan(rows)).astype(np.float64)
    values = np.nan_to_num(rows)
    error = np.zeros((len(rows), first.shape[1]))
    means, fewest = [], np.full_like(error, np.inf)
    for member in (1 - first, first):
        n, total = present @ member, values @ member
        error += np.maximum(values**2 @ member - total**2 / n, 0.0) / (n * (n - 1))
        means.append(total / n)
        fewest = np.minimum(fewest, n)
    square = (means[1] - means[0]) ** 2 / np.where(error < _EXACT, 0.0, error)
    return np.where(fewest >= 2, square, np.nan)


def _several_groups(groups: int) -> Statistic:
    def statistic(rows: Array, labels: Labels) -> Array:
        """Return R², the share of the sum of squares that is between the groups; F increases with it."""
        total = len(labels)
        gaps = np.isnan(rows).any(axis=1)
        found = np.zeros((len(rows), labels.shape[1]))
        for group in range(groups):
            member = (labels == group).astype(np.float64)
            part = rows @ member
            found += np.square(part, out=part) / (member[:, 0].sum() * total)
        if gaps.any():
            with np.errstate(invalid="ignore", divide="ignore"):
                share, count = _between_with_gaps(rows[gaps], labels, groups)
                odds = share / (1 - share) * (count - groups) / (total - groups)  # F (k − 1)/(n − k), if complete
                found[gaps] = np.where(np.isinf(odds), 1.0, odds / (1 + odds))
        return found

    return statistic


def _between_with_gaps(rows: Array, labels: Labels, groups: int) -> tuple[Array, Array]:
    present = (~np.isnan(rows)).astype(np.float64)
    values = np.nan_to_num(rows)
    count = present.sum(axis=1, keepdims=True)
    between = np.zeros((len(rows), labels.shape[1]))
    for group in range(groups):
        member = (labels == group).astype(np.float64)
        between += (values @ member) ** 2 / (present @ member)
    return between / (values**2).sum(axis=1, keepdims=True), count


def _signed_statistic(rows: Array, labels: Labels) -> Array:
    """Return the squared mean of the signed differences over their mean square; t² of the pairs increases with it."""
    count = np.count_nonzero(~np.isnan(rows), axis=1)[:, None]
    short = count[:, 0] < len(labels)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.square(np.nan_to_num(rows) @ (2.0 * labels - 1.0) / count)
        odds = found[short] / (1 - found[short]) * (count[short] - 1) / (len(labels) - 1)
        found[short] = np.where(np.isinf(odds), 1.0, odds / (1 + odds))
    return np.asarray(found)
