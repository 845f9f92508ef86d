"""The bootstrap over samples, as counts: one matrix product resamples every statistic that is a sum over samples."""

from __future__ import annotations

import numpy as np

from genereport.stats.intervals import NOT_ESTIMABLE, Interval
from genereport.types import Array, Codes


def resample_counts(strata: Codes, rng: np.random.Generator, resamples: int) -> Array:
    """Draw how often each sample occurs in each resample.

    Args:
        strata: Stratum of each sample, shape (n,); every resample keeps their sizes, so that no class is ever missing.
        rng: Source of the draws.
        resamples: Number of resamples.

    Returns:
        Counts, shape (resamples, n).

    Example:
        Every resample has two samples of the first class and three of the second.

        >>> counts = resample_counts(np.array([0, 0, 1, 1, 1]), np.random.default_rng(1), resamples=4)
        >>> print(counts[:, :2].sum(axis=1), counts[:, 2:].sum(axis=1))
        [2. 2. 2. 2.] [3. 3. 3. 3.]
    """
    counts = np.zeros((resamples, len(strata)))
    for level in np.unique(strata):
        rows = np.flatnonzero(strata == level)
        counts[:, rows] = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=resamples)
    return counts


def mean_of_groups(values: Array, groups: Codes, counts: Array) -> Array:
    """Return the mean over the groups of each group's mean value, in every resample.

    If the values say whether each prediction is right, this is the balanced accuracy.

    Args:
        values: One value per sample, shape (n,).
        groups: Group of each sample, shape (n,).
        counts: How often each sample counts, shape (resamples, n); every group has a sample in every resample.

    Returns:
        One mean per resample, shape (resamples,).

    Example:
        The recalls are 1 and 1/3 where each sample counts once, and 1 and 2/3 where the third one counts twice and the
        last one not at all.

        >>> right, truth = np.array([1.0, 1.0, 1.0, 0.0, 0.0]), np.array([0, 0, 1, 1, 1])
        >>> counts = np.array([[1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 2.0, 1.0, 0.0]])
        >>> print(mean_of_groups(right, truth, counts).round(3))
        [0.667 0.833]
    """
    parts = [groups == level for level in np.unique(groups)]
    means = [counts[:, part] @ values[part] / counts[:, part].sum(axis=1) for part in parts]
    return np.asarray(np.mean(means, axis=0))


def means_of_classes(values: Array, codes: Codes, counts: Array) -> Array:
    """Return the mean of every gene in every class, in every resample; missing values are left out.

    Args:
        values: One row per sample, shape (n, p); NaN is missing.
        codes: Class of each sample as a number from 0, shape (n,).
        counts: How often each sample counts, shape (resamples, n).

    Returns:
        Means, shape (classes, resamples, p); NaN where a resample has no value of the class.

    Example:
        The two samples of the first class count once each, then only the second one does, twice.

        >>> values = np.array([[1.0], [3.0], [5.0]])
        >>> counts = np.array([[1.0, 1.0, 1.0], [0.0, 2.0, 1.0]])
        >>> print(means_of_classes(values, np.array([0, 0, 1]), counts)[..., 0])
        [[2. 3.]
         [5. 5.]]
    """
    known = ~np.isnan(values)
    filled, weights = np.where(known, values, 0.0), known.astype(float)
    parts = [codes == level for level in range(int(codes.max()) + 1)]
    with np.errstate(invalid="ignore"):
        means = [(counts[:, part] @ filled[part]) / (counts[:, part] @ weights[part]) for part in parts]
    return np.stack(means)


def paired_difference(earlier: Array, later: Array, moved: float = 0.0, confidence: float = 0.95) -> Interval:
    """Return a percentile interval for a difference of two metrics of the same samples (Efron and Tibshirani 1993).

    Args:
        earlier: The first metric in every resample of the samples, shape (resamples,).
        later: The second metric in the same resamples, shape (resamples,).
        moved: The reported difference minus that of the resampled metrics, for example if means over folds are
            reported and pooled samples are resampled; the interval is shifted by it.
        confidence: Confidence level.

    Returns:
        Limits of later − earlier; not estimable when the difference does not vary.

    Example:
        >>> earlier = np.full(101, 0.5)
        >>> later = 0.5 + np.arange(101) / 1000
        >>> low, high = paired_difference(earlier, later)
        >>> round(low, 4), round(high, 4)
        (0.0025, 0.0975)
    """
    low, high = percentile_interval(later - earlier, confidence)
    return Interval(low + moved, high + moved)


def percentile_interval(values: Array, confidence: float = 0.95) -> Interval:
    """Return the percentile interval (Efron and Tibshirani 1993) of resampled values, undefined ones left out.

    Args:
        values: The statistic in every resample, shape (resamples,); NaN where it is not defined.
        confidence: Confidence level.

    Returns:
        The limits. They are not estimable when the resamples do not vary, because these then carry no information on
        the uncertainty.

    Example:
        >>> low, high = percentile_interval(np.arange(101.0))
        >>> round(low, 3), round(high, 3)
        (2.5, 97.5)
    """
    present = values[~np.isnan(values)]
    if len(present) == 0 or np.ptp(present) <= 1e-12:
        return NOT_ESTIMABLE
    tail = (1 - confidence) / 2
    return Interval(float(np.quantile(present, tail)), float(np.quantile(present, 1 - tail)))
