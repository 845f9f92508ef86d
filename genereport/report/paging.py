"""Arrange the printed figures and tables, so that no page is left half empty before a large one.

WeasyPrint has no floats that move to the next page, and laying the report out twice would take twice as long. The
height of a block can be estimated from the style sheet well enough to tell which figures would miss a page. Such a
figure is drawn a little smaller, stands before the table that precedes it, or follows the paragraphs after it in the
same section. A wrong estimate costs only some space.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import NamedTuple

from genereport.report.document import Block, Document, Figure, Items, Note, Paragraph, Section, Table, inlines

_PAGE = {"A4": (748.3, 493.2), "Letter": (698.5, 510.0)}
"""Height and width of the text (points). All numbers below are in points, from ``print.css``."""

SMALLEST = 0.92
"""Smallest share of its width at which a figure is printed; the smallest labels are then about six points."""

_HALF = 0.485
_LINE, _LETTER, _GAP = 12.5, 4.4, 4.6
_CAPTION_LINE, _CAPTION_LETTER, _AROUND = 11.4, 3.95, 7.4
_ROW, _HEAD, _TABLE, _FOOTNOTE = 12.0, 17.5, 20.0, 13.0
_NOTE = 11.0
_TITLE, _KEY, _ENTRY = 40.0, 66.0, 11.8
_HEADINGS = {2: 35.0, 3: 25.0, 4: 22.0}
_SLACK = 6.0

SHORT = 8
"""Largest number of rows of a table that is not broken over two pages."""

Row = Block | tuple[Figure, ...]
"""A block, or the figures that stand side by side."""


class Arranged(NamedTuple):
    """A document for paper.

    Attributes:
        document: The document, with some figures later, or before a table, in their section.
        shares: Id of each figure that is printed narrower → its share of the width.
        spilling: Whether title, abstract and contents need more than the first page; the first section then follows
            at once.
    """

    document: Document
    shares: dict[str, float]
    spilling: bool = False


class _Size(NamedTuple):
    """The height of a row: `figure` is the part of pictures, which may shrink; `flows`: it may be broken."""

    height: float
    figure: float = 0.0
    flows: bool = False

    @property
    def least(self) -> float:
        """The height of what must stand on one page."""
        return min(self.height, 3 * _LINE) if self.flows else self.height + self.figure


def arrange(document: Document) -> Arranged:
    """Return what is printed of a document, arranged for paper.

    Args:
        document: The document, or its part that is printed.
    """
    document = document.on_paper()
    layout = _Layout(*_PAGE[document.page])
    beyond = layout.measure_opening(document) - layout.height
    layout.used = max(0.0, beyond)
    sections = tuple(layout.add_section(section, 2) for section in document.sections)
    return Arranged(replace(document, sections=sections), layout.shares, beyond > 0)


@dataclass
class _Layout:
    """The pages as far as they are filled: `used` is the height of the last one that is filled."""

    height: float
    width: float
    used: float = 0.0
    shares: dict[str, float] = field(default_factory=dict)

    def measure_opening(self, document: Document) -> float:
        """Return the height of title, key numbers, abstract and contents."""
        details = sum(len(label) + len(text) + 6 for label, text in document.details)
        title = _TITLE + _LINE * math.ceil(details * _LETTER / self.width) + _KEY * bool(document.key)
        sizes = [self._size(row) for row in _rows(document.abstract)]
        abstract = _HEADINGS[2] + sum(size.height + size.figure for size in sizes)
        return title + abstract + _HEADINGS[2] + _ENTRY * math.ceil((len(document.sections) + 1) / 3) + _FOOTNOTE

    def add_section(self, section: Section, level: int) -> Section:
        """Place a section; return it with its figures where they fit."""
        rows = _rows(section.blocks)
        own = [row for row in rows if not isinstance(row, Section)]
        self._add_heading(_HEADINGS[min(level, 4)], own)
        placed: list[Row] = []
        waiting: list[Row] = []
        for position, row in enumerate(rows):
            if isinstance(row, Section):
                self._place_all(waiting, placed)
                placed.append(self.add_section(row, level + 1))
                continue
            self._add_row(row, rows[position + 1 :], waiting, placed)
        self._place_all(waiting, placed)
        blocks = tuple(block for row in placed for block in (row if isinstance(row, tuple) else (row,)))
        return replace(section, blocks=blocks)

    def _add_heading(self, height: float, rows: Sequence[Row]) -> None:
        following = self._size(rows[0]).least if rows else 2 * _LINE
        self._add(_Size(height + min(following, 0.5 * self.height)))
        self.used -= min(following, 0.5 * self.height)

    def _add_row(self, row: Row, after: Sequence[Row], waiting: list[Row], placed: list[Row]) -> None:
        """Place a row, or let it wait; place what waits once the page is full or there is room for it."""
        size = self._size(row)
        if not size.figure:
            if isinstance(row, Table) and not waiting and self._figure_goes_first(size, after):
                waiting.append(row)
                return
            self._add(size)
            placed.append(row)
            if waiting and not isinstance(row, Table) and self._fits(waiting[0]):
                self._place_all(waiting, placed)
            return
        if waiting and isinstance(waiting[0], Table):
            self._add(size)
            placed.append(row)
            self._place_all(waiting, placed)
        elif waiting or (not self._fits(row) and any(isinstance(other, Paragraph | Items) for other in _own(after))):
            waiting.append(row)
        else:
            self._place_all([row], placed)

    def _figure_goes_first(self, table: _Size, after: Sequence[Row]) -> bool:
        """Return whether the figure behind a table that may be broken has room only before it."""
        if not table.flows or not after or not self._is_figure(after[0]):
            return False
        figure, room = self._size(after[0]).least, self.height - _SLACK
        return self.used + figure <= room < (self.used + table.height) % self.height + figure

    @staticmethod
    def _is_figure(row: Row) -> bool:
        return isinstance(row, tuple | Figure)

    def _fits(self, row: Row) -> bool:
        size = self._size(row)
        return self.used + size.height + SMALLEST * size.figure <= self.height - _SLACK

    def _place_all(self, waiting: list[Row], placed: list[Row]) -> None:
        for row in waiting:
            size = self._size(row)
            room = self.height - _SLACK - self.used - size.height
            if size.figure and SMALLEST * size.figure <= room < size.figure:
                share = math.floor(100 * room / size.figure) / 100
                figures = row if isinstance(row, tuple) else (row,)
                self.shares |= {figure.id: share for figure in figures if isinstance(figure, Figure)}
                size = _Size(size.height, share * size.figure)
            self._add(size)
            placed.append(row)
        waiting.clear()

    def _add(self, size: _Size) -> None:
        height = size.height + size.figure
        if size.flows:
            self.used = (self.used + height) % self.height
        else:
            self.used = self.used + height if self.used + height <= self.height else height

    def _size(self, row: Row) -> _Size:
        match row:
            case tuple():
                return self._size_pair(row)
            case Figure():
                across, up = row.size
                return _Size(_caption(row.caption, self.width) + 2 * _AROUND, up / across * self.width)
            case Table():
                rows = _HEAD + _ROW * len(row.rows) + _FOOTNOTE * (row.footnote is not None)
                return _Size(_caption(row.caption, self.width) + _TABLE + rows, flows=len(row.rows) > SHORT)
            case Note():
                return _Size(_text(row, self.width) + _NOTE)
            case _:
                return _Size(_text(row, self.width), flows=True)

    def _size_pair(self, figures: tuple[Figure, ...]) -> _Size:
        """Return the height of figures side by side; one alone has its caption beside it."""
        width = _HALF * self.width
        picture = max(up / across * width for across, up in (figure.size for figure in figures))
        caption = max(_caption(figure.caption, width) for figure in figures)
        below = caption if len(figures) > 1 else max(0.0, caption - picture)
        return _Size(2 * _AROUND + below, picture)


def _rows(blocks: tuple[Block, ...]) -> list[Row]:
    """Return the blocks, figures that stand side by side together."""
    found: list[Row] = []
    for halves, group in groupby(blocks, lambda block: isinstance(block, Figure) and block.half):
        if halves:
            figures = [block for block in group if isinstance(block, Figure)]
            found += [tuple(figures[first : first + 2]) for first in range(0, len(figures), 2)]
        else:
            found += group
    return found


def _own(rows: Sequence[Row]) -> list[Row]:
    """Return the rows before the first subsection."""
    return rows[: next((place for place, row in enumerate(rows) if isinstance(row, Section)), len(rows))]  # type: ignore[return-value]


def _text(block: Block, width: float) -> float:
    if isinstance(block, Items):
        return sum(_text(item, width - 15) - _GAP for item in block.items) + _GAP
    return _LINE * math.ceil(_letters(block) * _LETTER / width) + _GAP


def _caption(caption: Paragraph, width: float) -> float:
    return _CAPTION_LINE * math.ceil((10 + _letters(caption)) * _CAPTION_LETTER / width)


def _letters(block: Block) -> int:
    return sum(len(part if isinstance(part, str) else getattr(part, "text", "Figure 10")) for part in inlines(block))
