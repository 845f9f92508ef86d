"""Medians of many columns at once."""

from __future__ import annotations

import numpy as np

from genereport.types import Array

_LONG = 500  # values of a column beyond which selection is faster than sorting


def medians(values: Array) -> Array:
    """Return the median of each column, as ``np.nanmedian(values, axis=0)``, but several times faster.

    NumPy sorts a short column of doubles faster than it selects the middle values.

    Args:
        values: Values, shape (n, p), n ≥ 1; NaN is missing.

    Returns:
        The medians, shape (p,); NaN where there is no value.

    Example:
        >>> medians(np.array([[1.0, 5.0, np.nan], [2.0, np.nan, np.nan], [4.0, 8.0, np.nan]]))
        array([2. , 6.5, nan])
    """
    if len(values) > _LONG and not np.isnan(values).any():
        return np.asarray(np.median(values, axis=0))
    ordered = np.sort(values, axis=0)  # NaN comes last, so the last row shows where values are missing
    n = len(ordered)
    if not np.isnan(ordered[-1]).any():
        return np.asarray((ordered[(n - 1) // 2] + ordered[n // 2]) / 2)
    present = n - np.count_nonzero(np.isnan(ordered), axis=0)
    middle = np.maximum(np.stack([(present - 1) // 2, present // 2]), 0)  # without a value: the first, which is NaN
    return np.asarray(np.take_along_axis(ordered, middle, axis=0).sum(axis=0) / 2)
