"""Which samples of the files are analysed: all of them, or those that the settings choose."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from genereport.cohort.layout import Matrix, Parts
from genereport.cohort.levels import natural_order
from genereport.cohort.model import Cohort, Exclusion, ExclusionStep
from genereport.cohort.sample_filter import WHERE as FILTER
from genereport.cohort.sample_filter import Satisfied, apply_filter
from genereport.cohort.sheet import typed
from genereport.cohort.wording import counted, quoted
from genereport.errors import CohortError, Finding, nearest
from genereport.settings import CohortSettings

WAY_OUT = "or leave such samples out: --set cohort.samples=labelled."
"""The end of the remedy for samples without a class."""

_CODES: dict[ExclusionStep, tuple[str, str]] = {
    "named": ("GR352", "samples"),
    "unlisted": ("GR353", "samples"),
    "filter": ("GR370", FILTER),
    "unlabelled": ("GR353", "class"),
    "other class": ("GR354", "class"),
}
"""Reason to leave samples out → code and subject of the finding."""


@dataclass(frozen=True, eq=False)
class Offered:
    """Samples of which the settings choose some.

    Attributes:
        labels: Class of each sample, index id; empty where it is unknown.
        unlisted: Ids of those without a row in the sample sheet.
        columns: The sample sheet for the filter, same index; text, or float64 for numbers; NaN where a value is
            missing.
        others: Ids of rows of the sheet whose samples are in no matrix.
        sheet: File name of the sheet.
        label: Column of the class.
        classes: Classes that are known even if no sample has them.
    """

    labels: pd.Series[str]
    unlisted: frozenset[str]
    columns: pd.DataFrame
    others: tuple[str, ...]
    sheet: str
    label: str
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Choice:
    """What the settings leave out.

    Attributes:
        excluded: The samples, by reason.
        findings: One for each reason.
    """

    excluded: tuple[Exclusion, ...]
    findings: tuple[Finding, ...]

    @property
    def left_out(self) -> frozenset[str]:
        """Ids of the samples that are left out."""
        return frozenset(name for each in self.excluded for name in each.samples)


def choose_samples(parts: Parts, settings: CohortSettings) -> tuple[Parts, Choice]:
    """Leave out the samples that the settings do not choose.

    Args:
        parts: Content of the files.
        settings: The settings ``exclude``, ``samples``, ``filter`` and ``classes``.

    Returns:
        The content of the files without these samples, and what was left out.

    Raises:
        CohortError: GR114 a sample has no row in the sheet, and the settings do not leave it out; GR150 an id or a
            class that the cohort does not have; GR151 no sample is left; GR160, GR161 a filter that cannot be used.
    """
    matrices = [matrix for matrix in (parts.matrix, parts.independent) if matrix is not None]
    known = list(dict.fromkeys(name for matrix in matrices for name in (*matrix.samples, *matrix.unlabelled)))
    for matrix in matrices:
        _require_rows(matrix, parts.sheet_name, settings)
    unlisted = frozenset(name for matrix in matrices for name in matrix.unlabelled)
    choice = choose(offered(parts.sheet, known, unlisted, parts.sheet_name, parts.label), settings)
    if choice.left_out.issuperset((*parts.matrix.samples, *parts.matrix.unlabelled)):
        raise nothing_left(parts.matrix.name)
    return _without(parts, choice.left_out), choice


def choose_simulated(cohort: Cohort, settings: CohortSettings) -> Cohort:
    """Leave out the samples of the simulated cohort that the settings do not choose; each of them has a class.

    Args:
        cohort: The simulated cohort.
        settings: The settings ``exclude``, ``filter`` and ``classes``.

    Raises:
        CohortError: GR150 an id or a class that the cohort does not have; GR151 no sample is left; GR160, GR161 a
            filter that cannot be used.
    """
    labels = cohort.samples["class"]
    choice = choose(Offered(labels, frozenset(), cohort.samples, (), "the simulated cohort", "class"), settings)
    kept = ~labels.index.isin(list(choice.left_out))
    if not kept.any():
        raise nothing_left("the simulated cohort")
    return replace(
        cohort,
        expression=cohort.expression.loc[kept],
        samples=cohort.samples.loc[kept],
        classes=tuple(name for name in cohort.classes if name in set(labels[kept])),
        findings=(*cohort.findings, *choice.findings),
        excluded=choice.excluded,
    )


def offered(sheet: pd.DataFrame, samples: Sequence[str], unlisted: frozenset[str], name: str, label: str) -> Offered:
    """Return the samples of which the settings choose some.

    Args:
        sheet: The sample sheet, index sample id, every cell as text, empty where missing.
        samples: Ids of the samples of the matrices.
        unlisted: Those of them without a row in the sheet.
        name: File name of the sheet.
        label: Column of the class.
    """
    rows = sheet.reindex(list(samples), fill_value="")
    columns = rows.apply(typed) if len(rows.columns) else rows
    if "class" not in columns:
        columns = columns.assign(**{"class": columns[label]})
    measured = set(samples)
    others = tuple(str(row) for row in sheet.index if row not in measured)
    return Offered(rows[label], unlisted, columns, others, name, label)


def choose(samples: Offered, settings: CohortSettings) -> Choice:
    """Return which samples the settings leave out, each for the first reason that holds.

    The reasons, in their order: ``exclude`` names the sample; it has no row in the sheet (with ``samples`` = labelled);
    it does not satisfy ``filter``; it has no class (with ``samples`` = labelled); ``classes`` does not name its class.

    Args:
        samples: The samples.
        settings: The settings.

    Raises:
        CohortError: GR150 an id or a class that there is not; GR160, GR161 a filter that cannot be used.
    """
    left = samples.labels
    excluded: list[Exclusion] = []
    findings: list[Finding] = []
    for judge in (_named, _unlisted, _filtered, _unlabelled, _of_other_classes):
        out = judge(samples, left, settings)
        if out is None:
            continue
        told = Exclusion(out.step, tuple(out.names), tuple(left[out.names]), out.told)
        if told.samples:
            excluded.append(told)
        if told.samples or out.step == "filter":
            findings.append(_describe(told, out.more))
        left = left.drop(out.names)
    return Choice(tuple(excluded), tuple(findings))


class _Out(NamedTuple):
    """Samples to leave out: the reason, their ids, the reason in words, and further sentences for the finding."""

    step: ExclusionStep
    names: pd.Index[str]
    told: str
    more: str = ""


def _named(samples: Offered, left: pd.Series[str], settings: CohortSettings) -> _Out:
    _require_known(settings.exclude, [*left.index, *samples.others], "sample", "cohort.exclude")
    return _Out("named", left.index[left.index.isin(settings.exclude)], "named by cohort.exclude")


def _unlisted(samples: Offered, left: pd.Series[str], settings: CohortSettings) -> _Out | None:
    names = left.index[left.index.isin(list(samples.unlisted))]
    return _Out("unlisted", names, f"no row in '{samples.sheet}'") if settings.samples == "labelled" else None


def _filtered(samples: Offered, left: pd.Series[str], settings: CohortSettings) -> _Out | None:
    if settings.filter is None:
        return None
    found = apply_filter(settings.filter, samples.columns.loc[left.index])
    told = f"the filter {settings.filter} does not hold"
    return _Out("filter", left.index[~found.holds], told, _more_on_filter(found, left.index))


def _unlabelled(samples: Offered, left: pd.Series[str], settings: CohortSettings) -> _Out | None:
    told = f"no class in the column '{samples.label}'"
    return _Out("unlabelled", left.index[left == ""], told) if settings.samples == "labelled" else None


def _of_other_classes(samples: Offered, left: pd.Series[str], settings: CohortSettings) -> _Out | None:
    if not settings.classes:
        return None
    known = natural_order((*left[left != ""], *samples.classes))
    _require_known(settings.classes, known, "class", "cohort.classes")
    others = left[(left != "") & ~left.isin(settings.classes)]
    return _Out("other class", others.index, "a class that cohort.classes does not name")


def nothing_left(where: str) -> CohortError:
    """Return the error that no sample is left.

    Args:
        where: File name of the matrix.
    """
    return CohortError(
        "GR151",
        "No sample of the matrix is left to analyse.",
        "Change cohort.samples, cohort.exclude, cohort.filter or cohort.classes.",
        where,
    )


def _describe(out: Exclusion, more: str) -> Finding:
    """Return the finding that samples were left out, or that the filter left none out."""
    code, subject = _CODES[out.step]
    they, have = ("it", "it has") if len(out.samples) == 1 else ("them", "they have")
    why = {
        "named": f"cohort.exclude names {they}",
        "unlisted": f"{have} {out.told} (cohort.samples=labelled)",
        "filter": f"{out.told} for {they}",
        "unlabelled": f"{have} {out.told} (cohort.samples=labelled)",
        "other class": f"cohort.classes does not name their classes ({_sizes(out.classes)})",
    }[out.step]
    were = counted(len(out.samples), "sample was", "samples were")
    message = f"{were} left out ({quoted(out.samples)}): {why}." if out.samples else "The filter leaves no sample out."
    return Finding(code, "note", subject, message + more)


def _sizes(classes: Sequence[str]) -> str:
    """Return each class with its number of samples: ``'a' 3, 'b' 1``."""
    return ", ".join(f"'{name}' {classes.count(name)}" for name in natural_order(classes))


def _more_on_filter(found: Satisfied, names: pd.Index[str]) -> str:
    """Return sentences on samples for which a value is missing and on values that no sample has."""
    unknown = names[found.unknown]
    missing = (
        f" For {counted(len(unknown), 'sample', 'samples')} of them this is unknown, because a value is missing "
        f"({quoted(unknown)})."
    )
    return "".join((missing if len(unknown) else "", *(f" {sentence}" for sentence in found.absent)))


def _require_rows(matrix: Matrix, sheet: str, settings: CohortSettings) -> None:
    """Require that every sample has a row in the sheet, unless the settings leave it out.

    Raises:
        CohortError: GR114 if one has none.
    """
    samples = [name for name in matrix.unlabelled if name not in settings.exclude]
    if samples and settings.samples == "all":
        raise CohortError(
            "GR114",
            f"{counted(len(samples), 'sample has', 'samples have')} no row in '{sheet}': {quoted(samples)}.",
            f"Add what is missing to the sheet, {WAY_OUT}",
            matrix.name,
        )


def _require_known(names: Collection[str], known: Collection[str], what: str, setting: str) -> None:
    unknown = [name for name in names if name not in set(known)]
    if unknown:
        raise CohortError("GR150", f"There is no {what} '{unknown[0]}'.", _remedy(unknown[0], known), setting)


def _remedy(name: str, known: Collection[str]) -> str:
    """Return the nearest name, or the first of the names."""
    remedy = nearest(name, known)
    return remedy if remedy.startswith("Did") else f"Valid names: {quoted(natural_order(known), 20)}."


def _without(parts: Parts, left_out: frozenset[str]) -> Parts:
    """Return the parts without some samples; rows of the sheet for samples that are in no matrix remain."""
    matrix, independent = _rows(parts.matrix, left_out), parts.independent and _rows(parts.independent, left_out)
    rows = [name not in left_out for name in parts.sheet.index]
    return replace(
        parts,
        matrix=matrix,
        independent=independent if independent and independent.samples else None,
        sheet=parts.sheet if all(rows) else parts.sheet.loc[rows],
    )


def _rows(matrix: Matrix, left_out: frozenset[str]) -> Matrix:
    keep = np.array([name not in left_out for name in matrix.samples], dtype=bool)
    return matrix if keep.all() else matrix.of_samples(keep)
