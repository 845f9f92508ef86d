"""Printed tables of the differential expression."""

from __future__ import annotations

from genereport.analyses.columns import (
    AVERAGE,
    COUNT,
    GENE,
    INTERVAL_TWO,
    LOG_FOLD_CHANGE,
    ONE,
    P_BH,
    P_BONFERRONI,
    P_UNADJUSTED,
    SIGNIFICANCE,
    SYMBOL,
    SYMBOL_OR_ID,
    TWO,
    Column,
    Columns,
    P,
    Table,
    column,
    interval_column,
    literal_head,
)
from genereport.analyses.differential.result import Differential

_MOST_MEANS = 5
"""Classes up to which the means of the classes have columns."""

_STATISTIC = (column("t", format=TWO), column("F", format=TWO))
_LARGEST = (column("logFC.largest", "Largest difference", TWO), column("largest", "Pair"))
_P = (P_UNADJUSTED, P_BONFERRONI, P_BH)
_LOG_ODDS = column("B", format=TWO)

KEPT = Table(
    name="kept",
    id="tab-kept",
    frame="kept",
    columns=(
        column("adjustment", "Adjustment"),
        column("test", "Test"),
        column("controls", "Error rate"),
        column("genes", "Significant genes", COUNT),
    ),
)


def top_columns(result: Differential) -> Columns:
    """Return the columns of the first genes; of more than two classes their means and the largest difference."""
    if len(result.classes) == 2:
        return (
            GENE,
            SYMBOL,
            LOG_FOLD_CHANGE,
            interval_column("CI.L", "CI.R", INTERVAL_TWO),
            AVERAGE,
            column("t", format=TWO),
            column("df", format=ONE),
            *_P,
            SIGNIFICANCE,
        )
    means = result.mean_columns if len(result.classes) <= _MOST_MEANS else ()
    return (
        GENE,
        SYMBOL,
        *(column(name, literal_head(label), TWO) for name, label in zip(means, result.classes, strict=False)),
        *(() if means else (AVERAGE,)),
        *_LARGEST,
        column("F", format=TWO),
        *_P,
        SIGNIFICANCE,
    )


TOP_GENES = Table(
    name="top_genes",
    id="tab-differential",
    frame="table",
    columns=top_columns,
    whole=True,
)

SUMMARY_GENES = Table(
    name="summary_genes",
    id="tab-summary-genes",
    frame="table",
    columns=(GENE, SYMBOL, LOG_FOLD_CHANGE, AVERAGE, *_LARGEST, *_STATISTIC, *_P, _LOG_ODDS, SIGNIFICANCE),
    drop_empty=False,
)
"""The table in the summary that the command prints."""


def _effect_columns(result: Differential) -> Columns:
    """Return the columns; the rank test and the limits of g and AUC are left out if samples are not independent."""
    ranks = (column("P.Wilcoxon", format=P),) if result.independent else ()
    limits_of_g = (interval_column("g.L", "g.R", INTERVAL_TWO),) if result.independent else ()
    limits_of_auc = (interval_column("AUC.L", "AUC.R", INTERVAL_TWO),) if result.independent else ()
    return (
        GENE,
        SYMBOL,
        column("t.mod", format=TWO),
        column("P.mod.Bonferroni", format=P),
        *ranks,
        column("P.maxT", format=P),
        _LOG_ODDS,
        column("g", format=TWO),
        *limits_of_g,
        column("AUC", format=TWO),
        *limits_of_auc,
    )


DESEQ2 = Table(
    name="deseq2",
    id="tab-deseq2",
    frame="table",
    columns=(
        GENE,
        SYMBOL,
        LOG_FOLD_CHANGE,
        P_BH,
        column("baseMean", format=ONE),
        column("log2FC.deseq2", format=TWO),
        column("lfcSE.deseq2", format=TWO),
        column("stat.deseq2", format=TWO),
        column("P.deseq2", format=P),
        column("adj.P.deseq2", format=P),
    ),
)

EFFECTS = Table(name="effects", id="tab-effects", frame="table", columns=_effect_columns)

CONTRASTS = Table(
    name="contrasts",
    id="tab-contrasts",
    frame="pairs",
    columns=(
        column("target", "First class"),
        column("target_samples", "n", COUNT),
        column("reference", "Second class"),
        column("reference_samples", "n", COUNT),
        column("tested", "Genes tested", COUNT),
        column("bonferroni", "Bonferroni", COUNT),
        column("up", "Higher in first", COUNT),
        column("down", "In second", COUNT),
        column("bh", "BH", COUNT),
        Column(("symbol", "gene"), "Gene with the smallest p-value", SYMBOL_OR_ID),
    ),
)
