"""Prose with places, numbering, and what a walk sees."""

from __future__ import annotations

from dataclasses import replace

import pytest
from matplotlib.figure import Figure as MatplotlibFigure

from genereport.plotting.drawn import Drawn
from genereport.report.document import (
    Cite,
    Column,
    Document,
    Figure,
    Paragraph,
    Phrase,
    Ref,
    Reference,
    Section,
    Table,
    Value,
    inlines,
    numbers,
)
from genereport.report.render import to_html, to_markdown, to_pdf
from tests.words import prose


def test_prose_puts_parts_in_their_places() -> None:
    value = Value("a.b", "7")
    assert prose("{n} genes, see {where}.", n=value, where=Ref("t")).parts == (value, " genes, see ", Ref("t"), ".")
    assert prose("{text}", text="{not} a place").parts == ("{not} a place",)
    with pytest.raises(KeyError):
        prose("{missing}")


def document(*sections: Section) -> Document:
    return Document("t", prose("s"), (), simulated=False, abstract=(), sections=sections)


def table(identity: str) -> Table:
    return Table(identity, prose("Caption {c}.", c=Cite(("k",))), (Column("x"),), (("cell",),))


def figure(identity: str, *, on_paper: bool = True) -> Figure:
    return Figure(identity, lambda: Drawn(MatplotlibFigure()), prose("c"), "alt", on_paper=on_paper)


def test_what_is_on_the_screen_only_has_numbers_of_its_own_and_leaves_no_gap_on_paper() -> None:
    hidden = Section("hidden", "Hidden", (table("t3"),), numbered=False, on_paper=False)
    whole = document(
        Section("a", "A", (table("t1"), replace(table("t2"), printed=0), figure("f1", on_paper=False), figure("f2"))),
        hidden,
    )
    labels = numbers(whole)
    assert [labels[name] for name in ("t1", "t2", "t3", "f1", "f2")] == [
        "Table 1",
        "Table S1",
        "Table S2",
        "Figure S1",
        "Figure 1",
    ]
    assert whole.unprinted() == {"t2", "t3", "f1", "hidden"}
    assert [block.id for block in whole.on_paper().walk() if isinstance(block, Table | Figure)] == ["t1", "f2"]


def test_a_table_may_have_fewer_rows_on_paper() -> None:
    long = replace(table("t"), rows=(("a",), ("b",), ("c",)), printed=2)
    (section,) = document(Section("a", "A", (long,))).on_paper().sections
    assert [block.rows for block in section.walk() if isinstance(block, Table)] == [(("a",), ("b",))]


def test_paper_names_what_is_elsewhere_and_does_not_link_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr("genereport.report.render._lay_out", lambda html, _: seen.append(html) or b"")
    monkeypatch.setattr("genereport.report.render.archived", lambda pages, *_: pages)
    away = replace(table("away"), printed=0, caption=prose("Away."))
    whole = document(Section("a", "A", (Paragraph(("See ", Ref("away"), ".")), away, table("here"))))
    to_pdf(replace(whole, references=(Reference("k", "K", ""),)))
    assert "See Table\xa0S1." in seen[0]
    assert "begins with S" in seen[0]
    assert "Away." not in seen[0]
    assert '<a class="ref" href="#away">Table\xa0S1</a>' in to_html(
        replace(whole, references=(Reference("k", "K", ""),))
    )


def test_tables_figures_and_sections_are_numbered_in_reading_order() -> None:
    inner = Section("in", "Inner", (table("t2"), Figure("f1", lambda: Drawn(MatplotlibFigure()), prose("c"), "alt")))
    found = numbers(
        document(Section("a", "A", (table("t1"), inner)), Section("b", "B", (), numbered=False), Section("c", "C", ()))
    )
    assert found == {
        "t1": "Table 1",
        "t2": "Table 2",
        "f1": "Figure 1",
        "a": "Section 1",
        "in": "Section 1.1",
        "b": "B",
        "c": "Section 2",
    }


def test_the_lead_of_a_caption_is_its_first_sentence_without_citations() -> None:
    value, where = Value("a", "0.05"), Ref("t")
    lead = prose("Genes below {v} in {w}; more. Rest.", v=value, w=where).lead()
    assert lead.parts == ("Genes below ", value, " in ", where, "")
    assert prose("Made by limma {c}. More.", c=Cite(("k",))).lead().parts == ("Made by limma ", "")
    assert prose("At 1.5 log2 units: all genes.").lead().parts == ("At 1.5 log2 units",)
    assert prose("No stop").lead().parts == ("No stop",)
    assert prose("It ends.").lead().parts == ("It ends",)


def test_the_page_lists_figures_and_tables_with_their_leads() -> None:
    seen = Figure(
        "f1", lambda: Drawn(MatplotlibFigure(figsize=(2, 1))), prose("Genes <b> {v}. More.", v=Value("a", "7")), "alt"
    )
    one = Table("t1", prose("Of all {c}. More.", c=Cite(("k",))), (Column("x"),), (("cell",),))
    listed = replace(document(Section("a", "A", (one, seen))), references=(Reference("k", "K.", ""),))
    page = to_html(listed)
    contents = page[page.index('<nav class="contents"') : page.index("</nav>")]
    assert '<li><a href="#f1">Figure 1. Genes &lt;b&gt; 7</a></li>' in contents
    assert '<li><a href="#t1">Table 1. Of all </a></li>' in contents
    assert contents.index("<summary>Figures</summary>") < contents.index("<summary>Tables</summary>")
    assert "<summary>" not in to_html(document(Section("a", "A", (prose("Text."),))))


def test_inlines_reach_captions_and_cells() -> None:
    assert list(inlines(table("t"))) == ["Caption ", Cite(("k",)), ".", "cell"]
    assert list(inlines(Paragraph(("a",)))) == ["a"]


def test_a_phrase_is_one_cell_and_its_parts_are_reached() -> None:
    low, high = Value("a", "1"), Value("b", "2")
    phrase = Phrase((Phrase((low, " to ", high)), "*"))
    cell = Table("t", prose("c"), (Column("x"),), ((phrase,),))
    assert list(inlines(cell)) == ["c", low, " to ", high, "*"]
    section = Section("s", "S", (Paragraph(("It is ", phrase, ".")), cell))
    whole = document(section)
    assert "It is 1 to 2*." in to_markdown(section, whole)
    page = to_html(whole)
    assert '<span data-result="a">1</span> to <span data-result="b">2</span>*' in page
