"""Table of the instability of individual predictions."""

from __future__ import annotations

from genereport.analyses.columns import (
    CLASS,
    INTERVAL_TWO,
    PERCENT_ZERO,
    SAMPLE,
    THREE,
    TWO,
    Table,
    column,
    interval_column,
)

INSTABILITY = Table(
    name="instability",
    id="tab-instability",
    frame="samples",
    columns=(
        SAMPLE,
        CLASS,
        column("original", "Original model", TWO),
        column("median", "Median", TWO),
        interval_column("low", "high", INTERVAL_TWO, "Quantiles"),
        column("mape", "Mean absolute difference", THREE),
        column("changed", "Other class", PERCENT_ZERO),
    ),
)
