"""Which samples of the files are analysed: all of them, or those that the settings choose."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from genereport.cohort.layout import Matrix, Parts
from genereport.cohort.levels import natural_order
from genereport.cohort.model import Cohort
from genereport.cohort.wording import counted, quoted
from genereport.errors import CohortError, Finding, nearest
from genereport.settings import CohortSettings

WAY_OUT = "or leave such samples out: --set cohort.samples=labelled."
"""The end of the remedy for samples without a class."""


def choose_samples(parts: Parts, settings: CohortSettings) -> tuple[Parts, tuple[Finding, ...]]:
    """Leave out the samples that the settings do not choose.

    Args:
        parts: Content of the files.
        settings: The settings ``exclude``, ``samples`` and ``classes``.

    Returns:
        The content of the files without these samples, and a finding for each reason to leave samples out.

    Raises:
        CohortError: GR114 a sample has no row in the sheet, and the settings do not leave it out; GR150 an id or a
            class that the cohort does not have; GR151 no sample is left.
    """
    matrices = [matrix for matrix in (parts.matrix, parts.independent) if matrix is not None]
    known = [name for matrix in matrices for name in (*matrix.samples, *matrix.unlabelled)]
    _require_known(settings.exclude, [*known, *map(str, parts.sheet.index)], "sample", "cohort.exclude")
    excluded = set(settings.exclude)
    labels = parts.sheet[parts.label].reindex([name for matrix in matrices for name in matrix.samples], fill_value="")
    labels = labels[[name not in excluded for name in labels.index]]
    findings = [
        *_by_name([name for name in known if name in excluded]),
        *(_without_row(matrix, excluded, parts.sheet_name, settings) for matrix in matrices),
    ]
    if settings.samples == "labelled":
        without = labels.index[labels == ""]
        findings.append(_unlabelled(list(without), f"no class in the column '{parts.label}'", parts.sheet_name))
        labels = labels[labels != ""]
    if settings.classes:
        _require_known(settings.classes, natural_order(labels[labels != ""]), "class", "cohort.classes")
        others = labels[(labels != "") & ~labels.isin(settings.classes)]
        findings.append(_of_other_classes(others))
        labels = labels.drop(others.index)
    if set(labels.index).isdisjoint(parts.matrix.samples):
        raise _nothing_left(parts.matrix.name)
    return _only(parts, set(labels.index), set(known)), tuple(each for each in findings if each is not None)


def choose_simulated(cohort: Cohort, settings: CohortSettings) -> Cohort:
    """Leave out the samples of the simulated cohort that the settings do not choose; each of them has a class.

    Args:
        cohort: The simulated cohort.
        settings: The settings ``exclude`` and ``classes``.

    Raises:
        CohortError: GR150 an id or a class that the cohort does not have; GR151 no sample is left.
    """
    labels = cohort.samples["class"]
    _require_known(settings.exclude, list(labels.index), "sample", "cohort.exclude")
    _require_known(settings.classes, cohort.classes, "class", "cohort.classes")
    named = labels.index.isin(settings.exclude)
    others = ~named & ~labels.isin(settings.classes).to_numpy() & bool(settings.classes)
    kept = ~named & ~others
    if not kept.any():
        raise _nothing_left("the simulated cohort")
    told = [*_by_name(list(labels.index[named])), _of_other_classes(labels[others])]
    return replace(
        cohort,
        expression=cohort.expression.loc[kept],
        samples=cohort.samples.loc[kept],
        classes=tuple(name for name in cohort.classes if name in set(labels[kept])),
        findings=(*cohort.findings, *(each for each in told if each is not None)),
    )


def _nothing_left(where: str) -> CohortError:
    return CohortError(
        "GR151",
        "No sample of the matrix is left to analyse.",
        "Change cohort.samples, cohort.exclude or cohort.classes.",
        where,
    )


def _by_name(samples: Sequence[str]) -> list[Finding]:
    they = "it" if len(samples) == 1 else "them"
    message = f"{_left_out(samples)}: cohort.exclude names {they}."
    return [Finding("GR352", "note", "samples", message)] if samples else []


def _without_row(matrix: Matrix, excluded: Collection[str], sheet: str, settings: CohortSettings) -> Finding | None:
    """Return the finding that samples without a row in the sheet are left out; None if there are none.

    Raises:
        CohortError: GR114 if the settings do not leave them out.
    """
    samples = [name for name in matrix.unlabelled if name not in excluded]
    if samples and settings.samples == "all":
        raise CohortError(
            "GR114",
            f"{counted(len(samples), 'sample has', 'samples have')} no row in '{sheet}': {quoted(samples)}.",
            f"Add what is missing to the sheet, {WAY_OUT}",
            matrix.name,
        )
    return _unlabelled(samples, f"no row in '{sheet}'", matrix.name)


def _unlabelled(samples: Sequence[str], lack: str, file: str) -> Finding | None:
    have = "it has" if len(samples) == 1 else "they have"
    message = f"{_left_out(samples)}: {have} {lack} (cohort.samples=labelled)."
    return Finding("GR353", "note", file, message) if len(samples) else None


def _of_other_classes(others: pd.Series[str]) -> Finding | None:
    counts = others.value_counts()
    each = ", ".join(f"'{name}' {counts[name]}" for name in natural_order(counts.index))
    message = f"{_left_out(list(others.index))}: cohort.classes does not name their classes ({each})."
    return Finding("GR354", "note", "class", message) if len(others) else None


def _left_out(samples: Sequence[str]) -> str:
    return f"{counted(len(samples), 'sample was', 'samples were')} left out ({quoted(samples)})"


def _require_known(names: Collection[str], known: Collection[str], what: str, setting: str) -> None:
    unknown = [name for name in names if name not in set(known)]
    if unknown:
        raise CohortError("GR150", f"There is no {what} '{unknown[0]}'.", _remedy(unknown[0], known), setting)


def _remedy(name: str, known: Collection[str]) -> str:
    """Return the nearest name, or the first of the names."""
    remedy = nearest(name, known)
    return remedy if remedy.startswith("Did") else f"Valid names: {quoted(natural_order(known), 20)}."


def _only(parts: Parts, kept: set[str], known: set[str]) -> Parts:
    """Return the parts with some of the samples; rows of the sheet for samples that are in no matrix remain."""
    matrix, independent = _rows(parts.matrix, kept), parts.independent and _rows(parts.independent, kept)
    rows = [name in kept or name not in known for name in parts.sheet.index]
    return replace(
        parts,
        matrix=matrix,
        independent=independent if independent and independent.samples else None,
        sheet=parts.sheet if all(rows) else parts.sheet.loc[rows],
    )


def _rows(matrix: Matrix, kept: set[str]) -> Matrix:
    keep = np.array([name in kept for name in matrix.samples], dtype=bool)
    return matrix if keep.all() else matrix.of_samples(keep)
