"""Confidence intervals for what a classifier achieves."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from genereport.stats.moments import Array


class Interval(NamedTuple):
    """Lower and upper limit; both NaN where the interval is not estimable."""

    low: float
    high: float


NOT_ESTIMABLE = Interval(float("nan"), float("nan"))


class PairedT(NamedTuple):
    """Corrected resampled t-test of a mean difference. t, df, p and limits are NaN where the variance is zero."""

    difference: float
    low: float
    high: float
    t: float
    df: float
    p: float


def wilson(successes: float, n: int, confidence: float = 0.95) -> Interval:
    """Wilson's score interval for a proportion (Wilson 1927), as R's ``prop.test(correct = FALSE)``."""
    if n == 0:
        return NOT_ESTIMABLE
    z = float(special.ndtri((1 + confidence) / 2))
    share = successes / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    # Rounding must not leave the share itself outside its interval when it is 0 or 1.
    return Interval(max(0.0, min(share, float(centre - half))), min(1.0, max(share, float(centre + half))))


def mean_of_proportions(successes: Array, totals: Array, confidence: float = 0.95) -> Interval:
    """Interval for the mean of independent proportions, such as balanced accuracy; it never collapses.

    Wilson limits are recombined by the method of variance estimates recovery (Donner and Zou 2012).

    Args:
        successes: Correct predictions per class, shape (k,).
        totals: Samples per class, shape (k,).
        confidence: Confidence level.

    Returns:
        The limits; not estimable when a class has no samples.
    """
    if not np.all(totals > 0):
        return NOT_ESTIMABLE
    shares = successes / totals
    limits = np.array([wilson(s, int(n), confidence) for s, n in zip(successes, totals, strict=True)])
    below = np.sqrt(((shares - limits[:, 0]) ** 2).sum()) / len(shares)
    above = np.sqrt(((limits[:, 1] - shares) ** 2).sum()) / len(shares)
    return Interval(max(0.0, float(shares.mean() - below)), min(1.0, float(shares.mean() + above)))


def unpaired_difference(first: float, of_first: Interval, second: float, of_second: Interval) -> Interval:
    """Interval for the difference first − second of two independent estimates, from the interval of each.

    The method of variance estimates recovery (Donner and Zou 2012), as Newcombe's for proportions.

    Args:
        first: Estimate.
        of_first: Its interval.
        second: Estimate.
        of_second: Its interval, of the same level.

    Returns:
        The limits; not estimable where one of the intervals is not.
    """
    if np.isnan([*of_first, *of_second]).any():
        return NOT_ESTIMABLE
    below = np.hypot(first - of_first.low, of_second.high - second)
    above = np.hypot(of_first.high - first, second - of_second.low)
    return Interval(float(first - second - below), float(first - second + above))


def corrected_resampled_t(values: Array, test_share: float, confidence: float = 0.95) -> PairedT:
    """Nadeau and Bengio's corrected resampled t (2003) for a mean over the splits of a repeated cross-validation.

    Training parts overlap, so the variance of the mean is (1/J + n_test/n_train) s², with J − 1 degrees of freedom.

    Args:
        values: One figure, or difference of figures, per split, shape (J,).
        test_share: n_test / n_train of a split.
        confidence: Confidence level.
    """
    nan = float("nan")
    count = len(values)
    mean = float(values.mean()) if count else nan
    spread = float(values.std(ddof=1)) if count > 1 else 0.0
    if spread <= 1e-12:
        return PairedT(mean, nan, nan, nan, nan, nan)
    error = spread * np.sqrt(1 / count + test_share)
    df = count - 1
    half = float(special.stdtrit(df, (1 + confidence) / 2)) * error
    t = mean / error
    return PairedT(mean, mean - half, mean + half, float(t), float(df), float(2 * special.stdtr(df, -abs(t))))
