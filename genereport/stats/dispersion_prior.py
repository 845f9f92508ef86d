"""How much true log dispersions scatter around their trend, apart from the error of their estimates."""

from __future__ import annotations

import numpy as np
from scipy import optimize, special

from genereport.types import Array

_SMALLEST = 0.25  # the prior variance is not below this
_FEW = 3  # up to as many residual degrees of freedom the errors of log dispersions are far from normal
_LARGEST = 8.0  # nor above this, if there are few
_EDGES = np.arange(-10, 10.5, 0.5)  # bins of the log residuals
_POINTS = 2000  # quantiles of the errors over which the probability of a bin is averaged


def prior_variance(residual: Array, spread: float, df: int) -> float:
    """Return the variance of true log dispersions around their trend.

    It is the variance of the estimates minus that of their errors: the logarithm of a χ² variable of `df` degrees of
    freedom has variance trigamma(df / 2). With up to three degrees of freedom these errors are far from normal. The
    variance is then the one for which the distribution of normal values plus such errors is nearest to the histogram of
    the residuals, by Kullback–Leibler divergence. DESeq2 draws random numbers for this; here the
    distribution is computed.

    Args:
        residual: Log of estimates minus log of their trend, shape (p,).
        spread: Robust standard deviation of the residuals.
        df: Residual degrees of freedom, at least 1.

    Returns:
        The variance, at least 0.25.

    Source: Love, Huber and Anders (2014), Genome Biology 15:550.

    >>> round(prior_variance(np.array([-1.0, 0.0, 1.0]), spread=1.5, df=10), 3)
    2.029
    """
    if df <= _FEW:
        return max(_nearest_variance(residual, df), _SMALLEST)
    return max(spread**2 - float(special.polygamma(1, df / 2)), _SMALLEST)


def _nearest_variance(residual: Array, df: int) -> float:
    """Return the variance between 0 and 8 of the nearest distribution; one gene's share is added to each bin."""
    inside = residual[(residual > _EDGES[0]) & (residual < _EDGES[-1])]
    if not len(inside):
        return 0.0
    observed = np.histogram(inside, _EDGES)[0] / len(inside)
    errors = np.log(special.chdtri(df, (np.arange(_POINTS) + 0.5) / _POINTS) / df)

    def divergence(variance: float) -> float:
        below = special.ndtr((_EDGES[:, None] - errors) / np.sqrt(variance)).mean(axis=1)
        expected, share = np.diff(below), 1 / len(inside)
        return float((observed * np.log((observed + share) / (expected + share))).sum())

    return float(optimize.minimize_scalar(divergence, bounds=(0, _LARGEST), method="bounded").x)
