"""Tests of equal means that do not assume equal variances: Welch's t for two groups, Welch's F for several.

Both work on every column of a matrix at once and agree with R's ``t.test`` and ``oneway.test``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from genereport.stats.moments import Array, Codes, group_moments
from genereport.stats.tails import two_sided_p, upper_f

_EPS = float(np.finfo(float).eps)


class WelchT(NamedTuple):
    """Welch's two-sample t-test per column, each of shape (p,). NaN where the test is not defined."""

    difference: Array
    ci_low: Array
    ci_high: Array
    average: Array
    t: Array
    df: Array
    p: Array


class WelchF(NamedTuple):
    """Welch's one-way test per column, each of shape (p,). NaN where the test is not defined."""

    average: Array
    f: Array
    df1: Array
    df2: Array
    p: Array


def welch_t(x: Array, codes: Codes, confidence: float = 0.95) -> WelchT:
    """Welch's t-test of group 1 against group 0 (Welch 1947), as R's ``t.test(target, reference)``.

    Undefined where a group has fewer than two values or the data are essentially constant (R's rule: the standard error
    is below 10 ε times the larger mean): t, df, p and the interval are NaN there, the difference is NaN only where a
    group has no value.

    Args:
        x: Values, shape (n, p); NaN is missing and left out column by column.
        codes: 0 (reference) or 1 (target) for each row, shape (n,); rows with other codes are ignored.
        confidence: Confidence level of the interval for the difference.

    Returns:
        Difference target − reference with its interval, average over all rows used, t, Welch–Satterthwaite df and
        two-sided p.
    """
    moments = group_moments(x, codes, 2)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        squared = moments.variance / moments.n
        total = squared.sum(axis=0)
        total[np.sqrt(total) < 10 * _EPS * np.abs(moments.mean).max(axis=0)] = np.nan
        error = np.sqrt(total)
        difference = moments.mean[1] - moments.mean[0]
        t = difference / error
        df = 1 / ((squared / total) ** 2 / (moments.n - 1)).sum(axis=0)  # error⁴ would underflow for tiny values
        half = special.stdtrit(df, (1 + confidence) / 2) * error
    return WelchT(difference, difference - half, difference + half, moments.average(), t, df, two_sided_p(t, df))


def welch_f(x: Array, codes: Codes, groups: int) -> WelchF:
    """Welch's one-way analysis of means (Welch 1951), as R's ``oneway.test(var.equal = FALSE)``.

    Undefined where a group has fewer than two values or is essentially constant (standard error below 10 ε times its
    mean): all but the average are NaN there. R itself refuses only a group without any variance.

    Args:
        x: Values, shape (n, p); NaN is missing and left out column by column.
        codes: Group of each row, 0 … groups − 1, shape (n,).
        groups: Number of groups, at least 2.
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
