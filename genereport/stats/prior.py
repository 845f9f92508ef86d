"""The empirical Bayes prior of the residual variances of many genes (Smyth 2004)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from genereport.types import Array, Flags

_SMALLEST = 1e-5  # share of the median; smaller variances are raised to it


class Prior(NamedTuple):
    """The distribution of the variances.

    Attributes:
        df: Prior degrees of freedom d0 of each gene, infinite where the variances scatter no more than by chance, shape
            (p,); they differ between genes only if the estimate is robust.
        variance: Prior variance s0² of each gene, shape (p,); it differs between genes only along a trend.
        overall: d0 before it was reduced for outlying genes.
    """

    df: Array
    variance: Array
    overall: float


def fitted_prior(variance: Array, df: Array, usable: Flags, covariate: Array | None = None) -> Prior:
    """Estimate the prior by matching moments of the log variances to Fisher's z distribution (Smyth 2004).

    Args:
        variance: Residual variances, shape (p,).
        df: Their degrees of freedom, shape (p,).
        usable: Which of them are used, shape (p,).
        covariate: Covariate on which the prior variance may depend, shape (p,).

    Returns:
        The prior, as limma's ``fitFDist``.

    Example:
        Variances of ten degrees of freedom that scatter more than by chance, and less than by chance.

        >>> df, usable = np.full(4, 10.0), np.full(4, True)
        >>> prior = fitted_prior(np.array([0.1, 0.5, 2.0, 10.0]), df, usable)
        >>> print(round(prior.overall, 3), prior.variance[0].round(3))
        1.201 0.396
        >>> fitted_prior(np.array([0.9, 1.0, 1.0, 1.1]), df, usable).overall
        inf
    """
    size = len(variance)
    used, freedom = variance[usable], df[usable]
    if len(used) == 1:
        return Prior(np.zeros(size), np.full(size, used[0]), 0.0)
    offset = _raise_small(used, _SMALLEST)
    e = np.log(offset) - special.digamma(freedom / 2) + np.log(freedom / 2)
    degree = _spline_df(covariate[usable]) if covariate is not None else 1
    if covariate is None or degree < 2:
        centre, level = np.full(size, e.mean()), float(offset.mean())
        scatter = ((e - e.mean()) ** 2).sum() / (len(e) - 1)
    else:
        centre, scatter = _fit_trend(covariate, usable, e, degree)
        level = np.nan
    excess = scatter - special.polygamma(1, freedom / 2).mean()
    if excess > 0:
        d0 = 2 * trigamma_inverse(float(excess))
        return Prior(np.full(size, d0), np.exp(centre + special.digamma(d0 / 2) - np.log(d0 / 2)), d0)
    endless = np.exp(centre) if np.isnan(level) else np.full(size, level)
    return Prior(np.full(size, np.inf), endless, np.inf)


def trigamma_inverse(x: float) -> float:
    """Solve trigamma(y) = x for y by Newton's method on 1/trigamma, which is convex (Smyth 2004, appendix).

    Args:
        x: A value of the trigamma function, above 0.

    Example:
        The trigamma function of 1 is π² / 6.

        >>> round(trigamma_inverse(np.pi**2 / 6), 10)
        1.0
    """
    if x > 1e7:
        return float(1 / np.sqrt(x))
    if x < 1e-6:
        return 1 / x
    y = 0.5 + 1 / x
    for _ in range(50):
        value = float(special.polygamma(1, y))
        step = value * (1 - value / x) / float(special.polygamma(2, y))
        y += step
        if -step < 1e-10 * y:
            break
    return y


def _raise_small(variance: Array, share: float) -> Array:
    """Raise variances to at least a share of their median."""
    middle = float(np.median(variance))
    return np.maximum(variance, share * (middle if middle > 0 else 1.0))


def _spline_df(covariate: Array) -> int:
    size = len(covariate)
    return min(1 + (size >= 3) + (size >= 6) + (size >= 30), len(np.unique(covariate)))


def _fit_trend(covariate: Array, usable: Flags, e: Array, degree: int) -> tuple[Array, float]:
    """Fit a natural cubic spline to e; return its value for every gene and the residual mean square."""
    known = covariate[usable]
    knots = np.quantile(known, np.linspace(0, 1, degree))
    basis = natural_spline(covariate, knots)
    weights, *_ = np.linalg.lstsq(basis[usable], e)
    fitted = basis @ weights
    return fitted, float(((e - fitted[usable]) ** 2).sum() / (len(e) - degree))


def natural_spline(x: Array, knots: Array) -> Array:
    """Return a basis of the cubic splines with these knots that are linear beyond the outer knots.

    It consists of truncated powers as in Hastie, Tibshirani and Friedman (2009), section 5.2.1. The space is that of
    R's ``ns`` with an intercept.

    Args:
        x: Values, shape (n,).
        knots: Knots in ascending order, shape (k,), k ≥ 2.

    Returns:
        The basis, shape (n, k).

    Example:
        Beyond the last knot every function is linear: its second differences vanish.

        >>> basis = natural_spline(np.array([3.0, 4.0, 5.0]), knots=np.array([0.0, 1.0, 2.0]))
        >>> basis.shape, bool(np.abs(np.diff(basis, 2, axis=0)).max() < 1e-12)
        ((3, 3), True)
    """
    unit = (x - knots[0]) / (knots[-1] - knots[0])
    places = (knots - knots[0]) / (knots[-1] - knots[0])
    cubes = np.maximum(unit[:, None] - places, 0.0) ** 3
    bends = (cubes[:, :-1] - cubes[:, -1:]) / (places[-1] - places[:-1])
    return np.column_stack([np.ones_like(unit), unit, bends[:, :-1] - bends[:, -1:]])
