"""Printed table of the quality of the samples."""

from __future__ import annotations

import numpy as np

from genereport.analyses.array_quality.result import ArrayQuality
from genereport.analyses.columns import (
    CLASS,
    PERCENT,
    ROUNDED,
    SAMPLE,
    SAMPLE_SET,
    THREE,
    TWO,
    Format,
    Printed,
    Table,
    column,
)
from genereport.formats import MISSING

_MEASURES = Format(
    "", False, lambda values, _: (Printed(0, str(values[0]).replace(";", ", ")) if values[0] else MISSING,)
)


def _order_by_excess(result: ArrayQuality) -> list[int]:
    """Return the rows, those beyond the limits of most measures first, then those with the largest distance."""
    return [int(row) for row in np.argsort(-result.arrays["exceeded"].to_numpy(), kind="stable")]


ARRAYS = Table(
    name="arrays",
    id="tab-array-quality",
    frame="arrays",
    columns=(
        SAMPLE,
        CLASS,
        SAMPLE_SET,
        column("distance", "Distance", THREE),
        column("rle_median", "RLE median", THREE),
        column("rle_iqr", "RLE IQR", THREE),
        column("spread", "Residual spread", TWO),
        column("correlation", "Correlation", THREE),
        column("library_size", "Library size", ROUNDED),
        column("detected", "Detected", PERCENT),
        column("exceeds", "Beyond the limit of", _MEASURES),
    ),
    rows=_order_by_excess,
)
