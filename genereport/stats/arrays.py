"""Location and scale of arrays, computed from each array's own values, so that nothing leaks between samples."""

from __future__ import annotations

import numpy as np
from scipy import special, stats

from genereport.types import Array, Flags

_CONSISTENT = 1.4826  # makes the median absolute deviation of normal values their standard deviation, as R's mad


def array_moments(x: Array) -> tuple[Array, Array]:
    """Return location and spread of each row, shape (n,) each: median, and median absolute deviation times 1.4826.

    Both are robust to genes that differ between arrays, and to values at a floor as long as these are fewer than half.
    Where more than half of a row's values are equal, the standard deviation is used; it is 0 where all are equal.

    Args:
        x: Values, shape (n, p), p ≥ 1; NaN is missing, each row has a value.
    """
    gaps = bool(np.isnan(x).any())
    median = np.nanmedian if gaps else np.median
    location = median(x, axis=1)
    spread = _CONSISTENT * median(np.abs(x - location[:, None]), axis=1)
    flat = spread <= 10 * np.finfo(float).eps * np.abs(location)
    if flat.any():
        # Rounding leaves a constant row a tiny spread, so its values are checked.
        varying = has_different_values(x[flat].T)
        spread[flat] = np.where(varying, np.nanstd(x[flat], axis=1), 0.0)
    return np.asarray(location), np.asarray(spread)


def normal_scores(x: Array) -> Array:
    """Replace each row's values by normal quantiles of their ranks, (r − 1/2) / m; ties share the mean rank.

    All rows then have the same distribution, up to ties, independent of the other rows. NaN stays NaN. Shape (n, p).
    """
    ranks = stats.rankdata(x, axis=1, nan_policy="omit")
    present = np.count_nonzero(~np.isnan(x), axis=1, keepdims=True)
    return np.asarray(special.ndtri((ranks - 0.5) / present))


def has_different_values(x: Array) -> Flags:
    """Return whether each column has at least two different values, missing ones left out; shape (p,)."""
    low = np.where(np.isnan(x), np.inf, x).min(axis=0, initial=np.inf)
    high = np.where(np.isnan(x), -np.inf, x).max(axis=0, initial=-np.inf)
    return np.asarray(high > low)
