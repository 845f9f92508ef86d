"""Whether new values are as extreme as none or few of a reference, with no assumption on their distribution.

A new value and n reference values that are exchangeable give p = (1 + #{reference ≥ new}) / (n + 1), and P(p ≤ α) ≤ α
(Vovk, Gammerman and Shafer 2005). The p-values of several new values lean on the same reference and go together, so
the number of small ones is not binomial but beta-binomial.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from genereport.stats.moments import Array


def conformal_p(reference: Array, new: Array) -> Array:
    """Share of the reference, the new value counted in, that is at least as large; shape (m,).

    Args:
        reference: Shape (n,).
        new: Shape (m,).
    """
    at_least = len(reference) - np.searchsorted(np.sort(reference), new, side="left")
    return np.asarray((1 + at_least) / (len(reference) + 1))


def allowed(n: int, alpha: float) -> int:
    """How many of n reference values a new one may reach below the largest and still have p < alpha; 0: it cannot."""
    return max(0, int(np.ceil(alpha * (n + 1))) - 1)


def expected_outside(n: int, m: int, alpha: float) -> float:
    """Number of m exchangeable new values with p < alpha to be expected."""
    return m * allowed(n, alpha) / (n + 1)


def outside_p(outside: int, n: int, m: int, alpha: float) -> float:
    """Probability of at least so many p < alpha among m new values that are exchangeable with n reference values.

    The share of all possible values beyond the k-th largest of the reference is Beta(k, n + 1 − k), whatever the
    distribution, so the number is beta-binomial. 1 where n is too small for any p < alpha.

    Args:
        outside: New values with p < alpha.
        n: Reference values.
        m: New values.
        alpha: Limit.
    """
    k = allowed(n, alpha)
    if k == 0 or outside == 0:
        return 1.0
    return float(stats.betabinom.sf(outside - 1, m, k, n + 1 - k))
