"""Brings arrays to a common location and scale, each by its own values alone: nothing leaks between samples."""

from __future__ import annotations

import numpy as np
from scipy import special, stats

from genereport.stats.moments import Array


def standardise_arrays(x: Array) -> Array:
    """Each row minus its mean, over its standard deviation; NaN stays NaN. Shape (n, p).

    A row whose values are all the same becomes zeros.
    """
    # Rounding leaves a constant row a tiny spread, hence the look at its values.
    varying = varies(x.T)
    result = np.where(np.isnan(x), np.nan, 0.0)
    rows = x[varying]
    spread = np.nanstd(rows, axis=1, ddof=1, keepdims=True)
    result[varying] = (rows - np.nanmean(rows, axis=1, keepdims=True)) / spread
    return result


def normal_scores(x: Array) -> Array:
    """Each row's values replaced by normal quantiles of their ranks, (r − 1/2) / m, ties sharing the mean rank.

    The rows then have one distribution, up to ties, whatever the other rows are. NaN stays NaN. Shape (n, p).
    """
    ranks = stats.rankdata(x, axis=1, nan_policy="omit")
    present = np.count_nonzero(~np.isnan(x), axis=1, keepdims=True)
    return np.asarray(special.ndtri((ranks - 0.5) / present))


def varies(x: Array) -> np.ndarray:
    """Whether each column takes at least two different values, missing ones left out; shape (p,)."""
    low = np.where(np.isnan(x), np.inf, x).min(axis=0, initial=np.inf)
    high = np.where(np.isnan(x), -np.inf, x).max(axis=0, initial=-np.inf)
    return np.asarray(high > low)
