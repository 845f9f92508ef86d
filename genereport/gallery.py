"""The figures and the tables of an analysis by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache, partial
from typing import Any, TypeVar

import pandas as pd
from matplotlib.figure import Figure as MatplotlibFigure

from genereport.analyses import ANALYSES
from genereport.display import alternative_text
from genereport.errors import nearest
from genereport.types import Reported

Thing = TypeVar("Thing")


class Named(Mapping[str, Thing]):
    """Things by name, read-only. Each is made when it is first asked for, and kept.

    Args:
        kind: What they are, in the plural.
        names: Lists their names.
        make: Makes one by its name; None if there is none of that name.
    """

    def __init__(self, kind: str, names: Callable[[], Iterable[str]], make: Callable[[str], Thing | None]) -> None:
        self._kind = kind
        self._list_names = names
        self._make = make
        self._made: dict[str, Thing] = {}

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(self._list_names())

    def __getitem__(self, name: str) -> Thing:
        if name not in self._made:
            made = self._make(name)
            if made is None:
                raise KeyError(f"There is no '{name}' among the {self._kind}. {nearest(str(name), self._names)}")
            self._made[name] = made
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return f"{len(self)} {self._kind}: {', '.join(self)}"


def figures_of(analysis: Reported) -> Named[MatplotlibFigure]:
    """The figures of the report by the names of their files in the data folder.

    The label of each is its alternative text, where `genereport.notebook` is imported.
    """
    return Named("figures", partial(_figure_names, analysis), partial(_draw, analysis))


def tables_of(analysis: Reported) -> Named[pd.DataFrame]:
    """The tables of the data folder by the names of their files."""
    return Named("tables", partial(_table_names, analysis), partial(_make_table, analysis))


def _figure_names(analysis: Reported) -> Iterator[str]:
    for spec in ANALYSES:
        yield from (figure.name for figure in spec.figures_of(analysis.results.get(spec.name)))
    yield from _undeclared_figures(analysis)  # type: ignore[arg-type] # until every analysis declares its figures


def _draw(analysis: Reported, name: str) -> MatplotlibFigure | None:
    for spec in ANALYSES:
        result = analysis.results.get(spec.name)
        for figure in spec.figures_of(result):
            if figure.name == name:
                drawn = figure.draw(result).figure
                drawn.set_label(alternative_text(analysis, name))
                return drawn
    return _draw_undeclared(analysis, name)  # until every analysis declares its figures


def _table_names(analysis: Reported) -> Iterator[str]:
    for spec in ANALYSES:
        result = analysis.results.get(spec.name)
        yield from (name for name in spec.files if spec.file_of(result, name) is not None)
    yield from _undeclared_tables(analysis)  # until every analysis declares its files


def _make_table(analysis: Reported, name: str) -> pd.DataFrame | None:
    for spec in ANALYSES:
        if (frame := spec.file_of(analysis.results.get(spec.name), name)) is not None:
            return frame
    return _undeclared_tables(analysis).get(name)  # until every analysis declares its files


# until every analysis declares its figures and its files


@lru_cache(maxsize=1)
def _undeclared_figures(analysis: Any) -> Mapping[str, Any]:
    from genereport.report.composition import compose
    from genereport.report.document import Figure

    declared = {figure.id for spec in ANALYSES for figure in spec.figures}
    blocks = compose(analysis).walk()
    return {
        block.id.removeprefix("fig-"): block
        for block in blocks
        if isinstance(block, Figure) and block.id not in declared
    }


def _draw_undeclared(analysis: Any, name: str) -> MatplotlibFigure | None:
    found = _undeclared_figures(analysis).get(name)
    if found is None:
        return None
    drawn: MatplotlibFigure = found.drawn.figure
    drawn.set_label(found.alt)
    return drawn


def _undeclared_tables(analysis: Any) -> dict[str, pd.DataFrame]:
    from genereport.report.tables import tables

    declared = {name for spec in ANALYSES for name in spec.files}
    return {name: frame for name, frame in tables(analysis) if name not in declared}
