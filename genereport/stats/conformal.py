"""Conformal p-values: whether new values are extreme compared with a reference, without distributional assumptions.

If a new value and n reference values are exchangeable, p = (1 + #{reference ≥ new}) / (n + 1), and P(p ≤ α) ≤ α
(Vovk, Gammerman and Shafer 2005). The p-values of several new values use the same reference and are dependent, so the
number of small ones is not binomial but beta-binomial.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from genereport.types import Array


def conformal_p(reference: Array, new: Array) -> Array:
    """Return conformal p-values, small where a new value is larger than nearly all reference values.

    Args:
        reference: Reference values, shape (n,).
        new: New values, shape (m,).

    Returns:
        The share of the reference values and the new value that are at least as large as the new value, shape (m,).

    Example:
        No reference value is as large as 10, so p is 1/10; five are at least as large as 5.

        >>> print(conformal_p(np.arange(1.0, 10.0), np.array([10.0, 5.0])))
        [0.1 0.6]
    """
    at_least = len(reference) - np.searchsorted(np.sort(reference), new, side="left")
    return np.asarray((1 + at_least) / (len(reference) + 1))


def allowed(n: int, alpha: float) -> int:
    """Return the k for which a new value above the k-th largest of n reference values has p < alpha; 0: none has.

    Args:
        n: Number of reference values.
        alpha: Significance level.

    Example:
        With 99 reference values, p is 4/100 where three of them are at least as large as the new value, and 5/100,
        which is not below 0.05, where four are. With ten, the smallest p is 1/11.

        >>> allowed(99, 0.05), allowed(10, 0.05)
        (4, 0)
    """
    return max(0, int(np.ceil(alpha * (n + 1))) - 1)


def expected_outside(n: int, m: int, alpha: float) -> float:
    """Return the expected number of new values with p < alpha among exchangeable ones.

    Args:
        n: Number of reference values.
        m: Number of new values.
        alpha: Significance level.

    Example:
        The expected share is 4/100, a little below alpha, because p has steps of 1/100.

        >>> expected_outside(n=99, m=10, alpha=0.05)
        0.4
    """
    return m * allowed(n, alpha) / (n + 1)


def outside_p(outside: int, n: int, m: int, alpha: float) -> float:
    """Return the probability of `outside` or more p < alpha among m new values exchangeable with n reference values.

    The share of all possible values beyond the k-th largest of the reference is Beta(k, n + 1 − k), whatever the
    distribution, so the number is beta-binomial. 1 where n is too small for any p < alpha.

    Args:
        outside: Number of new values with p < alpha.
        n: Number of reference values.
        m: Number of new values.
        alpha: Significance level.

    Example:
        One new value lies outside with probability 4/100. Two of two do with 4/100 · 5/101, not with 4/100 squared,
        because both are compared with the same reference.

        >>> round(outside_p(1, n=99, m=1, alpha=0.05), 6), round(outside_p(2, n=99, m=2, alpha=0.05), 6)
        (0.04, 0.00198)
    """
    k = allowed(n, alpha)
    if k == 0 or outside == 0:
        return 1.0
    return float(stats.betabinom.sf(outside - 1, m, k, n + 1 - k))
