"""Counts: which genes have enough of them, and how library sizes are normalised, learnt from the training samples.

Library sizes are totals over the genes that have enough counts. The trimmed mean of M-values (TMM, Robinson and Oshlack
2010, Genome Biology 11:R25) corrects them for composition: a few abundant genes that one sample expresses take counts
from all of its other genes. edgeR normalises all samples against one of them, and scales the factors to a geometric
mean of 1. Here that sample, the mean of the factors and the mean library size come from the training samples and are
then frozen. A held-out or new sample is normalised against them alone, so nothing of it reaches another sample.

Normalisation brings samples of different depth to one average, and leaves them with different noise: a shallow sample
has more zeros and varies more. Where depth goes with the class, a classifier can recognise the class by that noise
alone. For the classifiers, the counts of deeper samples are then thinned to one depth.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from genereport.rules import LEAST_COUNT, LEAST_TOTAL, PRIOR_COUNT
from genereport.stats.counts import TmmReference, apply_tmm, filter_by_expr, fit_tmm, log_cpm
from genereport.stats.depth import common_depth, compare_depths, thin_counts
from genereport.types import Array, Codes, Positions

ThinningRule = Literal["auto", "none", "always"]

_SMALLEST_LIBRARY = 1.0
"""A sample without a single count in the genes that are kept still has logarithms: those of a library of this size."""


class LibrarySizes(NamedTuple):
    """Library sizes of samples, shape (m,) each.

    Attributes:
        totals: Counts of the genes that are kept.
        factors: Normalisation factors, 1 without normalisation.
    """

    totals: Array
    factors: Array

    @property
    def effective(self) -> Array:
        """The library sizes that counts are divided by."""
        return self.totals * self.factors


class Libraries(NamedTuple):
    """What is learnt from the training samples of counts.

    Attributes:
        expressed: Positions of the genes with enough counts, shape (q,).
        reference: The training sample that libraries are normalised against, in these genes; None: library sizes are
            not normalised.
        mean_size: Mean effective library size of the training samples, which scales the count that is added before
            the logarithm.
        depth: Number of counts to which deeper samples are thinned; 0: they are not thinned.
    """

    expressed: Positions
    reference: TmmReference | None
    mean_size: float
    depth: float = 0.0

    @property
    def basis(self) -> Positions:
        """Positions of the genes that samples are scaled by."""
        return self.expressed

    def columns(self, genes: int) -> Positions:  # noqa: ARG002 - arrays need it
        """Return the positions of the genes with enough counts."""
        return self.expressed

    def sizes(self, counts: Array) -> LibrarySizes:
        """Return library sizes and normalisation factors of samples × all genes, shape (m, p); NaN counts as 0."""
        kept = np.nan_to_num(counts[:, self.expressed])
        totals = np.maximum(kept.sum(axis=1), _SMALLEST_LIBRARY)
        if self.reference is None or not len(kept):
            return LibrarySizes(totals, np.ones(len(kept)))
        return LibrarySizes(totals, apply_tmm(self.reference, kept, totals))

    def scaled(self, counts: Array) -> Array:
        """Return log2 counts per million of samples × all genes, as edgeR's ``cpm(log=TRUE, prior.count=2)``.

        Deeper samples are thinned before, if a depth is given.
        Each sample is normalised by its own counts and what was learnt from the training samples.

        Args:
            counts: Samples × all genes, shape (m, p); NaN is missing and stays so.
        """
        if not len(counts):
            return counts
        missing = np.isnan(counts)
        counts = thin_counts(counts, self.depth) if self.depth else counts
        known = np.where(missing, 0.0, counts) if missing.any() else counts
        sizes = self.sizes(known).effective
        logged = log_cpm(known, sizes, prior_count=PRIOR_COUNT, mean_lib_size=self.mean_size)
        return np.where(missing, np.nan, logged) if missing.any() else logged


def counted_genes(counts: Array, codes: Codes) -> Positions:
    """Return the positions of the genes that have enough counts in enough samples, as edgeR's ``filterByExpr``.

    Args:
        counts: Training samples × genes, shape (n, p); NaN counts as 0.
        codes: Their classes, shape (n,); only the sizes of the classes are used.
    """
    return np.flatnonzero(
        filter_by_expr(np.nan_to_num(counts), groups=codes, min_count=LEAST_COUNT, min_total_count=LEAST_TOTAL)
    )


def seen_genes(counts: Array) -> Positions:
    """Return the positions of the genes with a count in any sample; samples × genes, shape (n, p)."""
    return np.flatnonzero((counts > 0).any(axis=0))


def fit_depth(counts: Array, codes: Codes, rule: ThinningRule) -> float:
    """Return the depth to which deeper samples are thinned; 0 if they are not.

    Args:
        counts: Training samples × genes, shape (n, p); NaN counts as 0.
        codes: Their classes, shape (n,).
        rule: Whether to thin: ``none``, ``always``, or ``auto``, only if depth goes with the class in these samples.
    """
    if rule == "none":
        return 0.0
    depth = np.nansum(counts, axis=1)
    if rule == "auto" and not compare_depths(depth, codes).differ:
        return 0.0
    return common_depth(depth, codes)


def fit_libraries(counts: Array, expressed: Positions, *, normalise: bool = True) -> Libraries:
    """Learn how library sizes are normalised from the training samples.

    Args:
        counts: Training samples × genes, shape (n, p); NaN counts as 0.
        expressed: Positions of the genes that are kept.
        normalise: Whether library sizes are normalised by TMM.
    """
    kept = np.nan_to_num(counts[:, expressed])
    totals = np.maximum(kept.sum(axis=1), _SMALLEST_LIBRARY)
    reference = fit_tmm(kept, totals) if normalise else None
    found = Libraries(expressed, reference, 1.0)
    return found._replace(mean_size=float(found.sizes(counts).effective.mean()))
