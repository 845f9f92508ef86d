"""Read the manifest of a batch, with one row for each cohort, and check it as a whole before anything is built."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from genereport.errors import SettingsError, listed, nearest
from genereport.locations import Location, Remote, located
from genereport.settings import Settings, fields, place_of, read_settings, resolve, setting_names

NAME = "name"

_SHORT = {key: f"cohort.{key}" for key in ("study", "expression", "labels", "label_column", "test_expression")}
_DECIDED = ("run.out",)
"""Settings that the batch itself sets."""

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*", re.ASCII)
_LONGEST = 32
"""Largest number of characters of a name, so that tables and figures can print it whole."""
_INDEX = re.compile(r"index\.\w+", re.IGNORECASE)

_REMEDY = "Correct the manifest; 'genereport explain GR634' describes its columns."


@dataclass(frozen=True)
class Entry:
    """A cohort of the manifest.

    Attributes:
        name: Name of the cohort and of the folder of its report.
        line: Line of the manifest, counted from 1.
        study: A study file, or a folder or matrix whose layout a reader recognises; None if files are named one by one.
        assignments: Settings of the cohort, in the form of ``--set``.
    """

    name: str
    line: int
    study: Location | None
    assignments: tuple[str, ...]

    def settings(self, assignments: Iterable[str], run: Mapping[str, object]) -> Settings:
        """Return the resolved settings of the cohort.

        Args:
            assignments: Settings for all rows; those of the row take precedence.
            run: Settings of the section ``run``, such as where the report goes.

        Raises:
            SettingsError: GR001, GR002, GR003 if the study file, or a setting in it, is not valid.
        """
        return read_settings(self.study, assignments=[*assignments, *self.assignments], overrides={"run": run})


def read_manifest(path: Path) -> tuple[Entry, ...]:
    """Return the cohorts of a manifest, in its order.

    Args:
        path: A CSV file if it ends in .csv, else TSV; one row for each cohort. Paths in it are relative to its folder.

    Raises:
        SettingsError: GR634 if it cannot be read, or if a column, a name or a setting is not valid.
    """
    lines = _lines(path)
    number, head = next(lines, (1, []))
    columns = [_SHORT.get(column, column) for column in (cell.strip() for cell in head)]
    _check_columns(columns, path, number)
    entries = tuple(_entry(path, number, columns, cells) for number, cells in lines)
    if not entries:
        raise _refusal("The manifest has no cohorts.", str(path))
    _check_names(entries, path)
    return entries


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield number and cells of each line that is not blank."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _refusal(f"The manifest cannot be read ({error}).", str(path)) from error
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter="," if path.suffix.lower() == ".csv" else "\t", strict=True
    )
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise _refusal(f"The line cannot be read ({error}).", f"{path}, line {reader.line_num}") from error


def _check_columns(columns: list[str], path: Path, line: int) -> None:
    where = f"{path}, line {line}"
    if NAME not in columns:
        raise _refusal(f"The manifest has no column '{NAME}'.", where)
    repeated = sorted({column for column in columns if columns.count(column) > 1})
    if repeated:
        raise _refusal(f"Columns occur more than once: {listed(repeated)}.", where)
    valid = {NAME, *_SHORT, *setting_names()} - set(_DECIDED)
    for column in columns:
        if column != NAME and column not in setting_names():
            raise SettingsError("GR634", f"There is no setting '{column}'.", nearest(column, valid), where)
        if column in _DECIDED:
            raise _refusal(f"The column '{column}' is not allowed, because the batch sets it.", where)


def _entry(path: Path, line: int, columns: list[str], cells: list[str]) -> Entry:
    where = f"{path}, line {line}"
    if len(cells) > len(columns):
        raise _refusal(f"The line has {len(cells)} cells, but the header has only {len(columns)}.", where)
    given = {column: cell.strip() for column, cell in zip(columns, cells, strict=False) if cell.strip()}
    name = given.pop(NAME, "")
    if not _SAFE.fullmatch(name) or len(name) > _LONGEST or _INDEX.fullmatch(name):
        raise SettingsError(
            "GR634",
            f"'{name}' cannot be the name of a folder." if name else "The cohort has no name.",
            f"Use up to {_LONGEST} letters, digits, dots, hyphens and underscores, but not index.html.",
            where,
        )
    named = [column in given for column in (_SHORT["study"], _SHORT["expression"])]
    if sum(named) != 1:
        raise _refusal(f"Cohort '{name}' needs either a study or an expression matrix.", where)
    assignments = tuple(_assignment(column, cell, path.parent, where) for column, cell in given.items())
    _check_settings(assignments, f"{where}, cohort '{name}'")
    study = given.get(_SHORT["study"])
    others = tuple(text for text in assignments if not text.startswith(f"{_SHORT['study']}="))
    return Entry(name, line, _place(_SHORT["study"], study, path.parent, where) if study else None, others)


def _assignment(column: str, cell: str, folder: Path, where: str) -> str:
    """Return a cell in the form of ``--set``; paths and names of columns are text, even if they look otherwise."""
    if place_of(fields()[column]):
        place = _place(column, cell, folder, where)
        whole = place.address if isinstance(place, Remote) else str(place)
        return f"{column}={json.dumps(whole.replace('$', '$$'), ensure_ascii=False)}"
    return f"{column}={json.dumps(cell, ensure_ascii=False) if column == _SHORT['label_column'] else cell}"


def _place(column: str, cell: str, folder: Path, where: str) -> Location:
    """Return the place that a cell names; paths, variables and addresses are written as in a study file."""
    try:
        return located(cell, folder, os.environ, column)
    except SettingsError as error:
        raise SettingsError("GR634", error.problem, error.remedy, f"{where}, {error.where}") from error


def _check_settings(assignments: tuple[str, ...], where: str) -> None:
    try:
        resolve(environment={}, assignments=assignments)
    except SettingsError as error:
        place = f"{where}, {error.where}" if error.where else where
        raise SettingsError("GR634", error.problem, error.remedy, place) from error


def _check_names(entries: tuple[Entry, ...], path: Path) -> None:
    """Refuse names that are equal, also where the case of letters does not count in names of folders."""
    seen: dict[str, Entry] = {}
    for entry in entries:
        earlier = seen.setdefault(entry.name.casefold(), entry)
        if earlier is not entry:
            where = f"{path}, lines {earlier.line} and {entry.line}"
            raise _refusal(f"Two cohorts would share the folder '{entry.name}'.", where)


def _refusal(problem: str, where: str) -> SettingsError:
    return SettingsError("GR634", problem, _REMEDY, where)
