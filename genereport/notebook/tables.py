"""Tables that only a notebook shows, and variants of the printed tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pandas as pd

from genereport.analyses.columns import (
    CLASS,
    COUNT,
    COUNT_OR_MISSING,
    ESTIMATE,
    MODEL_ON_FEATURES,
    SAMPLE,
    SAMPLE_SET,
    THREE,
    TWO,
    Column,
    Columns,
    Table,
    column,
    first_of,
    interval_column,
)
from genereport.analyses.comparison.tables import CHECKS
from genereport.analyses.enrichment.tables import SET_COLUMNS, SETS
from genereport.analyses.models.result import Models
from genereport.analyses.named_model.tables import GENES
from genereport.analyses.new_samples.tables import CHECKS as NEW_SAMPLES_CHECKS
from genereport.analyses.probabilities import tables as probabilities
from genereport.analyses.probabilities.result import Probabilities
from genereport.analyses.quality.tables import MISSING
from genereport.frames import true_rows


def _table(
    frame: str, columns: Columns | Callable[[Any], Columns], rows: Callable[[Any], Iterable[int]] | None = None
) -> Table:
    """Return a table of the notebook, named after the attribute of the result that holds it."""
    return Table(name=frame, id=f"tab-{frame}", frame=frame, columns=columns, rows=rows)


MISSING_BY_CLASS = replace(MISSING, frame="by_class")
MEASURES = replace(NEW_SAMPLES_CHECKS, frame="measures", rows=lambda check: check.judged)
VERDICT_CHECKS = replace(CHECKS, frame="checks")
ENRICHMENT = replace(
    SETS, columns=tuple(replace(each, head=each.head.replace("{level} CI", "CI")) for each in SET_COLUMNS)
)
"""The result does not hold the confidence level, which heads the column in print."""


def _recalibration_columns(result: Probabilities) -> Columns:
    """Return the printed columns without the confidence level, which the result does not hold."""
    return tuple(replace(each, head=each.head.replace("{level} CI", "CI")) for each in probabilities.columns_of(result))


RECALIBRATION = replace(probabilities.RECALIBRATION, columns=_recalibration_columns)

FLOW = _table(
    "steps", (column("told", "Reason"), column("left_out", "Left out", COUNT), column("remaining", "Remaining", COUNT))
)

_QUANTILES = tuple(column(f"q{share}", f"{share} %", TWO) for share in (5, 25, 50, 75, 95))
ARRAYS = _table("arrays", (SAMPLE, SAMPLE_SET, CLASS, *_QUANTILES))

SCORES = _table("scores", (SAMPLE, SAMPLE_SET, CLASS, *(column(name, format=TWO) for name in ("PC1", "PC2", "PC3"))))

MODEL_FILES = _table("models", (MODEL_ON_FEATURES, column("file", "File"), column("note", "Note")))


def _metric_columns(result: Models) -> Columns:
    """Return the columns: balanced accuracy and AUC in cross-validation, and on the independent set if there is one."""
    sets = {"cv": "cross-validated"} | ({"test": "independent"} if result.test else {})
    metrics = {"balanced_accuracy": "Balanced accuracy", "roc_auc": "AUC"}
    return (
        MODEL_ON_FEATURES,
        *(
            Column(("estimate", "ci_low", "ci_high"), f"{title}, {where}", ESTIMATE, at=_row_of(which, metric))
            for which, where in sets.items()
            for metric, title in metrics.items()
        ),
    )


def _row_of(which: str, metric: str) -> Callable[[pd.DataFrame, int], int]:
    """Return a function that finds the row of a metric of the same model."""

    def find(frame: pd.DataFrame, row: int) -> int:
        model, features = frame.iloc[row][["model", "features"]]
        return first_of(frame, model=model, features=features, set=which, metric=metric)

    return find


def _first_rows_of_models(result: Models) -> Iterable[int]:
    return true_rows(~result.metrics.duplicated(["model", "features"]))


METRICS = _table("metrics", _metric_columns, _first_rows_of_models)

NAMED_INSIDE = _table(
    "named",
    (
        column("fold", "Training part", COUNT),
        MODEL_ON_FEATURES,
        column("balanced_accuracy", "Balanced accuracy", THREE),
    ),
)

WEIGHTS = replace(GENES, rows=None)
"""All genes, also those that change no prediction."""

PERMUTED = _table(
    "values", (column("permutation", "Permutation", COUNT), column("balanced_accuracy", "Balanced accuracy", THREE))
)

GAPS = _table(
    "gaps",
    (
        MODEL_ON_FEATURES,
        column("training", "Training", THREE),
        column("held_out", "Held out", THREE),
        column("gap", "Gap", THREE),
        interval_column(head="CI"),
    ),
)

COHORTS = _table(
    "cohorts",
    (
        column("name", "Cohort"),
        column("status", "Status"),
        column("samples", "Samples", COUNT_OR_MISSING),
        column("bonferroni", "Bonferroni", COUNT_OR_MISSING),
        Column(("cv", "cv_low", "cv_high"), "Cross-validated", ESTIMATE),
    ),
)
