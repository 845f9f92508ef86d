"""A rectangular table with one header line, whatever file it is from: its cells as text or as numbers.

`tables.TextTable` is one in a text file, `frame_table.FrameTable` one whose cells are numbers in the file itself. What
stands for a missing value is in `MISSING`.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from genereport.cohort.model import Source
from genereport.errors import CohortError, Finding
from genereport.types import Array

MISSING = frozenset({"", "na", "n/a", "n.a.", "nan", "null", "<na>", "#n/a", "#na", "#nv", "---"})
"""What stands for a missing value, in lower case; #NV is #N/A in a German spreadsheet."""

LEGACY_ROLES = frozenset({"labels", "samples"})
"""Roles of sample sheets: files of words, which may be in Windows-1252."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?inf(inity)?", re.IGNORECASE | re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?[\d.]*,\d+", re.ASCII)


class Parsed(NamedTuple):
    """Columns of a table, as far as they hold numbers.

    Attributes:
        values: float64, shape (rows, columns), NaN where a value is missing and in columns of text.
        texts: The columns of text, by their positions in the file.
    """

    values: Array
    texts: list[int]


@dataclass(frozen=True, eq=False)
class Table(ABC):
    """A rectangular table with one header line.

    Attributes:
        source: The file: its name, size and checksum.
        header: Column names, stripped of blanks; they may repeat. Row names have an empty name.
        lines: For each data row the 1-based line or row of the file on which it starts.
        findings: What the reader must know about how the file was read.
    """

    source: Source
    header: tuple[str, ...]
    lines: tuple[int, ...]
    findings: tuple[Finding, ...] = field(default=(), kw_only=True)

    @abstractmethod
    def strings(self, columns: Sequence[int]) -> pd.DataFrame:
        """Return columns as stripped text, in the given order; the frame's columns are their positions in the file."""

    @abstractmethod
    def peek(self, rows: int) -> list[tuple[str, ...]]:
        """Return the first cells of each column as stripped text.

        Args:
            rows: Largest number of cells of a column.
        """

    @abstractmethod
    def _parse_numbers(self, columns: Sequence[int]) -> Parsed:
        """Return columns as numbers where they hold nothing else; `numbers` converts the others."""

    def numbers(self, columns: Sequence[int]) -> Array:
        """Return columns as float64, shape (rows, columns), NaN where a value is missing.

        Raises:
            CohortError: GR105 no column holds numbers, GR106 text in a value cell, GR107 an infinite value.
        """
        values, texts = self._parse_numbers(columns)
        if texts:
            places = {column: place for place, column in enumerate(columns)}
            values[:, [places[j] for j in texts]] = self._convert_text(texts, of=len(columns))
        infinite = np.argwhere(np.isinf(values))
        if len(infinite):
            row, column = int(infinite[0, 0]), columns[int(infinite[0, 1])]
            raise CohortError(
                "GR107",
                f"The value '{self.strings([column])[column].iloc[row]}' is infinite, or too large for float64.",
                "Correct it, or leave the cell empty if the value is missing.",
                self.where(row, column),
            )
        return values

    def where(self, row: int | None = None, column: int | None = None) -> str:
        """Return a place in the file, e.g. ``matrix.tsv, row 7, column 'S03'``; `row` and `column` count from 0."""
        parts = [self.source.name]
        parts += [] if row is None else [f"row {self.lines[row]}"]
        parts += [] if column is None else [f"column {self.column_name(column)}"]
        return ", ".join(parts)

    def column_name(self, column: int) -> str:
        """Return the quoted name of a column, or its number if it has none."""
        return f"'{self.header[column]}'" if self.header[column] else str(column + 1)

    def _convert_text(self, columns: Sequence[int], of: int) -> Array:
        """Convert columns of text, cell by cell; `of` is the number of all columns that are wanted.

        Raises:
            CohortError: GR105 or GR106, as `numbers`.
        """
        texts = self.strings(columns)
        whole = [name for name in columns if not any(is_number(cell) for cell in texts[name])]
        bad = [name for name in whole if any(cell.lower() not in MISSING for cell in texts[name])]
        if len(bad) == of and not any(_DECIMAL_COMMA.fullmatch(cell) for cell in texts[bad[0]]):
            raise CohortError(
                "GR105",
                "None of the columns holds numbers, so this is not an expression matrix.",
                "Name a matrix of genes × samples or samples × genes.",
                self.source.name,
            )
        if bad:
            raise self._text_column(texts[bad[0]])
        return np.column_stack([self._cells(texts[name]) for name in columns])

    def _cells(self, texts: pd.Series[str]) -> Array:
        values = np.full(len(texts), np.nan)
        for row, cell in enumerate(texts):
            if is_number(cell):
                values[row] = float(cell)
            elif cell.lower() not in MISSING:
                column = int(str(texts.name))
                raise CohortError("GR106", f"'{cell}' is not a number.", _advice(cell), self.where(row, column))
        return values

    def _text_column(self, texts: pd.Series[str]) -> CohortError:
        column = int(str(texts.name))
        row = next(number for number, cell in enumerate(texts) if cell.lower() not in MISSING)
        cell = texts.iloc[row]
        remedy = "Remove the column; covariates of the samples belong in the sample sheet."
        if _DECIMAL_COMMA.fullmatch(cell):
            remedy = _advice(cell)
        return CohortError(
            "GR106",
            f"The column holds text where values belong: '{cell}' is not a number, nor is any other cell.",
            remedy,
            self.where(row, column),
        )


def is_number(cell: str) -> bool:
    """Return whether a cell is a number in plain or scientific notation, or infinite."""
    return _NUMBER.fullmatch(cell) is not None


def _advice(cell: str) -> str:
    if _DECIMAL_COMMA.fullmatch(cell):
        return "Write decimals with a point, and thousands without a separator."
    return "Correct the cell, or leave it empty if the value is missing (NA, null, #N/A and --- also mean missing)."
