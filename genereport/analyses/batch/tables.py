"""Printed tables of the page that compares the cohorts of a batch."""

from __future__ import annotations

from genereport.analyses.columns import COUNT, LIST, Format, Printed, Table, column
from genereport.formats import MISSING

_TEXT_OR_DASH = Format("", False, lambda values, _: (Printed(0, values[0]) if values[0] else MISSING,))

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
        column("direction", "Direction", _TEXT_OR_DASH),
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
