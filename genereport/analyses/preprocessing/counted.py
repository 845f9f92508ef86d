"""Counts: their rules, their log2 counts per million, and the record of their library sizes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from genereport.analyses.preprocessing.matrices import in_rows, only_genes, with_values
from genereport.analyses.preprocessing.result import LibraryNormalisation
from genereport.cohort.model import Cohort
from genereport.errors import CohortError
from genereport.learn.arrays import ArrayRule
from genereport.learn.libraries import Libraries, counted_genes, fit_libraries
from genereport.rules import LEAST_COUNT
from genereport.stats.mds import leading_differences, scale_distances

_LEADING_GENES, _MOST_PAIRWISE = 500, 100
"""Genes by which two samples are compared; samples up to which each pair has genes of its own, which takes longer."""


def rule_for_counts(scaling: str, expressed: str) -> ArrayRule:
    """Return the rule of counts: TMM and edgeR's filter, unless the settings ask for neither.

    Raises:
        CohortError: GR227 if the settings name a rule of arrays.
    """
    if scaling not in ("auto", "none", "tmm"):
        raise unsuited_rule("array_scaling", scaling, "belongs to arrays, and these values are counts")
    if expressed not in ("auto", "none", "filter_by_expr"):
        raise unsuited_rule("expressed", expressed, "belongs to arrays, and these values are counts")
    return ArrayRule(
        "library_size" if scaling == "none" else "tmm", "none" if expressed == "none" else "filter_by_expr"
    )


def unsuited_rule(name: str, value: str, why: str) -> CohortError:
    """Return the error that a setting names a rule that does not suit the scale of the values."""
    return CohortError(
        "GR227",
        f"preprocess.{name} = {value} {why}.",
        f"Leave preprocess.{name} out, or name the scale of the values: --set preprocess.scale=…",
        f"preprocess.{name}",
    )


def as_log_cpm(seen: Cohort, rule: ArrayRule) -> tuple[Cohort, Libraries]:
    """Return log2 counts per million of the genes with enough counts, and what was learnt from the training samples.

    Raises:
        CohortError: GR204 if no gene has enough counts.
    """
    train = seen.subset("train")
    counts = in_rows(train.expression)
    every = np.arange(counts.shape[1])
    kept = counted_genes(counts, train.codes) if rule.expression == "filter_by_expr" else every
    if not len(kept):
        raise CohortError(
            "GR204",
            f"No gene has {LEAST_COUNT:g} counts in as many training samples as the smallest class has, at the usual "
            "depth.",
            "Check that the values are counts of reads, or keep every gene: --set preprocess.expressed=none.",
        )
    libraries = fit_libraries(counts, kept, normalise=rule.scaling == "tmm")
    logged = libraries.scaled(in_rows(seen.expression))[:, kept]
    return with_values(only_genes(seen, np.isin(every, kept)), np.ascontiguousarray(logged)), libraries


def describe_libraries(libraries: Libraries, seen: Cohort, prepared: Cohort) -> LibraryNormalisation:
    """Return the record of the library sizes, and the samples placed by leading log fold changes.

    Args:
        libraries: What was learnt from the training samples.
        seen: Counts of the genes that any training sample has.
        prepared: Log2 counts per million of the genes that are kept.
    """
    logged = in_rows(prepared.expression)
    logged = logged[:, ~np.isnan(logged).any(axis=0)]
    pairwise, genes = len(logged) <= _MOST_PAIRWISE, min(_LEADING_GENES, logged.shape[1])
    placed = scale_distances(leading_differences(logged, genes, pairwise=pairwise))
    counts = in_rows(seen.expression)
    train = (seen.samples["set"] == "train").to_numpy()
    sizes, reference = libraries.sizes(counts), libraries.reference
    every = np.nansum(counts, axis=1)
    table = pd.DataFrame(
        {
            "set": seen.samples["set"],
            "class": seen.samples["class"],
            "counts": every,
            "library_size": sizes.totals,
            "factor": sizes.factors,
            "effective_size": sizes.effective,
        },
        index=seen.expression.index.rename("sample"),
    )
    return LibraryNormalisation(
        reference_size=reference.size if reference else 0.0,
        geometric_mean=reference.geometric_mean if reference else 1.0,
        mean_size=libraries.mean_size,
        least_cpm=float(LEAST_COUNT / np.median(every[train]) * 1e6),
        sizes=table,
        plane=table[["set", "class"]].assign(dim1=placed.coordinates[:, 0], dim2=placed.coordinates[:, 1]),
        plane_shares=(float(placed.shares[0]), float(placed.shares[1])),
        plane_genes=genes,
        pairwise=pairwise,
    )
