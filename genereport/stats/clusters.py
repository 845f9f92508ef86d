"""Division of numbers into two clusters."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from genereport.types import Array, Flags


class Clusters(NamedTuple):
    """Two clusters of numbers.

    Attributes:
        high: Whether a number is in the cluster of high numbers, shape (n,).
        place: Position of a number between the medians of the clusters, 0 at the low and 1 at the high one, shape (n,).
        gap: Difference of the means.
        separation: The difference of the means in standard deviations within the clusters; infinite if these are 0.
    """

    high: Flags
    place: Array
    gap: float
    separation: float


def two_clusters(values: Array) -> Clusters:
    """Divide numbers into two clusters with the smallest sum of squares, as ``kmeans(x, 2)`` does in one dimension.

    In one dimension the clusters are intervals, so all n − 1 divisions of the sorted numbers are compared, and the
    result does not depend on a start.

    Args:
        values: At least two numbers, not all equal, shape (n,).

    Returns:
        The clusters. If all numbers are equal, none is high, and gap and separation are 0.

    Example:
        >>> found = two_clusters(np.array([1.0, 5.0, 2.0, 6.0, 3.0]))
        >>> found.high.tolist(), found.place.tolist(), found.gap
        ([False, True, False, True, False], [-0.2857142857142857, 0.8571428571428571, 0.0, ...], 3.5)
    """
    if np.ptp(values) == 0:
        return Clusters(np.zeros(len(values), dtype=bool), np.zeros(len(values)), 0.0, 0.0)
    ordered = np.sort(values - values.mean())
    sizes = np.arange(1, len(values))
    below = np.cumsum(ordered)[:-1]
    between = below**2 / sizes + below**2 / (len(values) - sizes)  # sums of both sides are opposite
    split = int(between.argmax()) + 1
    high = values > np.sort(values)[split - 1]
    if not high.any() or high.all():  # the division falls between equal numbers
        high = values >= np.sort(values)[split]
    low_mean, high_mean = values[~high].mean(), values[high].mean()
    within = np.where(high, values - high_mean, values - low_mean)
    spread = float(np.sqrt((within**2).sum() / max(len(values) - 2, 1)))
    low_median, high_median = np.median(values[~high]), np.median(values[high])
    gap = float(high_mean - low_mean)
    return Clusters(
        high,
        np.asarray((values - low_median) / (high_median - low_median)),
        gap,
        gap / spread if spread > 0 else float("inf"),
    )
