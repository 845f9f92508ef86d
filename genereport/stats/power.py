"""Smallest effects that tests detect with a given power."""

from __future__ import annotations

import numpy as np
from scipy import special

from genereport.types import Array

_MOST_DF = 1e6  # beyond this, Student's t is the normal distribution to six digits


def detectable_t(df: Array, alpha: float, power: float) -> Array:
    """Return the smallest effect, in standard errors, that a two-sided t-test detects with a given power.

    The effect is the noncentrality of the t distribution at which the quantile of the test is exceeded with this
    probability. Rejections on the wrong side are not counted, as in R's ``power.t.test``.

    Args:
        df: Degrees of freedom, each above 0 or infinite, of any shape; NaN stays NaN.
        alpha: Significance level of the two-sided test.
        power: Power, above `alpha`.

    Returns:
        Effects in standard errors of the estimate, of the same shape.

    Example:
        Two groups of 20: R's ``power.t.test(n = 20, sd = 1, power = 0.8)$delta`` is 0.9091.

        >>> effect = detectable_t(np.array([38.0]), alpha=0.05, power=0.8)
        >>> (effect * np.sqrt(2 / 20)).round(4)
        array([0.9091])
    """
    finite = np.minimum(df, _MOST_DF)
    limit = special.stdtrit(finite, 1 - alpha / 2)
    return np.asarray(special.nctdtrinc(finite, 1 - power, limit))


def fewest_correct(n: int, share: float, alpha: float) -> int | None:
    """Return the smallest number of correct predictions that an exact binomial test tells from a share of correct ones.

    Args:
        n: Number of predictions.
        share: Expected share of correct ones, such as that of the largest class.
        alpha: One-sided significance level.

    Returns:
        The number; None if not even `n` correct predictions suffice.

    Example:
        R: ``qbinom(0.05, 34, 20/34, lower.tail = FALSE) + 1``.

        >>> fewest_correct(34, 20 / 34, 0.05)
        26
    """
    numbers = np.arange(n + 1)
    tails = special.bdtrc(numbers - 1, n, share)
    tails[0] = 1.0
    found = numbers[tails < alpha]
    return int(found[0]) if len(found) else None


def fewest_discordant(alpha: float) -> int:
    """Return the smallest number of predictions that only one model has right at which McNemar's exact test rejects.

    All of them speak for one model: the two-sided p-value of k such predictions is 2 · 0.5^k.

    Args:
        alpha: Significance level.

    Example:
        2 · 0.5^5 = 0.0625, and 2 · 0.5^6 = 0.03125.

        >>> fewest_discordant(0.05)
        6
    """
    return int(np.floor(1 - np.log2(alpha))) + 1
