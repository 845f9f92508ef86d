"""Figures that would just miss a page are printed a little narrower, and no report gets longer by it."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pikepdf
import pytest

from genereport.plotting.drawn import Drawn
from genereport.plotting.style import WIDTH, canvas
from genereport.report import paging, render
from genereport.report.document import Block, Document, Figure, Items, Note, Section, Table
from genereport.report.paging import SMALLEST, shares
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


def pages(document: Document) -> int:
    with pikepdf.open(io.BytesIO(render.to_pdf(document))) as pdf:
        return len(pdf.pages)


def test_what_fits_is_left_alone() -> None:
    assert shares(paper(figure(1, 3.0), figure(2, 3.0))) == {}
    assert shares(paper(prose("Text."))) == {}


def test_a_figure_that_just_misses_the_page_is_narrower() -> None:
    found = shares(paper(figure(1, 4.6), figure(2, 4.6)))
    assert set(found) == {"fig-2"}
    assert SMALLEST <= found["fig-2"] < 1


def test_a_figure_that_misses_it_by_far_is_not() -> None:
    assert shares(paper(figure(1, 6.0), figure(2, 6.0), prose("Text."))) == {}


def test_two_that_would_each_take_a_page_share_one() -> None:
    found = shares(paper(figure(0, 8.0), figure(1, 5.0), figure(2, 5.0)))
    assert found["fig-1"] == found["fig-2"]
    assert SMALLEST <= found["fig-1"] < 1


@pytest.mark.parametrize("page", ["A4", "Letter"])
@pytest.mark.parametrize("analysis", [synthetic.two_class, synthetic.four_class])
def test_no_figure_of_a_report_falls_below_the_smallest(analysis: Callable[[], object], page: str) -> None:
    document = replace(composed(analysis), page=page)  # type: ignore[arg-type]
    found = shares(document)
    names = {block.id for block in document.walk() if isinstance(block, Figure)}
    assert set(found) <= names
    assert all(SMALLEST <= share < 1 for share in found.values())
    assert all(round(100 * share, 6) == round(100 * share) for share in found.values())


def test_letter_has_a_page_of_its_own() -> None:
    blocks = (figure(1, 4.0), figure(2, 4.0))
    assert shares(paper(*blocks)) == {}
    assert set(shares(paper(*blocks, page="Letter"))) == {"fig-2"}
    assert set(paging._PAGE) == {"A4", "Letter"}


TEXT = prose("A sentence that is as long as sentences are in a report, with a number in it. " * 6)
SHAPES: dict[str, tuple[Block, ...]] = {
    "figures": tuple(figure(number, height) for number, height in enumerate((4.6, 4.6, 3.4, 3.9, 3.0, 4.9, 2.6, 4.2))),
    "text between": tuple(
        block
        for number, height in enumerate((5.0, 5.2, 5.4, 5.6))
        for block in (TEXT, Items((TEXT,)), figure(number, height), Note("note", TEXT), TEXT)
    ),
}


@pytest.mark.parametrize("page", ["A4", "Letter"])
@pytest.mark.parametrize("shape", SHAPES)
def test_narrower_figures_never_take_more_pages(monkeypatch: pytest.MonkeyPatch, shape: str, page: str) -> None:
    document = paper(*SHAPES[shape], page=page)
    assert shares(document)
    narrower = pages(document)
    monkeypatch.setattr(render, "shares", lambda _: {})
    assert narrower <= pages(document)


def test_the_share_is_the_width_on_paper_and_nothing_on_a_screen() -> None:
    document = paper(figure(1, 4.6), figure(2, 4.6))
    share = shares(document)["fig-2"]
    with pikepdf.open(io.BytesIO(render.to_pdf(document))) as pdf:
        widths = sorted({round(float(width)) for page in pdf.pages for width in _widths(page)})
    _, width = paging._PAGE["A4"]
    assert widths == [round(share * width), round(width)]
    assert 'style="width: ' not in to_html(document)
    assert round(WIDTH * 72) == round(width)


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
    def rows(number: int) -> Table:
        return Table("tab-a", prose("Caption."), (), ((),) * number)

    (short,) = paging._items(rows(14), 3, 480)
    (long,) = paging._items(rows(15), 3, 480)
    assert (short.flows, long.flows) == (False, True)
    assert long.height > short.height
