"""Adjusted p-values. Missing p-values stay missing and are not counted, as in R's ``p.adjust``.

They are our own: statsmodels collects garbage on every call (46 ms), and its rounding can lift a p-value of Benjamini
and Hochberg above Holm's.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from genereport.types import Array, Positions

_THRESHOLDS = 0.05 + 0.05 * np.arange(19)  # 0.05 … 0.95
_FEWEST = 20  # fewer p-values, all from true null hypotheses, would leave less than one expected above 0.95


class Storey(NamedTuple):
    """q-values, of the shape of the p-values, and the estimated share of true null hypotheses."""

    q: Array
    pi0: float


def bonferroni(p: Array) -> Array:
    """Multiply each p-value by the number of p-values, up to 1; this controls the family-wise error rate.

    Args:
        p: p-values, shape (m,); NaN is missing.

    Returns:
        Adjusted p-values, shape (m,).

    Example:
        Three p-values are present.

        >>> print(bonferroni(np.array([0.01, 0.5, np.nan, 0.02])))
        [0.03 1.    nan 0.06]
    """
    return np.minimum(1.0, p * np.count_nonzero(~np.isnan(p)))


def holm(p: Array) -> Array:
    """Adjust p-values by Holm's step-down method (1979); it controls the family-wise error rate.

    No adjusted p-value is above Bonferroni's.

    Args:
        p: p-values, shape (m,); NaN is missing.

    Returns:
        Adjusted p-values, shape (m,), as R's ``p.adjust(p, "holm")``.

    Example:
        The factors are 4, 3, 2 and 1, and no adjusted p-value is below that of a smaller p-value.

        >>> print(holm(np.array([0.01, 0.02, 0.03, 0.04])))
        [0.04 0.06 0.06 0.06]
    """
    order, m = _present_order(p)
    stepped = np.maximum.accumulate(p[order] * (m - np.arange(m)))
    return _restore_order(p, order, stepped)


def benjamini_hochberg(p: Array) -> Array:
    """Adjust p-values by Benjamini and Hochberg's step-up method (1995); it controls the false discovery rate.

    Args:
        p: p-values, shape (m,); NaN is missing.

    Returns:
        Adjusted p-values, shape (m,), as R's ``p.adjust(p, "BH")``.

    Example:
        The factors are 4/1, 4/2, 4/3 and 4/4, and no adjusted p-value is above that of a larger p-value.

        >>> print(benjamini_hochberg(np.array([0.01, 0.02, 0.03, 0.5])))
        [0.04 0.04 0.04 0.5 ]
    """
    return _stepped_up(p, 1.0)


def benjamini_yekutieli(p: Array) -> Array:
    """Adjust p-values by Benjamini and Yekutieli's step-up method (2001).

    It controls the false discovery rate under any dependence of the p-values.

    Args:
        p: p-values, shape (m,); NaN is missing.

    Returns:
        Adjusted p-values, shape (m,), as R's ``p.adjust(p, "BY")``: those of Benjamini and Hochberg times
        1 + 1/2 + … + 1/m, up to 1.

    Example:
        Here this factor is 25/12.

        >>> print(benjamini_yekutieli(np.array([0.01, 0.02, 0.03, 0.5])).round(4))
        [0.0833 0.0833 0.0833 1.    ]
    """
    return _stepped_up(p, float((1 / np.arange(1, np.count_nonzero(~np.isnan(p)) + 1)).sum()))


def storey(p: Array) -> Storey:
    """Compute Storey's q-values (2002): Benjamini and Hochberg's times pi0, the estimated share of true nulls.

    They equal those of R's ``qvalue(p, pi0.method = "bootstrap")``, which fails if no p-value is 0.95 or more. With
    fewer than 20 p-values, or an estimate of 0, pi0 is 1, and the q-values are those of Benjamini and Hochberg.

    Args:
        p: p-values, shape (m,); NaN is missing.

    Returns:
        q-values, shape (m,), and pi0.

    Example:
        Fifty small p-values and fifty that are spread evenly between 0 and 1.

        >>> p = np.concatenate([np.full(50, 1e-4), (np.arange(50) + 0.5) / 50])
        >>> found = storey(p)
        >>> round(found.pi0, 3), round(float(found.q[0] / benjamini_hochberg(p)[0]), 3)
        (0.505, 0.505)
    """
    pi0 = _null_share(p[~np.isnan(p)])
    return Storey(pi0 * benjamini_hochberg(p), pi0)


def _null_share(p: Array) -> float:
    """Return the share of p-values above a threshold λ, over 1 − λ, at the λ with the least mean squared error.

    The error is that of the bootstrap of Storey, Taylor and Siegmund (2004), whose variance has a closed form: that of
    a binomial share. The bias is measured from the lowest decile of the estimates.
    """
    m = len(p)
    if m < _FEWEST:
        return 1.0
    above = m - np.searchsorted(np.sort(p), _THRESHOLDS)
    estimates = above / (m * (1 - _THRESHOLDS))
    variance = above / (m * (1 - _THRESHOLDS)) ** 2 * (1 - above / m)
    error = variance + (estimates - np.quantile(estimates, 0.1)) ** 2
    best = float(estimates[error == error.min()].min())
    return min(best, 1.0) if best > 0 else 1.0


def _stepped_up(p: Array, factor: float) -> Array:
    order, m = _present_order(p)
    ratio = p[order] * (factor * m / np.arange(1, m + 1))  # in this order the largest p stays what it is if factor is 1
    return _restore_order(p, order, np.minimum.accumulate(ratio[::-1])[::-1])


def _present_order(p: Array) -> tuple[Positions, int]:
    present = np.flatnonzero(~np.isnan(p))
    return present[np.argsort(p[present], kind="stable")], present.size


def _restore_order(p: Array, order: Positions, adjusted: Array) -> Array:
    result = np.full_like(p, np.nan)
    result[order] = np.minimum(1.0, adjusted)
    return result
