"""Labels that do not overlap: each takes the first free place around its point, in a fixed order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes

from genereport.plotting.style import SOFT, settle, text_width
from genereport.types import Array

_SIZE = 6.5
_HEIGHT = 1.43 * _SIZE  # height of a line in points
_RINGS = (4.0, 12.0, 22.0, 34.0, 48.0)
_ANGLES = np.deg2rad([0, 180, 45, 135, 90, -45, -135, -90, 22, 158, -22, -158, 68, 112, -68, -112])


class Box(NamedTuple):
    """A rectangle in points."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: Box) -> bool:
        """Return whether the two overlap."""
        return (
            self.left < other.right and other.left < self.right and self.bottom < other.top and other.bottom < self.top
        )

    def within(self, other: Box) -> bool:
        """Return whether this rectangle lies in the other."""
        return (
            self.left >= other.left
            and self.right <= other.right
            and self.bottom >= other.bottom
            and self.top <= other.top
        )

    def covers(self, points: Array) -> bool:
        """Return whether any of the points, shape (n, 2), lies in the rectangle or within 2 points of it."""
        x, y = points.T
        inside = (x > self.left - 2) & (x < self.right + 2) & (y > self.bottom - 2) & (y < self.top + 2)
        return bool(inside.any())


def place(axes: Axes, x: Array, y: Array, names: Sequence[str]) -> None:
    """Write names beside the first points, where they hide no point, no other text of the axes and no line to one.

    A name without such a place is left out.

    The figure is laid out here, so that the places remain free.

    Args:
        axes: Axes with their limits set and everything else drawn.
        x: Data coordinates of all points on the x-axis, those to be named first.
        y: Their coordinates on the y-axis.
        names: Names of the first points, at most one per point.
    """
    figure = axes.get_figure(root=True)
    if figure is None or not names:
        return
    settle(figure)
    to_points = 72 / figure.dpi
    points = np.asarray(axes.transData.transform(np.column_stack([x, y]))) * to_points
    frame = axes.get_window_extent()
    edge = Box(*(float(v) * to_points for v in (frame.x0 + 3, frame.y0, frame.x1, frame.y1)))
    taken = [Box(px - 3, py - 3, px + 3, py + 3) for px, py in points[: len(names)]]
    taken += [Box(*(float(side) * to_points for side in text.get_window_extent().extents)) for text in axes.texts]
    for row, name in enumerate(names):
        found = _find_free_place(points[row], text_width(name, _SIZE) + 3, edge, taken, points)
        if found:
            box, ring = found
            taken.append(box)
            points = np.vstack([points, _leader_points(points[row], box)])
            offset = (box.left + box.right) / 2 - points[row, 0], (box.bottom + box.top) / 2 - points[row, 1]
            _write(axes, name, (float(x[row]), float(y[row])), offset, leader=ring > 0)


def _write(axes: Axes, name: str, point: tuple[float, float], offset: tuple[float, float], *, leader: bool) -> None:
    arrow = {"arrowstyle": "-", "linewidth": 0.4, "color": SOFT, "shrinkA": 0, "shrinkB": 1}
    label = axes.annotate(
        name,
        xy=point,
        xytext=offset,
        textcoords="offset points",
        fontsize=_SIZE,
        ha="center",
        va="center",
        arrowprops=arrow if leader else None,
    )
    label.set_in_layout(False)  # keeps the size of the axes for which the places were found


def _leader_points(point: Array, box: Box) -> Array:
    """Return places along the line from a point to its label, without the surroundings of the point itself."""
    centre = np.array([(box.left + box.right) / 2, (box.bottom + box.top) / 2])
    places = point + np.linspace(0, 0.8, 9)[:, None] * (centre - point)
    return np.asarray(places[np.hypot(*(places - point).T) > 6])


def _find_free_place(
    point: Array, width: float, edge: Box, taken: Sequence[Box], points: Array
) -> tuple[Box, int] | None:
    """Find the first free place around a point and the number of its ring."""
    for ring, distance in enumerate(_RINGS):
        for angle in _ANGLES:
            cx = point[0] + np.cos(angle) * (distance + width / 2)
            cy = point[1] + np.sin(angle) * (distance + _HEIGHT / 2)
            box = Box(cx - width / 2, cy - _HEIGHT / 2, cx + width / 2, cy + _HEIGHT / 2)
            if not box.within(edge) or any(box.meets(other) for other in taken):
                continue
            crosses = ring > 0 and any(other.covers(_leader_points(point, box)) for other in taken)
            if not crosses and not box.covers(points):
                return box, ring
    return None
