"""Location and scale of arrays, computed from each array's own values, so that nothing leaks between samples."""

from __future__ import annotations

import numpy as np
from scipy import special, stats

from genereport.stats.medians import medians
from genereport.types import Array, Flags

_CONSISTENT = 1.4826  # makes the median absolute deviation of normal values their standard deviation, as R's mad


def array_moments(x: Array) -> tuple[Array, Array]:
    """Return location and spread of each row: median, and median absolute deviation times 1.4826.

    Both are robust to genes that differ between arrays, and to values at a floor as long as these are fewer than half.
    Where more than half of a row's values are equal, the standard deviation is used; it is 0 where all are equal.

    Args:
        x: Values, shape (n, p), p ≥ 1; NaN is missing, each row has a value.

    Returns:
        Location and spread, shape (n,) each, in the unit of the values.

    Example:
        The outlier 100 changes neither; the deviations from 3 are 2, 1, 0, 1 and 97, and their median is 1.

        >>> location, spread = array_moments(np.array([[1.0, 2.0, 3.0, 4.0, 100.0]]))
        >>> print(location, spread)
        [3.] [1.4826]
    """
    location = medians(x.T)
    spread = _CONSISTENT * medians(np.abs(x - location[:, None]).T)
    flat = spread <= 10 * np.finfo(float).eps * np.abs(location)
    if flat.any():
        # Rounding leaves a constant row a tiny spread, so its values are checked.
        varying = has_different_values(x[flat].T)
        spread[flat] = np.where(varying, np.nanstd(x[flat], axis=1), 0.0)
    return np.asarray(location), np.asarray(spread)


def normal_scores(x: Array) -> Array:
    """Replace each row's values by normal quantiles of their ranks, (r − 1/2) / m; ties share the mean rank.

    All rows then have the same distribution, up to ties, independent of the other rows.

    Args:
        x: Values, shape (n, p); NaN is missing.

    Returns:
        Standard normal quantiles, shape (n, p); NaN stays NaN.

    Example:
        Only the order of the values counts: both rows get the quantiles of 1/6, 1/2 and 5/6.

        >>> print(normal_scores(np.array([[10.0, 20.0, 30.0], [30.0, 9000.0, 20.0]])).round(3))
        [[-0.967  0.     0.967]
         [ 0.     0.967 -0.967]]
    """
    ranks = stats.rankdata(x, axis=1, nan_policy="omit")
    present = np.count_nonzero(~np.isnan(x), axis=1, keepdims=True)
    return np.asarray(special.ndtri((ranks - 0.5) / present))


def has_different_values(x: Array) -> Flags:
    """Return whether each column has at least two different values, missing ones left out.

    Args:
        x: Values, shape (n, p); NaN is missing.

    Returns:
        True where a column varies, shape (p,).

    Example:
        >>> has_different_values(np.array([[1.0, 5.0, np.nan], [2.0, 5.0, 7.0]]))
        array([ True, False, False])
    """
    low = np.where(np.isnan(x), np.inf, x).min(axis=0, initial=np.inf)
    high = np.where(np.isnan(x), -np.inf, x).max(axis=0, initial=-np.inf)
    return np.asarray(high > low)
