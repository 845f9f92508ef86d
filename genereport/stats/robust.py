"""The empirical Bayes prior when the variances of some genes are outliers (Phipson and others 2016)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import optimize, special, stats

from genereport.stats.prior import Prior, fitted_prior
from genereport.stats.tails import upper_f
from genereport.types import Array, Flags, Positions

_LOW, _HIGH = 0.05, 0.1  # shares of the smallest and largest log variances that are winsorized
_SMALLEST = 1e-12  # smallest variance, as a share of the median
_NODES = 128  # nodes of the Gauss–Legendre quadrature


class _Moments(NamedTuple):
    mean: float
    variance: float


def robust_prior(variance: Array, df: Array, usable: Flags) -> Prior:
    """Estimate the prior from winsorized log variances, with fewer degrees of freedom for outlying genes.

    Args:
        variance: Residual variances, shape (p,).
        df: Their degrees of freedom, shape (p,).
        usable: Which of them are used, shape (p,).

    Returns:
        The prior, as limma's ``fitFDistRobustly`` estimates it.

    Example:
        One variance in a hundred is an outlier. Its own prior degrees of freedom become 0, those of the others do not
        change.

        >>> variance = np.append(np.linspace(0.2, 2.0, 99), 1000.0)
        >>> prior = robust_prior(variance, np.full(100, 4.0), np.full(100, True))
        >>> print(prior.df[0].round(2), prior.df[-1].round(2))
        inf 0.0
    """
    plain = fitted_prior(variance, df, usable)
    count = int(usable.sum())
    if count < 3 or max(_LOW, _HIGH) < 1 / count:
        return plain
    used = np.maximum(variance[usable], _SMALLEST * np.median(variance[usable]))
    most = float(df[usable].max())
    z = np.log(_as_if(used, df[usable], most, plain))
    centre = float(stats.trim_mean(z, _HIGH))
    observed = _winsorize(z - centre)
    d0 = _prior_df(observed.variance, most, plain)
    if np.isinf(d0) and np.isinf(plain.overall) and observed.variance > _winsorized_moments(most, np.inf).variance:
        return plain
    centre += observed.mean - _winsorized_moments(most, d0).mean
    own = np.full(len(variance), d0)
    own[usable] = _less_for_outliers(np.exp(z - centre), most, d0, count)
    return Prior(own, np.full(len(variance), np.exp(centre)), d0)


def _as_if(variance: Array, df: Array, most: float, prior: Prior) -> Array:
    """Transform variances with fewer degrees of freedom to those with the same tail probability at the most."""
    fewer = df < most - 1e-14
    if not fewer.any():
        return variance
    scale, d0 = prior.variance[0], prior.overall
    ratio = variance[fewer] / scale
    upper, lower = upper_f(ratio, df[fewer], np.full(ratio.shape, d0)), _lower_f(ratio, df[fewer], d0)
    moved = np.where(upper < lower, stats.f.isf(upper, most, _finite(d0)), stats.f.ppf(lower, most, _finite(d0)))
    result = variance.copy()
    result[fewer] = moved * scale
    return result


def _finite(d0: float) -> float:
    return min(d0, 1e12)  # beyond this, F equals χ²/df to the last digit


def _lower_f(ratio: Array, df: Array, d0: float) -> Array:
    return np.asarray(special.chdtr(df, df * ratio) if np.isinf(d0) else special.fdtr(df, d0, ratio))


def _winsorize(z: Array) -> _Moments:
    low, high = np.quantile(z, [_LOW, 1 - _HIGH])
    drawn = np.clip(z, low, high)
    return _Moments(float(drawn.mean()), float(drawn.var(ddof=1)))


def _winsorized_moments(df: float, d0: float) -> _Moments:
    """Compute moments of the winsorized logarithm of an F variable, by quadrature over F/(1 + F)."""
    law = stats.chi2(df, scale=1 / df) if np.isinf(d0) else stats.f(df, d0)
    ends = law.ppf([_LOW, 1 - _HIGH])
    limits = ends / (1 + ends)
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    place = limits[0] + (limits[1] - limits[0]) * (nodes + 1) / 2
    mass = (limits[1] - limits[0]) / 2 * weights * law.pdf(place / (1 - place)) / (1 - place) ** 2
    inner, outer, share = np.log(place / (1 - place)), np.log(ends), np.array([_LOW, _HIGH])
    mean = float(mass @ inner + share @ outer)
    return _Moments(mean, float(mass @ (inner - mean) ** 2 + share @ (outer - mean) ** 2))


def _prior_df(observed: float, df: float, plain: Prior) -> float:
    """Return the d0 whose winsorized variance is the observed one, but not less than the non-robust estimate."""
    if observed <= _winsorized_moments(df, np.inf).variance:
        return np.inf
    if np.isinf(plain.overall):
        return plain.overall

    def excess(share: float) -> float:
        d0 = share / (1 - share) if share < 1 else np.inf
        return float(np.log(observed / _winsorized_moments(df, d0).variance))

    least = plain.overall / (1 + plain.overall)
    if excess(least) >= 0:
        return plain.overall
    root = float(optimize.brentq(excess, least, 1.0, xtol=1e-15, rtol=1e-14))
    return root / (1 - root)


def _less_for_outliers(ratio: Array, df: float, d0: float, count: int) -> Array:
    """Return the prior degrees of freedom of each gene: the less likely its variance ratio, the fewer."""
    tail = upper_f(ratio, df, np.full(count, d0))
    expected = (count - stats.rankdata(ratio) + 0.5) / count
    with np.errstate(divide="ignore"):
        inlier = np.minimum(tail / expected, 1.0)
    if not (inlier < 1).any():
        return np.full(count, d0)
    order = np.argsort(tail, kind="stable")
    if np.isinf(d0):
        own = np.where(inlier < 1, inlier * count * df, np.inf)
        own[order] = np.maximum.accumulate(own[order])
        return own
    own = inlier * d0 + (1 - inlier) * _outlier_df(ratio, tail, df, d0)
    return _make_monotone(own, order)


def _outlier_df(ratio: Array, tail: Array, df: float, d0: float) -> float:
    """Return the prior degrees of freedom at which the largest variance ratio has a tail of about one half."""
    smallest = float(tail.min())
    if smallest == 0:
        return 0.0
    fewer = np.log(0.5) / np.log(smallest) * d0
    again = float(upper_f(ratio.max(keepdims=True), df, np.array([fewer]))[0])
    return float(np.log(0.5) / np.log(again) * fewer)


def _make_monotone(own: Array, order: Positions) -> Array:
    """Give the most extreme genes the smallest running mean, and no gene less than a more extreme one."""
    ordered = own[order]
    means = np.cumsum(ordered) / np.arange(1, len(own) + 1)
    lowest = int(np.argmin(means))
    ordered[: lowest + 1] = means[lowest]
    result = np.empty_like(own)
    result[order] = np.maximum.accumulate(ordered)
    return result
