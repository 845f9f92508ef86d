"""Render a document as HTML, PDF and Markdown."""

from __future__ import annotations

import base64
import json
import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup
from matplotlib import get_data_path

from genereport.errors import RenderError
from genereport.report.archive import Attachment, archived
from genereport.report.document import (
    LEFT_OUT,
    Block,
    Cite,
    Code,
    Document,
    Figure,
    GeneData,
    Inline,
    Link,
    Paragraph,
    Phrase,
    Ref,
    Section,
    Value,
    numbers,
)
from genereport.report.drawings import embed
from genereport.report.paging import arrange
from genereport.report.pictures import Pictures, placeholder
from genereport.report.scripts import libraries, pack, policy
from genereport.report.templating import environment, fill
from genereport.report.theme import Theme
from genereport.report.typography import typeset_document
from genereport.resources import folder

_FONTS = {
    ("Report Serif", "normal", "normal"): "ReportSerif-Regular",
    ("Report Serif", "bold", "normal"): "ReportSerif-Bold",
    ("Report Serif", "normal", "italic"): "ReportSerif-Italic",
    ("Report Sans", "normal", "normal"): "ReportSans-Regular",
    ("Report Sans", "bold", "normal"): "ReportSans-Bold",
}
"""Family, weight and style → font file of ``data/fonts``, so that pages look the same on a machine without fonts."""

_OTHER_FONTS = {
    ("Report Signs", "normal", "normal"): "DejaVuSans",
    ("Report Signs", "bold", "normal"): "DejaVuSans-Bold",
    ("Report Mono", "normal", "normal"): "DejaVuSansMono",
}
"""Fonts of matplotlib: for code, and for characters that ours lack."""


def to_html(document: Document, pictures: Pictures | None = None, theme: Theme | None = None) -> str:
    """Render a document as one HTML file that opens without a network.

    Args:
        document: Document to render.
        pictures: Its figures, if they are drawn or being drawn already.
        theme: A lab's own templates.

    Raises:
        RenderError: GR503 if a template fails.
    """
    pictures = pictures or Pictures.of(document, paper=False)
    svgs, named = pictures.svgs, pictures.genes
    script = _read("report.js")
    moving = any(isinstance(block, Figure) and block.interactive for block in document.walk())
    carried = [library for library in libraries() if moving or library.name != "plotly"]
    style = f"{_embedded_faces()}\n{_css(theme, 'common.css', 'screen.css', screen=True)}"
    return _page(
        document, "screen", style, theme, lambda figure: _svg_uri(svgs[figure.id]),
        drawing=lambda figure: embed(svgs[figure.id], figure.id, figure.alt), named=lambda figure: named[figure.id],
        script=script, policy=policy(script), libraries=carried, shares={}, spilling=False,
        genes=_pack_genes(document.genes),
    )  # fmt: skip


def _pack_genes(genes: GeneData | None) -> dict[str, str]:
    """Return the table of genes and their cards, packed, by the id of the element that holds them."""
    if genes is None:
        return {}
    held: dict[str, Mapping[str, Any]] = {"genes": {"total": genes.total, "columns": genes.columns}}
    if genes.cards:
        held["cards"] = genes.cards
    return {name: pack(json.dumps(part, allow_nan=False, separators=(",", ":"))) for name, part in held.items()}


def to_pdf(
    document: Document,
    pictures: Pictures | None = None,
    attachments: Sequence[Attachment] = (),
    theme: Theme | None = None,
) -> bytes:
    """Render a document as PDF/A-3a and PDF/UA-1; nothing is fetched except the bundled fonts and data URIs.

    Args:
        document: Document to render.
        pictures: Its figures, if they are drawn or being drawn already; the pages are laid out meanwhile.
        attachments: Files to attach.
        theme: A lab's own templates.

    Raises:
        RenderError: GR503 if a template fails; GR501 if WeasyPrint's system libraries are missing, or if something else
            would have to be fetched.
    """
    try:
        import weasyprint
        from weasyprint.urls import FatalURLFetchingError
    except OSError as error:
        raise RenderError(
            "GR501",
            f"WeasyPrint cannot load a system library ({error}).",
            "On Debian install libpango-1.0-0, libpangoft2-1.0-0 and libharfbuzz-subset0, or ask for --format html.",
        ) from error
    pictures = pictures or Pictures.of(document, screen=False)
    page = f"@page {{ size: {document.page}; }}"
    style = f"{_font_faces()}\n{_css(theme, 'common.css', 'print.css', screen=False)}\n{page}"

    def lay_out(source: str) -> bytes:
        made = weasyprint.HTML(string=source, url_fetcher=_fetcher())
        return bytes(made.write_pdf(full_fonts=False, pdf_variant="pdf/a-3a"))

    try:
        with pictures.wanted():
            arranged = arrange(document)
            html = _page(
                document, "print", style, theme, placeholder, arranged.document,
                shares=arranged.shares, spilling=arranged.spilling,
            )  # fmt: skip
            pages = _lay_out(html, lay_out)
    except FatalURLFetchingError as error:
        raise RenderError(
            "GR501", f"The document refers to {error}.", "Remove it: a PDF must not fetch anything."
        ) from error
    return archived(pages, pictures.sheets, attachments)


_UNKNOWN = "\ufffd"
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Characters that change the direction of a text until it is closed; an open one would turn the rest of a line."""

_ALTERNATIVE = re.compile(r'( alt="[^"]*")')


class _Lacking(logging.Filter):
    """Filter that collects the characters no font has; WeasyPrint logs them, and the filter drops the messages."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        told = record.args if isinstance(record.msg, str) and record.msg.startswith(".notdef") else ()
        self.found.update(part for part in told or () if isinstance(part, str))
        return not told


def _lay_out(html: str, lay_out: Callable[[str], bytes]) -> bytes:
    """Lay out the pages, with U+FFFD for private characters and those no font has: an archive may hold neither."""
    log, lacking = logging.getLogger("weasyprint"), _Lacking()
    html = _TURNING.sub("", _PRIVATE.sub(_UNKNOWN, html))
    log.addFilter(lacking)
    try:
        pages = lay_out(html)
        if not lacking.found:
            return pages
        parts = _ALTERNATIVE.split(html)  # alternative texts are not printed, so they stay as they are
        parts[::2] = [part.translate(dict.fromkeys(map(ord, lacking.found), _UNKNOWN)) for part in parts[::2]]
        return lay_out("".join(parts))
    finally:
        log.removeFilter(lacking)


def to_markdown(section: Section, document: Document, level: int = 1) -> str:
    """Render a section of prose as Markdown with Pandoc citations."""
    labels = numbers(document)
    lines = [f"{'#' * level} {section.title}", ""]
    for block in section.blocks:
        if isinstance(block, Section):
            lines.append(to_markdown(block, document, level + 1))
        elif isinstance(block, Paragraph):
            lines += ["".join(_markdown(part, labels) for part in block.parts), ""]
    return "\n".join(lines)


def _markdown(part: Inline, labels: dict[str, str]) -> str:
    match part:
        case Value():
            return part.text
        case Ref():
            return labels.get(part.target, LEFT_OUT)
        case Cite():
            return f"[{'; '.join(f'@{key}' for key in part.keys)}]"
        case Code():
            return f"`{part.text}`"
        case Link():
            return f"[{_markdown(part.part, labels)}]({part.target})"
        case Phrase():
            return "".join(_markdown(inner, labels) for inner in part.parts)
        case _:
            return part


def _page(
    document: Document,
    medium: str,
    style: str,
    theme: Theme | None,
    picture: Callable[[Figure], str],
    shown: Document | None = None,
    **extras: object,
) -> str:
    """Fill in the page of a document; `shown` is the part of it that is shown, all of it if None."""
    citations = {entry.key: number for number, entry in enumerate(document.references, start=1)}
    labels, unprinted = numbers(document), document.unprinted() if shown else frozenset()
    document = typeset_document(shown or document, align=medium == "print")
    return fill(
        environment(theme.folder if theme else None), "report.html.j2", document=document, labels=labels,
        unprinted=unprinted,
        citations=citations, style=style, medium=medium, date=dict(document.details).get("Date", ""), picture=picture,
        listed=_list_floats(document), printed_entries=_list_sections(document, labels),
        logo=theme.logo if theme else "", logo_alt=theme.settings.logo_alt if theme else "",
        asset=theme.asset if theme else None, value=theme.value if theme else None, **extras,
    )  # fmt: skip


def _list_floats(document: Document) -> dict[str, list[Block]]:
    """Return the figures and the tables of a document in their order."""
    blocks = list(document.walk())
    return {kind: [block for block in blocks if block.kind == kind] for kind in ("figure", "table")}


def _list_sections(document: Document, labels: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return id, number and title of the sections of a document, in the order in which they stand on paper."""
    numbered = [
        (part.id, labels[part.id].removeprefix("Section "), part.title) for part in document.sections if part.numbered
    ]
    others = [(part.id, "", part.title) for part in document.sections if not part.numbered]
    return [*numbered, ("references", "", "References"), *others]


_ENCODED = str.maketrans({sign: f"%{ord(sign):02X}" for sign in '%#"&\n'})


def _svg_uri(svg: str) -> Markup:
    """Return an SVG as a data URI; only characters that would end it are encoded, a quarter shorter than base64."""
    return Markup(f"data:image/svg+xml,{svg.translate(_ENCODED)}")  # noqa: S704


def _css(theme: Theme | None, *names: str, screen: bool) -> str:
    own = {name: theme.style(name) for name in names} if theme else {}
    styles = [_read(name) if own.get(name) is None else str(own[name]) for name in names]
    return "\n".join([*styles, theme.colours(screen=screen) if theme else ""])


def _read(name: str) -> str:
    return (folder("templates") / name).read_text(encoding="utf-8")


def _font_files() -> dict[tuple[str, str, str], str]:
    own, other = folder("data") / "fonts", Path(get_data_path()) / "fonts" / "ttf"
    files = {face: own / f"{name}.ttf" for face, name in _FONTS.items()}
    files |= {face: other / f"{name}.ttf" for face, name in _OTHER_FONTS.items()}
    return {face: path.as_uri() for face, path in files.items()}


def _font_faces() -> str:
    return "\n".join(_font_face(face, uri) for face, uri in _font_files().items())


def _embedded_faces() -> str:
    """Return our fonts for a page on the screen, reduced to Latin and Greek letters and the usual signs."""
    files = {face: folder("data") / "fonts" / f"{name}.woff2" for face, name in _FONTS.items()}
    coded = {face: base64.b64encode(path.read_bytes()).decode() for face, path in files.items() if path.is_file()}
    return "\n".join(_font_face(face, f"data:font/woff2;base64,{text}") for face, text in coded.items())


def _font_face(face: tuple[str, str, str], uri: str) -> str:
    family, weight, style = face
    return f'@font-face {{ font-family: "{family}"; font-weight: {weight}; font-style: {style}; src: url("{uri}"); }}'


def _fetcher() -> Any:
    """Return a fetcher that knows the bundled fonts and data URIs, and stops the rendering at anything else."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    allowed: Iterable[str] = frozenset(_font_files().values())

    class OwnDataOnly(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            if url in allowed or url.startswith("data:"):
                return super().fetch(url, headers)
            raise FatalURLFetchingError(url)

    return OwnDataOnly()
