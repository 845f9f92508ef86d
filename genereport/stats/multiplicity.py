"""Adjusted p-values. Missing p-values stay missing and are not counted, as in R's ``p.adjust``."""

from __future__ import annotations

import numpy as np

from genereport.stats.moments import Array


def bonferroni(p: Array) -> Array:
    """min(1, m p), m the number of p-values present; controls the family-wise error rate. Shape (m,) or NaN-padded."""
    return np.minimum(1.0, p * np.count_nonzero(~np.isnan(p)))


def holm(p: Array) -> Array:
    """Holm's step-down adjustment (Holm 1979); controls the family-wise error rate, never above Bonferroni."""
    order, m = _present_order(p)
    stepped = np.maximum.accumulate(p[order] * (m - np.arange(m)))
    return _restored(p, order, stepped)


def benjamini_hochberg(p: Array) -> Array:
    """Benjamini and Hochberg's step-up adjustment (1995); controls the false discovery rate."""
    order, m = _present_order(p)
    ratio = p[order] * (m / np.arange(1, m + 1))  # in this order the largest p stays exactly what it is
    return _restored(p, order, np.minimum.accumulate(ratio[::-1])[::-1])


def _present_order(p: Array) -> tuple[np.ndarray, int]:
    present = np.flatnonzero(~np.isnan(p))
    return present[np.argsort(p[present], kind="stable")], present.size


def _restored(p: Array, order: np.ndarray, adjusted: Array) -> Array:
    result = np.full_like(p, np.nan)
    result[order] = np.minimum(1.0, adjusted)
    return result
