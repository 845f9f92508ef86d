"""What is shown of a result, as texts: a heading, the key numbers, the first rows of a table, where to go on."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import singledispatch
from typing import Any, NamedTuple

import pandas as pd

from genereport.errors import Finding
from genereport.formats import count, interval
from genereport.names import model_name
from genereport.report.document import Column

_ROWS = 10

Record = Mapping[Hashable, Any]


class Grid(NamedTuple):
    """A table of texts, and how many rows the whole one has."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    total: int

    @property
    def caption(self) -> str:
        """How much of the table is shown; empty if all is."""
        return f"The first {count(len(self.rows))} of {count(self.total)} rows." * (len(self.rows) < self.total)


@dataclass(frozen=True)
class Card:
    """What is shown of one result.

    Attributes:
        title: What it is.
        facts: Label and text pairs.
        grid: First rows of its main table.
        notes: Whole sentences that must be read with it.
        further: Attributes and calls that lead on, as they are typed.
        parts: Results within it.
        unfolded: Whether it is shown at once where it is such a part.
    """

    title: str
    facts: tuple[tuple[str, str], ...] = ()
    grid: Grid | None = None
    notes: tuple[str, ...] = ()
    further: tuple[str, ...] = ()
    parts: tuple[Card, ...] = ()
    unfolded: bool = False


class Field(NamedTuple):
    """A column, and what it says of a row."""

    column: Column
    text: Callable[[Record], str]


def words(head: str, name: str) -> Field:
    """A column of text, left as it is."""
    return Field(Column(head), lambda row: str(row[name]))


def number(head: str, name: str, form: Callable[[float], str]) -> Field:
    """A column of numbers in this format."""
    return Field(Column(head, numeric=True), lambda row: form(row[name]))


def limits(low: str, high: str, level: str = "CI", digits: int = 3) -> Field:
    """An interval from two columns."""
    return Field(Column(level, numeric=True), lambda row: interval(row[low], row[high], digits))


def model_field() -> Field:
    """The printed name of a row’s model."""
    return Field(Column("Model"), lambda row: model_name(row["model"], row["features"]))


def first_rows(frame: pd.DataFrame, *fields: Field) -> Grid:
    """The first rows; columns that hold nothing, such as symbols where there are none, are left out."""
    records = frame.head(_ROWS).reset_index().to_dict("records")
    columns = [(field.column, [field.text(row) for row in records]) for field in fields]
    kept = [(column, texts) for column, texts in columns if any(texts) or not texts]
    return Grid(tuple(column for column, _ in kept), tuple(zip(*(texts for _, texts in kept), strict=True)), len(frame))


def told(finding: Finding) -> str:
    """A finding as it is shown."""
    return f"[{finding.code}] {finding.message}"


@singledispatch
def card(result: object) -> Card:
    """What is shown of a result.

    Raises:
        TypeError: if it is no result.
    """
    raise TypeError(f"There is no card for {type(result).__name__}.")
