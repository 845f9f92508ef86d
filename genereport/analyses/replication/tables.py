"""Printed table of the genes that are followed into the independent set."""

from __future__ import annotations

from genereport.analyses.columns import (
    CONTRAST,
    GENE,
    INTERVAL_TWO,
    SYMBOL,
    TWO,
    Columns,
    P,
    Table,
    column,
    interval_column,
)
from genereport.analyses.replication.result import Replication


def _columns(result: Replication) -> Columns:
    """Return the columns; the pair of classes is named where there is more than one."""
    return (
        GENE,
        SYMBOL,
        *((CONTRAST,) if len(result.classes) > 2 else ()),
        column("logFC", "Training", TWO),
        column("logFC.ind", "Independent", TWO),
        interval_column("CI.L.ind", "CI.R.ind", INTERVAL_TWO),
        column("ratio", "Ratio", TWO),
        column("P.ind", "{p}", P),
        column("adj.P.ind", "{p} (BH)", P),
        column("outcome", "Outcome"),
    )


REPLICATION = Table(name="replication", id="tab-replication", frame="table", columns=_columns)
