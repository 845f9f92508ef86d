"""Write figures as SVG and as PDF, both from one drawing, since most of the time goes into finding what to draw."""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

from matplotlib.backend_bases import FigureCanvasBase, GraphicsContextBase, RendererBase
from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_pdf import PdfFile, RendererPdf
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

from genereport.plotting.layout import keep_ticks

_POINTS = 72
"""Units per inch in both forms."""

_RASTERED = 300
"""Pixels per inch of rasterised parts."""

_FEATURES = ("-liga", "-clig")
"""A ligature would be written as character 0, which the PDF/A standard for archives treats as a missing glyph."""

_WRITTEN = re.compile(r"[\u0020-\u02af\u0370-\u0482\u048a-\u052f\u1e00-\u20cf\u2100-\u2bff\ufffd]*")
"""Latin, Greek, Cyrillic and symbols are written as text; anything else is drawn as outlines. If a character has
several shapes, joins others or lies beyond U+FFFF, matplotlib numbers its glyphs from 0, the missing glyph of PDF/A.
"""


class Written(NamedTuple):
    """Figures as files: the SVG of each, and one PDF with a page for each; both empty if that form is not wanted."""

    svgs: list[str]
    pdf: bytes


class Renderer(RendererBase):
    """A renderer that hands everything on to those of the forms, and measures texts for all of them.

    Args:
        width: Width of the figure (points).
        height: Its height (points).
        forms: The renderers of the forms; none, to measure only.
    """

    def __init__(self, width: float, height: float, forms: Sequence[RendererBase] = ()) -> None:
        super().__init__()
        self.width, self.height, self.forms = width, height, forms

    def draw_path(self, *arguments: Any, **keywords: Any) -> None:
        """Draw a path."""
        for form in self.forms:
            form.draw_path(*arguments, **keywords)

    def draw_markers(self, *arguments: Any, **keywords: Any) -> None:
        """Draw a marker at each point of a path."""
        for form in self.forms:
            form.draw_markers(*arguments, **keywords)

    def draw_path_collection(self, *arguments: Any, **keywords: Any) -> None:
        """Draw many paths of one kind."""
        for form in self.forms:
            form.draw_path_collection(*arguments, **keywords)

    def draw_image(self, *arguments: Any, **keywords: Any) -> None:
        """Draw pixels."""
        for form in self.forms:
            form.draw_image(*arguments, **keywords)

    def draw_text(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: Any = False,
        mtext: Text | None = None,
    ) -> None:
        """Write a line of text without ligatures, or draw its outlines if it cannot be written."""
        if not _WRITTEN.fullmatch(s):
            super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)
            return
        for form in self.forms:
            up = self.height - y if form.flipy() else y
            form.draw_text(gc, x, up, s, prop, angle, ismath, _unjoined())

    def get_text_width_height_descent(
        self,
        s: str,
        prop: FontProperties,
        ismath: Any,  # noqa: ARG002
    ) -> tuple[float, float, float]:
        """Return width, height and descent of a text (points); none is mathematics."""
        return _measure(s, prop.copy())

    def _get_font_height_metrics(self, prop: FontProperties) -> tuple[float, float, float]:
        """Return ascent, descent and line gap of a font (points), which matplotlib would look up for each text."""
        return _measure_line(prop.copy())

    def flipy(self) -> bool:
        """Return that y-coordinates of texts grow upwards."""
        return False

    def get_canvas_width_height(self) -> tuple[float, float]:
        """Return width and height (points)."""
        return self.width, self.height

    def get_image_magnification(self) -> float:
        """Return the number of pixels per point."""
        return _RASTERED / _POINTS

    def option_scale_image(self) -> bool:
        """Return that images may be scaled."""
        return True

    def option_image_nocomposite(self) -> bool:
        """Return that images are drawn one by one."""
        return True

    def new_gc(self) -> GraphicsContextBase:
        """Return a graphics context that every form understands."""
        return self.forms[-1].new_gc() if self.forms else super().new_gc()

    def open_group(self, s: str, gid: str | None = None) -> None:
        """Open a group."""
        for form in self.forms:
            form.open_group(s, gid)

    def close_group(self, s: str) -> None:
        """Close a group."""
        for form in self.forms:
            form.close_group(s)


class Canvas(FigureCanvasBase):
    """The ground on which a figure is laid out: texts are measured as they will be written."""

    fixed_dpi = _POINTS

    def get_renderer(self) -> Renderer:
        """Return a renderer that measures."""
        width, height = self.figure.get_size_inches() * _POINTS
        return Renderer(width, height)


@lru_cache(20_000)
def _measure(text: str, font: FontProperties) -> tuple[float, float, float]:
    width, height, descent = text_to_path.get_text_width_height_descent(text, font, False)
    return width, height, descent


@lru_cache(1000)
def _measure_line(font: FontProperties) -> tuple[float, float, float]:
    """Return ascent, descent and gap of the lines of a font (points)."""
    first = font.copy()
    first.set_family(font.get_family()[0])
    face = get_font(findfont(first))
    table, head = face.get_sfnt_table("OS/2"), face.get_sfnt_table("head")
    if table is None or head is None:
        raise ValueError(f"{face.family_name} has no metrics")
    size = font.get_size_in_points() / head["unitsPerEm"]
    return table["sTypoAscender"] * size, -table["sTypoDescender"] * size, table["sTypoLineGap"] * size


@cache
def _unjoined() -> Text:
    """Return a text whose font features apply to all texts."""
    text = Text()
    text.set_fontfeatures(_FEATURES)
    return text


def write(figures: Sequence[Figure], paged: Collection[int] = (), *, screen: bool = True) -> Written:
    """Write figures, which are laid out already, in the style that is set; equal figures give equal bytes.

    Args:
        figures: The figures.
        paged: Positions of those that are wanted as PDF.
        screen: Whether SVG is wanted.
    """
    buffer, svgs = io.BytesIO(), []
    nothing = dict.fromkeys(("CreationDate", "Creator", "Producer"))
    pages: Any = PdfFile(buffer, metadata=nothing) if paged else None  # type: ignore[no-untyped-call]
    for position, figure in enumerate(figures):
        svg = io.StringIO() if screen else None
        page = pages if position in paged else None
        if svg or page:
            _draw(figure, svg, page)
        if svg:
            svgs.append(svg.getvalue())
    if pages:
        pages.finalize()
        pages.close()
    return Written(svgs, buffer.getvalue())


def _draw(figure: Figure, svg: io.StringIO | None, pages: Any) -> None:
    """Draw a figure once, as SVG and as a page of a PDF, where each is wanted."""
    inches = figure.get_size_inches()
    width, height = inches * _POINTS
    forms: list[Any] = []
    if svg:
        nothing = dict.fromkeys(("Date", "Creator"))
        forms.append(RendererSVG(width, height, svg, image_dpi=_RASTERED, metadata=nothing))  # type: ignore[no-untyped-call]
    if pages:
        pages.newPage(*inches)
        forms.append(RendererPdf(pages, _RASTERED, inches[1], inches[0]))  # type: ignore[no-untyped-call]
    renderer: Any = MixedModeRenderer(figure, *inches, _RASTERED, Renderer(width, height, forms))  # type: ignore
    with keep_ticks(figure):
        figure.draw(renderer)
    for form in forms:
        form.finalize()
    if pages:
        pages.endStream()
