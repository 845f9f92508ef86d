"""All figures of a report, drawn and written once for all tests that look at them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import NamedTuple

from matplotlib.figure import Figure as MatplotlibFigure

from genereport.analysis import Analysis
from genereport.plotting.style import to_svg
from genereport.report.composition import compose, section_writer
from genereport.report.document import Document, Figure
from genereport.report.render import to_html
from genereport.report.theme import Theme


class Picture(NamedTuple):
    """A figure as it is drawn, and its alternative text."""

    figure: MatplotlibFigure
    alt: str


@cache
def written(analysis: Callable[[], Analysis]) -> dict[str, tuple[Picture, str]]:
    """Name of each figure → the figure and its SVG."""
    return {name: (picture, to_svg(picture.figure)) for name, picture in every(analysis()).items()}


def classes_of(analysis: Analysis) -> tuple[str, ...]:
    return tuple(analysis.quality.counts.index)


def every(analysis: Analysis) -> dict[str, Picture]:
    """All figures that the report of this analysis shows."""
    blocks = [block for block in compose(analysis).walk() if isinstance(block, Figure)]
    return {block.id.removeprefix("fig-"): Picture(block.drawn.figure, block.alt) for block in blocks}


def shown(analysis: Analysis, section: str, name: str) -> Figure:
    """A figure as the first page or a section of the report shows it, not drawn yet."""
    writer = section_writer(analysis)
    blocks = [*writer.write("abstract", "body"), *writer.section(section).walk()]
    return next(block for block in blocks if isinstance(block, Figure) and block.id == f"fig-{name}")


def page_without_pictures(document: Document, theme: Theme | None = None) -> str:
    """The page with empty pictures: drawing them takes longest, and no template changes them."""
    empty = defaultdict(lambda: '<svg viewBox="0 0 1 1"><defs></defs></svg>')
    return to_html(document, SimpleNamespace(svgs=empty, genes=defaultdict(tuple)), theme)  # type: ignore[arg-type]
