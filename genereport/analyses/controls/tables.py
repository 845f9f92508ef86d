"""Printed table of the built-in controls."""

from __future__ import annotations

from genereport.analyses.columns import CLASS, SAMPLE, SAMPLE_SET, TEXT_OR_MISSING, TWO, Table, column
from genereport.analyses.controls.result import Controls


def _remarkable(result: Controls) -> list[int]:
    """Return the rows of the samples with a remark."""
    return [row for row, remark in enumerate(result.samples["remark"]) if remark]


SEX = Table(
    name="sex",
    id="tab-sex",
    frame="samples",
    columns=(
        SAMPLE,
        SAMPLE_SET,
        CLASS,
        column("recorded", "Sample sheet", TEXT_OR_MISSING),
        column("expression", "Expression"),
        column("y", "Y genes (log2)", TWO),
        column("x", "XIST (log2)", TWO),
        column("remark", "Remark"),
    ),
    rows=_remarkable,
)
