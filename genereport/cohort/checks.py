"""Checks that stop a run (`refuse` and the ``require_…`` functions), and findings for the reader (`findings`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from genereport.cohort.centres import require_centre
from genereport.cohort.choosing import WAY_OUT
from genereport.cohort.class_checks import check_classes, require_enough
from genereport.cohort.contrasts import require_contrasts
from genereport.cohort.covariate_checks import check_codes, check_covariates, check_gaps, check_spellings
from genereport.cohort.design import make_design
from genereport.cohort.layout import Parts
from genereport.cohort.levels import natural_order, print_spellings, variants
from genereport.cohort.model import Cohort
from genereport.cohort.unit_checks import check_units
from genereport.cohort.value_checks import (
    check_copies,
    check_depth,
    check_floor,
    check_missing,
    check_scale,
    check_sex,
    check_shift,
)
from genereport.cohort.wording import counted, quoted
from genereport.errors import CohortError, Finding
from genereport.settings import Settings
from genereport.types import Flags

MOST_NUMERIC_LABELS = 20


def require_labels(labels: pd.Series[str], sheet: str) -> None:
    """Require that every sample has a class and that the label column holds classes.

    Args:
        labels: Class per sample, empty where missing, index sample id; named after its column.
        sheet: File name of the sample sheet.

    Raises:
        CohortError: GR114 a sample without a class, GR130 a class written in several ways, GR207 numbers in place of
            classes.
    """
    without = labels.index[labels == ""]
    if len(without):
        raise CohortError(
            "GR114",
            f"{counted(len(without), 'sample has', 'samples have')} no class in the column '{labels.name}': "
            f"{quoted(without)}.",
            f"Fill in the class, {WAY_OUT}",
            sheet,
        )
    for written in variants(labels):
        raise CohortError(
            "GR130",
            f"The column '{labels.name}' writes one class in {len(written)} ways, which differ in case or spaces "
            f"only: {print_spellings(written)}.",
            f"Did you mean '{next(iter(written))}'? Write it the same way for all of them, or give different classes "
            "different names.",
            sheet,
        )
    levels = labels.drop_duplicates()
    if len(levels) > MOST_NUMERIC_LABELS and not pd.to_numeric(levels, errors="coerce").isna().any():
        raise CohortError(
            "GR207",
            f"The column '{labels.name}' holds {len(levels)} different numbers ({quoted(levels, 3)}), so it is "
            "a measurement and not a class.",
            "Name the column that holds the class with --label-column, or divide the measurement into groups first.",
            sheet,
        )


def require_training(train: Flags, classes: pd.Series[str], parts: Parts) -> None:
    """Require that there are training samples, that every sample has a value, and that training has every class.

    Args:
        train: Which samples are for training, shape (samples,), training matrix first.
        classes: Class per sample, in the same order.
        parts: Content of the files.

    Raises:
        CohortError: GR121 a sample without any value, GR206 a class without training samples, GR210 no training
            samples.
    """
    if not train.any():
        raise CohortError(
            "GR210",
            "The column 'set' marks every sample as independent, so there are no training samples.",
            "Write 'train' in this column for the training samples.",
            parts.sheet_name,
        )
    for matrix in (parts.matrix, parts.independent):
        empty = [] if matrix is None else list(np.flatnonzero(np.isnan(matrix.values).all(axis=1)))
        if matrix is not None and empty:
            raise CohortError(
                "GR121",
                f"{counted(len(empty), 'sample has', 'samples have')} no value at all: "
                f"{quoted(matrix.samples[i] for i in empty)}.",
                "Correct the file, or leave these samples out: cohort.exclude names them.",
                matrix.name,
            )
    new = classes[~train & ~classes.isin(set(classes[train]))]
    if len(new):
        raise CohortError(
            "GR206",
            f"The independent set has the class '{new.iloc[0]}' ({quoted(new.index)}), which no training sample has; "
            f"the training classes are {quoted(natural_order(classes[train]))}.",
            "Correct the label, or leave these samples out: cohort.exclude names them.",
            parts.sheet_name,
        )


def refuse(cohort: Cohort, settings: Settings) -> None:
    """Raise an error if a cohort cannot be analysed.

    Raises:
        CohortError: GR201 a single class, GR202 a class with a single training sample, GR203 fewer than 3
            samples; GR172, GR173 a contrast of unknown columns or levels; GR348 an unknown column of centres; or GR211
            to GR214, a design that cannot be estimated.
        SettingsError: GR005 a design that cannot be read.
    """
    require_enough(cohort, settings)
    require_contrasts(cohort)
    require_centre(cohort, settings)
    if settings.tests.design is not None or cohort.unit or cohort.blocking:
        make_design(cohort, settings.tests.design)


def findings(cohort: Cohort, settings: Settings) -> tuple[Finding, ...]:
    """Return what the reader must know about the cohort; the cohort is not changed.

    Args:
        cohort: The assembled cohort; its own findings are not repeated.
        settings: Resolved settings.
    """
    return tuple(finding for check in _CHECKS for finding in check(cohort, settings))


def empty_genes(genes: pd.Index[str]) -> tuple[Finding, ...]:
    """Return the finding that genes were set aside because no training sample has a value."""
    if not len(genes):
        return ()
    were = counted(len(genes), "gene was", "genes were")
    have = "it has" if len(genes) == 1 else "they have"
    message = f"{were} set aside, because {have} no value in any training sample: {quoted(genes)}."
    return (Finding("GR302", "note", "genes", message),)


_CHECKS: tuple[Callable[[Cohort, Settings], Iterator[Finding]], ...] = (
    check_classes,
    check_covariates,
    check_gaps,
    check_units,
    check_spellings,
    check_codes,
    check_copies,
    check_sex,
    check_missing,
    check_shift,
    check_depth,
    check_floor,
    check_scale,
)
