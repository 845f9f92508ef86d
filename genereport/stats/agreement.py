"""Agreement of two measurements of the same items, not only their correlation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from genereport.types import Array


class Agreement(NamedTuple):
    """Agreement of pairs of values; NaN where a number is not defined.

    Attributes:
        pairs: Pairs without a missing value.
        concordance: Lin's coefficient, 1 only where all pairs lie on the line of identity.
        low: Lower confidence limit of the concordance.
        high: Upper confidence limit of the concordance.
        pearson: Pearson's correlation.
        same_sign: Share of the pairs whose values have the same sign.
        bias: Mean of second − first.
        below: Bland and Altman's lower limit of agreement of second − first.
        above: Their upper limit of agreement.
    """

    pairs: int
    concordance: float
    low: float
    high: float
    pearson: float
    same_sign: float
    bias: float
    below: float
    above: float


def agreement(first: Array, second: Array, confidence: float = 0.95) -> Agreement:
    """Compute Lin's concordance (1989, variance corrected in 2000), correlation, and Bland and Altman's limits (1986).

    The results are those of epiR's ``epi.ccc(second, first, ci = "z-transform")``. The interval assumes that the pairs
    are independent. If the differences are normal, the limits of agreement enclose the middle `confidence` of them.

    Args:
        first: One value per item, shape (n,); a pair with NaN is left out.
        second: The values of the other measurement, shape (n,).
        confidence: Confidence level of the interval, and share between the limits of agreement.

    Returns:
        The agreement; the interval is NaN with fewer than three pairs, and where the correlation is perfect or zero.

    Example:
        A constant shift leaves the correlation at 1. The concordance is 2 · 1.25 / (1.25 + 1.25 + 1²).

        >>> first = np.array([1.0, 2.0, 3.0, 4.0])
        >>> found = agreement(first, first + 1)
        >>> found.pearson, round(found.concordance, 3), found.bias
        (1.0, 0.714, 1.0)
    """
    kept = ~(np.isnan(first) | np.isnan(second))
    first, second = first[kept], second[kept]
    n, nan = len(first), float("nan")
    if n < 2:
        return Agreement(n, *[nan] * 8)
    gap = second - first
    bias, spread = float(gap.mean()), float(gap.std(ddof=1))
    variances, shared = (first.var(), second.var()), float(((first - first.mean()) * (second - second.mean())).mean())
    scale = float(sum(variances)) + bias**2
    concordance = 2 * shared / scale if scale > 0 else nan
    product = float(np.sqrt(variances[0] * variances[1]))
    pearson = float(np.clip(shared / product, -1, 1)) if product > 0 else nan
    low, high = _fisher_limits(n, concordance, pearson, bias**2 / product if product > 0 else nan, confidence)
    same = float((np.sign(first) == np.sign(second)).mean())
    half = float(special.ndtri((1 + confidence) / 2)) * spread
    return Agreement(n, concordance, low, high, pearson, same, bias, bias - half, bias + half)


def _fisher_limits(n: int, concordance: float, pearson: float, shift: float, confidence: float) -> tuple[float, float]:
    """Return limits by Fisher's transformation; `shift` is the squared bias over the product of standard deviations."""
    c, r = concordance, pearson
    if n < 3 or not 0 < abs(r) < 1 - 1e-15 or abs(c) > 1 - 1e-15:
        return float("nan"), float("nan")
    variance = (1 - r**2) * c**2 * (1 - c**2) / r**2 + 2 * c**3 * (1 - c) * shift / r - c**4 * shift**2 / (2 * r**2)
    error = float(np.sqrt(max(0.0, variance) / (n - 2))) / (1 - c**2)
    centre, half = float(np.arctanh(c)), float(special.ndtri((1 + confidence) / 2)) * error
    return float(np.tanh(centre - half)), float(np.tanh(centre + half))
