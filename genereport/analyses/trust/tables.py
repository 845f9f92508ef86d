"""Printed tables on how far the comparison of models can be trusted."""

from __future__ import annotations

from genereport.analyses.columns import (
    CLASS,
    COUNT,
    DIFFERENCE,
    MODEL_ON_FEATURES,
    P_VALUE,
    SAMPLE,
    THREE,
    Table,
    column,
    interval_column,
    name_format,
)

_SETS = {"cv": "cross-validation", "test": "independent"}

BIAS = Table(
    name="bias",
    id="tab-bias",
    frame="bias",
    columns=(
        MODEL_ON_FEATURES,
        column("honest", "Inside", THREE),
        column("leaked", "On all samples", THREE),
        DIFFERENCE,
        interval_column(),
        P_VALUE,
    ),
    drop_empty=False,
)

HARD = Table(
    name="hard",
    id="tab-hard",
    frame="hard",
    columns=(
        SAMPLE,
        CLASS,
        column("set", "Set", name_format(_SETS)),
        column("missed", "Models wrong", COUNT),
    ),
    drop_empty=False,
)
