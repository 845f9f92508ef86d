"""Printed tables of the signature and of the known biomarkers."""

from __future__ import annotations

from genereport.analyses.biomarkers.result import Biomarkers
from genereport.analyses.columns import (
    AVERAGE,
    CODE,
    COUNT,
    EVIDENCE_LIST,
    GENE,
    GENERAL,
    LOG_FOLD_CHANGE,
    P_BONFERRONI,
    P_UNADJUSTED,
    PERCENT_ZERO,
    SOURCES,
    SYMBOL,
    ZERO,
    Columns,
    Format,
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
        GENE,
        SYMBOL,
        LOG_FOLD_CHANGE,
        P_BONFERRONI,
        column("frequency", "Freq.", PERCENT_ZERO),
        column("never", "", Format("", False, lambda values, _: ("†" if values[0] else "",))),
        *(ranks if result.fused else ()),
        EVIDENCE_LIST,
    )


SIGNATURE = Table(name="signature", id="tab-signature", frame="signature", columns=_signature_columns)

PROBES = Table(
    name="probes",
    id="tab-probes",
    frame="probes",
    columns=(
        SYMBOL,
        column("gene", "Probe", CODE),
        column("rank", "Rank", ZERO),
        LOG_FOLD_CHANGE,
        AVERAGE,
        P_UNADJUSTED,
        P_BONFERRONI,
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
        SYMBOL,
        GENE,
        column("direction", "Direction"),
        LOG_FOLD_CHANGE,
        P_BONFERRONI,
        column("agrees", "Agrees"),
        column("rank", "Rank", ZERO),
        EVIDENCE_LIST,
        column("circular", "Circular"),
        column("source", "Source", SOURCES),
    ),
    drop_empty=False,
)
