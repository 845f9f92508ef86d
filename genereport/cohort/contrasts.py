"""Planned contrasts, as nf-core's differentialabundance takes them: a table with one comparison in each row.

Its columns are ``id``, ``variable``, ``reference`` and ``target``, and optionally ``blocking``,
``exclude_samples_col`` and ``exclude_samples_values``; semicolons separate several columns or values in a cell. The
first row also says what the main comparison is, where no setting says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from genereport.cohort.design import make_design
from genereport.cohort.layout import repeats
from genereport.cohort.levels import level_text, natural_order
from genereport.cohort.model import Cohort, Contrast, Source
from genereport.cohort.names import tables_in
from genereport.cohort.table import MISSING, Table
from genereport.cohort.tables import peek_header, read_table
from genereport.cohort.wording import counted, quoted
from genereport.errors import CohortError, Finding, nearest
from genereport.locations import Location
from genereport.settings import CohortSettings, Settings

REQUIRED = ("id", "variable", "reference", "target")
OPTIONAL = ("blocking", "exclude_samples_col", "exclude_samples_values")


@dataclass(frozen=True)
class Plan:
    """The contrasts of a file.

    Attributes:
        contrasts: The contrasts, in the order of the file; none if there is no file.
        source: The file.
        found: Whether the file was found in the folder, and no setting names it.
        leading: The contrast that says what the main comparison is; None if a setting names another column.
    """

    contrasts: tuple[Contrast, ...] = ()
    source: Source | None = None
    found: bool = False
    leading: Contrast | None = None

    def complete(self, settings: Settings) -> Settings:
        """Return the settings with the column of the class and the reference, where they are not set."""
        if self.leading is None:
            return settings
        named = settings.cohort
        changes = {
            "label_column": named.label_column or self.leading.variable,
            "reference": named.reference or self.leading.reference,
        }
        return settings.model_copy(update={"cohort": named.model_copy(update=changes)})


def plan_contrasts(named: CohortSettings) -> Plan:
    """Read the contrasts that a setting names, else those of the folder; an empty plan if there are none.

    Args:
        named: The settings ``contrasts``, ``study`` and ``label_column``.

    Raises:
        CohortError: GR101 to GR108 for a file that cannot be read; GR170 it is no table of contrasts, or the folder
            holds several; GR171 a row that is no contrast.
    """
    study = named.study
    place = named.contrasts or (find_contrasts(study) if isinstance(study, Path) and study.is_dir() else None)
    if place is None:
        return Plan()
    table = _read_file(place)
    contrasts = tuple(_read_rows(table))
    _require_unique(contrasts, table.source.name)
    suited = [each for each in contrasts if named.label_column in (None, each.variable)]
    return Plan(contrasts, table.source, named.contrasts is None, suited[0] if suited else None)


def with_contrasts(cohort: Cohort, plan: Plan, settings: Settings) -> Cohort:
    """Return the cohort with its planned contrasts, and a finding on what they gave the main comparison.

    Args:
        cohort: The assembled cohort.
        plan: The contrasts.
        settings: The settings as they were given, before `Plan.complete`.

    Raises:
        CohortError: GR173 no sample has the reference that a contrast gives the main comparison.
    """
    if plan.source is None:
        return cohort
    leading = plan.leading
    if leading and settings.cohort.reference is None and leading.reference not in cohort.classes:
        raise _unknown_level(leading, leading.reference, cohort.classes)
    blocking = leading.blocking if leading and settings.tests.design is None else ()
    found = " was found in the folder and" if plan.found else ""
    contrasts = counted(len(plan.contrasts), "contrast", "contrasts")
    names = quoted(each.name for each in plan.contrasts)
    message = f"'{plan.source.name}'{found} plans {contrasts}: {names}."
    given = _given_by(leading, blocking, settings.cohort) if leading else []
    if leading and given:
        message += (
            f" No setting says otherwise, so the row '{leading.name}' gives the main comparison {', '.join(given)}."
        )
    return replace(
        cohort,
        contrasts=plan.contrasts,
        blocking=blocking,
        sources=(*cohort.sources, plan.source),
        findings=(*cohort.findings, Finding("GR371", "note", plan.source.name, message)),
    )


def require_contrasts(cohort: Cohort) -> None:
    """Require that every planned contrast can be tested on the training samples.

    Raises:
        CohortError: GR172 a column, GR173 a level that there is not; GR211 to GR214 a design that cannot be estimated,
            with the contrast.
    """
    for contrast in cohort.contrasts:
        place = f"contrast '{contrast.name}'"
        try:
            make_design(select_samples(cohort, contrast))
        except CohortError as error:
            raise CohortError(error.code, error.problem, error.remedy, place) from error


def select_samples(cohort: Cohort, contrast: Contrast) -> Cohort:
    """Return the training samples of a contrast, with its levels as their classes.

    All levels of the column take part in the model, as in limma and nf-core; the reference is the first class, the
    target the second. Samples without a value in the column, and those that the contrast leaves out, are not returned.

    Args:
        cohort: The cohort, or the prepared cohort.
        contrast: One of its contrasts.

    Returns:
        A cohort of one set; its samples have the columns ``class``, ``set``, those of `Contrast.blocking` as text, and
        that of the units.

    Raises:
        CohortError: GR172 a column, GR173 a level that there is not.
    """
    train = cohort.subset("train")
    levels = _levels(train, contrast.variable, contrast)
    kept = levels != ""
    if contrast.excluded_by:
        kept &= ~_levels(train, contrast.excluded_by, contrast).isin(contrast.excluded)
    present = natural_order(levels[kept])
    for level in (contrast.reference, contrast.target):
        if level not in present:
            raise _unknown_level(contrast, level, present)
    described = {_name_beside(name): _levels(train, name, contrast).replace("", None) for name in contrast.blocking}
    if cohort.unit and cohort.unit != contrast.variable:
        described.setdefault(cohort.unit, train.samples[cohort.unit])
    samples = pd.DataFrame({"class": levels, "set": "train", **described}, index=train.samples.index)
    others = [level for level in present if level not in (contrast.reference, contrast.target)]
    return replace(
        train,
        expression=train.expression.loc[kept],
        samples=samples.loc[kept],
        classes=(contrast.reference, contrast.target, *others),
        label=contrast.variable,
        unit=cohort.unit if cohort.unit in samples else "",
        blocking=tuple(map(_name_beside, contrast.blocking)),
        contrasts=(),
    )


def formula_of(contrast: Contrast, covariates: Iterable[str]) -> str:
    """Return the model of a contrast as a formula in the names of the sample sheet.

    Args:
        contrast: The contrast.
        covariates: Further terms of the model, as `select_samples` names their columns.

    Example:
        >>> formula_of(Contrast("a", "my dose", "low", "high", ("class",)), ["class (sheet)"])
        '~ `my dose` + class'
    """
    sheet = {_name_beside(name): name for name in contrast.blocking}
    terms = (contrast.variable, *(sheet.get(name, name) for name in covariates))
    return "~ " + " + ".join(name if name.isidentifier() else f"`{name}`" for name in terms)


def _levels(cohort: Cohort, name: str, contrast: Contrast) -> pd.Series[str]:
    """Return a column of the sample sheet as text, empty where a value is missing.

    Raises:
        CohortError: GR172 if there is none.
    """
    column = "class" if name == cohort.label else _name_beside(name)
    available = [cohort.label, *(each for each in cohort.covariates if each != cohort.label)]
    if column not in cohort.samples:
        raise CohortError(
            "GR172",
            f"The sample sheet has no column '{name}', which the contrast '{contrast.name}' uses.",
            f"{nearest(name, available)} Correct the row of the contrast, or remove it.",
            f"contrast '{contrast.name}'",
        )
    values = cohort.samples[column]
    return values.map(level_text).where(values.notna(), "").astype(str)


def _name_beside(name: str) -> str:
    """Return the name of a covariate beside the columns ``class`` and ``set`` of a cohort."""
    return f"{name} (sheet)" if name in ("class", "set") else name


def _unknown_level(contrast: Contrast, level: str, present: Iterable[str]) -> CohortError:
    return CohortError(
        "GR173",
        f"No training sample of the contrast '{contrast.name}' has '{level}' in the column '{contrast.variable}'. The "
        f"column holds {quoted(present, 12)}.",
        "Correct the row of the contrast, or remove it. Settings such as cohort.filter may have left the samples out.",
        f"contrast '{contrast.name}'",
    )


def find_contrasts(folder: Path) -> Path | None:
    """Return the table of contrasts in a folder, known by its columns; None if there is none.

    Raises:
        CohortError: GR170 if there are several.
    """
    found = [path for path in tables_in(folder) if _is_contrasts(path)]
    if len(found) > 1:
        raise CohortError(
            "GR170",
            f"Several files hold contrasts: {quoted(path.name for path in found)}.",
            "Name one of them with --contrasts FILE.",
            str(folder),
        )
    return found[0] if found else None


def _is_contrasts(path: Path) -> bool:
    """Return whether the header of a file is that of a table of contrasts; a file that cannot be read holds none."""
    try:
        return {name.lower() for name in peek_header(path)} >= set(REQUIRED)
    except CohortError:
        return False


def _read_file(place: Location) -> Table:
    """Read a table of contrasts.

    Raises:
        CohortError: GR170 if it is none.
    """
    if place.name.lower().endswith((".yml", ".yaml")):
        raise CohortError(
            "GR170",
            "This is a YAML file; contrasts are read from a table.",
            f"Write them as a CSV file with the columns {', '.join((*REQUIRED, *OPTIONAL))}.",
            place.name,
        )
    table = read_table(place, "contrasts")
    lacking = [name for name in REQUIRED if name not in map(str.lower, table.header)]
    if lacking:
        raise CohortError(
            "GR170",
            f"This is not a table of contrasts: it has no column {quoted(lacking)}. Its columns are "
            f"{quoted(table.header, 12)}.",
            f"Give it the columns {', '.join((*REQUIRED, *OPTIONAL))}; the last three may be absent.",
            table.source.name,
        )
    return table


def _read_rows(table: Table) -> Iterator[Contrast]:
    """Yield the contrasts of a table.

    Raises:
        CohortError: GR171 a row without a value in a required column, or that compares a level with itself.
    """
    frame = table.strings(range(len(table.header))).set_axis([name.lower() for name in table.header], axis=1)
    cells = frame.loc[:, ~frame.columns.duplicated()].reindex(columns=[*REQUIRED, *OPTIONAL], fill_value="")
    for row, values in enumerate(cells.itertuples(index=False, name=None)):
        name, variable, reference, target, blocking, column, excluded = (
            "" if value.lower() in MISSING else value for value in values
        )
        contrast = Contrast(name, variable, reference, target, _split(blocking), column, _split(excluded))
        fault = _fault(contrast)
        if fault:
            raise CohortError(
                "GR171", f"The row is no contrast: {fault}.", "Correct the row, or remove it.", table.where(row)
            )
        yield contrast


def _split(cell: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in cell.split(";") if part.strip()))


def _fault(contrast: Contrast) -> str:
    """Return what is wrong with a contrast; empty if nothing is."""
    given = (contrast.name, contrast.variable, contrast.reference, contrast.target)
    empty = [column for column, value in zip(REQUIRED, given, strict=True) if not value]
    if empty:
        return f"it has nothing in the column '{empty[0]}'"
    if contrast.reference == contrast.target:
        return f"reference and target are both '{contrast.target}'"
    if contrast.variable in contrast.blocking:
        return f"'{contrast.variable}' is its variable and a blocking factor"
    if bool(contrast.excluded_by) != bool(contrast.excluded):
        return "exclude_samples_col and exclude_samples_values must both be given, or neither"
    return ""


def _require_unique(contrasts: Iterable[Contrast], name: str) -> None:
    for repeated, rows in repeats([each.name for each in contrasts]).items():
        raise CohortError(
            "GR171", f"{len(rows)} contrasts have the id '{repeated}'.", "Give each contrast an id of its own.", name
        )


def _given_by(leading: Contrast, blocking: Iterable[str], named: CohortSettings) -> list[str]:
    """Return what a contrast gives the main comparison, in words."""
    given = [
        (named.label_column is None, f"the column of the class ('{leading.variable}')"),
        (named.reference is None, f"the reference ('{leading.reference}')"),
        (bool(tuple(blocking)), f"the design ({formula_of(leading, blocking)})"),
    ]
    return [words for told, words in given if told]
