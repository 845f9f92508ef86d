"""A table whose cells are numbers in the file itself, so that they need not be read from text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

import numpy as np
import pandas as pd

from genereport.cohort.model import Source
from genereport.cohort.table import LEGACY_ROLES, Parsed, Table
from genereport.errors import CohortError, Finding
from genereport.types import AnyArray

Column: TypeAlias = AnyArray | Sequence[str]
"""The cells of a column: an array of numbers, NaN where missing; or text, empty where missing."""

_EXACT = 1e15  # larger whole numbers keep their exponent, as a spreadsheet program writes them


@dataclass(frozen=True, eq=False)
class FrameTable(Table):
    """A table of a file that is not text.

    Attributes:
        values: Columns of numbers, shape (rows, columns of numbers), NaN where missing; in the precision of the file.
        texts: Position of a column of text → its cells, empty where missing.
    """

    values: AnyArray = field(repr=False)
    texts: Mapping[int, tuple[str, ...]] = field(repr=False)

    @cached_property
    def _places(self) -> dict[int, int]:
        """Position of a column of numbers in the file → its position in `values`."""
        numbers = (column for column in range(len(self.header)) if column not in self.texts)
        return {column: place for place, column in enumerate(numbers)}

    def strings(self, columns: Sequence[int]) -> pd.DataFrame:
        """Return columns as text, in the given order; numbers as `texts_of` writes them."""
        return pd.DataFrame({j: pd.Series(self._column(j, len(self.lines)), dtype=str) for j in columns})

    def peek(self, rows: int) -> list[tuple[str, ...]]:
        """Return the first cells of each column as text."""
        return [tuple(self._column(j, rows)) for j in range(len(self.header))]

    def _column(self, column: int, rows: int) -> Sequence[str]:
        if column in self.texts:
            return self.texts[column][:rows]
        return texts_of(self.values[:rows, self._places[column]])

    def _parse_numbers(self, columns: Sequence[int]) -> Parsed:
        values = np.full((len(self.lines), len(columns)), np.nan)
        numbers = [place for place, column in enumerate(columns) if column not in self.texts]
        values[:, numbers] = self.values[:, [self._places[columns[place]] for place in numbers]]
        return Parsed(values, [column for column in columns if column in self.texts])


def table_of_columns(
    source: Source,
    header: Sequence[str],
    columns: Sequence[Column],
    lines: Iterable[int],
    findings: Iterable[Finding] = (),
) -> FrameTable:
    """Return a table of columns; in a sample sheet all of them are text.

    Args:
        source: The file.
        header: Names of the columns.
        columns: Their cells.
        lines: Row of the file of each row.
        findings: What the reader must know about how the file was read.

    Raises:
        CohortError: GR102 if there are no rows or no columns.
    """
    rows = tuple(lines)
    if not rows or not columns:
        raise CohortError("GR102", "The table has no rows.", "Name a table that holds data.", source.name)
    words = source.role in LEGACY_ROLES
    texts = {
        place: tuple(texts_of(cells) if isinstance(cells, np.ndarray) else cells)
        for place, cells in enumerate(columns)
        if words or not isinstance(cells, np.ndarray)
    }
    numbers = [cells for place, cells in enumerate(columns) if place not in texts]
    values = np.column_stack([np.asarray(cells) for cells in numbers]) if numbers else np.empty((len(rows), 0))
    names = tuple(name.strip() for name in header)
    return FrameTable(source, names, rows, values, texts, findings=tuple(findings))


def texts_of(numbers: AnyArray) -> list[str]:
    """Return numbers as the shortest texts that read back equal in the precision of the array.

    Whole numbers have no decimal point, and a missing number is an empty text.

    Args:
        numbers: Integers, floats or truth values, shape (rows,).

    Example:
        >>> texts_of(np.array([7.0, 0.1, np.nan])), texts_of(np.array([0.1], dtype=np.float32))
        (['7', '0.1', ''], ['0.1'])
    """
    if numbers.dtype.kind != "f":
        return [str(number) for number in numbers.tolist()]
    exact = numbers if numbers.dtype.itemsize < 8 else numbers.tolist()
    return [_text_of(number) for number in exact]


def _text_of(number: float) -> str:
    if number != number:
        return ""
    return str(int(number)) if abs(number) < _EXACT and int(number) == number else str(number)


def text_of_cell(cell: object) -> str:
    """Return a cell of any type as text: dates in ISO format, truth values as a spreadsheet program writes them.

    Example:
        >>> text_of_cell(dt.datetime(2021, 3, 1)), text_of_cell(True), text_of_cell(" a "), text_of_cell(None)
        ('2021-03-01', 'TRUE', 'a', '')
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, dt.datetime):
        return cell.isoformat(" ").removesuffix(" 00:00:00")
    if isinstance(cell, float):
        return _text_of(cell)
    return str(cell).strip()
