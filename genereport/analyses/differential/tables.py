"""Printed tables of the differential expression."""

from __future__ import annotations

from genereport.analyses.columns import (
    CODE,
    COUNT,
    GENERAL,
    INTERVAL_TWO,
    ONE,
    STARS,
    SYMBOL_OR_ID,
    TWO,
    Column,
    Columns,
    P,
    Table,
    column,
)
from genereport.analyses.differential.result import Differential

_GENE = (column("gene", "Gene", CODE), column("symbol", "Symbol"))
_CHANGE = column("logFC", format=TWO)
_AVERAGE = column("AveExpr", format=TWO)
_STATISTIC = (column("t", format=TWO), column("F", format=TWO))
_P = (column("P.Value", format=P), column("P.Bonferroni", format=P), column("adj.P.Val", format=P))
_LOG_ODDS = column("B", format=TWO)
_CODES = column("P.Bonferroni", "", STARS)

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

TOP_GENES = Table(
    name="top_genes",
    id="tab-differential",
    frame="table",
    columns=(
        *_GENE,
        _CHANGE,
        Column(("CI.L", "CI.R"), "{level} CI", INTERVAL_TWO),
        _AVERAGE,
        *_STATISTIC,
        column("df", format=ONE),
        column("df1", format=GENERAL),
        column("df2", format=ONE),
        *_P,
        _CODES,
    ),
    whole=True,
)

SUMMARY_GENES = Table(
    name="summary_genes",
    id="tab-summary-genes",
    frame="table",
    columns=(*_GENE, _CHANGE, _AVERAGE, *_STATISTIC, *_P, _LOG_ODDS, _CODES),
    drop_empty=False,
)
"""The table in the summary that the command prints."""


def _effect_columns(result: Differential) -> Columns:
    """Return the columns; the rank test and the limits of g and AUC are left out if samples are not independent."""
    ranks = (column("P.Wilcoxon", format=P),) if result.independent else ()
    limits_of_g = (Column(("g.L", "g.R"), "{level} CI", INTERVAL_TWO),) if result.independent else ()
    limits_of_auc = (Column(("AUC.L", "AUC.R"), "{level} CI", INTERVAL_TWO),) if result.independent else ()
    return (
        *_GENE,
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


EFFECTS = Table(name="effects", id="tab-effects", frame="table", columns=_effect_columns)

CONTRASTS = Table(
    name="contrasts",
    id="tab-contrasts",
    frame="pairs",
    columns=(
        column("contrast", "Contrast"),
        column("tested", "Genes tested", COUNT),
        column("bonferroni", "Bonferroni", COUNT),
        column("bh", "BH", COUNT),
        column("up", "Higher in the first", COUNT),
        Column(("symbol", "gene"), "Gene with the smallest p-value", SYMBOL_OR_ID),
    ),
)
