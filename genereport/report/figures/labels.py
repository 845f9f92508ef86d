"""Labels that do not collide: the first free place around each point, tried in a fixed order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.textpath import TextPath

from genereport.report.figures.style import SOFT

_SIZE = 6.5
_HEIGHT = 1.25 * _SIZE  # of a line, points
_RINGS = (4.0, 12.0, 22.0, 34.0, 48.0)
_ANGLES = np.deg2rad([0, 180, 45, 135, 90, -45, -135, -90])


class Box(NamedTuple):
    """A rectangle in points."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: Box) -> bool:
        """Whether the two overlap."""
        return (
            self.left < other.right and other.left < self.right and self.bottom < other.top and other.bottom < self.top
        )


def place(axes: Axes, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], names: Sequence[str]) -> None:
    """Write each name beside its point where it meets no other name, no named point and no edge; else leave it out.

    Args:
        axes: With its limits set.
        x: Data coordinates of the points, the most important first.
        y: The same.
        names: What to write.
    """
    figure = axes.get_figure(root=True)
    if figure is None:
        return
    figure.draw_without_rendering()
    to_points = 72 / figure.dpi
    points = axes.transData.transform(np.column_stack([x, y])) * to_points
    frame = axes.get_window_extent()
    edge = Box(*(float(v) * to_points for v in (frame.x0, frame.y0, frame.x1, frame.y1)))
    taken = [Box(px - 3, py - 3, px + 3, py + 3) for px, py in points]
    for (px, py), at_x, at_y, name in zip(points, x, y, names, strict=True):
        found = _free(px, py, _width(name), edge, taken)
        if found is None:
            continue
        box, ring = found
        taken.append(box)
        label = axes.annotate(
            name,
            xy=(at_x, at_y),
            xytext=((box.left + box.right) / 2 - px, (box.bottom + box.top) / 2 - py),
            textcoords="offset points",
            fontsize=_SIZE,
            ha="center",
            va="center",
            arrowprops={"arrowstyle": "-", "linewidth": 0.4, "color": SOFT, "shrinkA": 0, "shrinkB": 1}
            if ring
            else None,
        )
        label.set_in_layout(False)  # the axes keep the size that the places were found for


def _width(name: str) -> float:
    """Width of a label in points, and a little room."""
    return float(TextPath((0, 0), name, size=_SIZE).get_extents().width) + 2


def _free(px: float, py: float, width: float, edge: Box, taken: Sequence[Box]) -> tuple[Box, int] | None:
    """The first place around a point that is free, and the number of its ring."""
    for ring, distance in enumerate(_RINGS):
        for angle in _ANGLES:
            cx = px + np.cos(angle) * (distance + width / 2)
            cy = py + np.sin(angle) * (distance + _HEIGHT / 2)
            box = Box(cx - width / 2, cy - _HEIGHT / 2, cx + width / 2, cy + _HEIGHT / 2)
            inside = (
                box.left >= edge.left and box.right <= edge.right and box.bottom >= edge.bottom and box.top <= edge.top
            )
            if inside and not any(box.meets(other) for other in taken):
                return box, ring
    return None
