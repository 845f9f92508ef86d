"""Interactive figures of the principal components, drawn by the scripts of the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from genereport.analyses.components.result import Components
from genereport.formats import percent
from genereport.plotting.interactive import Interactive, short_number
from genereport.plotting.style import SOFT, colour, symbol


def plane(result: Components) -> Interactive:
    """Return the samples on the first two components, as in the figure."""
    return _samples(result, 2)


def space(result: Components) -> Interactive:
    """Return the samples on the first three components, as in the figure."""
    return _samples(result, 3)


def _samples(result: Components, dimensions: int) -> Interactive:
    axes = [f"PC{number}" for number in range(1, dimensions + 1)]
    labels = [f"{name} ({percent(float(result.variance['share'][name]))})" for name in axes]
    data = {
        "labels": labels,
        "traces": list(_clouds(result, axes)),
        "colourings": list(_colourings(result, dimensions)),
    }
    return Interactive("samples", data)


def _clouds(result: Components, axes: list[str]) -> Iterator[dict[str, Any]]:
    for position, level, hollow, part in _parts(result):
        yield {
            "name": level + ", independent" * hollow,
            "colour": colour(position),
            "symbol": symbol(position, space=len(axes) == 3) + "-open" * hollow,
            "samples": [str(sample) for sample in part.index],
            "points": [[short_number(value) for value in part[name]] for name in axes],
        }


def _parts(result: Components) -> Iterator[tuple[int, str, bool, pd.DataFrame]]:
    """Yield position and name of each class, whether the samples are independent, and the scores of the samples."""
    for position, level in enumerate(result.classes):
        for which, hollow in (("train", False), ("test", True)):
            part = result.scores[(result.scores["class"] == level) & (result.scores["set"] == which)]
            if len(part):
                yield position, level, hollow, part


def _colourings(result: Components, dimensions: int) -> Iterator[dict[str, Any]]:
    """Yield other ways to colour the samples, which are in the order of the clouds: by set, and by each covariate.

    A way has either ``values``, a number per sample or None, or ``levels``, each with its name, colour and symbol, and
    ``of``, the position of the level of each sample.
    """
    order = [sample for *_, part in _parts(result) for sample in part.index]
    if result.projected:
        sets = result.scores["set"].map({"train": "training", "test": "independent"})
        yield _by_level("set", sets.loc[order], ["training", "independent"], dimensions)
    for name, column in result.covariates.loc[order].items():
        if column.dtype.kind == "f":
            yield {"name": str(name), "values": [short_number(value) for value in column]}
        else:
            yield _by_level(str(name), column, sorted(set(column)), dimensions)


def _by_level(name: str, column: pd.Series[str], levels: list[str], dimensions: int) -> dict[str, Any]:
    named = [
        [level, SOFT if level.startswith("unknown") else colour(place), symbol(place, space=dimensions == 3)]
        for place, level in enumerate(levels)
    ]
    return {"name": name, "levels": named, "of": [levels.index(level) for level in column]}
