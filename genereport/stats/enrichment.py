"""Tests of a gene set: among the significant genes, in direction, and in the ranking of all genes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special, stats

from genereport.stats.intervals import Interval, wilson
from genereport.types import Array, Flags


class OverRepresentation(NamedTuple):
    """Over-representation of a set among the significant genes.

    Attributes:
        hits: Number of significant genes of the set.
        expected: Expected number if the set were drawn at random.
        odds_ratio: Odds ratio of the 2 × 2 table; infinite or NaN where a cell is empty.
        p: Probability of as many hits or more.
    """

    hits: int
    expected: float
    odds_ratio: float
    p: float


class Agreement(NamedTuple):
    """Share of genes with the sign that was predicted, with Wilson interval and two-sided p-value."""

    share: float
    interval: Interval
    p: float


class RankShift(NamedTuple):
    """Position of the genes of a set in the ranking of all genes.

    Attributes:
        auc: Probability that a gene of the set has a larger statistic than one outside it, ties counting half.
        p_lower: One-sided p-value that the set ranks low.
        p_higher: One-sided p-value that it ranks high.
    """

    auc: float
    p_lower: float
    p_higher: float

    @property
    def p(self) -> float:
        """The two-sided p-value.

        Example:
            >>> RankShift(auc=0.8, p_lower=0.99, p_higher=0.01).p
            0.02
        """
        return min(1.0, 2 * min(self.p_lower, self.p_higher))


def over_representation(member: Flags, significant: Flags) -> OverRepresentation:
    """Test a set among the significant genes by the hypergeometric, as R's ``phyper`` and Fisher's one-sided test.

    Args:
        member: Whether each gene of the universe belongs to the set, shape (m,).
        significant: Whether it is significant, shape (m,).

    Returns:
        Hits, their expectation, the odds ratio and the p-value.

    Example:
        All three significant genes of ten are among the four of the set: p = 4 / 120, of C(4, 3) and C(10, 3) draws.

        >>> gene = np.arange(10)
        >>> found = over_representation(member=gene < 4, significant=gene < 3)
        >>> found.hits, round(found.expected, 2), round(found.p, 4)
        (3, 1.2, 0.0333)
    """
    universe, size, drawn = len(member), int(member.sum()), int(significant.sum())
    hits = int((member & significant).sum())
    inside, outside = hits * (universe - size - drawn + hits), (size - hits) * (drawn - hits)
    ratio = float("nan") if inside == outside == 0 else float("inf") if outside == 0 else inside / outside
    expected = size * drawn / universe if universe else 0.0
    return OverRepresentation(hits, expected, ratio, float(stats.hypergeom.sf(hits - 1, universe, size, drawn)))


def sign_agreement(agreeing: int, total: int, confidence: float = 0.95) -> Agreement:
    """Compute the exact two-sided sign test, as R's ``binom.test(agreeing, total)``.

    Args:
        agreeing: Number of genes whose sign is as predicted.
        total: Number of genes with a sign.
        confidence: Confidence level of Wilson's interval.

    Returns:
        The share that agrees, its interval and the p-value; all NaN without any sign.

    Example:
        Nine of ten signs agree: p = 2 · (10 + 1) / 2¹⁰.

        >>> found = sign_agreement(9, 10)
        >>> found.share, round(found.p, 4)
        (0.9, 0.0215)
    """
    if total == 0:
        nan = float("nan")
        return Agreement(nan, Interval(nan, nan), nan)
    p = float(stats.binomtest(agreeing, total).pvalue)
    return Agreement(agreeing / total, wilson(agreeing, total, confidence), p)


def rank_shift(statistic: Array, member: Flags, correlation: float = 0.01) -> RankShift:
    """Test a set against all other genes by Wilcoxon's rank sums, with correlated statistics inside the set.

    The variance of the rank sum allows for a correlation between the genes of the set (Barry, Nobel and Wright 2008; Wu
    and Smyth 2012), as limma's ``cameraPR(use.ranks = TRUE, inter.gene.cor = 0.01)``. Without it the test of a set of
    correlated genes would be significant far too often.

    Args:
        statistic: Statistic of every gene of the universe, shape (m,); without NaN.
        member: Whether each belongs to the set, shape (m,); at least one must, and one must not.
        correlation: Correlation between two genes of the set, at least 0.

    Returns:
        The position of the set, and both one-sided p-values.

    Example:
        The set has ranks 8, 9 and 10 of ten genes. A correlation of its genes makes the same position less surprising.

        >>> statistic = np.arange(10.0)
        >>> found = rank_shift(statistic, member=statistic > 6, correlation=0.0)
        >>> found.auc, round(found.p_higher, 4)
        (1.0, 0.0113)
        >>> round(rank_shift(statistic, member=statistic > 6, correlation=0.1).p_higher, 4)
        0.0158
    """
    n1 = int(member.sum())
    n2 = len(member) - n1
    ranks = stats.rankdata(statistic)
    high = float(ranks[member].sum()) - n1 * (n1 + 1) / 2  # Mann and Whitney's U of the set
    spread = np.sqrt(_variance(n1, n2, correlation) * _tie_factor(statistic))
    lower = float(special.ndtr((high + 0.5 - n1 * n2 / 2) / spread))
    higher = float(special.ndtr(-(high - 0.5 - n1 * n2 / 2) / spread))
    return RankShift(high / (n1 * n2), lower, higher)


def _variance(n1: int, n2: int, correlation: float) -> float:
    """Return the variance of U when any two genes of the set are bivariate normal with this correlation."""
    if correlation == 0 or n1 == 1:
        return n1 * n2 * (n1 + n2 + 1) / 12
    pairs = n1 * n2
    total = np.arcsin(1) + np.arcsin(0.5) * (n2 - 1)
    total += (n1 - 1) * (n2 - 1) * np.arcsin(correlation / 2) + (n1 - 1) * np.arcsin((correlation + 1) / 2)
    return float(pairs * total / (2 * np.pi))


def _tie_factor(statistic: Array) -> float:
    m = len(statistic)
    sizes = np.unique(statistic, return_counts=True)[1].astype(float)
    return 1 - float((sizes**3 - sizes).sum()) / (m * (m + 1) * (m - 1))
