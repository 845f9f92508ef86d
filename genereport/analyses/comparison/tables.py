"""Printed tables of the comparison of two runs; each is made from a `Comparison`.

Tables named ``…_IN_SHORT`` are for a terminal.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from genereport.analyses.columns import (
    CODE,
    CONTRAST,
    COUNT,
    DIFFERENCE,
    ESTIMATE,
    GENE,
    INTERVAL_TWO,
    MODEL_ON_FEATURES,
    P_HOLM,
    P_VALUE,
    PERCENT,
    SAMPLE,
    SYMBOL,
    TEXT_OR_MISSING,
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
    count_or_missing,
    interval_column,
    name_format,
    positions,
)
from genereport.analyses.comparison.result import Comparison
from genereport.formats import MISSING, beside_limit, count, general, p_letter

_LARGEST = 10
"""Number of genes in the table of the largest differences."""

_CHECKS = {
    "classes": "Classes in one run only",
    "reference": "Reference class",
    "scale": "Scale of the values",
    "relabelled": "Shared samples with a different class",
    "signature": "Jaccard index of the signatures",
    "effects": "Lowest concordance of the log fold changes",
    "named": "Named model",
    "cv": "Change of its balanced accuracy, cross-validated",
    "test": "Change of its balanced accuracy, independent set",
    "tests": "Significant paired tests of the models, after Holm",
    "parts": "Parts of the analysis in one run only",
}
"""Check → its name in the table."""

_BOUNDS = {"signature": "at least ", "effects": "at least ", "cv": "at most ±", "test": "at most ±", "tests": "{p} < "}
"""Check → text before its limit; for any other check, any change is material."""

_DECIMALS = {"signature": 2, "effects": 3, "cv": 3, "test": 3}
"""Check → decimals of its value; the values of others are counts."""

_CHOICES = ("reference", "scale", "named")
"""Checks that have no number."""

_CHANGES = ("relabelled", "moved", "removed", "added")
"""Changes of samples in the order of the table."""


def _print_found(values: Sequence[Any], _: Style) -> tuple[Piece, ...]:
    value, limit, check, outcome = values
    if check in _CHOICES:
        return ({"not compared": MISSING, "material": "different", "within": "the same"}[outcome],)
    if check in _DECIMALS:
        return (Printed(0, beside_limit(value, limit, _DECIMALS[check])),)
    return (Printed(0, count_or_missing(value)),)


def _print_limit(values: Sequence[Any], style: Style) -> tuple[Piece, ...]:
    limit, check = values
    if check not in _BOUNDS:
        return ("any change",)
    return _BOUNDS[check].format(p=p_letter(style.p_values)), Printed(0, general(limit))


def _print_counts(values: Sequence[Any], _: Style) -> tuple[Piece, ...]:
    """Print two counts, or nothing if there are none."""
    if math.isnan(values[0]):
        return ("",)
    return Printed(0, count(values[0])), " and ", Printed(1, count(values[1]))


_SETS = {"cv": "Cross-validated", "test": "Independent set"}
_SETS_IN_SHORT = {"cv": "cross-validated", "test": "independent"}

CHECKS = Table(
    name="checks",
    id="tab-checks",
    frame="verdict.checks",
    columns=(
        column("check", "Check", name_format(_CHECKS)),
        Column(("value", "limit", "check", "outcome"), "Found", Format("", True, _print_found)),
        Column(("limit", "check"), "Limit", Format("", True, _print_limit)),
        column("outcome", "Outcome"),
    ),
    drop_empty=False,
)

CHANGED_SETTINGS = Table(
    name="changed_settings",
    id="tab-changed",
    frame="changed_settings",
    columns=(
        column("setting", "Setting", CODE),
        column("earlier", "Earlier run", TEXT_OR_MISSING),
        column("later", "Later run", TEXT_OR_MISSING),
    ),
    drop_empty=False,
)


def _by_change(comparison: Comparison) -> list[int]:
    """Return the rows of the samples, those whose class changed first."""
    changes = comparison.samples.table["change"]
    return sorted(range(len(changes)), key=lambda row: _CHANGES.index(changes.iloc[row]))


SAMPLES = Table(
    name="samples",
    id="tab-samples",
    frame="samples.table",
    columns=(
        SAMPLE,
        column("change", "Change"),
        column("earlier_class", "Earlier class", TEXT_OR_MISSING),
        column("later_class", "Later class", TEXT_OR_MISSING),
        column("earlier_set", "Earlier set", TEXT_OR_MISSING),
        column("later_set", "Later set", TEXT_OR_MISSING),
    ),
    rows=_by_change,
    drop_empty=False,
)

AGREEMENT = Table(
    name="agreement",
    id="tab-agreement",
    frame="effects.agreement",
    columns=(
        CONTRAST,
        column("pairs", "Genes", COUNT),
        column("concordance", "Concordance", THREE),
        interval_column(),
        column("pearson", "Pearson", THREE),
        column("same_sign", "Same sign", PERCENT),
        column("bias", "Later − earlier", THREE),
        Column(("below", "above"), "Limits", INTERVAL_TWO),
    ),
    drop_empty=False,
)


def _largest_columns(comparison: Any) -> Columns:
    """Return the columns; the contrast is left out if there is only one."""
    contrast = (CONTRAST,) if len(comparison.effects.agreement) > 1 else ()
    return (
        GENE,
        SYMBOL,
        *contrast,
        column("earlier", "Earlier", TWO),
        column("later", "Later", TWO),
        column("difference", "Difference", TWO),
    )


def _rows_of_largest(comparison: Any) -> list[int]:
    """Return the rows whose log fold changes differ most."""
    difference = comparison.effects.table["difference"].to_numpy()
    falling = abs(difference).argsort(kind="stable")[::-1]
    return [int(row) for row in falling if difference[row] != 0][:_LARGEST]


LARGEST = Table(
    name="largest", id="tab-largest", frame="effects.table", columns=_largest_columns, rows=_rows_of_largest
)


def _metric_columns(first: Column) -> Columns:
    """Return the columns: metrics of both runs, their difference, and its test."""
    return (
        first,
        column("earlier", "Earlier", THREE),
        interval_column("earlier_low", "earlier_high"),
        column("later", "Later", THREE),
        interval_column("later_low", "later_high"),
        DIFFERENCE,
        interval_column(),
        Column(("only_earlier", "only_later"), "Only one correct", Format("", True, _print_counts)),
        P_VALUE,
        P_HOLM,
    )


NAMED = Table(
    name="named",
    id="tab-named",
    frame="models.named",
    columns=_metric_columns(column("set", "Samples", name_format(_SETS))),
)


def _rows_of(which: str, metric: str) -> Callable[[Any], Iterable[int]]:
    return lambda comparison: positions(comparison.models.figures, set=which, metric=metric)


METRICS = tuple(
    Table(
        name=f"{which}_{metric}",
        id=f"tab-{which}-{metric.replace('_', '-')}",
        frame="models.figures",
        columns=_metric_columns(MODEL_ON_FEATURES),
        rows=_rows_of(which, metric),
    )
    for which, metric in (
        ("cv", "balanced_accuracy"),
        ("cv", "roc_auc"),
        ("cv", "pooled_auc"),
        ("test", "balanced_accuracy"),
        ("test", "accuracy"),
        ("test", "roc_auc"),
    )
)
"""A table for each set of samples and metric. There is none of accuracy in cross-validation: nothing is tested there,
and it hardly differs from balanced accuracy.
"""

VERSIONS = Table(
    name="versions",
    id="tab-versions",
    frame="versions",
    columns=(
        column("package", "Package", CODE),
        column("earlier", "Earlier run", TEXT_OR_MISSING),
        column("later", "Later run", TEXT_OR_MISSING),
        column("same", "Same"),
    ),
    drop_empty=False,
)

LISTS_IN_SHORT = Table(
    name="lists",
    id="",
    frame="lists",
    columns=(
        column("list", ""),
        column("earlier", format=COUNT),
        column("later", format=COUNT),
        column("entered", format=COUNT),
        column("left", format=COUNT),
        column("jaccard", "Jaccard", THREE),
        column("overlap", "RBO", THREE),
        column("overlap_p", "{p}", P),
    ),
    drop_empty=False,
)

EFFECTS_IN_SHORT = Table(
    name="effects",
    id="",
    frame="effects.agreement",
    columns=(
        column("contrast", ""),
        column("pairs", "genes", COUNT),
        Column(("concordance", "ci_low", "ci_high"), "concordance", ESTIMATE),
        column("pearson", "Pearson", THREE),
        column("same_sign", "same sign", THREE),
    ),
    drop_empty=False,
)

NAMED_IN_SHORT = Table(
    name="named",
    id="",
    frame="models.named",
    columns=(
        column("set", "", name_format(_SETS_IN_SHORT)),
        column("earlier", format=THREE),
        column("later", format=THREE),
        Column(("difference", "ci_low", "ci_high"), "difference", ESTIMATE),
        column("interval"),
    ),
    drop_empty=False,
)
