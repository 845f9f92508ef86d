"""Interactive figures of the principal components, drawn by the scripts of the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from genereport.analyses.components.result import Components
from genereport.formats import percent
from genereport.plotting.interactive import Interactive, short_number
from genereport.plotting.style import colour, symbol


def plane(result: Components) -> Interactive:
    """Return the samples on the first two components, as in the figure."""
    return _samples(result, 2)


def space(result: Components) -> Interactive:
    """Return the samples on the first three components, as in the figure."""
    return _samples(result, 3)


def _samples(result: Components, dimensions: int) -> Interactive:
    axes = [f"PC{number}" for number in range(1, dimensions + 1)]
    labels = [f"{name} ({percent(float(result.variance['share'][name]))})" for name in axes]
    return Interactive("samples", {"labels": labels, "traces": list(_clouds(result, axes))})


def _clouds(result: Components, axes: list[str]) -> Iterator[dict[str, Any]]:
    for position, level in enumerate(result.classes):
        for which, hollow in (("train", False), ("test", True)):
            part = result.scores[(result.scores["class"] == level) & (result.scores["set"] == which)]
            if len(part):
                yield {
                    "name": level + ", independent" * hollow,
                    "colour": colour(position),
                    "symbol": symbol(position, space=len(axes) == 3) + "-open" * hollow,
                    "samples": [str(sample) for sample in part.index],
                    "points": [[short_number(value) for value in part[name]] for name in axes],
                }
