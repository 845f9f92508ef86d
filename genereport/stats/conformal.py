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
    """Return the share of the reference values and the new value that are at least as large as it; shape (m,).

    Args:
        reference: Reference values, shape (n,).
        new: New values, shape (m,).
    """
    at_least = len(reference) - np.searchsorted(np.sort(reference), new, side="left")
    return np.asarray((1 + at_least) / (len(reference) + 1))


def allowed(n: int, alpha: float) -> int:
    """Return the k for which a new value above the k-th largest of n reference values has p < alpha; 0: none has."""
    return max(0, int(np.ceil(alpha * (n + 1))) - 1)


def expected_outside(n: int, m: int, alpha: float) -> float:
    """Return the expected number of new values with p < alpha among m exchangeable ones."""
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
    """
    k = allowed(n, alpha)
    if k == 0 or outside == 0:
        return 1.0
    return float(stats.betabinom.sf(outside - 1, m, k, n + 1 - k))
