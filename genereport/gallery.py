"""Access to the figures and the tables of an analysis by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, partial
from typing import TypeVar

import pandas as pd
from matplotlib.figure import Figure as MatplotlibFigure

from genereport.analyses import stored_analyses
from genereport.display import alternative_text
from genereport.errors import nearest
from genereport.types import Reported

Thing = TypeVar("Thing")


class Named(Mapping[str, Thing]):
    """A read-only mapping of names to objects. Each object is made when it is first asked for, and kept.

    Args:
        kind: What the objects are, in the plural, for messages.
        names: Returns the names.
        make: Makes the object of a name; returns None if there is none of that name.
    """

    def __init__(self, kind: str, names: Callable[[], Iterable[str]], make: Callable[[str], Thing | None]) -> None:
        self._kind = kind
        self._list_names = names
        self._make = make
        self._made: dict[str, Thing] = {}

    @cached_property
    def _names_of_kind(self) -> tuple[str, ...]:
        return tuple(self._list_names())

    def __getitem__(self, name: str) -> Thing:
        if name not in self._made:
            made = self._make(name)
            if made is None:
                raise KeyError(
                    f"There is no '{name}' among the {self._kind}. {nearest(str(name), self._names_of_kind)}"
                )
            self._made[name] = made
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names_of_kind

    def __iter__(self) -> Iterator[str]:
        return iter(self._names_of_kind)

    def __len__(self) -> int:
        return len(self._names_of_kind)

    def __repr__(self) -> str:
        return f"{len(self)} {self._kind}: {', '.join(self)}"


def figures_of(analysis: Reported) -> Named[MatplotlibFigure]:
    """Return the figures of the report by the names of their files in the data folder.

    The label of each figure is its alternative text if `genereport.notebook` is imported, else empty.
    """
    return Named("figures", partial(_figure_names, analysis), partial(_draw, analysis))


def tables_of(analysis: Reported) -> Named[pd.DataFrame]:
    """Return the tables of the data folder by the names of their files."""
    return Named("tables", partial(_table_names, analysis), partial(_make_table, analysis))


def _figure_names(analysis: Reported) -> Iterator[str]:
    for spec in stored_analyses():
        yield from (figure.name for figure in spec.figures_of(analysis.results.get(spec.name)))


def _draw(analysis: Reported, name: str) -> MatplotlibFigure | None:
    for spec in stored_analyses():
        result = analysis.results.get(spec.name)
        for figure in spec.figures_of(result):
            if figure.name == name:
                drawn = figure.draw(result).figure
                drawn.set_label(alternative_text(analysis, name))
                return drawn
    return None


def _table_names(analysis: Reported) -> Iterator[str]:
    for spec in stored_analyses():
        result = analysis.results.get(spec.name)
        yield from (name for name in spec.files if spec.file_of(result, name) is not None)


def _make_table(analysis: Reported, name: str) -> pd.DataFrame | None:
    for spec in stored_analyses():
        if (frame := spec.file_of(analysis.results.get(spec.name), name)) is not None:
            return frame
    return None
