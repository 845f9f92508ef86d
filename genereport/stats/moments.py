"""Group-wise moments of many columns at once; the sums that every test here starts from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]

_BLOCK = 4096  # columns worked on at once: bounds the temporaries to a few n × 4096 arrays


class Moments(NamedTuple):
    """Count, mean and sample variance per group and column, each of shape (groups, p)."""

    n: Array
    mean: Array
    variance: Array

    def average(self) -> Array:
        """Mean over the values of all groups, NaN where there is none; shape (p,)."""
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            total = np.where(self.n > 0, self.n * self.mean, 0.0).sum(axis=0)
            return np.asarray(total / self.n.sum(axis=0))


def group_moments(x: Array, codes: Codes, groups: int) -> Moments:
    """Moments of each column of `x` within each group, missing values left out.

    Variances are sums of squared deviations from the group mean, never differences of raw sums of squares. A second
    pass takes the rounding of the mean out of both (Chan, Golub and LeVeque 1983); R's ``mean`` does the same.

    Args:
        x: Values, shape (n, p); NaN is missing.
        codes: Group of each row, 0 … groups − 1, shape (n,).
        groups: Number of groups.

    Returns:
        Moments; mean is NaN where a group has no value, variance where it has fewer than two.
    """
    shape = (groups, x.shape[1])
    result = Moments(np.empty(shape), np.empty(shape), np.empty(shape))
    for start in range(0, x.shape[1], _BLOCK):
        columns = slice(start, start + _BLOCK)
        for group in range(groups):
            part = x[codes == group, columns]
            missing = np.isnan(part)
            count = len(part) - missing.sum(axis=0, dtype=float)
            gaps = missing if missing.any() else None
            with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
                mean = _zero_in(gaps, part).sum(axis=0) / count
                deviation = _zero_in(gaps, part - mean)
                rounding = deviation.sum(axis=0) / count
                squares = np.einsum("ij,ij->j", deviation, deviation) - count * rounding**2
                variance = np.maximum(squares, 0.0) / (count - 1)
            result.n[group, columns] = count
            result.mean[group, columns] = mean + rounding
            result.variance[group, columns] = np.where(count > 1, variance, np.nan)
    return result


def _zero_in(gaps: npt.NDArray[np.bool_] | None, values: Array) -> Array:
    return values if gaps is None else np.where(gaps, 0.0, values)
