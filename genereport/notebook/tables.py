"""Tables that only a notebook shows: main tables of results that the report prints in another form, or not at all."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pandas as pd

from genereport.analyses.columns import (
    COUNT,
    COUNT_OR_MISSING,
    GENERAL,
    INTERVAL,
    LIST,
    MODEL,
    PERCENT,
    THREE,
    TWO,
    Column,
    Columns,
    Format,
    P,
    Piece,
    Printed,
    Style,
    Table,
    column,
    first_of,
    number_format,
)
from genereport.analyses.models.result import Models
from genereport.analyses.new_samples.result import Applied, ComparabilityCheck
from genereport.formats import NOT_ESTIMABLE, fixed, two

_MODEL = Column(("model", "features"), "Model", MODEL)
_INTERVAL = Column(("ci_low", "ci_high"), "CI", INTERVAL)
_CROSS_VALIDATED = (
    column("cv", "Cross-validated", THREE),
    Column(("cv_low", "cv_high"), "CI", INTERVAL),
)
_SAMPLE = (column("sample", "Sample"), column("set", "Set"), column("class", "Class"))
_GENE = (column("gene", "Gene"), column("symbol", "Symbol"))


def _table(
    frame: str, columns: Columns | Callable[[Any], Columns], rows: Callable[[Any], Iterable[int]] | None = None
) -> Table:
    """Return a table of the notebook, named after the attribute of the result that holds it."""
    return Table(name=frame, id=f"tab-{frame}", frame=frame, columns=columns, rows=rows)


def _print_estimate(values: Sequence[float], _: Style) -> tuple[Piece, ...]:
    """Print an estimate and its interval: ``0.917 (0.697 to 1.000)``."""
    estimate, low, high = values
    limits = (NOT_ESTIMABLE,) if math.isnan(low) else (Printed(1, fixed(low)), " to ", Printed(2, fixed(high)))
    return Printed(0, fixed(estimate)), " (", *limits, ")"


_ESTIMATE = Format("", True, _print_estimate)
_RATIO = number_format("", lambda value: "infinite" if math.isinf(value) else two(value))

COUNTS = _table(
    "counts", (column("class", "Class"), column("train", "Training", COUNT), column("test", "Independent", COUNT))
)

MISSING_BY_CLASS = _table(
    "by_class",
    (
        column("class", "Class"),
        column("samples", "Samples", COUNT),
        column("missing", "Missing", PERCENT),
        column("genes", "Genes", COUNT),
    ),
)

ARRAYS = _table("arrays", (*_SAMPLE, *(column(f"q{share}", f"{share} %", TWO) for share in (5, 25, 50, 75, 95))))

SCORES = _table("scores", (*_SAMPLE, *(column(name, format=TWO) for name in ("PC1", "PC2", "PC3"))))

STABILITY = _table("stability", (*_GENE, column("times", "Times", COUNT), column("frequency", "Frequency", PERCENT)))

MODEL_FILES = _table("models", (_MODEL, column("file", "File"), column("note", "Note")))


def _metric_columns(result: Models) -> Columns:
    """Return the columns: balanced accuracy and AUC in cross-validation, and on the independent set if there is one."""
    sets = {"cv": "cross-validated"} | ({"test": "independent"} if result.test else {})
    metrics = {"balanced_accuracy": "Balanced accuracy", "roc_auc": "AUC"}
    return (
        _MODEL,
        *(
            Column(("estimate", "ci_low", "ci_high"), f"{title}, {where}", _ESTIMATE, at=_row_of(which, metric))
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
    first = ~result.metrics.duplicated(["model", "features"])
    return [int(row) for row in first.to_numpy().nonzero()[0]]


METRICS = _table("metrics", _metric_columns, _first_rows_of_models)

PERMUTED = _table(
    "values", (column("permutation", "Permutation", COUNT), column("balanced_accuracy", "Balanced accuracy", THREE))
)

GAPS = _table(
    "gaps",
    (
        _MODEL,
        column("training", "Training", THREE),
        column("held_out", "Held out", THREE),
        column("gap", "Gap", THREE),
        _INTERVAL,
    ),
)

SIGNATURE = _table(
    "signature",
    (
        column("rank", "Rank", COUNT),
        *_GENE,
        column("logFC", format=TWO),
        column("P.Bonferroni", format=P),
        column("frequency", "Frequency", PERCENT),
        column("evidence", "Evidence", LIST),
    ),
)

SETS = _table(
    "sets",
    (
        column("set", "Set"),
        column("origin", "Origin"),
        column("measured", "Genes", COUNT),
        column("significant", "Signif.", COUNT),
        column("odds_ratio", "Odds ratio", _RATIO),
        column("adj.P.hyper", format=P),
        column("adj.P.rank", format=P),
        column("direction", "Direction"),
        column("circular", "Circular"),
    ),
)

RUNS = _table(
    "runs",
    (
        column("time", "Time"),
        column("samples", "Samples", COUNT),
        column("bonferroni", "Bonferroni", COUNT),
        *_CROSS_VALIDATED,
    ),
)


def _judged(result: ComparabilityCheck) -> Iterable[int]:
    """Return the rows of the measures that have a limit."""
    limited = result.measures[["careful", "stop"]].notna().any(axis="columns")
    return [int(row) for row in limited.to_numpy().nonzero()[0]]


MEASURES = _table(
    "measures",
    (
        column("check", "Check"),
        column("measure", "Measure"),
        column("value", "Value", GENERAL),
        column("careful", "Careful", GENERAL),
        column("stop", "Do not interpret", GENERAL),
        column("level", "Outcome"),
    ),
    _judged,
)


def _prediction_columns(result: Applied) -> Columns:
    """Return the columns of the predictions: sample, class and predicted class, then the probability of each class."""
    described = (column("sample", "Sample"), column("truth", "Class"), column("predicted", "Predicted"))
    return (*described, *(column(f"p_{name}", name, THREE) for name in result.origin.classes))


PREDICTIONS = _table("predictions", _prediction_columns)

COHORTS = _table(
    "cohorts",
    (
        column("name", "Cohort"),
        column("status", "Status"),
        column("samples", "Samples", COUNT_OR_MISSING),
        column("bonferroni", "Bonferroni", COUNT_OR_MISSING),
        *_CROSS_VALIDATED,
    ),
)

VERDICT_CHECKS = _table(
    "checks",
    (
        column("check", "Check"),
        column("value", "Value", GENERAL),
        column("limit", "Limit", GENERAL),
        column("outcome", "Outcome"),
    ),
)
