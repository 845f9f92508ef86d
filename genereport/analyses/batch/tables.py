"""Printed tables of the page that compares the cohorts of a batch."""

from __future__ import annotations

from genereport.analyses.columns import COUNT, LIST, TEXT_OR_MISSING, Table, column

GENES = Table(
    name="genes",
    id="tab-genes",
    frame="genes",
    columns=(
        column("gene", "Gene"),
        column("cohorts", "Signatures", COUNT),
        column("measured", "Measured", COUNT),
        column("chosen", "Cohorts", LIST),
        column("higher", "Higher in", LIST),
        column("direction", "Direction", TEXT_OR_MISSING),
    ),
    drop_empty=False,
)

WARNINGS = Table(
    name="warnings",
    id="tab-warnings",
    frame="findings",
    columns=(column("name", "Cohort"), column("code", "Code"), column("message", "Warning")),
    drop_empty=False,
)
