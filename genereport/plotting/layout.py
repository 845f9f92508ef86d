"""Layout of a figure: panels as large as their labels allow.

The rules are those of matplotlib's constrained layout for panels in one grid. It computes the ticks of an axis, which
takes longest, two dozen times; here they are computed once before and once after the panels get their places.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpecBase
from matplotlib.layout_engine import LayoutEngine
from matplotlib.transforms import Bbox

from genereport.types import Array

_ACROSS, _UP = 8.0, 3.0
"""Room beside and above everything (points); labels may gain a digit once the panels have their places."""


class _Margins(NamedTuple):
    """Room around something, as shares of the figure."""

    left: float
    right: float
    bottom: float
    top: float


class Layout(LayoutEngine):
    """Layout engine for figures with panels in a grid, legends outside of it, and labels that they share."""

    _adjust_compatible = False
    _colorbar_gridspec = False

    def execute(self, fig: Figure) -> None:
        """Give every panel its place.

        Args:
            fig: The figure. Its places remain as they are if its labels leave no room for panels.
        """
        for _ in range(2):  # the first places determine the ticks, the second the room that they need
            with keep_ticks(fig):
                places = _find_places(fig)
            for axes, place in places:
                axes._set_position(place)  # type: ignore[attr-defined]


@contextmanager
def keep_ticks(figure: Figure) -> Iterator[None]:
    """Compute the ticks of every axis once inside the context, in which nothing may move.

    Matplotlib computes them anew for each label that stands beside them. The two methods are internal ones; where they
    do not exist, everything takes longer and stays the same.
    """
    with ExitStack() as stack:
        for axes in figure.axes:
            if axes.name != "3d":
                for axis in (axes.xaxis, axes.yaxis):
                    stack.enter_context(_kept(axis))
        yield


@contextmanager
def _kept(axis: Axis) -> Iterator[None]:
    kept: Any = axis
    if not hasattr(axis, "_update_ticks") or not hasattr(axis, "_get_ticklabel_bboxes"):
        yield
        return
    find, measure = kept._update_ticks, kept._get_ticklabel_bboxes
    boxes: list[Any] = []

    def measure_once(ticks: Any, renderer: Any) -> Any:
        if not boxes:
            boxes.append(measure(ticks, renderer))
        return boxes[0]

    kept._update_ticks, kept._get_ticklabel_bboxes = cache(find), measure_once
    try:
        yield
    finally:
        del kept._update_ticks, kept._get_ticklabel_bboxes


def _find_places(figure: Figure) -> list[tuple[Axes, Bbox]]:
    """Return the place of every panel of a grid, as shares of the figure."""
    renderer = figure._get_renderer()  # type: ignore[attr-defined]
    size = 72 * figure.get_size_inches()
    pads = _ACROSS / size[0], _UP / size[1]
    outside = _measure_outside(figure, renderer, pads)
    grids: dict[GridSpecBase, list[Axes]] = {}
    for axes in figure.axes:
        spec = axes.get_subplotspec()
        if spec and axes.get_in_layout():
            grids.setdefault(spec.get_gridspec(), []).append(axes)
    found = []
    for grid, panels in grids.items():
        margins = [_measure_margins(figure, axes, renderer, pads) for axes in panels]
        found += _fill_grid(grid, panels, margins, outside)
    return found


def _measure_outside(figure: Figure, renderer: Any, pads: tuple[float, float]) -> _Margins:
    """Return the room for legends outside of the panels and for the labels that the panels share; place the labels."""
    whole: Any = figure
    left, right, bottom, top = 0.0, 0.0, 0.0, 0.0
    for legend in figure.legends:
        box = legend.get_tightbbox(renderer)
        if box is not None and legend._outside_loc == "upper":  # type: ignore[attr-defined]
            top = max(top, _shares(figure, box).height + 2 * pads[1])
    for label, place in ((whole._supxlabel, (None, pads[1])), (whole._supylabel, (pads[0], None))):
        if label is not None and label.get_in_layout():
            at = label.get_position()
            label.set_position([own if given is None else given for own, given in zip(at, place, strict=True)])
            box = _shares(figure, label.get_tightbbox(renderer))
            if label is whole._supxlabel:
                bottom = box.height + 2 * pads[1]
            else:
                left = box.width + 2 * pads[0]
    return _Margins(left, right, bottom, top)


def _shares(figure: Figure, box: Bbox) -> Bbox:
    return box.transformed(figure.transFigure.inverted())


def _measure_margins(figure: Figure, axes: Axes, renderer: Any, pads: tuple[float, float]) -> _Margins:
    """Return the room that a panel needs around it; panels of a fixed shape may be smaller than their place."""
    for spine in axes.spines.values():
        spine.set_in_layout(False)  # its ticks are shorter than the room beside them
    box, place = axes.get_tightbbox(renderer, for_layout_only=True), axes.get_position()
    held = _shares(figure, box) if box is not None else place
    return _Margins(
        max(place.x0 - held.x0, 0) + pads[0],
        max(held.x1 - place.x1, 0) + pads[0],
        max(place.y0 - held.y0, 0) + pads[1],
        max(held.y1 - place.y1, 0) + pads[1],
    )


def _fill_grid(
    grid: GridSpecBase, panels: list[Axes], margins: list[_Margins], outside: _Margins
) -> list[tuple[Axes, Bbox]]:
    """Return the places of the panels of a grid; none if there is no room for them."""
    specs = [axes.get_subplotspec() for axes in panels]
    columns = [spec.colspan for spec in specs if spec]
    rows = [spec.rowspan for spec in specs if spec]
    before, behind = _largest(columns, [m.left for m in margins], [m.right for m in margins], grid.ncols)
    above, below = _largest(rows, [m.top for m in margins], [m.bottom for m in margins], grid.nrows)
    x0, x1 = _divide(before, behind, grid.get_width_ratios(), outside.left, outside.right)
    y0, y1 = _divide(above, below, grid.get_height_ratios(), outside.top, outside.bottom)
    if not (np.all(x1 > x0) and np.all(y1 > y0)):
        return []
    return [
        (axes, Bbox([[x0[across.start], 1 - y1[up.stop - 1]], [x1[across.stop - 1], 1 - y0[up.start]]]))
        for axes, across, up in zip(panels, columns, rows, strict=True)
    ]


def _largest(spans: list[range], before: list[float], behind: list[float], cells: int) -> tuple[Array, Array]:
    """Return the largest room before and behind each cell of the grid that a panel begins or ends in."""
    first, last = np.zeros(cells), np.zeros(cells)
    for span, one, other in zip(spans, before, behind, strict=True):
        first[span.start] = max(first[span.start], one)
        last[span.stop - 1] = max(last[span.stop - 1], other)
    return first, last


def _divide(before: Array, behind: Array, ratios: Any, first: float, last: float) -> tuple[Array, Array]:
    """Return the beginning and the end of each cell in [0, 1]; what the margins leave is shared by the ratios."""
    shares = np.asarray(ratios, dtype=float)
    sizes = (1 - first - last - before.sum() - behind.sum()) * shares / shares.sum()
    ends = first + np.cumsum(before + sizes) + np.cumsum(behind) - behind
    return ends - sizes, ends
