"""Tables of the cohort, printed and in the data folder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

import pandas as pd

from genereport.analyses.columns import (
    CLASS,
    COUNT,
    PERCENT,
    SAMPLE_SET,
    TEXT_OR_MISSING,
    Columns,
    P,
    Table,
    column,
)
from genereport.analyses.quality.result import Quality
from genereport.errors import Finding

COUNTS = Table(
    name="counts",
    id="tab-counts",
    frame="counts",
    columns=(
        CLASS,
        column("train", "Training", COUNT),
        column("test", "Independent", COUNT),
    ),
)


def _covariate_columns(result: Quality) -> Columns:
    """Return the columns: covariate, level and set, then one for each class."""
    classes = result.covariates.columns.drop(["level", "set"])
    return (
        column("covariate", "Covariate"),
        column("level", "Level"),
        SAMPLE_SET,
        *(column(name, format=COUNT) for name in classes),
    )


COVARIATES = Table(name="covariates", id="tab-covariates", frame="covariates", columns=_covariate_columns)

ASSOCIATIONS = Table(
    name="associations",
    id="tab-associations",
    frame="associations",
    columns=(
        column("covariate", "Covariate"),
        column("levels", "Values", COUNT),
        column("known", "Known", COUNT),
        column("missing", "Missing", COUNT),
        column("test", "Test", TEXT_OR_MISSING),
        column("p", "{p}, class", P),
        column("p_missing", "{p}, missing", P),
        column("finding", "Finding", TEXT_OR_MISSING),
    ),
)

MISSING = Table(
    name="missing",
    id="tab-missing",
    frame="missingness.by_class",
    columns=(
        CLASS,
        column("samples", "Samples", COUNT),
        column("missing", "Values missing", PERCENT),
        column("genes", "Genes", COUNT),
    ),
)


def tabulate_findings(findings: Iterable[Finding]) -> pd.DataFrame:
    """Return one row for each finding; columns code, severity, subject, message."""
    return pd.DataFrame(map(asdict, findings), columns=["code", "severity", "subject", "message"])
