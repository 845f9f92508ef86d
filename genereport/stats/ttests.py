"""Two-sample and paired t-tests on every column of a matrix at once; they agree with R's ``t.test``."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from genereport.stats.moments import group_moments
from genereport.stats.tails import t_quantile, two_sided_p
from genereport.types import Array, Codes

_EPS = float(np.finfo(float).eps)


class TTest(NamedTuple):
    """A t-test per column, each of shape (p,). NaN where the test is not defined."""

    difference: Array
    ci_low: Array
    ci_high: Array
    average: Array
    t: Array
    df: Array
    p: Array


def welch_t(x: Array, codes: Codes, confidence: float = 0.95) -> TTest:
    """Compute Welch's t-test of group 1 against group 0 (Welch 1947), as R's ``t.test(target, reference)``.

    It is undefined where a group has fewer than two values or the data are essentially constant (R's rule: the standard
    error is below 10 ε times the larger mean). There t, df, p and the interval are NaN; the difference is NaN only
    where a group has no value.

    Args:
        x: Values, shape (n, p); NaN is missing and left out column by column.
        codes: 0 (reference) or 1 (target) for each row, shape (n,); rows with other codes are ignored.
        confidence: Confidence level of the interval for the difference.

    Returns:
        Difference target − reference with its interval, average over all rows used, t, Welch–Satterthwaite df and
        two-sided p.

    Example:
        Student's sleep data, with which R's help page of ``t.test`` prints t = −1.8608, df = 17.776 and p = 0.07939
        (reference − target).

        >>> first = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
        >>> second = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
        >>> found = welch_t(np.concatenate([first, second])[:, None], np.repeat([0, 1], 10))
        >>> print(found.t.round(4), found.df.round(3), found.p.round(5))
        [1.8608] [17.776] [0.07939]
    """
    moments = group_moments(x, codes, 2)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        squared = moments.variance / moments.n
        total = squared.sum(axis=0)
        df = 1 / ((squared / total) ** 2 / (moments.n - 1)).sum(axis=0)  # error⁴ would underflow for tiny values
        size = np.abs(moments.mean).max(axis=0)
        return _test_difference(
            moments.mean[1] - moments.mean[0], np.sqrt(total), df, size, moments.average(), confidence
        )


def student_t(x: Array, codes: Codes, confidence: float = 0.95) -> TTest:
    """Compute Student's t-test of group 1 against group 0, as R's ``t.test(target, reference, var.equal = TRUE)``.

    A group of one value is enough if the other has two. The test is undefined where the data are essentially constant,
    as in `welch_t`.

    Args:
        x: Values, shape (n, p); NaN is missing and left out column by column.
        codes: 0 (reference) or 1 (target) for each row, shape (n,); rows with other codes are ignored.
        confidence: Confidence level of the interval for the difference.

    Returns:
        As `welch_t`.

    Example:
        The difference is 2 and the pooled variance 1, so t = 2 / √(2/3), with 4 degrees of freedom.

        >>> x = np.array([[1.0], [2], [3], [3], [4], [5]])
        >>> found = student_t(x, np.array([0, 0, 0, 1, 1, 1]))
        >>> print(found.t.round(3), found.df, found.p.round(4))
        [2.449] [4.] [0.0705]
    """
    moments = group_moments(x, codes, 2)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        freedom = np.maximum(moments.n - 1, 0)
        df = freedom.sum(axis=0)
        squares = np.where(freedom > 0, freedom * moments.variance, 0.0).sum(axis=0)
        error = np.sqrt(squares / df * (1 / moments.n).sum(axis=0))
        size = np.abs(moments.mean).max(axis=0)
        return _test_difference(moments.mean[1] - moments.mean[0], error, df, size, moments.average(), confidence)


def paired_t(differences: Array, average: Array, confidence: float = 0.95) -> TTest:
    """Test by Student's t whether a mean difference is 0, as R's ``t.test(target, reference, paired = TRUE)``.

    Args:
        differences: Target − reference of each pair, shape (pairs, p); NaN where either is missing.
        average: Average of the values themselves, shape (p,), against which a difference counts as constant.
        confidence: Confidence level of the interval for the mean difference.

    Returns:
        As `welch_t`; the difference is the mean difference.

    Example:
        Student's sleep data, two drugs for each of ten patients: R prints t = 4.0621, df = 9 and p = 0.002833.

        >>> first = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
        >>> second = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
        >>> found = paired_t((second - first)[:, None], average=np.array([1.54]))
        >>> print(found.t.round(4), found.df, found.p.round(6))
        [4.0621] [9.] [0.002833]
    """
    moments = group_moments(differences, np.zeros(len(differences), dtype=np.intp), 1)
    n, mean, variance = (part[0] for part in moments)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        df = np.where(n > 1, n - 1, np.nan)
        return _test_difference(mean, np.sqrt(variance / n), df, np.abs(average), average, confidence)


def _test_difference(
    difference: Array, error: Array, df: Array, size: Array, average: Array, confidence: float
) -> TTest:
    """Test a difference with this standard error; undefined where the error is only rounding of the values."""
    error = np.where(error < 10 * _EPS * size, np.nan, error)
    df = np.where(np.isnan(error), np.nan, df)
    t = difference / error
    half = t_quantile(confidence, df) * error
    return TTest(difference, difference - half, difference + half, average, t, df, two_sided_p(t, df))
