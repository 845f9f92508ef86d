"""Declarations of tables: what their columns hold, their heads, and how they print.

Each table is declared once, for the PDF, the page, the notebook, the terminal and the scripts of the page.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from genereport.formats import MISSING, NOT_ESTIMABLE, PStyle, count, fixed, general, p_value, percent, stars
from genereport.names import bare_name, model_name
from genereport.types import Flags, Positions


class Style(NamedTuple):
    """How numbers print, from the settings.

    Attributes:
        p_values: ``R`` or ``AMA``.
        confidence: Confidence level of every interval, such as 0.95.
    """

    p_values: PStyle = "R"
    confidence: float = 0.95


class Printed(NamedTuple):
    """A printed value; `place` is its position among the values that the column was given."""

    place: int
    text: str


class Typed(NamedTuple):
    """A name in typewriter style, such as the id of a gene."""

    text: str


class Sources(NamedTuple):
    """Where something was published: `identifiers` such as ``PMID:10521349``, and `text`, which lists them.

    It is printed as a citation if the bibliography has all of them.
    """

    place: int
    text: str
    identifiers: tuple[str, ...]


Piece = str | Printed | Typed | Sources
"""A part of a cell: words, a value, a name in typewriter style, or where something was published."""


@dataclass(frozen=True)
class Format:
    """How the values of a column print.

    Attributes:
        name: Name of the format in the scripts of the page; empty if they cannot print it.
        numeric: Whether cells are aligned right.
        pieces: Makes the pieces of a cell from the values of the column.
    """

    name: str
    numeric: bool
    pieces: Callable[[Sequence[Any], Style], tuple[Piece, ...]]


def number_format(name: str, form: Callable[[Any], str]) -> Format:
    """Return the format of one number."""
    return Format(name, True, lambda values, _: (Printed(0, form(values[0])),))


def interval_format(
    name: str, form: Callable[[Any], str], mark: Callable[[Sequence[Any]], str] | None = None
) -> Format:
    """Return the format of two limits, joined by *to*; a mark, made from all values of the column, may follow."""

    def pieces(values: Sequence[Any], _: Style) -> tuple[Piece, ...]:
        low, high = values[:2]
        after = (mark(values),) if mark and mark(values) else ()
        if math.isnan(low):
            return Printed(0, NOT_ESTIMABLE), *after
        return Printed(0, form(low)), " to ", Printed(1, form(high)), *after

    return Format(name, True, pieces)


def count_or_missing(value: float) -> str:
    """Print a count, or a dash if there is none."""
    return MISSING if math.isnan(value) else count(value)


def name_format(names: Mapping[str, str]) -> Format:
    """Return the format of an internal name that is printed as `names` has it."""
    return Format("", False, lambda values, _: (names[values[0]],))


def _print_estimate(values: Sequence[float], _: Style) -> tuple[Piece, ...]:
    """Print an estimate and its limits: ``0.917 (0.697 to 1.000)``; a dash if there is no estimate."""
    estimate, low, high = values
    if math.isnan(estimate):
        return (Printed(0, MISSING),)
    limits = (
        (Printed(1, NOT_ESTIMABLE),) if math.isnan(low) else (Printed(1, fixed(low)), " to ", Printed(2, fixed(high)))
    )
    return Printed(0, fixed(estimate)), " (", *limits, ")"


def _sources(stored: str) -> Sources:
    return Sources(0, stored.replace(";", ", "), tuple(stored.split(";")))


TEXT = Format("text", False, lambda values, _: (Printed(0, str(values[0])),))
TEXT_OR_MISSING = Format("", False, lambda values, _: (Printed(0, str(values[0])) if values[0] else MISSING,))
LIST = Format("", False, lambda values, _: (Printed(0, str(values[0]).replace(";", ", ")),))
SOURCES = Format("", False, lambda values, _: (_sources(str(values[0])),))
CODE = Format("text", False, lambda values, _: (Typed(str(values[0])),))
SYMBOL_OR_ID = Format(
    "", False, lambda values, _: (Printed(0, str(values[0])) if values[0] else Typed(str(values[1])),)
)
MODEL = Format("", False, lambda values, _: (model_name(str(values[0]), str(values[1])),))
BARE_MODEL = Format("", False, lambda values, _: (bare_name(str(values[0])),))
COUNT = number_format("", count)
ROUNDED = number_format("", lambda value: count(round(value)))
"""A count that may have decimals, as those of salmon have."""
COUNT_OR_MISSING = number_format("", count_or_missing)
GENERAL = number_format("general", general)
ZERO = number_format("", lambda value: fixed(value, 0))
ONE = number_format("one", lambda value: fixed(value, 1))
TWO = number_format("two", lambda value: fixed(value, 2))
THREE = number_format("", fixed)
FOUR = number_format("", lambda value: fixed(value, 4))
PERCENT = number_format("", percent)
PERCENT_ZERO = number_format("", lambda share: percent(share, 0))
P = Format("p", True, lambda values, style: (Printed(0, p_value(values[0], style.p_values)),))
STARS = Format("stars", False, lambda values, _: (stars(values[0]),))
INTERVAL = interval_format("", fixed)
INTERVAL_TWO = interval_format("interval", lambda value: fixed(value, 2))
ESTIMATE = Format("", True, _print_estimate)


@dataclass(frozen=True)
class Column:
    """A column of a printed table.

    Attributes:
        names: Columns of the frame that it is made from; the name of the index may be one of them.
        head: Its head; ``{level}`` stands for the confidence level, ``{p}`` for the letter of p-values.
        format: How its cells print.
        at: Returns the row that holds its values, from the frame and the row of the table; None: that row itself.
        frame: The attribute of the result that holds its values; empty: that of the table.
    """

    names: tuple[str, ...]
    head: str
    format: Format = TEXT
    at: Callable[[pd.DataFrame, int], int] | None = None
    frame: str = ""

    def printed_head(self, style: Style) -> str:
        """Return the head with the confidence level and the letter filled in."""
        level = f"{general(100 * style.confidence)} %"
        return self.head.format(level=level, p="P" if style.p_values == "AMA" else "p")


def column(name: str, head: str | None = None, format: Format = TEXT) -> Column:  # noqa: A002
    """A column of one column of the frame, called as it is unless a head is given."""
    return Column((name,), literal_head(name) if head is None else head, format)


def interval_column(
    low: str = "ci_low",
    high: str = "ci_high",
    format: Format = INTERVAL,  # noqa: A002
    head: str = "{level} CI",
) -> Column:
    """A column of the limits of an interval."""
    return Column((low, high), head, format)


def literal_head(name: str) -> str:
    """Return a name from a file as a head, in which braces stand for themselves."""
    return name.replace("{", "{{").replace("}", "}}")


Columns = tuple[Column, ...]

GENE = column("gene", "Gene", CODE)
SYMBOL = column("symbol", "Symbol")
SAMPLE = column("sample", "Sample", CODE)
CLASS = column("class", "Class")
SAMPLE_SET = column("set", "Set")
CONTRAST = column("contrast", "Contrast")
MODEL_ON_FEATURES = Column(("model", "features"), "Model", MODEL)
DIFFERENCE = column("difference", "Difference", THREE)
LOG_FOLD_CHANGE = column("logFC", format=TWO)
AVERAGE = column("AveExpr", format=TWO)
P_VALUE = column("p", "{p}", P)
P_UNADJUSTED = column("P.Value", format=P)
P_BONFERRONI = column("P.Bonferroni", format=P)
P_BH = column("adj.P.Val", format=P)
SIGNIFICANCE = column("P.Bonferroni", "", STARS)
P_HOLM = column("P.Holm.models", "{p} (Holm)", P)
EVIDENCE_LIST = column("evidence", "Evidence", LIST)

SET_NAMES = {"cv": "cross-validated", "test": "independent set"}


def _print_coefficient(values: Sequence[Any], _: Style) -> tuple[Piece, ...]:
    (value,) = values
    return (Printed(0, NOT_ESTIMABLE if math.isnan(value) else fixed(value, 2)),)


def _print_limits(values: Sequence[Any], style: Style) -> tuple[Piece, ...]:
    """Print the interval of an estimate, or nothing if there is no estimate."""
    low, high, estimate = values
    return ("",) if math.isnan(estimate) else INTERVAL_TWO.pieces((low, high), style)


_COEFFICIENT, _LIMITS = Format("", True, _print_coefficient), Format("", True, _print_limits)

RECALIBRATION_COLUMNS = (
    column("intercept", "Intercept", _COEFFICIENT),
    Column(("intercept_low", "intercept_high", "intercept"), "{level} CI", _LIMITS),
    column("slope", "Slope", _COEFFICIENT),
    Column(("slope_low", "slope_high", "slope"), "{level} CI", _LIMITS),
    column("reason", "Not estimable because"),
)


class Cell(NamedTuple):
    """A cell of a table: its pieces, and the row and the column of the frame for each of its values.

    `frame` is the attribute of the result that holds the frame; empty: that of the table.
    """

    pieces: tuple[Piece, ...]
    places: tuple[tuple[int, str], ...]
    frame: str = ""

    @property
    def text(self) -> str:
        """The printed text."""
        return "".join(piece if isinstance(piece, str) else piece.text for piece in self.pieces)


class Grid(NamedTuple):
    """A table with its cells filled in.

    Attributes:
        columns: Columns that are not empty.
        rows: Rows with a cell for each column.
        total: Number of rows of the whole table, of which `rows` may hold fewer.
    """

    columns: Columns
    rows: tuple[tuple[Cell, ...], ...]
    total: int


@dataclass(frozen=True)
class Table:
    """A table of a result.

    Attributes:
        name: Name in templates and summaries: ``top_genes``.
        id: Target of references: ``tab-differential``.
        frame: The attribute of the result that holds its values: ``table``, ``missingness.by_class``.
        columns: Its columns, or a function of the result that makes them. Those that the frame lacks are left out.
        rows: Function of the result that returns the rows, in their order; None: all.
        whole: Whether the page lists all genes in it.
        drop_empty: Whether columns without any content are left out.
    """

    name: str
    id: str
    frame: str
    columns: Columns | Callable[[Any], Columns]
    rows: Callable[[Any], Iterable[int]] | None = None
    whole: bool = False
    drop_empty: bool = True

    def print(self, result: Any, style: Style, most: int | None = None) -> Grid:
        """Return the cells of the table for a result.

        Args:
            result: The result that holds the frame.
            style: How numbers print.
            most: Largest number of rows; None: all.
        """
        frame: pd.DataFrame = attrgetter(self.frame)(result)
        chosen = list(self.rows(result) if self.rows else range(len(frame)))
        columns = self.columns(result) if callable(self.columns) else self.columns
        held = [(column, attrgetter(column.frame)(result) if column.frame else frame) for column in columns]
        held = [(column, own) for column, own in held if set(column.names) <= {*own.columns, own.index.name}]
        columns = tuple(column for column, _ in held)
        rows = list(zip(*(_cells(own, column, chosen[:most], style) for column, own in held), strict=True))
        kept = list(range(len(columns)))
        if self.drop_empty and rows:
            kept = [place for place in kept if any(row[place].text not in ("", MISSING) for row in rows)]
        return Grid(
            tuple(columns[place] for place in kept),
            tuple(tuple(row[place] for place in kept) for row in rows),
            len(chosen),
        )


def _cells(frame: pd.DataFrame, column: Column, rows: Sequence[int], style: Style) -> list[Cell]:
    places: Positions = np.array([column.at(frame, row) for row in rows] if column.at else rows, dtype=np.intp)
    values = [
        (frame.index if name == frame.index.name else frame[name]).take(places).to_numpy() for name in column.names
    ]
    return [
        Cell(column.format.pieces(list(own), style), tuple((at, name) for name in column.names), column.frame)
        for at, own in zip(places.tolist(), zip(*values, strict=True), strict=True)
    ]


def first_of(frame: pd.DataFrame, **wanted: str) -> int:
    """Return the position of the first row of a table whose columns hold these values.

    Raises:
        KeyError: If there is none.
    """
    found = _matches(frame, wanted)
    if not found.any():
        raise KeyError(f"no row with {wanted}")
    return int(found.argmax())


def positions(frame: pd.DataFrame, **wanted: object) -> list[int]:
    """Return the positions of the rows whose columns hold these values."""
    return [int(row) for row in np.flatnonzero(_matches(frame, wanted))]


def rows_with(frame: pd.DataFrame, **wanted: object) -> pd.DataFrame:
    """Return the rows whose columns hold these values."""
    return frame.loc[_matches(frame, wanted)]


def _matches(frame: pd.DataFrame, wanted: Mapping[str, object]) -> Flags:
    found: Flags = np.ones(len(frame), dtype=bool)
    for name, value in wanted.items():
        found &= (frame.index if name == frame.index.name else frame[name]).to_numpy() == value
    return found
