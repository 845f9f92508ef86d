"""Confidence intervals for the performance of a classifier."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import special
from statsmodels.stats.proportion import proportion_confint

from genereport.types import Array


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
    """Return Wilson's score interval for a proportion (Wilson 1927), as R's ``prop.test(correct = FALSE)``.

    Args:
        successes: Number of successes, from 0 to `n`; it need not be whole.
        n: Number of trials.
        confidence: Confidence level.

    Returns:
        The limits, between 0 and 1; not estimable without trials.

    Example:
        >>> low, high = wilson(8, 10)
        >>> round(low, 3), round(high, 3)
        (0.49, 0.943)
    """
    if n == 0:
        return NOT_ESTIMABLE
    low, high = proportion_confint(successes, n, alpha=1 - confidence, method="wilson")
    share = successes / n  # at 0 or 1 rounding must not place it outside its interval
    return Interval(min(share, float(low)), max(share, float(high)))


def mean_of_proportions(successes: Array, totals: Array, confidence: float = 0.95) -> Interval:
    """Return an interval for the mean of independent proportions, such as balanced accuracy; its width is never 0.

    Wilson limits are combined by the method of variance estimates recovery, for a linear function of binomial
    proportions (Zou, Huang and Zhang 2009).

    Args:
        successes: Correct predictions per class, shape (k,).
        totals: Samples per class, shape (k,).
        confidence: Confidence level.

    Returns:
        The limits; not estimable when a class has no samples.

    Example:
        The balanced accuracy is (19/20 + 12/14) / 2 = 0.904.

        >>> low, high = mean_of_proportions(np.array([19.0, 12.0]), np.array([20.0, 14.0]))
        >>> round(low, 3), round(high, 3)
        (0.745, 0.959)
    """
    if not np.all(totals > 0):
        return NOT_ESTIMABLE
    shares = successes / totals
    limits = np.array([wilson(s, int(n), confidence) for s, n in zip(successes, totals, strict=True)])
    below = np.sqrt(((shares - limits[:, 0]) ** 2).sum()) / len(shares)
    above = np.sqrt(((limits[:, 1] - shares) ** 2).sum()) / len(shares)
    return Interval(max(0.0, float(shares.mean() - below)), min(1.0, float(shares.mean() + above)))


def by_recalls(figure: Callable[[Array], Array], counts: Array, confidence: float = 0.95) -> Interval:
    """Return an interval for a metric of a confusion matrix from Wilson's limits of the recall of every class.

    The recalls are independent proportions. Each is moved to either limit while the others stay; the wrong predictions
    of its class keep their proportions. The changes of the metric are combined by the method of variance estimates
    recovery, as in `mean_of_proportions`; for balanced accuracy the two intervals are equal. All metrics of one matrix
    are thus based on the same limits and cannot contradict one another. The width of the interval is never 0. It
    includes only the variation of the test samples.

    Args:
        figure: Confusion matrices, shape (…, k, k), → metric, shape (…).
        counts: Counts by true class (rows) and predicted class (columns), shape (k, k).
        confidence: Confidence level.

    Returns:
        The limits; not estimable when a class has no samples or the metric is not defined.

    Example:
        The accuracy of 31 right predictions among 34.

        >>> def accuracy(counts):
        ...     return np.trace(counts, axis1=-2, axis2=-1) / counts.sum(axis=(-2, -1))
        >>> low, high = by_recalls(accuracy, np.array([[19.0, 1.0], [2.0, 12.0]]))
        >>> round(low, 3), round(high, 3)
        (0.76, 0.961)
    """
    totals, hits = counts.sum(axis=1), np.diagonal(counts)
    value = float(figure(counts))
    if not np.all(totals > 0) or np.isnan(value):
        return NOT_ESTIMABLE
    changes = []
    for row, (hit, total) in enumerate(zip(hits, totals, strict=True)):
        limits = wilson(hit, int(total), confidence)
        moved = np.stack([_with_hits(counts, row, total * limit) for limit in limits])
        changes.append(np.nan_to_num(figure(moved) - value))
    parts = np.array(changes)
    below, above = (np.sqrt((np.clip(sign * parts, 0, None).max(axis=1) ** 2).sum()) for sign in (-1, 1))
    return Interval(value - float(below), value + float(above))


def _with_hits(counts: Array, row: int, hits: float) -> Array:
    """Set the number of hits of a class in the matrix.

    The misses keep their proportions; if there are none, they are distributed as the predictions of the other classes.
    """
    misses = np.delete(counts[row], row)
    shares = misses if misses.any() else np.delete(counts.sum(axis=1), row)
    moved = counts.copy()
    moved[row] = np.insert((counts[row].sum() - hits) * shares / shares.sum(), row, hits)
    return moved


def difference_interval(earlier: float, of_earlier: Interval, later: float, of_later: Interval) -> Interval:
    """Return an interval for later − earlier of two independent estimates from both intervals (Zou and Donner 2008).

    With Wilson's limits of two proportions it is Newcombe's method 10 (1998), as statsmodels'
    ``confint_proportions_2indep(method="newcomb")``; with symmetric limits the variances are added.

    Args:
        earlier: Estimate that is subtracted.
        of_earlier: Limits of `earlier`.
        later: Estimate from which it is subtracted.
        of_later: Limits of `later`, with the same confidence level.

    Returns:
        The limits; not estimable where either interval is not.

    Example:
        The distances of the limits, 0.3 and 0.4, are combined to √(0.3² + 0.4²) = 0.5.

        >>> low, high = difference_interval(1.0, Interval(0.7, 1.3), 2.0, Interval(1.6, 2.4))
        >>> round(low, 3), round(high, 3)
        (0.5, 1.5)
    """
    if not np.isfinite([earlier, later, *of_earlier, *of_later]).all():
        return NOT_ESTIMABLE
    difference = later - earlier
    below = float(np.hypot(later - of_later.low, of_earlier.high - earlier))
    above = float(np.hypot(of_later.high - later, earlier - of_earlier.low))
    return Interval(difference - below, difference + above)


def corrected_resampled_t(values: Array, test_share: float, confidence: float = 0.95) -> PairedT:
    """Compute Nadeau and Bengio's corrected resampled t (2003) for a mean over the splits of a cross-validation.

    The cross-validation is repeated and training parts overlap, so the variance of the mean is
    (1/J + n_test/n_train) s², with J − 1 degrees of freedom.

    Args:
        values: One metric, or difference of metrics, per split, shape (J,).
        test_share: n_test / n_train of a split.
        confidence: Confidence level.

    Returns:
        The mean with its interval, t, degrees of freedom and two-sided p-value.

    Example:
        Five folds. Student's t would be 0.02 / √(0.00025 / 5) = 2.83; the correction more than doubles the variance.

        >>> found = corrected_resampled_t(np.array([0.0, 0.01, 0.02, 0.03, 0.04]), test_share=0.25)
        >>> round(found.difference, 3), round(found.t, 3), round(found.p, 3)
        (0.02, 1.886, 0.132)
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
