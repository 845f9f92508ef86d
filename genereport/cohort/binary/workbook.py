"""Workbooks of Excel and similar programs: .xlsx, .xlsm, .xlsb, .xls and .ods.

Hidden sheets, chart sheets and empty sheets are no tables. Empty cells and error values such as #N/A are missing. Rows
above the header are titles: the header is the first row that is filled over more than half of the width of the table.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from genereport.cohort.binary.parts import (
    ambiguous_part_error,
    choose_part,
    chosen_finding,
    independent_part,
    unknown_part_error,
)
from genereport.cohort.frame_table import Column, table_of_columns, text_of_cell
from genereport.cohort.model import Source
from genereport.cohort.table import MISSING, Table
from genereport.cohort.wording import counted, quoted
from genereport.errors import CohortError, Finding

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

_KIND = "a workbook"
_PEEKED = 50
_OLE = b"\xd0\xcf\x11\xe0"

Rows = list[list[Any]]


@dataclass(frozen=True, eq=False)
class Workbook:
    """A workbook.

    Attributes:
        book: The opened file.
        read: Name of a sheet → its rows, as far as they were read.
    """

    book: CalamineWorkbook = field(repr=False)
    read: dict[str, Rows] = field(default_factory=dict, repr=False)

    def table(self, source: Source, part: str) -> Table:
        """Read the sheet that is named, or the one for the role of the source.

        Raises:
            CohortError: GR102 an empty sheet, GR180 no sheet of that name, or several could be meant, GR181 a damaged
                workbook.
        """
        if part and part not in self._visible:
            raise unknown_part_error(source, _KIND, "sheets", part, self._visible)
        if part:
            return _table_of_rows(source, self._rows(part))
        names = self._filled
        if not names:
            raise CohortError("GR102", "The workbook holds no cells.", "Name a file that holds data.", source.name)
        chosen = choose_part(names, source.role, self._numbers)
        if chosen is None:
            raise ambiguous_part_error(source, _KIND, "sheets", names)
        if len(names) == 1:
            return _table_of_rows(source, self._rows(chosen.name))
        found = chosen_finding(source.name, "sheet", chosen, names, source.role)
        named = replace(source, name=f"{source.name}#{chosen.name}")
        return _table_of_rows(named, self._rows(chosen.name), found)

    def sheet_part(self, part: str) -> str | None:
        """Return the name of the sheet that holds the sample sheet of the matrix in another one; None if none does."""
        if len(self._visible) == 1 or len(self._filled) == 1:
            return None
        matrix = part or getattr(choose_part(self._filled, "expression", self._numbers), "name", "")
        found = choose_part(self._filled, "labels", self._numbers)
        return found.name if found and matrix and found.name != matrix else None

    def independent_part(self) -> str:
        """Return the name of the sheet with the matrix of an independent set; empty if there is none."""
        return independent_part(self._visible)

    @property
    def _visible(self) -> list[str]:
        from python_calamine import SheetTypeEnum, SheetVisibleEnum

        sheets = self.book.sheets_metadata
        shown = [each for each in sheets if each.visible == SheetVisibleEnum.Visible]
        return [each.name for each in shown if each.typ == SheetTypeEnum.WorkSheet]

    @cached_property
    def _filled(self) -> list[str]:
        return [name for name in self._visible if any(map(_is_filled, self._rows(name)))]

    def _rows(self, name: str) -> Rows:
        if name not in self.read:
            self.read[name] = _read_rows(self.book, name)
        return self.read[name]

    def _numbers(self, name: str) -> int:
        return sum(type(cell) in (float, int) for row in self._rows(name) for cell in row)


def open_workbook(raw: bytes, name: str) -> Workbook:
    """Open a workbook.

    Raises:
        CohortError: GR181 a file that is damaged, protected by a password, or no workbook.
    """
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        return Workbook(CalamineWorkbook.from_filelike(io.BytesIO(raw)))
    except PasswordError as error:
        raise _protected_error(name) from error
    except CalamineError as error:
        if raw.startswith(_OLE) and "EncryptedPackage".encode("utf-16-le") in raw:
            raise _protected_error(name) from error
        raise _damaged_error(name, error) from error


def _read_rows(book: CalamineWorkbook, name: str) -> Rows:
    from python_calamine import CalamineError

    try:
        return book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except CalamineError as error:
        raise _damaged_error(name, error) from error


def _protected_error(name: str) -> CohortError:
    return CohortError(
        "GR181",
        "This is a workbook that is protected by a password.",
        "Save a copy without the password, or export the sheet as CSV in UTF-8.",
        name,
    )


def _damaged_error(name: str, error: Exception) -> CohortError:
    reason = " ".join(str(error).split()).rstrip(".")
    return CohortError(
        "GR181",
        f"This looks like a workbook of Excel or a similar program, and cannot be read ({reason}).",
        "Open it and save it again as .xlsx, or export the sheet as CSV in UTF-8.",
        name,
    )


def _table_of_rows(source: Source, rows: Rows, *findings: Finding) -> Table:
    start = _header_row(rows)
    header = [text_of_cell(cell) for cell in rows[start]] if rows else []
    places = [place for place in range(start + 1, len(rows)) if _is_filled(rows[place])]
    columns = list(zip(*(rows[place] for place in places), strict=True))
    kept = [j for j, cells in enumerate(columns) if header[j] or _is_filled(cells)]
    return table_of_columns(
        source,
        [header[j] for j in kept],
        [_column(columns[j]) for j in kept],
        [place + 1 for place in places],
        (*findings, *_describe_titles(source, rows[:start])),
    )


def _header_row(rows: Rows) -> int:
    """Return the position of the header; a row without a name for its first column is as wide as one with it."""
    widths = [sum(cell != "" for cell in row) + (row[0] == "" and _is_filled(row)) for row in rows[:_PEEKED]]
    return next((place for place, width in enumerate(widths) if width > max(widths) / 2), 0)


def _is_filled(row: Sequence[object]) -> bool:
    return any(cell != "" for cell in row)


def _column(cells: Sequence[Any]) -> Column:
    """Return the cells as numbers if there is nothing else but texts that mean a missing value, else as text."""
    kinds = set(map(type, cells))
    if kinds <= {float, int}:
        return np.array(cells, dtype=np.float64)
    words = {cell.strip().lower() for cell in cells if isinstance(cell, str)}
    if kinds <= {float, int, str} and words <= MISSING:
        return np.array([np.nan if isinstance(cell, str) else cell for cell in cells], dtype=np.float64)
    return [text_of_cell(cell) for cell in cells]


def _describe_titles(source: Source, above: Rows) -> tuple[Finding, ...]:
    texts = [text_of_cell(cell) for row in above for cell in row if cell != ""]
    if not texts:
        return ()
    message = (
        f"The header of the table is in row {len(above) + 1} of the sheet. "
        f"{counted(len(texts), 'cell above it was', 'cells above it were')} left out: {quoted(texts, 3)}."
    )
    return (Finding("GR391", "note", source.name, message),)
