"""The Wilcoxon–Mann–Whitney test and the area under the ROC curve of every column, from one ranking of each."""

from __future__ import annotations

from functools import cache
from math import comb
from typing import NamedTuple

import numpy as np
from scipy import special, stats

from genereport.stats.moments import group_moments
from genereport.types import Array, Codes, Counts, Flags

_CELLS = 1 << 18  # values ranked at once; bounds the temporaries and keeps them in the cache
_FEW = 50  # the exact distribution is used if both groups have fewer values, as in R


class RankTest(NamedTuple):
    """Rank comparison of two groups per column, each of shape (p,). NaN where it is not defined.

    `auc` is P(target > reference) + P(tie) / 2, `ci_low` and `ci_high` DeLong's interval for it, `p` the two-sided
    p-value of the Wilcoxon–Mann–Whitney test and `exact` whether it is from the exact distribution.
    """

    auc: Array
    ci_low: Array
    ci_high: Array
    p: Array
    exact: Flags


class _Counts(NamedTuple):
    """Counts from the ranking of a column, each of shape (p,) unless noted.

    `n` (2, p) are the numbers of values per group. `twice_u` is twice Mann and Whitney's U of group 1, `squares` (2, p)
    the sums of squares of its summands by value of either group; all of them are whole numbers. `ties` is Σ(t³ − t)
    over the sizes t of sets of equal values.
    """

    n: Array
    twice_u: Array
    squares: Array
    ties: Array


def rank_test(x: Array, codes: Codes, confidence: float = 0.95) -> RankTest:
    """Compare group 1 with group 0 by ranks, as R's ``wilcox.test(target, reference)`` and pROC's ``ci.auc``.

    p is exact (Mann and Whitney 1947) when both groups have fewer than 50 values and none are equal; otherwise it comes
    from the normal approximation, corrected for continuity and ties. It is NaN where a group has no value or all values
    are equal. The interval is that of DeLong et al. (1988), with placements by midranks (Sun and Xu 2014); it is NaN
    where a group has fewer than two values or the placements do not vary, as in a perfect separation.

    Args:
        x: Values, shape (n, p); NaN is missing and left out column by column.
        codes: 0 (reference) or 1 (target) for each row, shape (n,); rows with other codes are ignored.
        confidence: Confidence level of the interval.

    Returns:
        Area, interval and p-value of every column.

    Example:
        The target is larger in 8 of 9 pairs: p = 2 · (1 + 1) / 20, by the 20 arrangements of the ranks.

        >>> found = rank_test(np.array([[1.0], [2], [4], [3], [5], [6]]), np.array([0, 0, 0, 1, 1, 1]))
        >>> print(found.auc.round(3), found.p.round(3), found.exact)
        [0.889] [0.2] [ True]
    """
    counts = _rank_counts(x, codes)
    pairs = counts.n.prod(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        area = counts.twice_u / (2 * pairs)
        half = special.ndtri((1 + confidence) / 2) * np.sqrt(_delong_variance(counts))
        p = _approximate_p(counts)
    exact = (counts.n < _FEW).all(axis=0) & (counts.ties == 0) & (pairs > 0)
    p[exact] = _exact_p(counts.n[:, exact].astype(int), counts.twice_u[exact].astype(int) // 2)
    return RankTest(area, np.maximum(area - half, 0.0), np.minimum(area + half, 1.0), p, exact)


def _delong_variance(counts: _Counts) -> Array:
    """Return DeLong's variance of the area; NaN where it is zero or a group has fewer than two values."""
    deviation = counts.n * counts.squares - counts.twice_u**2
    share = counts.n * (counts.n - 1) * (2 * counts.n[::-1]) ** 2 * counts.n
    variance = (deviation / share).sum(axis=0)
    return np.where(variance > 0, variance, np.nan)


def _approximate_p(counts: _Counts) -> Array:
    total, pairs = counts.n.sum(axis=0), counts.n.prod(axis=0)
    sigma = np.sqrt(pairs / 12 * (total + 1 - counts.ties / (total * (total - 1))))
    away = np.abs(counts.twice_u - pairs) / 2
    p = 2 * special.ndtr(-np.maximum(away - 0.5, 0) / sigma)
    return np.where(sigma > 0, p, np.nan)


def _exact_p(n: Counts, u: Counts) -> Array:
    """Return the exact two-sided p of U; `n` (2, p) are the numbers of values. Groups and tails may be swapped."""
    few, many = n.min(axis=0), n.max(axis=0)
    nearer = np.minimum(u, few * many - u)
    result = np.empty(len(u))
    sizes = few * _FEW + many
    for size in np.unique(sizes):
        same = sizes == size
        tail = mann_whitney_tail(*divmod(int(size), _FEW))
        result[same] = np.minimum(1.0, 2 * tail[nearer[same]])
    return result


def kruskal_wallis(x: Array, codes: Codes, groups: int) -> Array:
    """Return p-values of the rank test of several groups (Kruskal and Wallis 1952), as R's ``kruskal.test``.

    The sum of squares of the ranks between the groups, over their variance, is compared with χ². p is NaN where a group
    has no value or all values are equal.

    Args:
        x: Values, shape (n, p); NaN is missing and left out column by column.
        codes: Group of each row, 0 … groups − 1, shape (n,).
        groups: Number of groups, at least 2.

    Returns:
        p-values, shape (p,).

    Example:
        >>> x = np.array([[1.0], [2], [3], [2], [3], [4], [6], [7], [8]])
        >>> print(kruskal_wallis(x, np.repeat([0, 1, 2], 3), groups=3).round(5))
        [0.0484]
        >>> from scipy import stats
        >>> print(round(stats.kruskal(x[:3, 0], x[3:6, 0], x[6:, 0]).pvalue, 5))
        0.0484
    """
    ranks = stats.rankdata(x, axis=0, nan_policy="omit")
    moments, whole = group_moments(ranks, codes, groups), group_moments(ranks, np.zeros_like(codes), 1)
    between = (moments.n * (moments.mean - whole.mean) ** 2).sum(axis=0)
    variance = whole.variance[0]
    return np.asarray(special.chdtrc(groups - 1, between / np.where(variance > 0, variance, np.nan)))


@cache
def mann_whitney_tail(few: int, many: int) -> Array:
    """Return P(U ≤ u) for u = 0 … few · many // 2, if the groups do not differ and no values are equal.

    The numbers of arrangements with each U are the coefficients of the Gaussian binomial
    Π (1 − q^(many + i)) / (1 − q^i), i from 1 to `few`. Each factor is one subtraction and one running sum of stride i.

    Args:
        few: Number of values in one group, at least 1.
        many: Number of values in the other group, at least 1.

    Returns:
        The probabilities, shape (few · many // 2 + 1,); the array cannot be written to.

    Example:
        Of the six arrangements of two and two values, one has U = 0, one has U = 1 and two have U = 2.

        >>> print(mann_whitney_tail(2, 2) * 6)
        [1. 2. 4.]
    """
    length = few * many // 2 + 1
    ways = np.zeros(length)
    ways[0] = 1
    for i in range(1, few + 1):
        ways[many + i :] -= ways[: -(many + i)]
        rows = -(-length // i)
        ways = np.pad(ways, (0, rows * i - length)).reshape(rows, i).cumsum(axis=0).ravel()[:length]
    tail = ways.cumsum() / comb(few + many, few)
    tail.flags.writeable = False  # the cached array is shared by all callers
    return tail


def _rank_counts(x: Array, codes: Codes) -> _Counts:
    """Rank the columns block by block."""
    used = np.flatnonzero((codes == 0) | (codes == 1))
    target = codes[used] == 1
    genes = x.shape[1]
    result = _Counts(np.empty((2, genes)), np.empty(genes), np.empty((2, genes)), np.empty(genes))
    width = max(1, _CELLS // max(1, len(used)))
    for start in range(0, genes, width):
        columns = slice(start, start + width)
        block = _rank(np.ascontiguousarray(x[used, columns].T), target)
        for whole, part in zip(result, block, strict=True):
            whole[..., columns] = part
    return result


def _rank(values: Array, target: Flags) -> _Counts:
    """Rank each row of `values`, shape (genes, n)."""
    order = np.argsort(values, axis=1)  # missing values come last
    rising = np.take_along_axis(values, order, axis=1)
    present = ~np.isnan(rising)
    first = np.ones(rising.shape, dtype=bool)
    np.not_equal(rising[:, 1:], rising[:, :-1], out=first[:, 1:])
    of_target = target[order] & present
    of_reference = present & ~of_target
    below_0, upto_0 = _count_below(of_reference, first)
    below_1, upto_1 = _count_below(of_target, first)
    n = np.stack([of_reference.sum(axis=1), of_target.sum(axis=1)]).astype(float)
    wins_1 = np.where(of_target, below_0 + upto_0, 0.0)
    wins_0 = np.where(of_reference, 2 * n[1][:, None] - below_1 - upto_1, 0.0)
    size = np.where(present, upto_0 - below_0 + upto_1 - below_1, 1)
    squares = np.stack([np.einsum("ij,ij->i", wins, wins) for wins in (wins_0, wins_1)])
    return _Counts(n, wins_1.sum(axis=1), squares, (size * size - 1).sum(axis=1))


def _count_below(member: Flags, first: Flags) -> tuple[Array, Array]:
    """Count members with a smaller value, and with a smaller or equal value, at each position of the sorted rows."""
    upto = np.cumsum(member, axis=1, dtype=float)
    below = upto - member
    if first.all():
        return below, upto
    below = np.maximum.accumulate(np.where(first, below, 0.0), axis=1)
    last = np.ones(first.shape, dtype=bool)
    last[:, :-1] = first[:, 1:]
    upto = np.minimum.accumulate(np.where(last, upto, np.inf)[:, ::-1], axis=1)[:, ::-1]
    return below, upto
