"""Printed tables of the planned contrasts."""

from __future__ import annotations

from genereport.analyses.columns import (
    AVERAGE,
    CODE,
    CONTRAST,
    COUNT,
    GENE,
    INTERVAL_TWO,
    LOG_FOLD_CHANGE,
    P_BH,
    P_BONFERRONI,
    P_UNADJUSTED,
    SIGNIFICANCE,
    SYMBOL,
    SYMBOL_OR_ID,
    TWO,
    Column,
    Table,
    column,
    interval_column,
)
from genereport.analyses.planned_contrasts.result import PlannedContrasts

SHOWN = 10
"""Genes of each contrast that are printed."""

PLANNED = Table(
    name="planned",
    id="tab-planned",
    frame="contrasts",
    columns=(
        CONTRAST,
        column("target", "Target"),
        column("target_samples", "n", COUNT),
        column("reference", "Reference"),
        column("reference_samples", "n", COUNT),
        column("design", "Design", CODE),
        column("tested", "Genes tested", COUNT),
        column("bonferroni", "Bonferroni", COUNT),
        column("bh", "BH", COUNT),
        column("up", "Higher in the target", COUNT),
        Column(("symbol", "gene"), "Gene with the smallest p-value", SYMBOL_OR_ID),
    ),
    rows=lambda result: result.tested_rows,
)


def _first_rows(result: PlannedContrasts) -> list[int]:
    """Return the positions of the first tested genes of each contrast."""
    place = result.table.groupby("contrast", sort=False).cumcount()
    return [int(row) for row in ((place < SHOWN) & result.table["P.Value"].notna()).to_numpy().nonzero()[0]]


PLANNED_GENES = Table(
    name="planned_genes",
    id="tab-planned-genes",
    frame="table",
    columns=(
        CONTRAST,
        GENE,
        SYMBOL,
        LOG_FOLD_CHANGE,
        interval_column("CI.L", "CI.R", INTERVAL_TWO),
        AVERAGE,
        column("t", format=TWO),
        P_UNADJUSTED,
        P_BONFERRONI,
        P_BH,
        SIGNIFICANCE,
    ),
    rows=_first_rows,
)
