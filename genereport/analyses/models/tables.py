"""Printed tables of the comparison of classifiers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from genereport.analyses.columns import (
    BARE_MODEL,
    CLASS,
    CODE,
    COUNT,
    DIFFERENCE,
    GENERAL,
    LIST,
    MODEL_ON_FEATURES,
    P_HOLM,
    P_VALUE,
    SAMPLE,
    THREE,
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
    interval_column,
    interval_format,
    positions,
)
from genereport.analyses.models.result import Models, is_pooled
from genereport.formats import count, fixed
from genereport.frames import true_rows
from genereport.names import in_sentence, model_name

_CHOICES = 3
"""Number of choices of tuning that are printed for each model."""

_STARRED = interval_format("", fixed, lambda values: "*" if is_pooled(values[2]) else "")


def _in_metric(metric: str, which: str | None = None) -> Callable[[pd.DataFrame, int], int]:
    """Return a function that finds the row of a metric of the same model in a set; None: in the same set."""

    def find(metrics: pd.DataFrame, row: int) -> int:
        same = {name: metrics[name].iloc[row] for name in ("model", "features", "set")}
        return first_of(metrics, **(same | ({"set": which} if which else {})), metric=metric)

    return find


def _estimate_column(metric: str, head: str, which: str | None = None) -> Column:
    return Column(("estimate",), head, THREE, at=_in_metric(metric, which))


def _columns_with_interval(metric: str, head: str, which: str | None = None) -> Columns:
    limits = Column(("ci_low", "ci_high", "interval"), "{level} CI", _STARRED, at=_in_metric(metric, which))
    return (_estimate_column(metric, head, which), limits)


def _models_of(which: str) -> Callable[[Models], list[int]]:
    """Return a function that picks the first row of each model in a set."""

    def pick(models: Models) -> list[int]:
        own = models.metrics["set"] == which
        again = models.metrics.duplicated(["model", "features", "set"])
        return true_rows(own & ~again)

    return pick


_PRIMARY = (
    MODEL_ON_FEATURES,
    *_columns_with_interval("balanced_accuracy", "Balanced acc."),
    *_columns_with_interval("accuracy", "Accuracy"),
    *_columns_with_interval("roc_auc", "AUC"),
)
_OTHERS = (
    MODEL_ON_FEATURES,
    _estimate_column("f1", "F1"),
    _estimate_column("precision", "Precision"),
    _estimate_column("recall", "Recall"),
    _estimate_column("specificity", "Specificity"),
    _estimate_column("mcc", "MCC"),
    _estimate_column("average_precision", "Avg. prec."),
    _estimate_column("brier", "Brier"),
)


def _overview_columns(models: Models) -> Columns:
    """Return the columns; without an independent set, those of cross-validation have more room."""
    if not models.test:
        return _PRIMARY
    return (
        MODEL_ON_FEATURES,
        *_columns_with_interval("balanced_accuracy", "Balanced acc."),
        _estimate_column("roc_auc", "AUC"),
        *_columns_with_interval("balanced_accuracy", "Independent", "test"),
        _estimate_column("roc_auc", "AUC", "test"),
    )


OVERVIEW = Table("overview", "tab-models", "metrics", _overview_columns, _models_of("cv"), drop_empty=False)
PRIMARY_CV = Table("primary_cv", "tab-primary-cv", "metrics", _PRIMARY, _models_of("cv"), drop_empty=False)
METRICS_CV = Table("metrics_cv", "tab-metrics-cv", "metrics", _OTHERS, _models_of("cv"), drop_empty=False)
PRIMARY_TEST = Table("primary_test", "tab-primary-test", "metrics", _PRIMARY, _models_of("test"), drop_empty=False)
METRICS_TEST = Table("metrics_test", "tab-metrics-test", "metrics", _OTHERS, _models_of("test"), drop_empty=False)


def _name_pair(values: Sequence[Any], _: Style) -> tuple[Piece, ...]:
    first, second = model_name(str(values[0]), str(values[1])), model_name(str(values[2]), str(values[3]))
    return (f"{first} − {in_sentence(second)}",)


def _pairs_of_named(models: Models) -> list[int]:
    """Return the rows of the pairs with the named model."""
    named = models.named
    first = positions(models.pairs, model_1=named.model, features_1=named.features)
    second = positions(models.pairs, model_2=named.model, features_2=named.features)
    return sorted({*first, *second})


def _pair_columns(models: Models) -> Columns:
    """Return the columns; the tests on the independent set are left out if there is none."""
    independent = (
        Column(
            ("only_1", "only_2"),
            "Only one correct",
            Format("", True, lambda n, _: (Printed(0, count(n[0])), " : ", Printed(1, count(n[1])))),
        ),
        column("P.McNemar.Holm", "McNemar", P),
        column("P.DeLong.Holm", "DeLong", P),
    )
    return (
        Column(("model_1", "features_1", "model_2", "features_2"), "Difference", Format("", False, _name_pair)),
        column("difference", "Balanced acc.", THREE),
        interval_column(),
        P_HOLM,
        *(independent if models.test else ()),
    )


MODEL_PAIRS = Table("model_pairs", "tab-pairs", "pairs", _pair_columns, _pairs_of_named, drop_empty=False)


def _most_frequent(models: Models) -> list[int]:
    """Return the rows of the most frequent choices of each model."""
    order = models.tuning.groupby(["model", "features"], sort=False).cumcount()
    return true_rows(order < _CHOICES)


TUNING = Table(
    name="tuning",
    id="tab-tuning",
    frame="tuning",
    columns=(
        MODEL_ON_FEATURES,
        column("genes", "Genes", GENERAL),
        column("penalty_c", "C", GENERAL),
        column("weight_decay", "Weight decay", GENERAL),
        column("times", "Training parts", COUNT),
        column("final", "", Format("", False, lambda values, _: ("final" if values[0] else "",))),
    ),
    rows=_most_frequent,
    drop_empty=False,
)

SELECTION_EFFECT = Table(
    name="selection_effect",
    id="tab-selection-effect",
    frame="selection_effect",
    columns=(
        column("model", "Model", BARE_MODEL),
        DIFFERENCE,
        interval_column(),
        column("t", format=THREE),
        column("df", format=GENERAL),
        P_VALUE,
    ),
    drop_empty=False,
)

MISSED = Table(
    name="missed",
    id="tab-missed",
    frame="errors",
    columns=(
        SAMPLE,
        CLASS,
        column("missed", "Models wrong", COUNT),
    ),
    rows=lambda models: positions(models.errors, set="test"),
    drop_empty=False,
)

FITTED = Table(
    name="fitted",
    id="tab-fitted",
    frame="fitted",
    columns=(
        column("model", "Model", BARE_MODEL),
        column("features", "Features", LIST),
        column("parameter", "Parameter", CODE),
        column("value", "Value"),
    ),
    drop_empty=False,
)
