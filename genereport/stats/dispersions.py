"""Dispersions of the counts of many genes, and how they depend on the mean, as in DESeq2 (Love and others 2014).

Each gene has an estimate from its own counts. A trend of these estimates with the mean count is fitted, and each is
shrunk towards it, the more the less its own counts say. The variance of a count of mean μ is μ + αμ² at dispersion α.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from genereport.stats.dispersion_prior import prior_variance
from genereport.stats.moments import blocks
from genereport.stats.negbin import SMALLEST_MEAN, fit_negative_binomial
from genereport.stats.profile import DispersionProfile, climb
from genereport.types import Array, Flags

SMALLEST = 1e-8
"""Dispersions are not below this."""

_LARGEST = 10.0  # nor above this, or the number of samples
_POSITIVE = 100 * SMALLEST  # smaller estimates have no part in the trend and the prior
_FLAT = 1e-6  # a start stays where a first step uphill would raise the log likelihood by less
_OUTLYING = 2.0  # standard deviations above the trend; genes beyond it keep their own estimate
_NEAR_TREND = 0.1  # share of the trend; own estimates above it are the start of the shrunken ones
_RATIOS = (1e-4, 15.0)  # only estimates between these multiples of the trend decide the next round of it
_ROUNDS = 10
_SETTLED = 1e-6  # sum of the squared log ratios of the coefficients of a trend and of the one before
_FIT_ITERATIONS = 25
_FIT_TOLERANCE = 1e-8
_TRIM = 0.001


class Trend(NamedTuple):
    """Dispersion as a function of the mean normalised count: asymptote + extra / mean.

    Attributes:
        asymptote: Dispersion of genes with many counts.
        extra: What 1 / mean is multiplied by; 0 if the trend is flat.
        parametric: Whether the trend was fitted; else it is the mean of the dispersions.
    """

    asymptote: float
    extra: float
    parametric: bool

    def at(self, mean: Array) -> Array:
        """Return the trend at mean normalised counts, shape (p,).

        >>> Trend(0.1, 4.0, True).at(np.array([8.0, 40.0])).round(3).tolist()
        [0.6, 0.2]
        """
        return np.asarray(self.asymptote + self.extra / mean)


class DispersionPrior(NamedTuple):
    """What the shrinkage of a gene needs of all genes.

    Attributes:
        trend: Centre of the prior of the log dispersions.
        variance: Its variance.
        spread: Standard deviation of the log dispersions around the trend, by their median absolute deviation.
    """

    trend: Trend
    variance: float
    spread: float


class Dispersions(NamedTuple):
    """Dispersions of p genes, shape (p,) each.

    Attributes:
        own: Estimate from the gene's counts alone.
        trend: The trend at its mean count.
        shrunken: Maximum a posteriori estimate.
        outlying: Whether its own estimate is so far above the trend that it is kept.
        final: The dispersion that tests use.
        prior: What all genes led to.
    """

    own: Array
    trend: Array
    shrunken: Array
    outlying: Flags
    final: Array
    prior: DispersionPrior


def estimate_dispersions(
    counts: Array, design: Array, sizes: Array, prior: DispersionPrior | None = None
) -> Dispersions:
    """Estimate the dispersion of every gene, and shrink it towards the trend.

    The estimate of a gene maximises its Cox–Reid adjusted profile likelihood, uphill from a moment estimate. It stays
    at the moment estimate where the likelihood is flat, so that genes which scatter less than Poisson counts have the
    smallest dispersion, 1e-8. The trend is a gamma regression of these estimates on 1 / mean, repeated without
    outlying genes; if that fails, the mean of the estimates. The prior of the log dispersions is normal around it. A
    gene whose own estimate is more than two standard deviations above the trend keeps it.

    Args:
        counts: Whole counts, shape (n, p); each gene has one.
        design: Model matrix of full column rank, shape (n, k), k < n.
        sizes: Size factors, shape (n,).
        prior: Trend and variance of the prior, if they are known; None: they are estimated.

    Raises:
        ValueError: if no gene varies more than Poisson counts, so that there is no trend.

    Source: Love, Huber and Anders (2014), Genome Biology 15:550.

    >>> rng = np.random.default_rng(1)
    >>> counts = rng.negative_binomial(4, 4 / (4 + np.geomspace(50, 5000, 400)), size=(12, 400)).astype(float)
    >>> found = estimate_dispersions(counts, np.ones((12, 1)), np.ones(12))
    >>> round(found.prior.trend.asymptote, 2), float(np.median(found.final).round(2))
    (0.24, 0.25)
    """
    mean = (counts / sizes[:, None]).mean(axis=0)
    fitted, own = _own_dispersions(counts, design, sizes)
    if prior is None:
        prior = _fit_prior(own, mean, len(counts) - design.shape[1])
    trend = prior.trend.at(mean)
    profile = DispersionProfile(counts, fitted, design, np.log(trend), prior.variance)
    start = np.where(own > _NEAR_TREND * trend, own, trend)
    shrunken = _within(climb(profile, np.log(start), flat=0.0), len(counts))
    outlying = np.log(own) > np.log(trend) + _OUTLYING * prior.spread
    return Dispersions(own, trend, shrunken, outlying, np.where(outlying, own, shrunken), prior)


def _own_dispersions(counts: Array, design: Array, sizes: Array) -> tuple[Array, Array]:
    """Return the means that the dispersions are estimated at, and the estimates."""
    start = _within_start(_moment_estimate(counts, design, sizes), len(counts))
    if has_groups(design):
        normalised = counts / sizes[:, None]
        mean = sizes[:, None] * (design @ np.linalg.lstsq(design, normalised)[0])
    else:
        mean = fit_negative_binomial(counts, design, sizes, start).mean
    mean = np.maximum(mean, SMALLEST_MEAN)
    found = climb(DispersionProfile(counts, mean, design), np.log(start), flat=_FLAT)
    return mean, _within(found, len(counts))


def has_groups(design: Array) -> bool:
    """Return whether a design only divides the samples into as many groups as it has columns.

    Args:
        design: Model matrix of full column rank, shape (n, k).

    >>> has_groups(np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 1.0]]))
    True
    >>> has_groups(np.array([[1.0, 1.0], [1.0, 2.0], [1.0, 3.0]]))
    False
    """
    return len(np.unique(design, axis=0)) == design.shape[1]


def _moment_estimate(counts: Array, design: Array, sizes: Array) -> Array:
    """Return the smaller of two moment estimates: from the residuals of a linear model, and from the variance."""
    found = np.empty(counts.shape[1])
    for columns in blocks(counts):
        normalised = counts[:, columns] / sizes[:, None]
        fitted = np.maximum(design @ np.linalg.lstsq(design, normalised)[0], 1.0)
        excess = ((normalised - fitted) ** 2 - fitted) / fitted**2
        residual = excess.sum(axis=0) / (len(counts) - design.shape[1])
        mean = normalised.mean(axis=0)
        total = (normalised.var(axis=0, ddof=1) - (1 / sizes).mean() * mean) / mean**2
        found[columns] = np.minimum(residual, total)
    return found


def _within_start(dispersion: Array, samples: int) -> Array:
    return np.clip(dispersion, SMALLEST, max(_LARGEST, samples))


def _within(log_dispersion: Array, samples: int) -> Array:
    return _within_start(np.exp(log_dispersion), samples)


def _fit_prior(own: Array, mean: Array, df: int) -> DispersionPrior:
    used = own >= _POSITIVE
    if not used.any():
        raise ValueError("no gene varies more than Poisson counts")
    trend = fit_trend(own[used], mean[used])
    residual = np.log(own[used]) - np.log(trend.at(mean[used]))
    spread = float(np.median(np.abs(residual - np.median(residual))) / special.ndtri(0.75))
    return DispersionPrior(trend, prior_variance(residual, spread, df), spread)


def fit_trend(dispersions: Array, mean: Array) -> Trend:
    """Fit the trend of dispersions with the mean, by gamma regression with identity link, repeated without outliers.

    Args:
        dispersions: Dispersions, above 0, shape (p,).
        mean: Mean normalised counts, above 0, shape (p,).

    Returns:
        The trend. If a coefficient is not positive or the rounds do not settle, the mean of the dispersions without
        the thousandth at either end; DESeq2 would then take a local regression, unless told to take the mean.

    Example:
        >>> mean = np.geomspace(10, 1000, 50)
        >>> trend = fit_trend(0.1 + 4 / mean, mean)
        >>> round(trend.asymptote, 6), round(trend.extra, 6), trend.parametric
        (0.1, 4.0, True)
    """
    coefficients: Array | None = np.array([0.1, 1.0])
    for _ in range(_ROUNDS):
        assert coefficients is not None
        ratio = dispersions / (coefficients[0] + coefficients[1] / mean)
        used = (ratio > _RATIOS[0]) & (ratio < _RATIOS[1])
        before = coefficients
        coefficients = _gamma_regression(dispersions[used], mean[used], before)
        if coefficients is None or not (coefficients > 0).all():
            break
        if (np.log(coefficients / before) ** 2).sum() < _SETTLED:
            return Trend(float(coefficients[0]), float(coefficients[1]), parametric=True)
    return Trend(_trimmed_mean(dispersions), 0.0, parametric=False)


def _gamma_regression(y: Array, mean: Array, start: Array) -> Array | None:
    """Return the coefficients of 1 and 1 / mean, as R's ``glm``; None if it does not converge."""
    design = np.column_stack([np.ones(len(y)), 1 / mean])
    beta = start
    fitted = design @ beta
    deviance = _gamma_deviance(y, fitted)
    for _ in range(_FIT_ITERATIONS):
        if len(y) < 2:
            return None
        after = np.linalg.lstsq(design / fitted[:, None], y / fitted)[0]
        for _ in range(_FIT_ITERATIONS):
            if (design @ after > 0).all():
                break
            after = (after + beta) / 2
        beta, fitted = after, design @ after
        last, deviance = deviance, _gamma_deviance(y, fitted)
        if abs(deviance - last) / (abs(deviance) + 0.1) < _FIT_TOLERANCE:
            return np.asarray(beta)
    return None


def _gamma_deviance(y: Array, fitted: Array) -> float:
    return float(2 * ((y - fitted) / fitted - np.log(y / fitted)).sum())


def _trimmed_mean(values: Array) -> float:
    cut = int(_TRIM * len(values))
    return float(np.sort(values)[cut : len(values) - cut].mean())
