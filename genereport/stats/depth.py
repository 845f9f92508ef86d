"""Sequencing depths of the classes, and thinning of counts to one depth."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np

from genereport.types import Array, Codes

DEPTH_RATIO = 1.5
"""Ratio of the classes' median depths from which a difference counts."""
DEPTH_ALPHA = 0.01
"""Significance level of the test of the depths."""
FAILED = 0.5
"""Samples below this share of the shallowest class's median depth do not set the depth that others are thinned to."""


class Depths(NamedTuple):
    """The sequencing depths of the classes.

    Attributes:
        medians: Median depth of each class that has samples, shape (k,).
        p: P-value of the Kruskal–Wallis test; NaN with fewer than two classes.
        differ: Whether depth goes with the class: the medians differ by `DEPTH_RATIO` or more, and either the test is
            significant at `DEPTH_ALPHA` or the deepest class does not overlap with the shallowest.
    """

    medians: Array
    p: float
    differ: bool


def compare_depths(depth: Array, codes: Codes) -> Depths:
    """Compare the sequencing depths of the classes.

    Args:
        depth: Counts of each sample, shape (n,).
        codes: Classes, shape (n,).

    >>> depths = compare_depths(np.array([10.0, 11.0, 12.0, 30.0, 33.0, 36.0]), np.array([0, 0, 0, 1, 1, 1]))
    >>> depths.medians.tolist(), depths.differ
    ([11.0, 33.0], True)
    """
    from scipy import stats

    parts = [depth[codes == code] for code in np.unique(codes)]
    medians = np.array([np.median(part) for part in parts])
    if len(parts) < 2 or np.ptp(depth) == 0:
        return Depths(medians, np.nan, differ=False)
    p = float(stats.kruskal(*parts).pvalue)
    apart = parts[medians.argmax()].min() > parts[medians.argmin()].max()
    unequal = medians.max() >= DEPTH_RATIO * medians.min()
    return Depths(medians, p, bool(unequal and (apart or p < DEPTH_ALPHA)))


def common_depth(depth: Array, codes: Codes) -> float:
    """Return the depth that all samples can be thinned to: the smallest, without samples that are far too shallow.

    Samples below half the median depth of the shallowest class do not count, because one failed library would take the
    counts of all others.

    Args:
        depth: Counts of each sample, shape (n,).
        codes: Classes, shape (n,).

    >>> common_depth(np.array([2.0, 10.0, 12.0, 30.0, 33.0, 36.0]), np.array([0, 0, 0, 1, 1, 1]))
    10.0
    """
    shallowest = float(compare_depths(depth, codes).medians.min())
    return float(depth[depth >= FAILED * shallowest].min())


def thin_counts(counts: Array, depth: float) -> Array:
    """Draw from the counts of each deeper sample as many as a sample of the given depth would have.

    Each count is kept with the probability depth / (counts of the sample), independently of the others, so that a
    negative binomial count becomes that of a shallower sample, with the same dispersion. The fraction of an estimated
    count is multiplied by that probability. The generator is seeded by the counts of the sample, so a sample is thinned
    in the same way wherever it occurs. Samples that are not deeper are left as they are.

    Args:
        counts: Samples × genes, shape (n, p), not negative; NaN is missing and stays so.
        depth: Number of counts.

    Source: Gerard (2020), BMC Bioinformatics 21:206, on binomial thinning of counts.

    >>> thinned = thin_counts(np.array([[600.0, 300.0, 100.0], [60.0, 30.0, 10.0]]), 100.0)
    >>> bool(60 < thinned[0].sum() < 140), thinned[1].tolist()
    (True, [60.0, 30.0, 10.0])
    """
    found = counts.copy()
    for row, result in zip(counts, found, strict=True):
        positive = row > 0
        total = float(row[positive].sum())
        if total > depth:
            whole = np.floor(row[positive])
            kept = _generator(row).binomial(whole.astype(np.int64), depth / total)
            result[positive] = kept + (row[positive] - whole) * (depth / total)
    return found


def _generator(sample: Array) -> np.random.Generator:
    digest = hashlib.sha256(np.ascontiguousarray(sample).tobytes()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "little"))
