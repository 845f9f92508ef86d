"""Brings arrays to a common location and scale, each by its own values alone: nothing leaks between samples."""

from __future__ import annotations

import numpy as np
from scipy import special, stats

from genereport.stats.moments import Array


def standardise_arrays(x: Array) -> Array:
    """Each row minus its mean, over its standard deviation; NaN stays NaN. Shape (n, p).

    A row without variance becomes zeros.
    """
    mean = np.nanmean(x, axis=1, keepdims=True)
    spread = np.nanstd(x, axis=1, ddof=1, keepdims=True)
    return np.asarray((x - mean) / np.where(spread > 0, spread, 1.0))


def normal_scores(x: Array) -> Array:
    """Each row's values replaced by normal quantiles of their ranks, (r − 1/2) / m, ties sharing the mean rank.

    The rows then have one distribution, up to ties, whatever the other rows are. NaN stays NaN. Shape (n, p).
    """
    ranks = stats.rankdata(x, axis=1, nan_policy="omit")
    present = np.count_nonzero(~np.isnan(x), axis=1, keepdims=True)
    return np.asarray(special.ndtri((ranks - 0.5) / present))


def varies(x: Array) -> np.ndarray:
    """Whether each column takes at least two different values, missing ones left out; shape (p,)."""
    low = np.where(np.isnan(x), np.inf, x).min(axis=0)
    high = np.where(np.isnan(x), -np.inf, x).max(axis=0)
    return np.asarray(high > low)
