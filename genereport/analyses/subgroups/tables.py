"""Printed tables of the performance by group."""

from __future__ import annotations

from genereport.analyses.columns import (
    CLASS,
    COUNT,
    COUNT_OR_MISSING,
    ESTIMATE,
    LIST,
    Column,
    Columns,
    Table,
    column,
    name_format,
)
from genereport.analyses.subgroups.result import Subgroups

_SETS = {"cv": "cross-validation", "test": "independent"}


def _group_columns(result: Subgroups) -> Columns:
    """Return the columns: covariate and level, then number and accuracy in each set that there is."""
    independent = (
        column("n_test", "Independent", COUNT),
        Column(("accuracy_test", "low_test", "high_test"), "Accuracy ({level} CI)", ESTIMATE),
    )
    return (
        column("covariate", "Covariate"),
        column("level", "Level"),
        column("n_cv", "Training", COUNT),
        Column(("accuracy_cv", "low_cv", "high_cv"), "Cross-validated accuracy ({level} CI)", ESTIMATE),
        *(independent if result.groups["n_test"].any() else ()),
    )


GROUPS = Table(name="subgroups", id="tab-subgroups", frame="groups", columns=_group_columns)

SENSITIVITIES = Table(
    name="subgroup_classes",
    id="tab-subgroup-classes",
    frame="classes",
    columns=(
        column("covariate", "Covariate"),
        column("level", "Level"),
        CLASS,
        column("set", "Set", name_format(_SETS)),
        column("n", "Samples", COUNT),
        Column(("sensitivity", "ci_low", "ci_high"), "Sensitivity ({level} CI)", ESTIMATE),
    ),
)

CENTRES = Table(
    name="centres",
    id="tab-centres",
    frame="centre.centres",
    columns=(
        column("centre", "Centre left out"),
        column("trained", "Trained on", COUNT),
        column("n", "Tested", COUNT),
        column("errors", "Errors", COUNT_OR_MISSING),
        Column(("accuracy", "ci_low", "ci_high"), "Accuracy ({level} CI)", ESTIMATE),
        column("lacking", "Classes lacking elsewhere", LIST),
    ),
)
