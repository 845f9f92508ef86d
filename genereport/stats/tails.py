"""Tails and quantiles of Student's t and F for many genes at once, accurate where p is near 0 and near 1."""

from __future__ import annotations

import numpy as np
from numpy.polynomial import chebyshev
from scipy import special

from genereport.types import Array

_DEGREE = 32  # degree of the interpolant of log quantiles; its error is below 1e-12 for any df ≥ 1
_NODES = chebyshev.chebpts1(_DEGREE + 1)
_FROM_NODES = (
    chebyshev.chebvander(_NODES, _DEGREE).T * np.where(np.arange(_DEGREE + 1) == 0, 1, 2)[:, None] / len(_NODES)
)
_MANY = 200
_NEAR = 1e-4


def two_sided_p(t: Array, df: Array) -> Array:
    """Return two-sided p-values of Student's t, accurate in the far tail and near t = 0; NaN stays NaN.

    Args:
        t: t-statistics, of any shape.
        df: Degrees of freedom, each above 0 or infinite, of the same shape.

    Returns:
        The p-values, of the same shape.

    Example:
        R's ``2 * pt(-c(2, 40), 10)``.

        >>> print(two_sided_p(np.array([2.0, 40.0]), np.array([10.0, 10.0])))
        [7.33880348e-02 2.28085774e-12]
    """
    p = np.asarray(2.0 * special.stdtr(df, -np.abs(t)), dtype=float)
    # stdtr is inaccurate if t² is tiny relative to df: at df = 1, t = 1e-8 its p is off by 3e-9. The F distribution of
    # t² is accurate there.
    near = np.abs(t) < _NEAR * np.sqrt(df)
    p[near] = 1.0 - special.fdtr(1.0, df[near], t[near] ** 2)
    return p


def upper_f(f: Array, df1: Array | float, df2: Array) -> Array:
    """Return the upper tail of F, accurate in the far tail and near f = 0; NaN stays NaN.

    Args:
        f: F-statistics, shape (p,).
        df1: Numerator degrees of freedom, finite.
        df2: Denominator degrees of freedom, shape (p,); they may be infinite.

    Returns:
        The p-values, shape (p,).

    Example:
        With infinite df2, two times F is χ² with two degrees of freedom, whose tail is exp(−F).

        >>> print(upper_f(np.array([4.0, 4.0]), 2.0, np.array([10.0, np.inf])).round(4), np.exp(-4).round(4))
        [0.0529 0.0183] 0.0183
    """
    tail = np.where(f < 1, 1.0 - special.fdtr(df1, df2, f), special.fdtrc(df1, df2, f))
    return np.where(np.isinf(df2), special.chdtrc(df1, df1 * f), tail)


def t_quantile(confidence: float, df: Array) -> Array:
    """Return the quantile of Student's t for a two-sided interval at this confidence; NaN stays NaN.

    For many genes its logarithm is interpolated in 1/df at Chebyshev nodes between the extremes of df.

    Args:
        confidence: Confidence level of the interval, between 0 and 1.
        df: Degrees of freedom, each ≥ 1 or infinite, shape (p,).

    Returns:
        The quantiles, shape (p,).

    Example:
        R's ``qt(0.975, c(1, 10, Inf))``.

        >>> print(t_quantile(0.95, np.array([1.0, 10.0, np.inf])).round(3))
        [12.706  2.228  1.96 ]
    """
    share = (1 + confidence) / 2
    known = df[~np.isnan(df)]
    low, high = 1 / known.max(initial=1.0), 1 / known.min(initial=np.inf)
    if low >= high * (1 - 1e-12):
        return np.where(np.isnan(df), np.nan, _quantile(share, known[:1].max(initial=1.0)))
    if len(df) < _MANY or high > 1:
        return _quantile(share, df)
    middle, half = (low + high) / 2, (high - low) / 2
    logs = np.log(_quantile(share, 1 / (middle + half * _NODES)))
    return np.asarray(np.exp(chebyshev.chebval((1 / df - middle) / half, _FROM_NODES @ logs)))


def _quantile(share: float, df: Array | float) -> Array:
    return np.where(np.isinf(df), special.ndtri(share), special.stdtrit(df, share))
