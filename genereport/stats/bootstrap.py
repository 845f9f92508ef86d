"""The bootstrap over samples, as counts: one matrix product resamples every figure that is a sum over samples."""

from __future__ import annotations

import numpy as np

from genereport.stats.intervals import NOT_ESTIMABLE, Interval
from genereport.stats.moments import Array


def resample_counts(strata: np.ndarray, rng: np.random.Generator, resamples: int) -> Array:
    """How often each sample is drawn in each resample, shape (resamples, n).

    Args:
        strata: Stratum of each sample, shape (n,); every resample keeps their sizes, so that no class is ever missing.
        rng: Source of the draws.
        resamples: How many.
    """
    counts = np.zeros((resamples, len(strata)))
    for level in np.unique(strata):
        rows = np.flatnonzero(strata == level)
        counts[:, rows] = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=resamples)
    return counts


def percentile_interval(values: Array, confidence: float = 0.95) -> Interval:
    """Percentile interval (Efron and Tibshirani 1993) of resampled figures, undefined ones left out.

    Not estimable when the resamples do not vary: then they carry no information on the uncertainty.
    """
    present = values[~np.isnan(values)]
    if len(present) == 0 or np.ptp(present) <= 1e-12:
        return NOT_ESTIMABLE
    tail = (1 - confidence) / 2
    return Interval(float(np.quantile(present, tail)), float(np.quantile(present, 1 - tail)))
