"""One style for every figure: colour-blind safe, legible in grey, the same on every machine."""

from __future__ import annotations

import base64
import io
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.ft2font import LoadFlags
from matplotlib.lines import Line2D
from matplotlib.textpath import TextPath
from matplotlib.ticker import NullFormatter, ScalarFormatter
from matplotlib.transforms import Bbox

from genereport.formats import MINUS, general
from genereport.plotting.drawn import Drawn
from genereport.plotting.layout import Layout
from genereport.plotting.writing import Canvas, Written
from genereport.plotting.writing import write as write_forms
from genereport.resources import folder

WIDTH = 6.7
"""Width of a figure in inches: the text column of A4 and Letter."""

HALF = 3.3
"""Width in inches of a figure that stands beside another one."""

_LEFT_OF_AXES = 45
"""Points that the labels of a y-axis and the margins of a figure may take."""

SCREEN = 96
"""Pixels per inch in a browser; a notebook gets twice as many, for high-resolution screens."""

CROWD = 1000
"""Scatter plots with more points than this are rasterised."""

INK, SOFT, FAINT, SHADE = "#1a1a1a", "#707070", "#c8c8c8", "#eeeeee"
"""Colours without a meaning, from dark to light; a page replaces them by those of its theme."""

ON_LIGHT = "#111111"
"""Colour of text on a light ground that is drawn, such as a cell of a matrix; no theme changes it."""

UP, DOWN = "#d55e00", "#0072b2"
_PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#a0695c", "#888888")
"""Colours of classes and series, at least 3 : 1 against white and against the ground of a dark page."""

_MARKERS = {
    "o": "circle", "s": "square", "D": "diamond", "P": "cross", "X": "x",
    "^": "triangle-up", "v": "triangle-down", "*": "star",
}  # fmt: skip
"""Markers of the classes in matplotlib → in the figures that scripts draw."""

_SOLID = 5
"""Markers, from the first, that scripts can draw in space."""
_DASHES = ("-", "--", ":", "-.")

_STYLE: Any = {
    "font.family": ["Report Sans", "DejaVu Sans"],
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titley": 1.0,
    "axes.labelsize": 8,
    "axes.linewidth": 0.7,
    "axes.edgecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "lines.linewidth": 1.2,
    "patch.linewidth": 0.6,
    "figure.dpi": 72,
    "savefig.dpi": 300,
    "svg.fonttype": "path",
    "svg.hashsalt": "genereport",
    "pdf.fonttype": 42,
    "ps.fonttype": 42,  # sets the size of the font subsets in PDF: one font per face, not two
    "text.parse_math": False,  # a gene may be called $anything$
    "image.composite_image": False,
}


class _Ticks(ScalarFormatter):
    """Labels of ticks, with thousands separated as in the text."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the label of a tick."""
        text = super().__call__(x, pos)
        whole = text.removeprefix(MINUS)
        return f"{text[: -len(whole)]}{int(whole):,}" if whole.isdecimal() else text


_only_size: ContextVar[bool] = ContextVar("only_size", default=False)
"""Whether nothing but the size of a figure is wanted."""


class _Sized(Exception):  # noqa: N818 - it is no error
    """Ends a drawing of which only the size is wanted."""


class Plot(Figure):
    """A figure that is saved and shown in a notebook in our style, even if pyplot was never imported."""

    def __init__(self, figsize: tuple[float, float], **keywords: Any) -> None:
        if _only_size.get():
            raise _Sized(*figsize)
        super().__init__(figsize=figsize, **keywords)

    def savefig(self, *arguments: Any, **keywords: Any) -> None:
        """Save the figure as matplotlib does, in our style."""
        with look():
            super().savefig(*arguments, **keywords)

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, str], dict[str, dict[str, object]]]:
        """Return the figure as PNG; its label, if it has one, is the alternative text."""
        shown = {"width": round(self.get_figwidth() * SCREEN), "alt": str(self.get_label())}
        return {"image/png": base64.b64encode(to_png(self)).decode()}, {"image/png": shown}


def size_of(draw: Callable[[], Drawn]) -> tuple[float, float]:
    """Return width and height of a figure in inches; it is not drawn, for the drawing ends where it takes a sheet."""
    before = _only_size.set(True)
    try:
        width, height = draw().figure.get_size_inches()
    except _Sized as found:
        width, height = found.args
    finally:
        _only_size.reset(before)
    return float(width), float(height)


@contextmanager
def look() -> Iterator[None]:
    """Apply our style inside the context, without global changes.

    Characters that our font lacks are drawn as boxes that show their script, without a message on standard error.
    """
    _add_fonts()
    with mpl.rc_context(_STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .*missing from font")
        yield


@cache
def _add_fonts() -> None:
    """Make the fonts of the report known to matplotlib."""
    for face in ("Regular", "Bold"):
        fontManager.addfont(folder("data") / "fonts" / f"ReportSans-{face}.ttf")


@contextmanager
def canvas(
    height: float, rows: int = 1, columns: int = 1, *, width: float = WIDTH, **keywords: Any
) -> Iterator[tuple[Figure, Any]]:
    """Yield a figure and its axes, both in our style; `height` and `width` in inches."""
    with look():
        figure = Plot(figsize=(width, height), layout=Layout())
        panels = figure.subplots(rows, columns, **keywords)
        for axes in figure.axes:
            axes.xaxis.set_major_formatter(_Ticks())
            axes.yaxis.set_major_formatter(_Ticks())
        yield figure, panels


def write(figures: Sequence[Figure], paged: Collection[int] = (), *, screen: bool = True) -> Written:
    """Return figures as files; equal figures give equal bytes.

    Args:
        figures: The figures; each is drawn once, whatever is wanted of it.
        paged: Positions of those that are wanted as pages of one PDF, whose fonts they share.
        screen: Whether each is wanted as SVG.
    """
    with look():
        for figure in figures:
            figure.set_dpi(mpl.rcParams["figure.dpi"])  # a unit is a point, also in a figure that was not made here
            settle(figure)
        return write_forms(figures, paged, screen=screen)


def to_svg(figure: Figure) -> str:
    """Return the figure as SVG; equal figures give equal text."""
    return write([figure]).svgs[0]


def to_png(figure: Figure) -> bytes:
    """Return the figure as PNG at screen resolution."""
    buffer = io.BytesIO()
    with look():
        settle(figure)
        FigureCanvasAgg(figure).print_figure(buffer, format="png", dpi=2 * SCREEN)
    return buffer.getvalue()


def to_pdf(*figures: Figure) -> bytes:
    """Return the figures as pages of one PDF that share embedded fonts; equal figures give equal bytes."""
    return write(figures, range(len(figures)), screen=False).pdf


def settle(figure: Figure) -> None:
    """Lay the figure out once; later calls change nothing. The places are rounded, so that they are short numbers."""
    engine = figure.get_layout_engine()
    if engine is None:
        return
    Canvas(figure)  # texts must be measured as they will be written
    engine.execute(figure)
    figure.set_layout_engine("none")
    for axes in figure.axes:
        axes.set_position(Bbox.from_bounds(*(round(side, 5) for side in axes.get_position(original=True).bounds)))


def legend_above(axes: Axes, columns: int = 2, *, columnspacing: float = 2, handletextpad: float = 0.8) -> None:
    """Write the legend above the axes, in fewer columns if it would be wider than the figure has room for.

    Args:
        axes: Axes with labelled artists.
        columns: Largest number of columns.
        columnspacing: Space between columns, in sizes of the font.
        handletextpad: Space between a symbol and its text, in sizes of the font.
    """
    figure = axes.get_figure(root=True)
    size = float(mpl.rcParams["legend.fontsize"])
    texts = axes.get_legend_handles_labels()[1]
    if figure is None or not texts:
        return
    widest = max(text_width(text, size) for text in texts) + (2 + handletextpad + columnspacing) * size
    room = 72 * figure.get_figwidth() - _LEFT_OF_AXES
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=max(1, min(columns, int(room / widest))), borderpad=0,
        columnspacing=columnspacing, handletextpad=handletextpad,
    )  # fmt: skip


def plain_ticks(axis: Axis) -> None:
    """Label the ticks of a logarithmic axis with plain numbers; powers would need mathematical text, which is off."""
    axis.set_major_formatter(lambda value, _: general(value))
    axis.set_minor_formatter(NullFormatter())


def colour(position: int) -> str:
    """Return the colour of the class, or series, at this position."""
    return _PALETTE[position % len(_PALETTE)]


def marker(position: int) -> str:
    """Return the marker of the class at this position."""
    return tuple(_MARKERS)[position % len(_MARKERS)]


def symbol(position: int, *, space: bool = False) -> str:
    """Return the marker of the class at this position in a figure that scripts draw.

    Args:
        position: Position of the class.
        space: Whether the figure has three dimensions; there only the first five classes have a marker of their own.
    """
    return tuple(_MARKERS.values())[position % (_SOLID if space else len(_MARKERS))]


def dash(position: int) -> str:
    """Return the line style of the series at this position."""
    return _DASHES[position % len(_DASHES)]


def shortened(text: str, limit: int = 22) -> str:
    """Shorten text to fit a label: the middle of a longer one is left out, line ends and similar become blanks."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    tail = limit // 3
    return plain if len(plain) <= limit else f"{plain[: limit - tail - 1].rstrip()}…{plain[-tail:].lstrip()}"


@cache
def advance(letter: str, *, bold: bool = False) -> float:
    """Return the distance from a letter to the next in our font, as a share of the size of the font."""
    with look():
        weight = "bold" if bold else "normal"
        names = [findfont(FontProperties(family=name, weight=weight)) for name in mpl.rcParams["font.family"]]
        font = get_font(names)
    font.set_size(100, 72)
    return float(font.load_char(ord(letter), flags=LoadFlags.NO_HINTING).linearHoriAdvance) / 65536 / 100


def text_width(text: str, size: float) -> float:
    """Return the width of a text in points; call it in our style."""
    return float(TextPath((0, 0), text, size=size).get_extents().x1) if text.strip() else 0.0


def fitting(names: Sequence[str], size: float, room: float) -> tuple[list[str], int]:
    """Return names for ticks that are `room` points apart, and their rotation: 0 if they fit, else 90 degrees."""
    short = [shortened(name, 10) for name in names]
    if all(text_width(name, size) <= room - 4 for name in short):
        return short, 0
    return [shortened(name, 14) for name in names], 90


def label_of(gene: str, symbol: str) -> str:
    """Return the name of a gene in a figure: its symbol if it has one, else its id."""
    return shortened(symbol or gene)


def ids(genes: Iterable[object]) -> tuple[str, ...]:
    """Return ids of genes as text, for the list of genes that a figure names."""
    return tuple(str(gene) for gene in genes)


def gene_labels(table: pd.DataFrame) -> list[str]:
    """Return the names of the genes of a table from its index and its column ``symbol``."""
    return [label_of(str(gene), str(symbol)) for gene, symbol in zip(table.index, table["symbol"], strict=True)]


def class_handles(classes: Sequence[str], *, sets: bool) -> list[Line2D]:
    """Return legend symbols of the classes, and filled and hollow ones if there is an independent set."""
    handles = [_symbol(marker(i), colour(i), shortened(name)) for i, name in enumerate(classes)]
    if sets:
        handles += [_symbol("o", SOFT, "training"), _symbol("o", SOFT, "independent", hollow=True)]
    return handles


def _symbol(shape: str, paint: str, text: str, *, hollow: bool = False) -> Line2D:
    face = "none" if hollow else paint
    return Line2D([], [], linestyle="", marker=shape, markersize=5, color=paint, markerfacecolor=face, label=text)
