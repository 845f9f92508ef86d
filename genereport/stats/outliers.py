"""Single counts that a negative binomial model does not fit, by Cook's distance, as in DESeq2."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from genereport.stats.negbin import NegativeBinomialFit
from genereport.types import Array, Codes, Counts, Flags

REPLICATES = 3
"""Samples of a group of fewer are not judged."""

REPLACED_FROM = 7
"""Counts of a sample are replaced if its group has at least as many."""

_CONFIDENCE = 0.99  # quantile of F that a distance is compared with
_SMALLEST = 0.04  # robust dispersions are not below this
_SHARES, _FACTORS = (1 / 3, 1 / 4, 1 / 8), (2.04, 1.86, 1.51)
"""Trim of the mean in groups of up to 3, up to 23 and more samples, and the factor that makes the trimmed mean of the
squares of normal values equal to their variance."""
_REPLACEMENT_TRIM = 0.2


class Replacement(NamedTuple):
    """Counts with outliers replaced.

    Attributes:
        counts: Shape (n, p).
        replaced: Which were replaced, shape (n, p).
    """

    counts: Array
    replaced: Flags


def group_samples(design: Array) -> tuple[Codes, Counts]:
    """Return the group of each sample, those with equal rows of the design, and the size of its group.

    Args:
        design: Model matrix, shape (n, k).

    Returns:
        Groups from 0 on and sizes, shape (n,) each.

    >>> groups, sizes = group_samples(np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 0.0]]))
    >>> groups.tolist(), sizes.tolist()
    ([0, 1, 0], [2, 1, 2])
    """
    _, groups, sizes = np.unique(design, axis=0, return_inverse=True, return_counts=True)
    codes: Codes = groups.ravel()
    return codes, sizes[codes]


def cook_distances(counts: Array, design: Array, sizes: Array, fit: NegativeBinomialFit) -> Array:
    """Compute how far the coefficients of a gene would move without each sample, as Cook's distance.

    The variance of a count comes from a robust dispersion: that of trimmed variances within groups of at least three
    samples, the largest of them, or else of the trimmed variance of all samples; at least 0.04.

    Args:
        counts: Whole counts, shape (n, p).
        design: Model matrix, shape (n, k).
        sizes: Size factors, shape (n,).
        fit: The model of every gene.

    Returns:
        The distances, shape (n, p).

    Source: Love, Huber and Anders (2014), Genome Biology 15:550; Cook (1977), Technometrics 19:15.

    >>> from genereport.stats.negbin import fit_negative_binomial
    >>> counts = np.array([[10.0], [12.0], [9.0], [11.0], [10.0], [200.0]])
    >>> fit = fit_negative_binomial(counts, np.ones((6, 1)), np.ones(6), np.array([0.5]))
    >>> cook_distances(counts, np.ones((6, 1)), np.ones(6), fit).round(1).ravel().tolist()
    [2.2, 1.9, 2.3, 2.0, 2.2, 53.2]
    """
    normalised = counts / sizes[:, None]
    mean = normalised.mean(axis=0)
    dispersion = np.maximum((_robust_variance(normalised, design) - mean) / mean**2, _SMALLEST)
    pearson = (counts - fit.mean) ** 2 / (fit.mean + dispersion * fit.mean**2)
    with np.errstate(
        divide="ignore", invalid="ignore"
    ):  # the leverage of a sample that alone decides a coefficient is 1
        return np.asarray(pearson / design.shape[1] * fit.leverage / (1 - fit.leverage) ** 2)


def cook_cutoff(samples: int, coefficients: int) -> float:
    """Return the distance above which a count is an outlier: the 0.99 quantile of F(k, n − k).

    Args:
        samples: Number of samples n.
        coefficients: Number of coefficients k.

    Example:
        R's ``qf(0.99, 2, 10)``.

        >>> round(cook_cutoff(12, 2), 4)
        7.5594
    """
    return float(special.fdtri(coefficients, samples - coefficients, _CONFIDENCE))


def find_outliers(counts: Array, design: Array, distances: Array, judged: Flags) -> Flags:
    """Return which genes have a count that no p-value should rest on.

    In a comparison of two groups without covariates a gene is spared if at least three samples have larger counts than
    the outlier.

    Args:
        counts: Whole counts, shape (n, p).
        design: Model matrix, shape (n, k).
        distances: As `cook_distances` returns them, shape (n, p).
        judged: Which samples are judged, shape (n,).

    Returns:
        Shape (p,).

    >>> distances = np.array([[0.1], [0.2], [0.1], [0.1], [0.1], [40.0]])
    >>> design = np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]])
    >>> find_outliers(np.array([[9.0], [8], [7], [2], [3], [900]]), design, distances, np.full(6, True)).tolist()
    [True]
    """
    if not judged.any():
        return np.zeros(counts.shape[1], dtype=bool)
    among = np.where(judged[:, None], distances, -np.inf)
    outlying = np.nanmax(among, axis=0) > cook_cutoff(*design.shape)
    if design.shape[1] == 2 and len(np.unique(design, axis=0)) == 2:
        count = counts[np.argmax(among, axis=0), np.arange(counts.shape[1])]
        outlying &= np.count_nonzero(counts > count, axis=0) < REPLICATES
    return np.asarray(outlying)


def replace_outliers(counts: Array, design: Array, sizes: Array, distances: Array) -> Replacement:
    """Replace outlying counts of groups of at least seven samples by what a gene without differences would have.

    That is the mean of the normalised counts, without a fifth at either end, times the size factor, without decimals.

    Args:
        counts: Whole counts, shape (n, p).
        design: Model matrix, shape (n, k).
        sizes: Size factors, shape (n,).
        distances: As `cook_distances` returns them, shape (n, p).

    Source: Love, Huber and Anders (2014), Genome Biology 15:550.

    >>> counts = np.array([[10.0], [10], [10], [10], [10], [10], [10], [900]])
    >>> distances = np.where(counts > 100, 99.0, 0.0)
    >>> replace_outliers(counts, np.ones((8, 1)), np.ones(8), distances).counts.ravel().tolist()
    [10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0]
    """
    many = group_samples(design)[1] >= REPLACED_FROM
    replaced = (distances > cook_cutoff(*design.shape)) & many[:, None]
    typical = _trimmed_mean(counts / sizes[:, None], _REPLACEMENT_TRIM)
    return Replacement(np.where(replaced, np.trunc(typical * sizes[:, None]), counts), replaced)


def _robust_variance(normalised: Array, design: Array) -> Array:
    groups, sizes = group_samples(design)
    parts = [normalised[groups == group] for group in np.unique(groups[sizes >= REPLICATES])]
    if not parts:
        return _trimmed_variance(normalised, 2)
    return np.asarray(np.max([_trimmed_variance(part, _trim_of(len(part))) for part in parts], axis=0))


def _trim_of(samples: int) -> int:
    return int(samples > 3) + int(samples > 23)


def _trimmed_variance(values: Array, trim: int) -> Array:
    share, factor = _SHARES[trim], _FACTORS[trim]
    return factor * _trimmed_mean((values - _trimmed_mean(values, share)) ** 2, share)


def _trimmed_mean(values: Array, share: float) -> Array:
    """Return the mean of each column without a share of its values at either end."""
    cut = int(len(values) * share)
    return np.asarray(np.sort(values, axis=0)[cut : len(values) - cut].mean(axis=0))
