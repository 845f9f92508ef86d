"""The view of a result in a notebook: a heading, key numbers, the first rows of a table, and attributes to try next."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import NamedTuple

from genereport.analyses.columns import Style, Table
from genereport.errors import Finding
from genereport.formats import count

_ROWS = 10
"""Number of rows of most tables that are shown."""


class TableView(NamedTuple):
    """A table as a notebook shows it.

    Attributes:
        heads: Heads of the columns.
        numeric: Whether each column is aligned right.
        rows: Texts of the cells.
        total: Number of rows of the whole table, of which fewer may be shown.
    """

    heads: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    total: int

    @property
    def caption(self) -> str:
        """The number of rows that are shown, as a sentence; empty if all are shown."""
        shown = len(self.rows)
        return f"The first {count(shown)} of {count(self.total)} rows." if shown < self.total else ""


@dataclass(frozen=True)
class ResultView:
    """The view of one result.

    Attributes:
        title: Heading.
        facts: Pairs of label and text.
        table: First rows of the main table of the result.
        notes: Whole sentences that must be read with it.
        calls: Attributes and calls that lead on, as they are typed.
        parts: Views of the results within it.
        opened: Whether the view is shown without a click, if it is a part of another.
    """

    title: str
    facts: tuple[tuple[str, str], ...] = ()
    table: TableView | None = None
    notes: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    parts: tuple[ResultView, ...] = ()
    opened: bool = False


@singledispatch
def make_view(result: object) -> ResultView:
    """Return the view of a result.

    Raises:
        TypeError: If no view is registered for its type.
    """
    raise TypeError(f"There is no display of {type(result).__name__}.")


def view_table(table: Table, result: object, confidence: float = 0.95, rows: int | None = _ROWS) -> TableView:
    """Return the first rows of a table.

    Args:
        table: Declaration of the table.
        result: The result that holds it.
        confidence: Confidence level of the intervals in the table.
        rows: Largest number of rows; None: all.
    """
    style = Style(confidence=confidence)
    grid = table.print(result, style, rows)
    heads = tuple(column.printed_head(style) for column in grid.columns)
    numeric = tuple(column.format.numeric for column in grid.columns)
    return TableView(heads, numeric, tuple(tuple(cell.text for cell in row) for row in grid.rows), grid.total)


def print_finding(finding: Finding) -> str:
    """Return a finding as it is shown."""
    return f"[{finding.code}] {finding.message}"
