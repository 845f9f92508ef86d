"""Printed table of the quality of the samples."""

from __future__ import annotations

from genereport.analyses.columns import CLASS, SAMPLE, SAMPLE_SET, THREE, TWO, Table, column

ARRAYS = Table(
    name="arrays",
    id="tab-array-quality",
    frame="arrays",
    columns=(
        SAMPLE,
        CLASS,
        SAMPLE_SET,
        column("rle_median", "RLE median", THREE),
        column("rle_iqr", "RLE IQR", THREE),
        column("spread", "Residual spread", TWO),
        column("distance", "Distance", THREE),
        column("outlier", "Outlier"),
    ),
)
