"""One-way tests of several groups on every column of a matrix at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from genereport.stats.moments import group_moments
from genereport.stats.tails import upper_f
from genereport.types import Array, Codes

_EPS = float(np.finfo(float).eps)


class WelchF(NamedTuple):
    """Welch's one-way test per column, each of shape (p,). NaN where the test is not defined."""

    average: Array
    f: Array
    df1: Array
    df2: Array
    p: Array


def welch_f(x: Array, codes: Codes, groups: int) -> WelchF:
    """Compute Welch's one-way analysis of means (Welch 1951), as R's ``oneway.test(var.equal = FALSE)``.

    It is undefined where a group has fewer than two values or is essentially constant (standard error below 10 ε times
    its mean); all but the average are NaN there. R itself rejects only groups without any variance.

    Args:
        x: Values, shape (n, p); NaN is missing and left out column by column.
        codes: Group of each row, 0 … groups − 1, shape (n,).
        groups: Number of groups, at least 2.

    Returns:
        The average of all values, F, its degrees of freedom and the p-value of every column.

    Example:
        Means of 2, 3 and 7, each group with a variance of 1: R prints F = 18, 4 denominator degrees of freedom and
        p = 0.01.

        >>> x = np.array([[1.0], [2], [3], [2], [3], [4], [6], [7], [8]])
        >>> found = welch_f(x, np.repeat([0, 1, 2], 3), groups=3)
        >>> print(found.f.round(3), found.df1, found.df2.round(3), found.p.round(4))
        [18.] [2.] [4.] [0.01]
    """
    moments = group_moments(x, codes, groups)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        constant = np.sqrt(moments.variance / moments.n) < 10 * _EPS * np.abs(moments.mean)
        weight = np.where(constant, np.nan, moments.n / moments.variance)
        total = weight.sum(axis=0)
        share = weight / total
        centre = (share * moments.mean).sum(axis=0)
        spread = ((1 - share) ** 2 / (moments.n - 1)).sum(axis=0) / (groups**2 - 1)
        between = (weight * (moments.mean - centre) ** 2).sum(axis=0) / (groups - 1)
        f = between / (1 + 2 * (groups - 2) * spread)
        df2 = 1 / (3 * spread)
    df1 = np.where(np.isnan(f), np.nan, groups - 1.0)
    return WelchF(moments.average(), f, df1, df2, upper_f(f, df1, df2))


def classical_f(x: Array, codes: Codes, groups: int) -> Array:
    """Return p-values of the one-way analysis of variance, as R's ``oneway.test(var.equal = TRUE)``.

    They are NaN where a group has no value, no group has two, or only rounding varies within the groups: the standard
    error of a mean is below 10 ε times the largest mean.

    Args:
        x: Values, shape (n, p); NaN is missing and left out column by column.
        codes: Group of each row, 0 … groups − 1, shape (n,).
        groups: Number of groups, at least 2.

    Returns:
        p-values, shape (p,).

    Example:
        Means of 2, 3 and 7: F is 42/2 over 6/6, with 2 and 6 degrees of freedom.

        >>> x = np.array([[1.0], [2], [3], [2], [3], [4], [6], [7], [8]])
        >>> print(classical_f(x, np.repeat([0, 1, 2], 3), groups=3).round(5))
        [0.00195]
        >>> from scipy import stats
        >>> print(round(stats.f.sf(21, 2, 6), 5))
        0.00195
    """
    moments = group_moments(x, codes, groups)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        total = moments.n.sum(axis=0)
        df = total - groups
        squares = np.where(moments.n > 1, (moments.n - 1) * moments.variance, 0.0).sum(axis=0)
        within = squares / np.where(df > 0, df, np.nan)
        constant = np.sqrt(within / total) < 10 * _EPS * np.abs(moments.mean).max(axis=0)
        between = (moments.n * (moments.mean - moments.average()) ** 2).sum(axis=0) / (groups - 1)
        return upper_f(between / np.where(constant, np.nan, within), groups - 1.0, df)
