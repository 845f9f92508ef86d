"""Printed table of the built-in controls."""

from __future__ import annotations

from genereport.analyses.columns import CLASS, SAMPLE, SAMPLE_SET, TEXT_OR_MISSING, TWO, Table, column

SEX = Table(
    name="sex",
    id="tab-sex",
    frame="samples",
    columns=(
        SAMPLE,
        SAMPLE_SET,
        CLASS,
        column("recorded", "Sample sheet", TEXT_OR_MISSING),
        column("expression", "Expression", TEXT_OR_MISSING),
        column("y", "Y genes (log2)", TWO),
        column("x", "XIST (log2)", TWO),
        column("remark", "Remark"),
    ),
)
