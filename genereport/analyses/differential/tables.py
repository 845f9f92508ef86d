"""Tables of the differential expression, as they are printed."""

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

KEPT = Table(
    name="kept",
    id="tab-kept",
    frame="kept",
    columns=(
        column("adjustment", "Adjustment"),
        column("test", "Test"),
        column("controls", "Controls"),
        column("genes", "Genes kept", COUNT),
    ),
)

TOP_GENES = Table(
    name="top_genes",
    id="tab-differential",
    frame="table",
    columns=(
        *_GENE,
        column("logFC", format=TWO),
        Column(("CI.L", "CI.R"), "{level} CI", INTERVAL_TWO),
        column("AveExpr", format=TWO),
        column("t", format=TWO),
        column("F", format=TWO),
        column("df", format=ONE),
        column("df1", format=GENERAL),
        column("df2", format=ONE),
        column("P.Value", format=P),
        column("P.Bonferroni", format=P),
        column("adj.P.Val", format=P),
        column("P.Bonferroni", "", STARS),
    ),
    whole=True,
)


def _effect_columns(result: Differential) -> Columns:
    """The rank test and the limits of g and AUC are there only where samples are independent."""
    ranks = (column("P.Wilcoxon", format=P),) if result.independent else ()
    limits_of_g = (Column(("g.L", "g.R"), "{level} CI", INTERVAL_TWO),) if result.independent else ()
    limits_of_auc = (Column(("AUC.L", "AUC.R"), "{level} CI", INTERVAL_TWO),) if result.independent else ()
    return (
        *_GENE,
        column("t.mod", format=TWO),
        column("P.mod.Bonferroni", format=P),
        *ranks,
        column("P.maxT", format=P),
        column("B", format=TWO),
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
        Column(("symbol", "gene"), "Gene of the smallest p-value", SYMBOL_OR_ID),
    ),
)
