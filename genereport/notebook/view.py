"""What a notebook shows of a result: a heading, the key numbers, the first rows of a table, what to type next."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import NamedTuple

from genereport.analyses.columns import Style, Table
from genereport.errors import Finding
from genereport.formats import count

_ROWS = 10
"""Rows of most tables that are shown."""


class TableView(NamedTuple):
    """A table as a notebook shows it.

    Attributes:
        heads: Heads of its columns.
        numeric: Whether each column is set flush right.
        rows: Texts of its cells.
        total: Rows of the whole table, of which fewer may be shown.
    """

    heads: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    total: int

    @property
    def caption(self) -> str:
        """How much of the table is shown; empty if all of it is."""
        shown = len(self.rows)
        return f"The first {count(shown)} of {count(self.total)} rows." if shown < self.total else ""


@dataclass(frozen=True)
class ResultView:
    """What is shown of one result.

    Attributes:
        title: What it is.
        facts: Label and text pairs.
        table: First rows of its main table.
        notes: Whole sentences that must be read with it.
        calls: Attributes and calls that lead on, as they are typed.
        parts: Results within it.
        opened: Whether it is shown without a click where it is such a part.
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
    """What is shown of a result.

    Raises:
        TypeError: if no view is registered for its type.
    """
    raise TypeError(f"There is no view of {type(result).__name__}.")


def view_table(table: Table, result: object, confidence: float = 0.95, rows: int | None = _ROWS) -> TableView:
    """The first rows of a table.

    Args:
        table: Its declaration.
        result: The result that holds it.
        confidence: Level of its intervals.
        rows: Rows at most; None: all.
    """
    style = Style(confidence=confidence)
    grid = table.print(result, style, rows)
    heads = tuple(column.printed_head(style) for column in grid.columns)
    numeric = tuple(column.format.numeric for column in grid.columns)
    return TableView(heads, numeric, tuple(tuple(cell.text for cell in row) for row in grid.rows), grid.total)


def print_finding(finding: Finding) -> str:
    """A finding as it is shown."""
    return f"[{finding.code}] {finding.message}"
