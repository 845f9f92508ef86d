"""Text is set by one rule, on every page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from genereport.analysis import Analysis
from genereport.plotting.drawn import Drawn
from genereport.plotting.style import WIDTH, canvas
from genereport.report.document import (
    Code,
    Column,
    Document,
    Figure,
    Paragraph,
    Section,
    Table,
    Value,
    flat,
    inlines,
)
from genereport.report.markdown import to_text
from genereport.report.pictures import Pictures
from genereport.report.render import to_html, to_pdf
from genereport.report.typography import typeset, typeset_document
from genereport.report.value_ids import agrees
from tests import analyses

FAULTS = {
    "a hyphen for a minus sign": re.compile(r"(?<![\w.)\]–-])-(?=\.?\d)"),
    "an exponent as it is typed": re.compile(r"\b\d+(\.\d+)?e[+-]\d+\b"),
    "a space before a percent sign": re.compile(r"\d [%‰]"),
    "a space in an equation": re.compile(r"(?<!\w)[pPn] [=<>]|(?<!\w)[pPn]\u00a0[=<>] "),
    "a space in a reference": re.compile(r"\b(Figure|Table|Section) S?\d"),
    "straight quotation marks": re.compile(r"(?<!\w)(['\"])\w[^'\"]*\1(?!\w)"),
    "double quotation marks": re.compile("[“”]"),
    "a long number without separators": re.compile(r"(?<![\w.,])[1-9]\d{4,}(?![\w.])"),
}


def texts(document: Document) -> Iterator[str]:
    """Yield every text of a document but code, names of one word, and what a lab wrote."""
    yield from (document.title, to_text(document.subtitle))
    for block in document.walk():
        if isinstance(block, Section):
            yield block.title
        if isinstance(block, Figure):
            yield block.alt
        if isinstance(block, Table):
            yield from (column.head for column in block.columns)
            cells = [part for row in block.rows for cell in row for part in flat(cell)]
            yield from (part.text for part in cells if isinstance(part, Value) and " " in part.text)
        elif not isinstance(block, Section):
            kept = tuple(part for part in inlines(block) if not isinstance(part, Code))
            yield to_text(Paragraph(kept))


@pytest.mark.parametrize(
    "made", [analyses.two_class, analyses.four_class, analyses.counts], ids=lambda each: each.__name__
)
def test_no_page_has_a_sign_that_is_only_typed(made: Callable[[], Analysis]) -> None:
    document = typeset_document(analyses.composed(made), align=False)
    found = [(fault, text[max(0, at.start() - 30) : at.end() + 20]) for text in texts(document)
             for fault, pattern in FAULTS.items() for at in pattern.finditer(text)]  # fmt: skip
    seed = str(made().settings["seed"])
    assert [(fault, text) for fault, text in found if seed not in text] == []


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("-0.5 to -0.2 (-3), = -1", "−0.5 to −0.2 (−3), = −1"),
        ("2026-11-30, GSE-1, 5-10, log2-1", "2026-11-30, GSE-1, 5-10, log2-1"),
        ("p = 7.3e-05; n = 12, α < 0.05", "p~=~7.3~×~10⁻⁵; n~=~12, α~<~0.05"),
        ("95 % CI in Figure 3 and Table S2", "95~% CI in Figure~3 and Table~S2"),
        ("'sex' and \"O'Brien\", the samples' 5'-ends", "‘sex’ and ‘O’Brien’, the samples’ 5'-ends"),
        ("12 MB of 4 genes", "12~MB of 4 genes"),
        ("p = ", "p~=~"),
        (" %", "~%"),
    ],
)
def test_a_text_is_set(typed: str, text: str) -> None:
    assert typeset(typed) == text.replace("~", "\u00a0")
    assert typeset(typeset(typed)) == typeset(typed)


def test_a_sentence_that_was_set_agrees_with_the_stored_one() -> None:
    stored = "'sex' differs (p = 7.3e-05), by -0.52 or 12 %."
    assert agrees(typeset(stored), stored)
    assert agrees(typeset("94.1 %"), 0.94117)
    assert agrees(typeset("5.88 × 10⁻⁸"), 5.8795e-08)
    assert not agrees(typeset("5.89 × 10⁻⁸"), 5.8795e-08)


def test_numbers_of_a_column_on_paper_are_aligned_on_the_decimal_point() -> None:
    texts = ["0.0977", "0.13", "1", "1.20 × 10⁻⁵", "–"]
    rows = tuple((Value(f"x[{row}].p", text),) for row, text in enumerate(texts))
    table = Table("tab", Paragraph(("Caption",)), (Column("p", numeric=True),), rows)
    document = Document("T", Paragraph(()), (), False, (), (Section("s", "S", (table,)),))
    (aligned,) = (block for block in typeset_document(document, align=True).walk() if isinstance(block, Table))
    printed = [to_text(Paragraph(row)) for row in aligned.rows]
    assert printed == ["0.0977", "0.13\u2007\u2007", "1\u2007\u2007\u2007\u2007\u2008", "1.20\u00a0×\u00a010⁻⁵", "–"]


def test_a_page_draws_each_figure_once() -> None:
    drawn: list[int] = []

    def draw() -> Drawn:
        with canvas(2.0) as (figure, axes):
            axes.plot([0, 1])
            drawn.append(1)
        return Drawn(figure)

    figure = Figure("fig", draw, Paragraph(("C",)), "A")
    document = Document("T", Paragraph(()), (), False, (), (Section("s", "S", (figure,)),))
    pictures = Pictures.of(document)
    assert figure.size == (WIDTH, 2.0)
    assert drawn == []
    assert "Report Sans" in to_html(document, pictures)
    to_pdf(document, pictures)
    assert drawn == [1]


def test_ticks_have_true_minus_signs_and_separators() -> None:
    with canvas(2.0) as (figure, axes):
        axes.plot([0, 3], [-15000, 12000])
        figure.draw_without_rendering()
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert {"−10,000", "0", "5,000"} <= set(labels)
    assert "0.5" in [label.get_text() for label in axes.get_xticklabels()]
