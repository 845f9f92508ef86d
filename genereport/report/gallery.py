"""The figures and the tables of an analysis by name, one attribute away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, partial
from typing import TypeVar

import pandas as pd
from matplotlib.figure import Figure as MatplotlibFigure

from genereport.analysis import Analysis
from genereport.errors import nearest
from genereport.report.composition import compose
from genereport.report.document import Figure
from genereport.report.tables import tables

Thing = TypeVar("Thing")


class Named(Mapping[str, Thing]):
    """Things by name, read-only; made when one of them, or their names, are first asked for.

    Args:
        kind: What they are, in the plural.
        make: Gives each with its name.
    """

    def __init__(self, kind: str, make: Callable[[], Iterable[tuple[str, Thing]]]) -> None:
        self._kind = kind
        self._make = make

    @cached_property
    def _things(self) -> dict[str, Thing]:
        return dict(self._make())

    def __getitem__(self, name: str) -> Thing:
        if name not in self._things:
            raise KeyError(f"There is no '{name}' among the {self._kind}. {nearest(str(name), self._things)}")
        return self._things[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._things)

    def __len__(self) -> int:
        return len(self._things)

    def __repr__(self) -> str:
        return f"{len(self)} {self._kind}: {', '.join(self)}"


def figures_of(analysis: Analysis) -> Named[MatplotlibFigure]:
    """Every figure of the report, by the name of its file in the data folder; drawn when first asked for."""
    return Named("figures", partial(_figures, analysis))


def tables_of(analysis: Analysis) -> Named[pd.DataFrame]:
    """Every table of the data folder, by the name of its file."""
    return Named("tables", partial(tables, analysis))


def _figures(analysis: Analysis) -> Iterator[tuple[str, MatplotlibFigure]]:
    for block in compose(analysis).walk():
        if isinstance(block, Figure):
            figure = block.drawn.figure
            figure.set_label(block.alt)
            yield block.id.removeprefix("fig-"), figure
