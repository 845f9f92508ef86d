"""Printed tables of the named model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from genereport.analyses.columns import (
    CLASS,
    COUNT,
    GENE,
    LOG_FOLD_CHANGE,
    SAMPLE,
    SYMBOL,
    THREE,
    Columns,
    Format,
    Piece,
    Style,
    Table,
    column,
    literal_head,
    name_format,
)
from genereport.analyses.named_model.result import NamedWeights

_SETS = {"cv": "cross-validation", "test": "independent"}


def _mark_missed(values: Sequence[Any], _: Style) -> tuple[Piece, ...]:
    return ("*" if values[0] else "",)


def _gene_columns(result: NamedWeights) -> Columns:
    weights = [
        column("coefficient", "Coefficient", THREE),
        *(column(f"coefficient_{name}", f"Coef. {literal_head(name)}", THREE) for name in result.classes),
        *(column(f"centroid_{name}", f"Centroid {literal_head(name)}", THREE) for name in result.classes),
        column("within", "Within SD", THREE),
        column("importance", "Importance", THREE),
    ]
    return (
        GENE,
        SYMBOL,
        LOG_FOLD_CHANGE,
        column("times", "Chosen", COUNT),
        *weights,
        column("mean", "Mean", THREE),
        column("sd", "SD", THREE),
    )


GENES = Table("named_model_genes", "tab-named-model", "genes", _gene_columns, lambda result: range(result.used))


def _prediction_columns(result: NamedWeights) -> Columns:
    return (
        SAMPLE,
        column("set", "Set", name_format(_SETS)),
        CLASS,
        column("predicted", "Predicted"),
        *(column(f"p_{name}", f"p({literal_head(name)})", THREE) for name in result.classes),
        *(column(f"n_{name}", f"n({literal_head(name)})", COUNT) for name in result.classes),
        column("missed", "", Format("", False, _mark_missed)),
    )


PREDICTIONS = Table(
    "named_model_predictions", "tab-named-model-predictions", "predictions", _prediction_columns, drop_empty=False
)
