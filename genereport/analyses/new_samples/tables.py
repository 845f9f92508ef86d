"""Printed tables of a frozen model applied to new samples."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from genereport.analyses.columns import (
    DIFFERENCE,
    MODEL_ON_FEATURES,
    RECALIBRATION_COLUMNS,
    SAMPLE,
    SET_NAMES,
    THREE,
    TWO,
    Column,
    Columns,
    Format,
    Piece,
    Printed,
    Style,
    Table,
    column,
    interval_column,
    literal_head,
    name_format,
)
from genereport.analyses.new_samples.result import Applied
from genereport.formats import MISSING, count, general, p_letter, p_value, percent, two

CHECK_NAMES = {
    "genes": "Genes",
    "scale": "Scale",
    "arrays": "Distribution of each array",
    "shift": "Shift of each gene",
    "batch": "Batch shift towards a class",
    "cloud": "Samples outside the training cloud",
}
_METRIC_NAMES = {
    "balanced_accuracy": "Balanced acc.",
    "recall": "Sensitivity",
    "precision": "Precision",
    "roc_auc": "AUC",
    "brier": "Brier",
}


def _whole_percent(share: float) -> str:
    return MISSING if math.isnan(share) else f"{general(100 * share)} %"


class _Printer(NamedTuple):
    """How the value and the limits of a measure print."""

    value: Callable[[float, Style], str]
    limit: Callable[[float], str] = general


_SHARE = _Printer(lambda value, _: percent(value), _whole_percent)
_NUMBER = _Printer(lambda value, _: two(value))
_RATIO = _Printer(lambda value, _: "∞" if math.isinf(value) else two(value))
_KIND = _Printer(lambda value, _: count(value))
_P = _Printer(lambda value, style: p_value(value, style.p_values))

_MEASURES = {
    "missing": ("Missing genes of the models", _SHARE),
    "named_missing": ("Missing genes of the named model", _SHARE),
    "cells": ("Missing values of the other genes", _SHARE),
    "kind": ("Scale as in training (0), of the same kind (1) or of another kind (2)", _KIND),
    "spread": ("Ratio of the spreads of new and training arrays, larger to smaller", _RATIO),
    "location": ("Difference of the medians, in training spreads", _NUMBER),
    "surprise": ("{p} for at least as many outside", _P),
    "far": ("Share of samples far outside", _SHARE),
    "excess": ("Share of shifted genes in excess of sampling", _SHARE),
    "beyond": ("Negative weight of a class, lower limit", _NUMBER),
    "at_least": ("Shift towards a class, lower limit", _NUMBER),
    "association": ("{p} of the class against a covariate", _P),
}
"""Measures that have a limit; ``{p}`` in a title stands for the letter of p-values."""

_PREFIXES = {"plane_": ", in the plane", "residual_": ", from the plane"}
"""Prefix of the name of a measure → addition to its title."""


def _measure(name: str) -> tuple[str, _Printer]:
    """Return the title of a measure in the table, and how it prints."""
    for prefix, of in _PREFIXES.items():
        if name.startswith(prefix):
            title, printer = _MEASURES[name.removeprefix(prefix)]
            return f"{title}{of}", printer
    return _MEASURES[name]


def _print_value(values: Sequence[Any], style: Style) -> tuple[Piece, ...]:
    value, measure = values
    return (Printed(0, _measure(measure)[1].value(value, style)),)


def _print_limit(values: Sequence[Any], _: Style) -> tuple[Piece, ...]:
    limit, measure = values
    return (Printed(0, _measure(measure)[1].limit(limit)),)


_MEASURE = Format("", False, lambda values, style: (_measure(values[0])[0].format(p=p_letter(style.p_values)),))
_MEASURE_VALUE = Format("", True, _print_value)
_MEASURE_LIMIT = Format("", True, _print_limit)

CHECKS = Table(
    name="checks",
    id="tab-gate",
    frame="gate.measures",
    columns=(
        column("check", "Check", name_format(CHECK_NAMES)),
        column("measure", "Measure", _MEASURE),
        Column(("value", "measure"), "Value", _MEASURE_VALUE),
        Column(("careful", "measure"), "Careful", _MEASURE_LIMIT),
        Column(("stop", "measure"), "Do not interpret", _MEASURE_LIMIT),
        column("level", "Outcome"),
    ),
    rows=lambda applied: applied.gate.judged,
    drop_empty=False,
)


def _prediction_columns(applied: Applied) -> Columns:
    """Return the columns; the class of a sample is left out if no sample has a label."""
    truth = (column("truth", "Class"),) if applied.labelled else ()
    return (
        SAMPLE,
        *truth,
        column("predicted", "Predicted"),
        *(column(f"p_{name}", literal_head(name), THREE) for name in applied.origin.classes),
        Column(("p_plane",), "Plane {p}", TWO, frame="arrays"),
        Column(("p_residual",), "Residual {p}", TWO, frame="arrays"),
    )


PREDICTIONS = Table(
    name="predictions",
    id="tab-predictions",
    frame="predictions",
    columns=_prediction_columns,
    rows=lambda applied: range(applied.samples),  # the rows of the named model come first
    drop_empty=False,
)

DEVELOPMENT = Table(
    name="development",
    id="tab-development",
    frame="comparison",
    columns=(
        column("metric", "Metric", name_format(_METRIC_NAMES)),
        column("set", "Evaluation", name_format(SET_NAMES)),
        column("development", "Development", THREE),
        column("applied", "New samples", THREE),
        DIFFERENCE,
        interval_column(),
    ),
    drop_empty=False,
)


RECALIBRATION = Table(
    name="recalibration",
    id="tab-recalibration",
    frame="calibration",
    columns=(MODEL_ON_FEATURES, *RECALIBRATION_COLUMNS),
    drop_empty=False,
)
