"""Stability of a gene selection: the similarity of the gene sets that it finds on several samples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from genereport.types import Flags


class Stability(NamedTuple):
    """Stability index, 1 if all sets are equal and about 0 for random sets, and limits, NaN where the variance is 0."""

    value: float
    low: float
    high: float


_UNDEFINED = Stability(float("nan"), float("nan"), float("nan"))


def stability(chosen: Flags, confidence: float = 0.95) -> Stability:
    """Compute the stability of a selection, for sets of any sizes, with its normal interval.

    The index is 1 minus the mean sample variance of the genes' indicators over that of random sets of the same mean
    size; with sets of equal size it is the mean of Kuncheva's index over the pairs. Its variance is that of the
    influence of each set on the index, assuming independent sets. Sets of overlapping training parts are dependent, and
    their interval is too narrow; so is that of only about 20 sets. Source: Nogueira, Sechidis and Brown (2018).

    Args:
        chosen: Whether each set has each gene, shape (sets, genes).
        confidence: Confidence level.

    Returns:
        An index between −1/(sets − 1) and 1; all NaN with fewer than two sets, with no gene in any, or all in all.

    Example:
        Two sets of two genes, of ten, share one. Kuncheva's index is (1 · 10 − 2²) / (2 · (10 − 2)).

        >>> gene = np.arange(10)
        >>> round(stability(np.array([gene < 2, (gene == 0) | (gene == 2)])).value, 4)
        0.375
    """
    sets, genes = chosen.shape
    if sets < 2 or not chosen.any() or chosen.all():
        return _UNDEFINED
    frequency, size = chosen.mean(axis=0), chosen.mean(axis=1)
    share = float(size.mean())
    random = share * (1 - share)
    index = 1 - float(chosen.var(axis=0, ddof=1).mean()) / random
    # The influence as in the paper, up to a constant; in the authors' R code the sign before the index is reversed.
    influence = (chosen @ frequency / genes - share * size + index * (share - 0.5) * size) / random
    error = 2 * float(influence.std() / np.sqrt(sets))
    if error <= 1e-12:
        return Stability(index, float("nan"), float("nan"))
    half = float(special.ndtri((1 + confidence) / 2)) * error
    return Stability(index, index - half, min(1.0, index + half))
