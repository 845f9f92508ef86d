"""Table of the smallest detectable differences of genes."""

from __future__ import annotations

from genereport.analyses.columns import CONTRAST, COUNT, PERCENT_ZERO, TWO, Table, column

DETECTABLE = Table(
    name="detectable",
    id="tab-detectable",
    frame="genes",
    columns=(
        CONTRAST,
        column("level", "Level"),
        column("genes", "Genes", COUNT),
        column("low", "First decile", TWO),
        column("median", "Median", TWO),
        column("high", "Last decile", TWO),
        column("twofold", "Difference of one", PERCENT_ZERO),
    ),
)
