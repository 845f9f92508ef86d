"""The PDF as an archive takes it: PDF/A-3a and PDF/UA-1, its data attached, equal bytes for equal input."""

from __future__ import annotations

import io
import re
import subprocess
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pikepdf
import pytest
from page import validate_pdf_bytes
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String

from genereport.plotting.drawn import Drawn
from genereport.plotting.style import canvas, to_pdf
from genereport.report.archive import Attachment, _compress_streams, _save, archived
from genereport.report.document import (
    Code,
    Column,
    Document,
    Figure,
    Paragraph,
    Section,
    Table,
    Value,
    inlines,
)
from genereport.report.render import to_pdf as render
from genereport.report.typography import typeset
from genereport.runs.attachments import attachments
from tests.analyses import composed
from tests.unit.report import synthetic
from tests.words import prose

DATA = (
    Attachment("numbers.tsv", b"gene\tp\nA\t0.1\n", "Table numbers", "text/tab-separated-values", "Data"),
    Attachment("run.json", b"{}\n" * 400, "The run", "application/json", "Source"),
    Attachment("emp\u00fcty.md", b"", "Nothing", "text/markdown", "Supplement"),
)

NAMES = {
    "ligatures": "office fluffy affine ffi fl",
    "signs": "αβγ −1.5 ± 2 μg ≤ é ü ç ñ İ n̈ ½ … →",
    "decomposed": "e\u0301 n\u0308 x\u0327",
    "Arabic": "سرطان الدم",
    "Hebrew": "שלום",
    "CJK": "白血病 遺伝子",
    "Devanagari": "देवनागरी ไทย",
    "emoji": "gene 🧬 👩\u200d🔬 ❤\ufe0f 😀",
    "beyond the plane": "𝒜 𝔸 𝟙 \U0002070e",
    "marks of direction": "a\u202eb\u200fc\u200bd\u00ade\u2060f\u2028g",
    "controls": "a\x01b\x7fc\td",
    "private": "\ue000 \uf001 \U000f0000",
    "unassigned": "\u0378\uffff\ufffd",
}


def draw(*texts: str) -> Drawn:
    with canvas(2.0) as (figure, axes):
        axes.plot([0, 1], [0, 1], label=texts[0])
        axes.set_title(texts[0])
        axes.set_xticks(range(len(texts)), texts)
        axes.legend()
    return Drawn(figure)


def small(*texts: str, in_figure: tuple[str, ...] = ("plain",), page: str = "A4", date: str = "") -> Document:
    """A document that holds the texts where names of a cohort stand."""
    blocks = [
        prose("It is {name}.", name=text)
        if number % 2
        else Table(
            "tab-" + str(number), prose("Of {n}.", n=text), (Column(text),), ((Code(text),), (Value("a", text),))
        )
        for number, text in enumerate(texts)
    ]
    figure = Figure("fig-a", lambda: draw(*in_figure), prose("Seen."), f"A line, called {in_figure[0]}.")
    section = Section("sec-a", texts[0] if texts else "A", (*blocks, figure))
    details = (("Date", date),) if date else ()
    return Document(
        "A <title> & more", prose("Sub"), details, simulated=True, abstract=(prose("Abstract."),), sections=(section,),
        page=page,
    )  # fmt: skip


@pytest.fixture(scope="module")
def paper(printed: Path) -> Iterator[Pdf]:
    with Pdf.open(printed / "report.pdf") as pdf:
        yield pdf


def failures(raw: bytes) -> list[str]:
    found = [validate_pdf_bytes(raw, profile=profile).failures for profile in ("3a", "ua1")]
    return [f"{failure.rule_id}: {failure.message}" for part in found for failure in part]


def test_a_report_of_two_classes_conforms(printed: Path) -> None:
    assert failures((printed / "report.pdf").read_bytes()) == []


@pytest.mark.slow
def test_a_report_of_four_classes_on_letter_paper_conforms() -> None:
    raw = render(replace(composed(synthetic.four_class), page="Letter"), attachments=DATA)
    assert failures(raw) == []
    with Pdf.open(io.BytesIO(raw)) as pdf:
        assert {tuple(map(float, page.mediabox)) for page in pdf.pages} == {(0, 0, 612, 792)}


def test_names_of_all_scripts_conform_in_text_and_in_figures() -> None:
    names = tuple(NAMES.values())
    assert failures(render(small(*names, in_figure=(*names, *(name[:3] for name in names), "ff")))) == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", NAMES)
def test_a_name_of_any_script_conforms_in_text_and_in_figures(kind: str) -> None:
    name = NAMES[kind]
    assert failures(render(small(name, name, in_figure=(name, name[:3], "ff")))) == []


def test_the_validator_sees_a_missing_glyph() -> None:
    """Else the tests above would say nothing: the same figure with no more than matplotlib's own way to write text."""
    raw = _bare(small(in_figure=(NAMES["Arabic"],)))
    assert any("NOTDEF" in failure for failure in failures(raw))


def _bare(document: Document) -> bytes:
    from genereport.plotting import writing

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(writing, "_WRITTEN", re.compile("(?s).*"))
        return render(document)


def test_characters_that_no_font_has_make_no_noise(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        render(small("\U0002070e \u0378", in_figure=("白血病", "🧬")))
    assert capfd.readouterr().err == ""
    assert caplog.text == ""


def test_an_unknown_character_is_printed_as_such_and_alternative_text_keeps_it(poppler: None) -> None:
    raw = render(small("x\U0002070ey", "x\U0002070ey", in_figure=("\U0002070e",)))
    assert "It is x\ufffdy." in text_of(raw)
    with Pdf.open(io.BytesIO(raw)) as pdf:
        assert [str(node.Alt) for node in structure(pdf) if str(node.S) == "/Figure"] == ["A line, called \U0002070e."]


@pytest.mark.parametrize("which", ["whole", "small"])
def test_its_syntax_is_clean(printed: Path, tmp_path: Path, qpdf: str, which: str) -> None:
    path = printed / "report.pdf"
    if which == "small":
        path = tmp_path / "small.pdf"
        path.write_bytes(render(small(), attachments=DATA))
    done = subprocess.run([qpdf, "--check", path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    with Pdf.open(path) as pdf:
        assert pdf.check_pdf_syntax() == []


def content_of(pdf: Pdf, name: str) -> bytes:
    return pdf.attachments[name].get_file().read_bytes()


def test_the_files_of_the_data_folder_go_along_as_they_are(printed: Path, paper: Pdf) -> None:
    data = printed / "report_data"
    files = {path.name: path for path in (data / "tables").iterdir()}
    files |= {
        name: data / name for name in ("results.json", "run.json", "methods.md", "references.bib", "checklist.tsv")
    }
    assert set(paper.attachments) == {*files, "requirements.txt"}
    for name, path in files.items():
        assert content_of(paper, name) == path.read_bytes(), name
    assert b"numpy==2.4.0\n" in content_of(paper, "requirements.txt")
    assert len(paper.Root.AF) == len(paper.attachments)
    assert {str(spec.UF) for spec in paper.Root.AF} == set(paper.attachments)


def test_an_attachment_says_what_it_is(printed: Path, paper: Pdf) -> None:
    for file in attachments(synthetic.two_class(), printed / "report_data"):
        spec = paper.attachments[file.name]
        assert spec.relationship == Name(f"/{file.relationship}"), file.name
        assert spec.description == file.description
        assert spec.get_file().mime_type == file.media_type
        assert spec.get_file().size == len(file.content)
    assert paper.attachments["differential.tsv"].relationship == Name.Data
    assert paper.attachments["run.json"].relationship == Name.Source


def test_an_attachment_without_content_and_one_with_an_accent_go_along() -> None:
    with Pdf.open(io.BytesIO(render(small(), attachments=DATA))) as pdf:
        found = {name: content_of(pdf, name) for name in pdf.attachments}
    assert found == {file.name: file.content for file in DATA}


def test_without_attachments_none_are_listed() -> None:
    with Pdf.open(io.BytesIO(render(small()))) as pdf:
        assert len(pdf.attachments) == 0
        assert "/AF" not in pdf.Root


def test_every_font_is_embedded_and_tells_its_characters(paper: Pdf) -> None:
    fonts = [found for found in paper.objects if isinstance(found, Dictionary) and found.get("/Type") == Name.Font]
    whole = [font for font in fonts if font.Subtype == Name.Type0]
    assert len(whole) >= 6
    assert {str(font.Subtype) for font in fonts} == {"/Type0", "/CIDFontType2"}
    for font in whole:
        assert "beginbfchar" in font.ToUnicode.read_bytes().decode()
        assert {"/FontFile2", "/FontFile3"} & set(font.DescendantFonts[0].FontDescriptor.keys())


def structure(pdf: Pdf) -> Iterator[Dictionary]:
    """The elements of the document's structure, in reading order."""
    waiting = [pdf.Root.StructTreeRoot]
    while waiting:
        node = waiting.pop()
        if "/S" in node:
            yield node
        kids = node.get("/K", [])
        kids = list(kids) if isinstance(kids, Array) else [kids]
        waiting += reversed([kid for kid in kids if isinstance(kid, Dictionary) and kid.get("/Type") != Name.MCR])


def test_every_page_is_tagged_and_the_document_names_itself(paper: Pdf) -> None:
    assert all("/StructParents" in page for page in paper.pages)
    assert bool(paper.Root.MarkInfo.Marked)
    assert str(paper.Root.Lang).startswith("en")
    assert bool(paper.Root.ViewerPreferences.DisplayDocTitle)
    assert str(paper.docinfo["/Title"]) == synthetic.two_class().title


def test_authors_and_date_are_in_the_metadata() -> None:
    raw = render(replace(small(date="2024-05-01"), authors=("A. One", "B. Two & Three")))
    with Pdf.open(io.BytesIO(raw)) as pdf:
        assert str(pdf.docinfo["/Author"]) == "A. One, B. Two & Three"
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
            assert list(metadata["dc:creator"]) == ["A. One", "B. Two & Three"]
    assert failures(raw) == []


def test_the_metadata_claim_both_standards(paper: Pdf) -> None:
    with paper.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        assert metadata["pdfaid:part"] == "3"
        assert metadata["pdfaid:conformance"] == "A"
        assert metadata["{http://www.aiim.org/pdfua/ns/id/}part"] == "1"
        assert metadata["dc:title"] == synthetic.two_class().title


def test_its_structure_has_headings_tables_and_figures(paper: Pdf) -> None:
    nodes = list(structure(paper))
    kinds = [str(node.S) for node in nodes]
    assert kinds[0] == "/Document"
    levels = [int(kind[2:]) for kind in kinds if re.fullmatch(r"/H[1-6]", kind)]
    assert levels[0] == 1
    assert len(levels) > 20
    assert all(below <= above + 1 for above, below in pairwise(levels))
    blocks = list(composed(synthetic.two_class).on_paper().walk())
    assert kinds.count("/Table") >= sum(isinstance(block, Table) for block in blocks)  # one a page
    heads = [node for node in nodes if node.S == Name.TH]
    assert len(heads) >= sum(len(block.columns) for block in blocks if isinstance(block, Table))
    assert all(head.A.Scope == (Name.Column if str(head.P.P.S) == "/THead" else Name.Row) for head in heads)
    assert {str(head.A.Scope) for head in heads} == {"/Column", "/Row"}


def test_figures_carry_their_alternative_text_in_order(paper: Pdf) -> None:
    told = [str(node.Alt) for node in structure(paper) if str(node.S) == "/Figure"]
    blocks = composed(synthetic.two_class).on_paper().walk()
    assert told == [typeset(block.alt) for block in blocks if isinstance(block, Figure)]


def text_of(raw: bytes) -> str:
    done = subprocess.run(["pdftotext", "-", "-"], input=raw, capture_output=True, check=True)
    return " ".join(done.stdout.decode().split())


def test_paragraphs_are_read_in_order_and_figures_hold_text(printed: Path, poppler: None) -> None:
    text = text_of((printed / "report.pdf").read_bytes())
    plain = [
        block
        for block in composed(synthetic.two_class).on_paper().walk()
        if isinstance(block, Paragraph) and _is_plain(block)
    ]
    words = ["".join(getattr(part, "text", part) for part in inlines(block)) for block in plain]
    places = [text.find(" ".join(sentences.split())) for sentences in words]
    whole = [place for place in places if place >= 0]  # the others run over the end of a page
    assert len(whole) >= 8
    assert len(whole) >= 0.75 * len(places)
    assert whole == sorted(whole)
    for label in ("−log10 p", "balanced accuracy", "average expression (log2)", "false-positive rate"):
        assert label in text


def _is_plain(block: Paragraph) -> bool:
    return all(isinstance(part, str | Value | Code) for part in inlines(block))


def test_equal_input_gives_equal_bytes_whatever_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    first = render(small(), attachments=DATA)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert render(small(), attachments=DATA) == first
    dated = render(small(date="2024-05-01"), attachments=DATA)
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert render(small(date="2024-05-01"), attachments=DATA) == dated != first


@pytest.mark.parametrize("date", ["", "2024-05-01"])
def test_no_date_is_in_it_but_the_given_one(date: str) -> None:
    with Pdf.open(io.BytesIO(render(small(date=date), attachments=DATA))) as pdf:
        told = [str(value) for found in pdf.objects for value in _strings(found) if re.match(r"D:\d{4}", str(value))]
        assert {entry[:10] for entry in told} == ({"D:20240501"} if date else set())
        metadata = pdf.Root.Metadata.read_bytes().decode()
        assert set(re.findall(r"\d{4}-\d\d-\d\d", metadata)) == ({date} if date else set())
        for spec in pdf.attachments.values():
            params = spec.obj.EF.F.get("/Params", Dictionary())
            assert not {"/CreationDate", "/ModDate"} & set(params.keys())


def _strings(found: object) -> Iterator[String]:
    if isinstance(found, Dictionary | Stream):
        yield from (value for value in found.values() if isinstance(value, String))  # type: ignore[union-attr]


def _ending_in_return(least: int) -> bytes:
    """The shortest text of at least so many letters that, compressed, ends in a carriage return."""
    texts = (b"y" * number for number in range(least, least + 1000))
    return next(text for text in texts if zlib.compress(text, 9).endswith(b"\r"))


@pytest.mark.parametrize("least", [0, 1000, 2000])
def test_no_stream_ends_in_a_carriage_return(least: int) -> None:
    text = _ending_in_return(least)
    with Pdf.new() as pdf:
        bare, packed = pdf.make_stream(text), pdf.make_stream(text)
        packed.write(zlib.compress(text, 9), filter=Name.FlateDecode)
        calm = pdf.make_stream(b"")
        calm.write(zlib.compress(b"calm", 9), filter=Name.FlateDecode)
        pdf.Root.Own = Array([bare, packed, calm])
        assert packed.read_raw_bytes().endswith(b"\r")
        _compress_streams(pdf)
        written = _save(pdf)
    assert b"\r\nendstream" not in written
    with Pdf.open(io.BytesIO(written)) as pdf:
        assert [stream.read_bytes() for stream in pdf.Root.Own] == [text, text, b"calm"]
        assert all(stream.Filter == Name.FlateDecode for stream in pdf.Root.Own)
        assert pdf.Root.Own[2].read_raw_bytes() == zlib.compress(b"calm", 9)  # what is well is left alone


def test_an_attachment_that_would_end_in_a_carriage_return_reads_back() -> None:
    text = _ending_in_return(1000)
    raw = render(small(), attachments=[Attachment("y.txt", text, "Y", "text/plain", "Data")])
    assert b"\r\nendstream" not in raw
    with Pdf.open(io.BytesIO(raw)) as pdf:
        assert content_of(pdf, "y.txt") == text


def _gathered(number: int) -> bytes:
    out = io.BytesIO()
    with Pdf.new() as pdf:
        pdf.Root.Own = pdf.make_indirect(Dictionary(Filler="y" * number))
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    return out.getvalue()


def test_streams_of_objects_do_not_end_in_a_carriage_return_either() -> None:
    raw = next(raw for raw in map(_gathered, range(1, 600)) if b"\r\nendstream" in raw)
    with Pdf.open(io.BytesIO(raw)) as pdf:
        number = len(str(pdf.Root.Own.Filler))
        written = _save(pdf)
    assert b"\r\nendstream" not in written
    with Pdf.open(io.BytesIO(written)) as pdf:
        assert len(str(pdf.Root.Own.Filler)) == number


def test_a_figure_that_no_page_shows_is_left_out() -> None:
    from genereport.report.pictures import Sheet

    sheet = Sheet(["fig-elsewhere"], [], [()], ["fig-elsewhere"], to_pdf(draw("x").figure))
    with Pdf.open(io.BytesIO(render(small()))) as pdf:
        del pdf.Root.Metadata  # of the finished one
        out = io.BytesIO()
        pdf.Root.Metadata = pdf.make_stream(b"<rdf:RDF></rdf:RDF>")
        pdf.save(out)
        pages = len(pdf.pages)
    with Pdf.open(io.BytesIO(archived(out.getvalue(), [sheet]))) as pdf:
        assert len(pdf.pages) == pages
