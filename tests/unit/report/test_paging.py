"""Figures that would miss a page are printed narrower or elsewhere in their section; no report gets longer by it."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pikepdf
import pytest

from genereport.plotting.drawn import Drawn
from genereport.plotting.style import HALF, WIDTH, canvas
from genereport.report import paging, render
from genereport.report.document import Block, Document, Figure, Items, Note, Section, Table, inlines
from genereport.report.paging import SHORT, SMALLEST, Arranged, arrange
from genereport.report.render import to_html
from tests.analyses import composed
from tests.unit.report import synthetic
from tests.words import prose


def figure(number: int, height: float) -> Figure:
    with canvas(height) as (drawn, _):
        pass
    return Figure(f"fig-{number}", lambda: Drawn(drawn), prose("A caption of a few words."), "Nothing.")


def paper(*blocks: Block, page: str = "A4") -> Document:
    section = Section("sec-a", "A", blocks)
    return Document("T", prose("S"), (), simulated=False, abstract=(), sections=(section,), page=page)


def half(number: int, height: float = 2.0) -> Figure:
    with canvas(height, width=HALF) as (drawn, _):
        pass
    return Figure(f"fig-{number}", lambda: Drawn(drawn), prose("A caption."), "Nothing.", half=True)


def rows(number: int) -> Table:
    return Table("tab-a", prose("Caption."), (), ((),) * number)


def pages(document: Document) -> int:
    with pikepdf.open(io.BytesIO(render.to_pdf(document))) as pdf:
        return len(pdf.pages)


def names(document: Document) -> list[str]:
    return [getattr(block, "id", "text") for block in document.sections[0].walk()]


def test_what_fits_is_left_alone() -> None:
    for blocks in ((figure(1, 3.0), figure(2, 3.0)), (prose("Text."),)):
        document = paper(*blocks)
        assert arrange(document) == Arranged(document, {})


def test_a_figure_that_just_misses_the_page_is_narrower() -> None:
    found = arrange(paper(figure(1, 4.6), figure(2, 4.6))).shares
    assert set(found) == {"fig-2"}
    assert SMALLEST <= found["fig-2"] < 1


def test_a_figure_that_misses_the_page_follows_the_text_after_it() -> None:
    found = arrange(paper(figure(1, 6.0), figure(2, 6.0), TEXT, TEXT))
    assert found.shares == {}
    assert names(found.document) == ["fig-1", "text", "text", "fig-2"]


def test_figures_keep_their_order_and_stay_in_their_section() -> None:
    inner = Section("sec-b", "B", (TEXT, figure(4, 2.0)))
    found = arrange(paper(figure(1, 6.0), figure(2, 6.0), TEXT, figure(3, 2.0), inner)).document
    assert names(found) == ["fig-1", "text", "fig-2", "fig-3", "sec-b", "text", "fig-4"]


def test_a_figure_stands_before_a_long_table_if_it_fits_only_there() -> None:
    table = rows(30)
    assert names(arrange(paper(figure(1, 3.0), table, figure(2, 5.5))).document) == ["fig-1", "fig-2", "tab-a"]
    assert names(arrange(paper(table, figure(2, 3.0))).document) == ["tab-a", "fig-2"]


def test_two_halves_take_the_room_of_the_higher_one() -> None:
    layout = paging._Layout(*paging._PAGE["A4"])
    low, high = half(1), half(2, 3.0)
    assert layout._size((low, high)) == layout._size((high, low)) == layout._size((high, high))
    assert layout._size((high,)).height < layout._size((high, high)).height


@pytest.mark.parametrize("page", ["A4", "Letter"])
@pytest.mark.parametrize("analysis", [synthetic.two_class, synthetic.four_class])
def test_a_report_loses_nothing_and_no_figure_falls_below_the_smallest(
    analysis: Callable[[], object], page: str
) -> None:
    document = replace(composed(analysis), page=page)  # type: ignore[arg-type]
    found = arrange(document)
    printed = document.on_paper()
    assert sorted(map(str, map(_name, found.document.walk()))) == sorted(map(str, map(_name, printed.walk())))
    for kind in (Figure, Table):  # each series of numbers keeps its order
        made, given = ([b.id for b in d.walk() if isinstance(b, kind)] for d in (found.document, printed))
        assert made == given
    assert all(SMALLEST <= share < 1 for share in found.shares.values())
    assert all(round(100 * share, 6) == round(100 * share) for share in found.shares.values())


def _name(block: Block) -> object:
    return getattr(block, "id", None) or "".join(str(part) for part in inlines(block))


def test_letter_has_a_page_of_its_own() -> None:
    blocks = (figure(1, 4.1), figure(2, 4.1))
    assert arrange(paper(*blocks)).shares == {}
    assert set(arrange(paper(*blocks, page="Letter")).shares) == {"fig-2"}
    assert set(paging._PAGE) == {"A4", "Letter"}


TEXT = prose("A sentence that is as long as sentences are in a report, with a number in it. " * 6)
SHAPES: dict[str, tuple[Block, ...]] = {
    "figures": tuple(figure(number, height) for number, height in enumerate((4.6, 4.6, 3.4, 3.9, 4.2))),
    "text between": tuple(
        block
        for number, height in enumerate((6.2, 5.9, 5.6))
        for block in (TEXT, Items((TEXT,)), figure(number, height), Note("note", TEXT), TEXT)
    ),
}


@pytest.mark.parametrize("page", ["A4", "Letter"])
@pytest.mark.parametrize("shape", SHAPES)
def test_an_arranged_report_never_takes_more_pages(monkeypatch: pytest.MonkeyPatch, shape: str, page: str) -> None:
    document = paper(*SHAPES[shape], page=page)
    arranged = pages(document)
    monkeypatch.setattr(render, "arrange", lambda given: Arranged(given.on_paper(), {}))
    assert arranged <= pages(document)


def test_the_share_is_the_width_on_paper_and_nothing_on_a_screen() -> None:
    document = paper(figure(1, 4.6), figure(2, 4.6))
    share = arrange(document).shares["fig-2"]
    with pikepdf.open(io.BytesIO(render.to_pdf(document))) as pdf:
        widths = sorted({round(float(width)) for page in pdf.pages for width in _widths(page)})
    _, width = paging._PAGE["A4"]
    assert widths == [round(share * width), round(width)]
    assert 'style="width: ' not in to_html(document)
    assert round(width) - 15 < round(WIDTH * 72) <= round(width)


def _widths(page: pikepdf.Page) -> list[float]:
    """Of the pictures on a page, in points: the first number of the matrix before each is painted."""
    found, scale, stack = [], [1.0], []
    for operands, operator in pikepdf.parse_content_stream(page):
        if str(operator) == "q":
            stack.append(list(scale))
        elif str(operator) == "Q":
            scale = stack.pop()
        elif str(operator) == "cm":
            scale.append(float(operands[0]))
        elif str(operator) == "Do":
            width = 1.0
            for factor in scale:
                width *= factor
            found.append(abs(width))
    return found


def test_a_long_table_flows_and_a_short_one_does_not() -> None:
    layout = paging._Layout(*paging._PAGE["A4"])
    short, long = layout._size(rows(SHORT)), layout._size(rows(SHORT + 1))
    assert (short.flows, long.flows) == (False, True)
    assert long.height > short.height
    assert 'class="table short"' in to_html(paper(rows(SHORT)))
    assert 'class="table short"' not in to_html(paper(rows(SHORT + 1)))
