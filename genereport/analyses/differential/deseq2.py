"""DESeq2's test of counts as columns of the tables, beside the main test."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from genereport.analyses.differential.gene_tests import Columns, GeneTests
from genereport.analyses.differential.result import Agreement, Deseq2
from genereport.analyses.result import Skipped
from genereport.cohort.model import Cohort
from genereport.stats.deseq import Deseq, deseq, filter_by_mean, likelihood_ratio
from genereport.stats.multiplicity import bonferroni
from genereport.types import Flags

PAIR_COLUMNS = ("log2FC.deseq2", "lfcSE.deseq2", "stat.deseq2", "P.deseq2")
"""Columns of a comparison of two classes."""


class Deseq2Tests(NamedTuple):
    """The columns of the tables, and what the report says about them.

    Attributes:
        columns: Columns of the table of genes.
        contrasts: Columns of each pair of classes, in the order of `Design.pairs`.
        result: The numbers of the report.
    """

    columns: Columns
    contrasts: tuple[Columns, ...]
    result: Deseq2


def compare_by_deseq2(train: Cohort, tests: GeneTests, main: Columns) -> Deseq2Tests | Skipped:
    """Test the counts of the training samples by DESeq2's method.

    Args:
        train: Training samples; their expression holds the counts of the genes to test.
        tests: The main tests, with the design.
        main: Columns of the main tests, which the results are compared with.

    Returns:
        The tests, or why there are none.
    """
    if tests.correlation is not None:
        return Skipped(
            f"It has no counterpart of correlated samples, and samples with the same {tests.design.unit} are "
            "correlated here."
        )
    counts = np.rint(train.expression.to_numpy())
    kept = counts.any(axis=0)
    try:
        found = deseq(counts[:, kept], tests.design.matrix, tests.design.contrasts)
    except ValueError as problem:
        return Skipped(f"It cannot be made here: {problem}.")
    pairs = [_columns_of_pair(found, tests, pair) for pair in range(len(tests.design.pairs))]
    own = pairs[0] if len(pairs) == 1 else _columns_of_all_classes(found, tests)
    chosen = filter_by_mean(own["P.deseq2"], found.mean, tests.settings.alpha)
    own = {
        **own,
        "P.deseq2.Bonferroni": bonferroni(own["P.deseq2"]),
        "adj.P.deseq2": chosen.adjusted,
        "baseMean": found.mean,
    }
    result = Deseq2(
        test="Wald" if len(pairs) == 1 else "likelihood ratio",
        rounded=bool((counts != train.expression.to_numpy()).any()),
        tested=int((~np.isnan(own["P.deseq2"])).sum()),
        bonferroni=int((own["P.deseq2.Bonferroni"] < tests.settings.alpha).sum()),
        bh=int((own["adj.P.deseq2"] < tests.settings.alpha).sum()),
        asymptote=found.dispersions.prior.trend.asymptote,
        extra=found.dispersions.prior.trend.extra,
        parametric=found.dispersions.prior.trend.parametric,
        variance=found.dispersions.prior.variance,
        unshrunken=int(found.dispersions.outlying.sum()),
        outlying=int(found.outlying.sum()),
        replaced=int(found.replaced.any(axis=0).sum()),
        unsettled=int((~found.fit.converged).sum()),
        filtered=int((~np.isnan(own["P.deseq2"]) & np.isnan(chosen.adjusted)).sum()),
        threshold=chosen.threshold,
        agreement=_compare_with_main(_spread(own, kept), main, tests.settings.alpha),
        samples=pd.DataFrame({"size_factor": found.sizes}, index=train.expression.index.rename("sample")),
        dispersions=_tabulate_dispersions(found, train, kept),
    )
    return Deseq2Tests(_spread(own, kept), tuple(_spread(pair, kept) for pair in pairs), result)


def place_beside(columns: Columns, deseq2: Columns) -> Columns:
    """Return the columns of the table of genes with those of DESeq2's test after the moderated ones."""
    names = list(columns)
    after = 1 + max(names.index(name) for name in ("B", "adj.P.mod") if name in columns)
    return {name: (columns | deseq2)[name] for name in [*names[:after], *deseq2, *names[after:]]}


def _columns_of_pair(found: Deseq, tests: GeneTests, pair: int) -> Columns:
    """Return the Wald test of a pair of classes; two classes without a count of a gene do not differ in it."""
    log_fold, error, z, p = (part[pair].copy() for part in (found.log_fold, found.error, found.z, found.p))
    absent = ~found.counts[np.isin(tests.codes, tests.design.pairs[pair])].any(axis=0)
    log_fold[absent], z[absent], p[absent] = 0.0, 0.0, 1.0
    return dict(zip(PAIR_COLUMNS, (log_fold, error, z, p), strict=True))


def _columns_of_all_classes(found: Deseq, tests: GeneTests) -> Columns:
    ratio = likelihood_ratio(found, tests.design.matrix, tests.design.contrasts)
    return {"stat.deseq2": ratio.statistic, "P.deseq2": ratio.p}


def _spread(columns: Columns, kept: Flags) -> Columns:
    """Return the columns of some genes at their positions among all genes, NaN for the others."""
    spread: Columns = {}
    for name, part in columns.items():
        spread[name] = np.full(len(kept), np.nan)
        spread[name][kept] = part
    return spread


def _compare_with_main(own: Columns, main: Columns, alpha: float) -> Agreement:
    """Return how many genes the main test, DESeq2's test or both find at this false discovery rate."""
    ours, theirs = main["adj.P.Val"] < alpha, own["adj.P.deseq2"] < alpha
    both = ours & theirs
    opposite = both & (main["logFC"] * own["log2FC.deseq2"] < 0) if "logFC" in main else np.zeros_like(both)
    return Agreement(
        both=int(both.sum()),
        only_main=int((ours & ~theirs).sum()),
        only_deseq2=int((theirs & ~ours).sum()),
        opposite=int(opposite.sum()),
    )


def _tabulate_dispersions(found: Deseq, train: Cohort, kept: Flags) -> pd.DataFrame:
    part = found.dispersions
    columns = {"mean": found.mean, "own": part.own, "trend": part.trend, "final": part.final}
    return pd.DataFrame(columns, index=train.genes.index[kept].rename("gene"))
