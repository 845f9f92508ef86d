"""Figure of the flow of samples."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from genereport.analyses.quality.result import Quality
from genereport.formats import count
from genereport.plotting.drawn import Drawn
from genereport.plotting.style import INK, SOFT, WIDTH, canvas, shortened

_LINE, _PADDING, _GAP = 0.155, 0.14, 0.16
"""Height of a line of text, of the margins of a box together, and between boxes (inches)."""

_MAIN, _SIDE = (0.1, 3.0), (3.4, 6.6)
"""Left and right edge of the boxes of samples that remain, and of those that are left out (inches)."""

_WRAPPED = 46
"""Characters in a line of a box."""


def has_flow(result: Quality) -> bool:
    """Return whether samples were left out or are in an independent set."""
    return result.flow.left_out > 0 or result.test > 0


def describe_flow(result: Quality) -> dict[str, Any]:
    """Return the reasons for the alternative text: told, number, and the classes with their numbers."""
    return {
        "steps": [(row.told, row.left_out, _classes_of(result, step)) for step, row in result.flow.steps.iterrows()]
    }


def draw_flow(result: Quality) -> Drawn:
    """Draw the samples of the files as boxes from top to bottom; those that are left out stand on the right."""
    first = _wrap([f"Samples in the files: {count(result.flow.offered)}"])
    sides = [
        _wrap([f"{count(number)} left out: {told}", _list_sizes(sizes)])
        for told, number, sizes in describe_flow(result)["steps"]
    ]
    lasts = _last_boxes(result)
    heights = [_height(text) for text in (first, *sides)]
    total = sum(heights) + max(map(_height, lasts)) + _GAP * (len(heights) + 1)
    with canvas(total) as (figure, axes):
        axes.set(xlim=(0, WIDTH), ylim=(-0.05, total))
        axes.set_axis_off()
        middle, y = sum(_MAIN) / 2, total - 0.02
        y = _draw_box(axes, _MAIN, y, first)
        start = y
        for text in sides:
            top = y - _GAP
            y = _draw_box(axes, _SIDE, top, text)
            _draw_arrow(axes, (middle, (top + y) / 2), (_SIDE[0], (top + y) / 2))
        top = y - 2 * _GAP
        _draw_arrow(axes, (middle, start), (middle, top))
        for edges, text in zip((_MAIN, _SIDE), lasts, strict=False):
            _draw_box(axes, edges, top, text)
        if len(lasts) > 1:
            side = sum(_SIDE) / 2
            axes.plot([middle, side], [top + _GAP, top + _GAP], color=INK, linewidth=0.8)
            _draw_arrow(axes, (side, top + _GAP), (side, top))
    return Drawn(figure)


def _last_boxes(result: Quality) -> list[str]:
    """Return the texts of the boxes of the sets, with the numbers of samples by class."""
    named = [("train", "Training set", result.train), ("test", "Independent set", result.test)]
    sets = named if result.test else [("train", "Analysed", result.train)]
    sizes = result.counts
    return [
        _wrap([f"{title}: {count(total)}", _list_sizes(list(zip(sizes.index, sizes[which], strict=True)))])
        for which, title, total in sets
    ]


def _classes_of(result: Quality, step: object) -> list[tuple[str, int]]:
    """Return the known classes of the samples that are left out for a reason, with their numbers."""
    excluded = result.flow.excluded
    classes: pd.Series[str] = excluded.loc[excluded["step"] == step, "class"]
    known = classes[classes != ""].value_counts(sort=False)
    return [(str(name), int(number)) for name, number in known.items()]


def _list_sizes(sizes: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{shortened(name)} {count(number)}" for name, number in sizes)


def _wrap(paragraphs: Sequence[str]) -> str:
    return "\n".join(line for text in paragraphs if text for line in textwrap.wrap(shortened(text, 400), _WRAPPED))


def _height(text: str) -> float:
    return _LINE * (text.count("\n") + 1) + _PADDING


def _draw_box(axes: Axes, edges: tuple[float, float], top: float, text: str) -> float:
    """Draw a box with its text; return its lower edge."""
    left, right = edges
    bottom = top - _height(text)
    axes.add_patch(Rectangle((left, bottom), right - left, top - bottom, facecolor="white", edgecolor=SOFT, zorder=2))
    for number, line in enumerate(text.split("\n")):  # a line each, so that it can be written as text
        y = top - _PADDING / 2 - _LINE * (number + 0.5)
        axes.text((left + right) / 2, y, line, ha="center", va="center_baseline", color=INK, zorder=3)
    return bottom


def _draw_arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "-|>", "color": INK, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", xy=end, xytext=start, arrowprops=style, zorder=1)
