"""Group-wise moments of many columns at once, on which every test here is based."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from genereport.types import Array, Codes, Flags

_CACHED = 1 << 18  # values per block, so that its temporaries stay in the cache
_FEWEST = 32  # smallest number of columns per block
_EPS = float(np.finfo(float).eps)


class Moments(NamedTuple):
    """Count, mean and sample variance per group and column, each of shape (groups, p)."""

    n: Array
    mean: Array
    variance: Array

    def average(self) -> Array:
        """Return the mean over the values of all groups.

        Returns:
            The means, shape (p,); NaN where there is no value.

        Example:
            >>> group_moments(np.array([[1.0], [2.0], [6.0]]), np.array([0, 0, 1]), groups=2).average()
            array([3.])
        """
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            total = np.where(self.n > 0, self.n * self.mean, 0.0).sum(axis=0)
            return np.asarray(total / self.n.sum(axis=0))


def varies(x: Array) -> Flags:
    """Return whether the values of each column differ by more than rounding, missing ones left out.

    Their standard deviation must be above 10 ε times their mean.

    Args:
        x: Values, shape (n, p); NaN is missing.

    Returns:
        True where a column varies, shape (p,).

    Example:
        The sum of 0.1 and 0.2 differs from 0.3 only by rounding.

        >>> varies(np.array([[1.0, 0.3], [2.0, 0.1 + 0.2]]))
        array([ True, False])
    """
    moments = group_moments(x, np.zeros(len(x), dtype=np.intp), 1)
    n, mean, variance = (part[0] for part in moments)
    with np.errstate(invalid="ignore", over="ignore"):
        return np.asarray(np.sqrt(variance * (n - 1) / n) > 10 * _EPS * np.abs(mean))


def blocks(x: Array) -> Iterator[slice]:
    """Yield slices of the columns whose temporaries fit a processor's cache.

    Args:
        x: Values, shape (n, p).

    Yields:
        Slices that together cover all columns, in their order.

    Example:
        >>> list(blocks(np.zeros((64, 10_000))))
        [slice(0, 4096, None), slice(4096, 8192, None), slice(8192, 12288, None)]
    """
    width = max(_FEWEST, _CACHED // max(len(x), 1))
    return (slice(start, start + width) for start in range(0, x.shape[1], width))


def group_moments(x: Array, codes: Codes, groups: int) -> Moments:
    """Compute moments of each column of `x` within each group, missing values left out.

    Variances are sums of squared deviations from the group mean, never differences of raw sums of squares. A second
    pass corrects both for the rounding of the mean (Chan, Golub and LeVeque 1983), as R's ``mean`` does. All sums
    are matrix products over blocks of columns, so that no temporary grows with p.

    Args:
        x: Values, shape (n, p); NaN is missing.
        codes: Group of each row, 0 … groups − 1, shape (n,); rows with other codes are ignored.
        groups: Number of groups.

    Returns:
        Moments; mean is NaN where a group has no value, variance where it has fewer than two.

    Example:
        >>> x = np.array([[1.0], [3.0], [np.nan], [4.0], [6.0]])
        >>> n, mean, variance = group_moments(x, np.array([0, 0, 0, 1, 1]), groups=2)
        >>> print(n.ravel(), mean.ravel(), variance.ravel())
        [2. 2.] [2. 5.] [2. 2.]
    """
    used = np.isin(codes, np.arange(groups))
    if not used.all():
        x, codes = x[used], codes[used]
    member = (codes == np.arange(groups)[:, None]).astype(np.float64)
    shape = (groups, x.shape[1])
    result = Moments(np.empty(shape), np.empty(shape), np.empty(shape))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        for columns in blocks(x):
            found = _block_moments(member, x[:, columns])
            for whole, part in zip(result, found, strict=True):
                whole[:, columns] = part
    return result


def _block_moments(member: Array, block: Array) -> Moments:
    total, n = member @ block, member.sum(axis=1, keepdims=True)
    if not np.isnan(total).any():
        centre = total / np.maximum(n, 1)
        deviation = member.T @ centre
        return _correct_for_centre(n, centre, member, np.subtract(block, deviation, out=deviation))
    present = ~np.isnan(block)
    n = member @ present.astype(np.float64)
    centre = member @ np.where(present, block, 0.0) / np.maximum(n, 1)
    return _correct_for_centre(n, centre, member, np.where(present, block - member.T @ centre, 0.0))


def _correct_for_centre(n: Array, centre: Array, member: Array, deviation: Array) -> Moments:
    """Compute mean and variance from deviations from a centre that differs from the mean by rounding."""
    rounding = member @ deviation / n
    squares = member @ np.square(deviation, out=deviation) - n * rounding**2
    variance = np.where(n > 1, np.maximum(squares, 0.0) / (n - 1), np.nan)
    return Moments(n, np.where(n > 0, centre + rounding, np.nan), variance)
