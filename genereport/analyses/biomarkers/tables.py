"""Printed tables of the signature and of the known biomarkers."""

from __future__ import annotations

from genereport.analyses.biomarkers.result import Biomarkers
from genereport.analyses.columns import (
    CODE,
    COUNT,
    GENERAL,
    LIST,
    PERCENT_ZERO,
    SOURCES,
    TWO,
    ZERO,
    Columns,
    P,
    Table,
    column,
)


def _signature_columns(result: Biomarkers) -> Columns:
    """Return the columns; the ranks by each method are included if there are several."""
    ranks = (
        column("rank_test", "Test", GENERAL),
        column("rank_rfe", "RFE", GENERAL),
        column("rank_l1", "L1", GENERAL),
        column("rank_forest", "Forest", GENERAL),
    )
    return (
        column("rank", "Rank", COUNT),
        column("gene", "Gene", CODE),
        column("symbol", "Symbol"),
        column("logFC", format=TWO),
        column("P.Bonferroni", format=P),
        column("frequency", "Freq.", PERCENT_ZERO),
        *(ranks if result.fused else ()),
        column("evidence", "Evidence", LIST),
    )


SIGNATURE = Table(name="signature", id="tab-signature", frame="signature", columns=_signature_columns)

PROBES = Table(
    name="probes",
    id="tab-probes",
    frame="probes",
    columns=(
        column("symbol", "Symbol"),
        column("gene", "Probe", CODE),
        column("rank", "Rank", ZERO),
        column("logFC", format=TWO),
        column("AveExpr", format=TWO),
        column("P.Value", format=P),
        column("P.Bonferroni", format=P),
    ),
)

EVIDENCE = Table(
    name="evidence",
    id="tab-evidence",
    frame="by_evidence",
    columns=(
        column("evidence", "Evidence"),
        column("entries", "Entries", COUNT),
        column("measured", "Measured", COUNT),
        column("directed", "With direction", COUNT),
        column("agreeing", "Agreeing", COUNT),
        column("significant", "Significant", COUNT),
        column("circular", "Circular"),
    ),
    drop_empty=False,
)

MATCHED = Table(
    name="markers",
    id="tab-markers",
    frame="matched",
    columns=(
        column("symbol", "Symbol"),
        column("gene", "Gene", CODE),
        column("direction", "Direction"),
        column("logFC", format=TWO),
        column("P.Bonferroni", format=P),
        column("agrees", "Agrees"),
        column("rank", "Rank", ZERO),
        column("evidence", "Evidence", LIST),
        column("circular", "Circular"),
        column("source", "Source", SOURCES),
    ),
    drop_empty=False,
)
