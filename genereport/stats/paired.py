"""Comparison of two classifiers on the same samples: correct predictions, and areas under the ROC curve."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special
from statsmodels.stats.contingency_tables import mcnemar

from genereport.stats.roc import auc, placements
from genereport.types import Array, Flags


class McNemar(NamedTuple):
    """Samples that only the first or only the second classifier gets right, and the two-sided p-value."""

    first_only: int
    second_only: int
    p: float


class DelongTest(NamedTuple):
    """Difference of two areas, first minus second. Limits, z and p are NaN where they are not estimable."""

    difference: float
    low: float
    high: float
    z: float
    p: float


def mcnemar_exact(first_right: Flags, second_right: Flags) -> McNemar:
    """Compute McNemar's test (1947) by the exact binomial distribution, as R's ``binom.test(first_only, discordant)``.

    Args:
        first_right: Whether the first classifier is right, shape (n,).
        second_right: Whether the second classifier is right, shape (n,).

    Returns:
        The discordant counts; p is 1 if there are none.

    Example:
        Of ten samples five are discordant, and the first classifier is right in all of these: p = 2 / 2⁵.

        >>> sample = np.arange(10)
        >>> mcnemar_exact(first_right=sample < 9, second_right=sample < 4)
        McNemar(first_only=5, second_only=0, p=0.0625)
    """
    first_only = int((first_right & ~second_right).sum())
    second_only = int((second_right & ~first_right).sum())
    p = float(mcnemar([[0, first_only], [second_only, 0]], exact=True).pvalue)
    return McNemar(first_only, second_only, p)


def delong_test(first: Array, second: Array, positive: Flags, confidence: float = 0.95) -> DelongTest:
    """Test by DeLong's method whether two scores have equal areas (DeLong, DeLong and Clarke-Pearson 1988).

    The results are those of pROC's ``roc.test(paired = TRUE, method = "delong")``; the limits are not truncated to −1
    and 1.

    Args:
        first: Scores, higher means more likely positive, shape (n,).
        second: Scores of the other classifier for the same samples, shape (n,).
        positive: Whether each sample is positive, shape (n,).
        confidence: Confidence level.

    Returns:
        The difference, NaN if only one kind of sample is present. The limits are NaN with fewer than two samples of
        either kind or if the placements differ by a constant; so are z and p, but in the second case z is 0 and p is 1
        where the areas are equal.

    Example:
        The areas are 8/9 and 5/9.

        >>> positive = np.array([False, False, False, True, True, True])
        >>> first, second = np.array([1.0, 2, 4, 3, 5, 6]), np.array([1.0, 5, 4, 3, 2, 6])
        >>> found = delong_test(first, second, positive)
        >>> round(found.difference, 4), round(found.z, 3), round(found.p, 3)
        (0.3333, 1.225, 0.221)
    """
    nan = float("nan")
    difference = auc(first, positive) - auc(second, positive)
    above, below = (
        one - other for one, other in zip(placements(first, positive), placements(second, positive), strict=True)
    )
    if len(above) < 2 or len(below) < 2:
        return DelongTest(difference, nan, nan, nan, nan)
    variance = float(above.var(ddof=1) / len(above) + below.var(ddof=1) / len(below))
    if variance <= 1e-24:
        return DelongTest(difference, nan, nan, *((0.0, 1.0) if difference == 0 else (nan, nan)))
    error = float(np.sqrt(variance))
    half = float(special.ndtri((1 + confidence) / 2)) * error
    z = difference / error
    return DelongTest(difference, difference - half, difference + half, z, float(2 * special.ndtr(-abs(z))))
