"""HTML and PDF: escaped, self-contained, reproducible; nothing is fetched."""

from __future__ import annotations

import io
import re
import socket
import subprocess
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from matplotlib.figure import Figure as MatplotlibFigure

from genereport.errors import RenderError
from genereport.plotting.drawn import Drawn
from genereport.report import render
from genereport.report.document import Code, Document, Figure, Link, Section, Value, inlines
from genereport.report.render import to_html, to_markdown, to_pdf
from tests.analyses import composed, four_class, lean, nasty, two_class
from tests.unit.report import synthetic
from tests.unit.report.drawing import page_without_pictures
from tests.words import prose


def document(*blocks: object) -> Document:
    section = Section("sec", "A section", tuple(blocks))  # type: ignore[arg-type]
    return Document("Title", prose("Sub"), (), simulated=False, abstract=(prose("Abstract."),), sections=(section,))


def picture(name: str = "fig") -> Figure:
    drawn = MatplotlibFigure((4.0, 3.0))
    drawn.subplots().set_title("Painted")
    return Figure(name, lambda: Drawn(drawn), prose("Caption."), "Nothing but a title.")


def test_a_figure_is_on_its_page_as_text_and_lines_with_its_fonts_embedded() -> None:
    raw = to_pdf(document(picture("fig-one"), picture("fig-two")))
    with pikepdf.open(io.BytesIO(raw)) as pdf:
        found = [form for page in pdf.pages for form in page.resources.get("/XObject", {}).values()]
        forms = list({form.objgen: form for form in found}.values())
        assert [str(form.Subtype) for form in forms] == ["/Form", "/Form"]
        assert [[float(side) for side in form.BBox] for form in forms] == [[0, 0, 288, 216]] * 2
        assert len({font.FontDescriptor.FontFile2.objgen for form in forms for font in descendants(form)}) == 1
        assert pdf.check_pdf_syntax() == []
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(raw)
        file.flush()
        words = subprocess.run(["pdftotext", file.name, "-"], capture_output=True, text=True, check=True).stdout
    assert words.count("Painted") == 2


def descendants(form: pikepdf.Object) -> list[pikepdf.Object]:
    return [font.DescendantFonts[0] for font in form.Resources.Font.values() if "/DescendantFonts" in font]


def test_names_from_files_are_printed_and_do_nothing() -> None:
    page = page_without_pictures(composed(nasty))
    assert "<script>alert" not in page
    assert "</script>alert" not in page
    assert "<h1>T</h1>" not in page
    assert "&lt;h1&gt;T&lt;/h1&gt; {{7*7}}" in page
    assert "&lt;b&gt;A&lt;/b&gt;" in page
    assert "49" not in page[page.index("<title>") : page.index("</title>")]


def test_the_page_has_what_a_reader_and_a_screen_reader_need() -> None:
    page = page_without_pictures(composed(two_class))
    assert '<html lang="en">' in page
    assert page.count("<img ") == page.count(' alt="')
    assert len(re.findall(r"<table[ >]", page)) == page.count("<thead>")
    assert 'class="banner"' in page
    assert 'class="banner"' not in page_without_pictures(composed(four_class))


def test_the_pdf_has_a_title_bookmarks_and_embedded_fonts(printed: Path) -> None:
    with pikepdf.open(printed / "report.pdf") as pdf:
        assert len(pdf.pages) >= 12
        assert str(pdf.docinfo["/Title"]) == synthetic.two_class().title
        assert "/CreationDate" not in pdf.docinfo
        with pdf.open_outline() as outline:
            titles = [str(item.title) for item in outline.root]
        assert any("Differential expression" in title for title in titles)
        fonts = [font for page in pdf.pages for font in page.resources.get("/Font", {}).values()]
        assert fonts
        assert all("+" in str(font["/BaseFont"]) for font in fonts)  # a subset prefix: embedded


def test_equal_documents_give_equal_bytes() -> None:
    made = composed(lean)
    assert to_pdf(made) == to_pdf(made)


def test_letter_is_a_paper_too() -> None:
    raw = to_pdf(replace(document(prose("Text.")), page="Letter"))
    with pikepdf.open(io.BytesIO(raw)) as pdf:
        assert [float(side) for side in pdf.pages[0].mediabox] == [0, 0, 612, 792]


def test_a_picture_that_asks_for_the_network_reaches_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(2)
        reached = threading.Event()

        def listen() -> None:
            try:
                listener.accept()
                reached.set()
            except TimeoutError:
                pass

        thread = threading.Thread(target=listen)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/x.png"
        monkeypatch.setattr(render, "placeholder", lambda _: url)
        with pytest.raises(RenderError, match=r"GR501.*127\.0\.0\.1"):
            to_pdf(document(picture()))
        thread.join()
        assert not reached.is_set()


def test_a_style_that_asks_for_the_network_stops_the_rendering(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "_font_faces", lambda: 'p { background: url("http://127.0.0.1:9/x.png") }')
    with pytest.raises(RenderError, match=r"GR501.*127\.0\.0\.1"):
        to_pdf(document(prose("Text.")))


def test_markdown_keeps_values_and_cites_by_key() -> None:
    made = composed(two_class)
    methods = next(section for section in made.sections if section.id == "sec-methods")
    text = to_markdown(methods, made)
    assert text.startswith("# Methods")
    assert "[@welch1947]" in text
    assert not re.search(r"<(?!\s\d)", text)


def test_a_name_that_turns_the_direction_of_text_does_not_turn_the_rest_of_a_line(poppler: None) -> None:
    raw = to_pdf(document(prose("Class {name} against ALL.", name="\u202eAML")))
    words = subprocess.run(["pdftotext", "-", "-"], input=raw, capture_output=True, check=True).stdout.decode()
    assert "Class AML against ALL." in words


def test_a_link_leads_on_and_what_it_says_is_a_value() -> None:
    text = prose("See {link}.", link=Link(Value("cohorts[0].name", "<one>"), "one/report.html"))
    page = to_html(document(text))
    assert '<a href="one/report.html"><span data-result="cohorts[0].name">&lt;one&gt;</span></a>' in page
    assert [part.text for part in inlines(text) if isinstance(part, Value)] == ["<one>"]
    section = Section("sec", "A", (prose("{link}", link=Link(Code("log"), "one/log")),))
    assert "[`log`](one/log)" in to_markdown(section, document(section))
