"""From a document to HTML, PDF and Markdown."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError
from matplotlib import get_data_path

from genereport.errors import RenderError
from genereport.report.document import (
    Cite,
    Code,
    Document,
    Figure,
    Inline,
    Paragraph,
    Phrase,
    Ref,
    Section,
    Value,
    numbers,
)
from genereport.report.pictures import Pictures, embed, placeholder
from genereport.resources import folder

_FONTS = {
    ("Report Serif", "normal", "normal"): "STIXGeneral.ttf",
    ("Report Serif", "bold", "normal"): "STIXGeneralBol.ttf",
    ("Report Serif", "normal", "italic"): "STIXGeneralItalic.ttf",
    ("Report Sans", "normal", "normal"): "DejaVuSans.ttf",
    ("Report Sans", "bold", "normal"): "DejaVuSans-Bold.ttf",
    ("Report Mono", "normal", "normal"): "DejaVuSansMono.ttf",
}
"""Family, weight and style → file that ships with matplotlib: the pages look the same on a machine without fonts."""


def to_html(document: Document, pictures: Pictures | None = None) -> str:
    """One HTML file that opens without a network.

    Args:
        document: What to write.
        pictures: Its figures, if they are drawn, or being drawn, already.
    """
    svgs = (pictures or Pictures(document, paper=False)).svgs
    style = _css("common.css", "screen.css")
    return _page(document, "screen", style, lambda figure: _svg_uri(svgs[figure.id]))


def to_pdf(document: Document, pictures: Pictures | None = None) -> bytes:
    """The paged report; nothing but what is in the document and the bundled fonts is ever fetched.

    Args:
        document: What to write.
        pictures: Its figures, if they are drawn, or being drawn, already: the pages are laid out meanwhile.

    Raises:
        RenderError: GR501 if WeasyPrint's system libraries are missing, or something else would have to be fetched.
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
    pictures = pictures or Pictures(document, screen=False)
    page = f"@page {{ size: {document.page}; }}"
    html = _page(document, "print", f"{_font_faces()}\n{_css('common.css', 'print.css')}\n{page}", placeholder)
    try:
        source = weasyprint.HTML(string=html, url_fetcher=_fetcher())
        pages = source.write_pdf(full_fonts=False, pdf_tags=True)
    except FatalURLFetchingError as error:
        raise RenderError("GR501", f"The document asks for {error}.", "Reports may not fetch anything.") from error
    return embed(pages, pictures.sheets)


def to_markdown(section: Section, document: Document, level: int = 1) -> str:
    """A section of prose as Markdown with Pandoc citations."""
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
            return labels[part.target]
        case Cite():
            return f"[{'; '.join(f'@{key}' for key in part.keys)}]"
        case Code():
            return f"`{part.text}`"
        case Phrase():
            return "".join(_markdown(inner, labels) for inner in part.parts)
        case _:
            return part


def _page(document: Document, medium: str, style: str, picture: Callable[[Figure], str]) -> str:
    citations = {entry.key: number for number, entry in enumerate(document.references, start=1)}
    date = dict(document.details).get("Date", "")
    try:
        return _environment().get_template("report.html.j2").render(
            document=document, labels=numbers(document), citations=citations, style=style, medium=medium, date=date,
            picture=picture,
        )  # fmt: skip
    except TemplateError as error:
        raise RenderError(
            "GR501", f"A template failed ({error}).", "Report this with the name of the template."
        ) from error


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(folder("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _svg_uri(svg: str) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def _css(*names: str) -> str:
    return "\n".join((folder("templates") / name).read_text(encoding="utf-8") for name in names)


def _font_files() -> dict[tuple[str, str, str], str]:
    base = Path(get_data_path()) / "fonts" / "ttf"
    return {face: (base / name).as_uri() for face, name in _FONTS.items()}


def _font_faces() -> str:
    return "\n".join(
        f'@font-face {{ font-family: "{family}"; font-weight: {weight}; font-style: {style}; src: url("{uri}"); }}'
        for (family, weight, style), uri in _font_files().items()
    )


def _fetcher() -> Any:
    """A fetcher that knows the bundled fonts and data URIs, and stops the rendering at anything else."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    allowed: Iterable[str] = frozenset(_font_files().values())

    class OwnDataOnly(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            if url in allowed or url.startswith("data:"):
                return super().fetch(url, headers)
            raise FatalURLFetchingError(url)

    return OwnDataOnly()
