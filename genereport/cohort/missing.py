"""Whether missing values are associated with the class, over the training samples.

Gene by gene, the samples that lack a value are counted by class and tested by Fisher's exact test; with more than two
classes each class is tested against the others, and the smallest p-value is multiplied by the number of classes. The
p-values are adjusted by Benjamini and Hochberg over the genes with gaps. The shares of missing values per sample are
compared between the classes by the Kruskal–Wallis test.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from genereport.cohort.model import Cohort
from genereport.types import Array, Counts

ALPHA = 0.05


class Missingness(NamedTuple):
    """Missing values of the training samples.

    Attributes:
        genes: One row per gene with gaps, in the order of the cohort: index gene; one column per class with the share
            of its samples that lack a value; then ``P.Value`` and ``adj.P.Val``.
        samples: Number of training samples per class, shape (classes,).
        shares: Share of missing values per class, shape (classes,).
        p: p-value of the comparison of the samples' shares; NaN where they do not differ.
    """

    genes: pd.DataFrame
    samples: Counts
    shares: Array
    p: float

    @property
    def found(self) -> pd.DataFrame:
        """The genes whose gaps are associated with the class."""
        return self.genes[self.genes["adj.P.Val"] < ALPHA]


def missingness(cohort: Cohort) -> Missingness:
    """Compare the missing values between the classes."""
    from scipy import stats

    train = cohort.subset("train")
    gaps = train.expression.isna().to_numpy()
    belongs = train.codes == np.arange(len(train.classes))[:, None]
    samples = belongs.sum(axis=1)
    counts = belongs.astype(np.intp) @ gaps
    per_sample = gaps.mean(axis=1)
    partly = (counts.sum(axis=0) > 0) & (counts.sum(axis=0) < len(gaps))
    p = _p_values(counts[:, partly], samples)
    shares = pd.DataFrame((counts[:, partly] / samples[:, None]).T, train.expression.columns[partly], train.classes)
    return Missingness(
        shares.assign(**{"P.Value": p, "adj.P.Val": stats.false_discovery_control(p) if len(p) else p}),
        samples,
        counts.sum(axis=1) / (samples * max(gaps.shape[1], 1)),
        float(stats.kruskal(*(per_sample[rows] for rows in belongs)).pvalue) if np.ptp(per_sample) else np.nan,
    )


def _p_values(counts: Counts, samples: Counts) -> Array:
    """Return a p-value per gene from its number of missing values per class, shape (classes, genes)."""
    totals = counts.sum(axis=0)
    if len(samples) == 2:
        return fisher_p(counts[0], totals, int(samples[0]), int(samples.sum()))
    each = [
        fisher_p(inside, totals, int(size), int(samples.sum())) for inside, size in zip(counts, samples, strict=True)
    ]
    return np.asarray(np.minimum(1.0, len(samples) * np.min(each, axis=0)))


def fisher_p(inside: Counts, totals: Counts, size: int, samples: int) -> Array:
    """Return two-sided p-values of Fisher's exact test of many 2 × 2 tables.

    p is the probability of all tables that are at most as likely as the observed one.

    Args:
        inside: Events among the `size` samples of a group, one per table, shape (tables,).
        totals: Events among all samples, shape (tables,).
        size: Number of samples of the group.
        samples: Number of all samples.
    """
    from scipy import stats

    p = np.empty(len(totals))
    for total in np.unique(totals):
        tables = totals == total
        first = max(0, total - (samples - size))
        chances = stats.hypergeom.pmf(np.arange(first, min(size, total) + 1), samples, size, total)
        ordered = np.sort(chances)
        upto = np.searchsorted(
            ordered, chances[inside[tables] - first] * (1 + 1e-7), side="right"
        )  # as R's fisher.test
        p[tables] = np.minimum(1.0, np.cumsum(ordered)[upto - 1])
    return p
