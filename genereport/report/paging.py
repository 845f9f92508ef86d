"""Choose the width of each printed figure, so that no page is left half empty before a large one.

WeasyPrint has no floats that move to the next page, and laying the report out twice would take twice as long. The
height of a block can be estimated from the style sheet well enough to tell which figures would just miss a page. Those
are drawn a little smaller. A wrong estimate costs only a few per cent of the width of a figure.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from genereport.report.document import Block, Document, Figure, Items, Note, Paragraph, Section, Table, inlines

_PAGE = {"A4": (722.8, 481.9), "Letter": (673.0, 498.9)}
"""Height and width of the text (points). All numbers below are in points, from ``print.css``."""

SMALLEST = 0.8
"""Smallest share of the width of the text, at which the smallest labels stay above five points."""

_LINE, _LETTER, _GAP = 14.2, 4.75, 6.0
_CAPTION_LINE, _CAPTION_LETTER, _AROUND = 12.4, 4.35, 12.0
_ROW, _HEAD, _SHORT = 13.3, 43.0, 14
_HEADINGS = {2: 46.9, 3: 32.4, 4: 30.0}
_KEPT_WITH_HEADING = 50.0
_SLACK = 4.0


class _Item(NamedTuple):
    """A part that takes height: `figure` is the height of a picture, which may shrink; `flows`: it may be broken."""

    height: float
    figure: float = 0.0
    id: str = ""
    flows: bool = False
    heading: bool = False


def shares(document: Document) -> dict[str, float]:
    """Return id of each figure that is printed narrower → its share of the width of the text."""
    height, width = _PAGE[document.page]
    items = [item for section in document.sections for item in _items(section, 2, width)]
    found: dict[str, float] = {}
    used = 0.0
    for position, item in enumerate(items):
        following = items[position + 1] if position + 1 < len(items) else None
        used = _place_item(item, following, used, height, found)
    return found


def _place_item(item: _Item, following: _Item | None, used: float, height: float, found: dict[str, float]) -> float:
    """Return the height of the page that is used once the item is placed; record in `found` which figures shrink."""
    room = height - used - item.height - _SLACK
    if item.figure:
        return _with_figure(item, following, used, height, found)
    if item.heading:
        return used + item.height if room > _KEPT_WITH_HEADING else item.height
    if item.flows:
        return (used + item.height) % height
    return used + item.height if room >= 0 else item.height


def _with_figure(item: _Item, following: _Item | None, used: float, height: float, found: dict[str, float]) -> float:
    room = height - used - item.height - _SLACK
    share = found.get(item.id, 1.0)
    if share * item.figure <= room:
        return used + item.height + share * item.figure
    if SMALLEST * item.figure <= room:
        found[item.id] = _round_down(room / item.figure)
        return height - _SLACK
    if following and following.figure:
        both = height - item.height - following.height - 2 * _SLACK
        common = both / (item.figure + following.figure)
        if SMALLEST <= common < 1:
            found[item.id] = found[following.id] = _round_down(common)
    return item.height + found.get(item.id, 1.0) * item.figure


def _round_down(share: float) -> float:
    return math.floor(100 * share) / 100


def _items(block: Block, level: int, width: float) -> Iterator[_Item]:
    match block:
        case Section():
            yield _Item(_HEADINGS[min(level, 4)], heading=True)
            for inner in _rows(block.blocks):
                if isinstance(inner, tuple):
                    heights = [item.height + item.figure for item in (_measure_block(f, width / 2) for f in inner)]
                    yield _Item(max(heights))
                else:
                    yield from _items(inner, level + 1, width)
        case Items():
            for item in block.items:
                yield _Item(_text(item, width), flows=True)
        case _:
            yield _measure_block(block, width)


def _rows(blocks: tuple[Block, ...]) -> Iterator[Block | tuple[Figure, ...]]:
    """Yield blocks, and the figures that stand side by side together."""
    for halves, found in groupby(blocks, lambda block: isinstance(block, Figure) and block.half):
        if halves:
            figures = [block for block in found if isinstance(block, Figure)]
            yield from (tuple(figures[first : first + 2]) for first in range(0, len(figures), 2))
        else:
            yield from found


def _measure_block(block: Block, width: float) -> _Item:
    match block:
        case Figure():
            across, up = block.drawn.figure.get_size_inches()
            return _Item(_caption(block.caption, width) + 2 * _AROUND, up / across * width, block.id)
        case Table():
            rows = _ROW * len(block.rows) + _LINE * (block.footnote is not None)
            return _Item(_caption(block.caption, width) + _HEAD + rows, flows=len(block.rows) > _SHORT)
        case Note():
            return _Item(_text(block, width) + _LINE)
        case _:
            return _Item(_text(block, width), flows=True)


def _text(block: Block, width: float) -> float:
    return _LINE * math.ceil(_letters(block) * _LETTER / width) + _GAP


def _caption(caption: Paragraph, width: float) -> float:
    return _CAPTION_LINE * math.ceil((10 + _letters(caption)) * _CAPTION_LETTER / width)


def _letters(block: Block) -> int:
    return sum(len(part if isinstance(part, str) else getattr(part, "text", "Figure 10")) for part in inlines(block))
