"""Printed table of the logistic recalibration."""

from __future__ import annotations

from genereport.analyses.columns import (
    CLASS,
    COUNT,
    MODEL_ON_FEATURES,
    RECALIBRATION_COLUMNS,
    SET_NAMES,
    Columns,
    Table,
    column,
    name_format,
)
from genereport.analyses.probabilities.result import Probabilities


def columns_of(result: Probabilities) -> Columns:
    """Return the columns; the class is left out if there are two."""
    of_class = (CLASS,) if len(result.classes) > 2 else ()
    evaluation = column("set", "Evaluation", name_format(SET_NAMES))
    return (MODEL_ON_FEATURES, evaluation, *of_class, column("events", "Of the class", COUNT), *RECALIBRATION_COLUMNS)


RECALIBRATION = Table(name="recalibration", id="tab-recalibration", frame="recalibration", columns=columns_of)
