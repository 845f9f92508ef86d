"""Dispersions of the counts of many genes, and how they depend on the mean, as in DESeq2 (Love and others 2014).

Each gene has an estimate from its own counts. A trend of these estimates with the mean count is fitted, and each is
shrunk towards it, the more the less its own counts say. The variance of a count of mean μ is μ + αμ² at dispersion α.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

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
_CONSISTENT = 1.4826  # makes the median absolute deviation of normal values their standard deviation; R's digits


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
    (0.25, 0.25)
    """
    mean = (counts / sizes[:, None]).mean(axis=0)
    profile = DispersionProfile(counts, fitted_means(counts, design, sizes), design)
    own = _within_limits(np.exp(climb(profile, np.log(_start_of(counts, design, sizes)), flat=_FLAT)), len(counts))
    if prior is None:
        prior = fit_prior(own, mean, len(counts) - design.shape[1])
    return shrink(own, mean, profile, prior)


def fitted_means(counts: Array, design: Array, sizes: Array) -> Array:
    """Return the means at which dispersions are estimated, at least 0.5 counts.

    They are group means of normalised counts times the size factor if the design only divides the samples into groups,
    else those of negative binomial models with moment estimates of the dispersions.

    Args:
        counts: Whole counts, shape (n, p).
        design: Model matrix of full column rank, shape (n, k).
        sizes: Size factors, shape (n,).

    Returns:
        The means, shape (n, p).

    >>> groups = np.array([[1.0, 0], [1, 0], [1, 1]])
    >>> fitted_means(np.array([[4.0], [6.0], [0.0]]), groups, np.ones(3)).round(9).ravel().tolist()
    [5.0, 5.0, 0.5]
    """
    if has_groups(design):
        normalised = counts / sizes[:, None]
        mean = sizes[:, None] * (design @ np.linalg.lstsq(design, normalised)[0])
    else:
        mean = fit_negative_binomial(counts, design, sizes, _start_of(counts, design, sizes)).mean
    return np.maximum(mean, SMALLEST_MEAN)


def shrink(own: Array, mean: Array, profile: DispersionProfile, prior: DispersionPrior) -> Dispersions:
    """Shrink the dispersion of every gene towards the trend, but for those far above it.

    Args:
        own: Each gene's own estimate, shape (p,).
        mean: Its mean normalised count, shape (p,).
        profile: The likelihood of the dispersions.
        prior: Trend and variance of the prior.

    >>> profile = DispersionProfile(np.array([[9.0], [11.0]]), np.full((2, 1), 10.0), np.ones((2, 1)))
    >>> found = shrink(np.array([1e-8]), np.array([10.0]), profile, DispersionPrior(Trend(0.1, 1.0, True), 0.25, 1.0))
    >>> found.final.round(3).tolist()
    [0.184]
    """
    trend = prior.trend.at(mean)
    posterior = replace(profile, centre=np.log(trend), variance=prior.variance)
    start = np.where(own > _NEAR_TREND * trend, own, trend)
    shrunken = _within_limits(np.exp(climb(posterior, np.log(start), flat=0.0)), len(profile.counts))
    outlying = np.log(own) > np.log(trend) + _OUTLYING * prior.spread
    return Dispersions(own, trend, shrunken, outlying, np.where(outlying, own, shrunken), prior)


def has_groups(design: Array) -> bool:
    """Return whether a design only divides the samples into as many groups as it has columns.

    Args:
        design: Model matrix of full column rank, shape (n, k).

    >>> has_groups(np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 1.0]]))
    True
    >>> has_groups(np.array([[1.0, 1.0], [1.0, 2.0], [1.0, 3.0]]))
    False
    """
    return bool(len(np.unique(design, axis=0)) == design.shape[1])


def _start_of(counts: Array, design: Array, sizes: Array) -> Array:
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
    return _within_limits(found, len(counts))


def _within_limits(dispersion: Array, samples: int) -> Array:
    return np.clip(dispersion, SMALLEST, max(_LARGEST, samples))


def fit_prior(own: Array, mean: Array, df: int) -> DispersionPrior:
    """Fit trend and spread of the dispersions of all genes.

    Args:
        own: Dispersions, shape (p,); those below 1e-6 have no part in it.
        mean: Mean normalised counts, shape (p,).
        df: Residual degrees of freedom.

    Raises:
        ValueError: if no dispersion is above 1e-6.

    >>> mean = np.geomspace(10, 1000, 50)
    >>> prior = fit_prior((0.1 + 4 / mean) * np.tile([0.5, 2.0], 25), mean, df=10)
    >>> round(prior.spread, 2), round(prior.variance, 2)
    (1.03, 0.83)
    """
    used = own >= _POSITIVE
    if not used.any():
        raise ValueError("no gene varies more than Poisson counts")
    trend = fit_trend(own[used], mean[used])
    residual = np.log(own[used]) - np.log(trend.at(mean[used]))
    spread = _CONSISTENT * float(np.median(np.abs(residual - np.median(residual))))
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
    before = np.array([0.1, 1.0])
    for _ in range(_ROUNDS):
        ratio = dispersions / (before[0] + before[1] / mean)
        used = (ratio > _RATIOS[0]) & (ratio < _RATIOS[1])
        after = _gamma_regression(dispersions[used], mean[used], before)
        if after is None or not (after > 0).all():
            break
        if (np.log(after / before) ** 2).sum() < _SETTLED:
            return Trend(float(after[0]), float(after[1]), parametric=True)
        before = after
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
        after = np.asarray(np.linalg.lstsq(design / fitted[:, None], y / fitted)[0], dtype=np.float64)
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
