"""Draw the figures of a document as files in worker processes: as SVG for the screen and as PDF for paper.

WeasyPrint would draw an SVG glyph by glyph, which would take longer than all the rest. It is given an empty image of
the right size instead. Afterwards matplotlib's own PDF of the figure, in which text stays text, replaces that image.
"""

from __future__ import annotations

import base64
import io
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import NamedTuple

import pikepdf
from joblib import delayed
from PIL import Image

from genereport.parallel import results
from genereport.plotting.drawn import Drawn
from genereport.plotting.style import write
from genereport.report.document import Document, Figure, Section

_PIXELS = 100  # per inch; both sides of a figure are whole numbers of pixels


_MARK = b"genereport figure "
_SHEET = 10
"""Figures of a sheet. They share one PDF and its fonts, since font subsets take longer than the drawing."""


class Sheet(NamedTuple):
    """Some drawn figures: their SVG, the genes that they name, and a PDF with a page for each of `paged`.

    A form that is not wanted is empty.
    """

    names: list[str]
    svgs: list[str]
    genes: list[tuple[str, ...]]
    paged: list[str]
    pdf: bytes


class Pictures:
    """Figures that the workers of `genereport.parallel.shared` draw while the document is still being written.

    Args:
        screen: Whether SVG is wanted.
        paper: Whether PDF is wanted of the figures that are printed.
        all_as_pdf: Whether PDF is wanted of all figures.
    """

    def __init__(self, *, screen: bool = True, paper: bool = True, all_as_pdf: bool = False) -> None:
        self._screen, self._paper, self._all_as_pdf = screen, paper, all_as_pdf
        self._waiting: list[Figure] = []
        self._running: list[Iterable[Sheet]] = []

    @classmethod
    def of(cls, document: Document, *, screen: bool = True, paper: bool = True) -> Pictures:
        """Return the pictures of a finished document."""
        pictures = cls(screen=screen, paper=paper)
        shown = document if screen else document.on_paper()
        for section in (Section("abstract", "Abstract", shown.abstract), *shown.sections):
            pictures.begin(section)
        return pictures

    def begin(self, section: Section) -> None:
        """Start to draw the figures of a section."""
        self._waiting += [block for block in section.walk() if isinstance(block, Figure)]
        while len(self._waiting) >= _SHEET:
            self._start()

    def _start(self) -> None:
        figures, self._waiting = self._waiting[:_SHEET], self._waiting[_SHEET:]
        draws = {figure.id: figure.draw for figure in figures}
        paged = [figure.id for figure in figures if self._all_as_pdf or (self._paper and figure.on_paper)]
        self._running.append(results([delayed(_draw)(draws, paged, self._screen)]))

    @contextmanager
    def wanted(self) -> Iterator[None]:
        """Drop what is not drawn yet, without a warning, if the block that waits for the figures fails."""
        try:
            yield
        except BaseException:  # such as WeasyPrint's error for an address that may not be fetched
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                for drawing in self._running:
                    if isinstance(drawing, Generator):
                        drawing.close()
            raise

    @cached_property
    def sheets(self) -> tuple[Sheet, ...]:
        """All figures; waits until they are drawn."""
        if self._waiting:
            self._start()
        return tuple(sheet for running in self._running for sheet in running)

    @property
    def svgs(self) -> dict[str, str]:
        """Id of the figure → its SVG."""
        return {name: svg for sheet in self.sheets for name, svg in zip(sheet.names, sheet.svgs, strict=True)}

    @property
    def genes(self) -> dict[str, tuple[str, ...]]:
        """Id of the figure → ids of the genes that it names."""
        return {name: genes for sheet in self.sheets for name, genes in zip(sheet.names, sheet.genes, strict=True)}

    @property
    def pdfs(self) -> Iterator[tuple[str, bytes]]:
        """Id of each figure, and the figure as a PDF of its own."""
        for sheet in self.sheets:
            if not sheet.paged:
                continue
            with pikepdf.open(io.BytesIO(sheet.pdf)) as drawn:
                for name, page in zip(sheet.paged, drawn.pages, strict=True):
                    yield name, _save_alone(page)


def _save_alone(page: pikepdf.Page) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.pages.append(page)
        pdf.save(out, deterministic_id=True)
    return out.getvalue()


def _draw(draws: dict[str, Callable[[], Drawn]], paged: list[str], screen: bool) -> Sheet:
    positions = [position for position, name in enumerate(draws) if name in paged]
    drawn = [draw() for draw in draws.values()]
    written = write([each.figure for each in drawn], positions, screen=screen)
    return Sheet([*draws], written.svgs, [each.genes for each in drawn], paged, written.pdf)


def placeholder(figure: Figure) -> str:
    """Return an image of the figure's proportions that holds nothing but its name, as a data URI."""
    width, height = (round(side * _PIXELS) for side in figure.size)
    buffer = io.BytesIO()
    pixels = (_MARK + figure.id.encode() + b"\n").ljust(width * height, b"\0")
    Image.frombytes("L", (width, height), pixels).save(buffer, "png")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def place(pdf: pikepdf.Pdf, sheets: Iterable[Sheet]) -> None:
    """Replace every placeholder by its figure; skip figures without one, which a lab's own template may leave out."""
    places = _places(pdf)
    for sheet in sheets:
        if not sheet.paged:
            continue
        with pikepdf.open(io.BytesIO(sheet.pdf)) as drawn:
            for name, page in zip(sheet.paged, drawn.pages, strict=True):
                if name in places:
                    _replace(places[name], pdf.copy_foreign(page.as_form_xobject()))


def _places(pdf: pikepdf.Pdf) -> dict[str, pikepdf.Object]:
    """Return the placeholders by the name of their figure."""
    images = [found for found in pdf.objects if isinstance(found, pikepdf.Stream) and _is_image(found)]
    marks = [(image, image.read_bytes().partition(b"\n")[0]) for image in images]
    return {mark.removeprefix(_MARK).decode(): image for image, mark in marks if mark.startswith(_MARK)}


def _is_image(found: pikepdf.Object) -> bool:
    """Return whether an object is an image of plain pixels, as placeholders are; a logo may be packed otherwise."""
    plain = found.get("/Filter") == pikepdf.Name.FlateDecode
    return bool(plain and found.get("/Subtype") == pikepdf.Name.Image)


def _replace(image: pikepdf.Object, form: pikepdf.Object) -> None:
    """Turn an image into a form, in place. An image is painted in the unit square, so the form is scaled to it."""
    left, bottom, right, top = (float(side) for side in form.BBox)
    for key in image.keys() - {"/Length"}:
        del image[key]
    for key in form.keys() - {"/Length", "/Filter", "/DecodeParms"}:
        image[key] = form[key]
    image.Matrix = pikepdf.Array([1 / (right - left), 0, 0, 1 / (top - bottom), 0, 0])
    image.write(form.read_bytes())
