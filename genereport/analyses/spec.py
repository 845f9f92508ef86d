"""What an analysis declares: its result, its figures, its tables, and the template that words it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from genereport.analyses.columns import Table
from genereport.plotting.drawn import Drawn
from genereport.plotting.interactive import Interactive


@dataclass(frozen=True)
class Figure:
    """A figure of a result; nothing is drawn until somebody shows it.

    Attributes:
        name: What templates and `Analysis.figures` call it: ``volcano``.
        draw: Draws it from the result.
        interactive: What the scripts of a page draw in its place, from the result; None: nothing.
    """

    name: str
    draw: Callable[[Any], Drawn]
    interactive: Callable[[Any], Interactive] | None = None

    @property
    def id(self) -> str:
        """What references lead to."""
        return f"fig-{self.name}"


@dataclass(frozen=True)
class AnalysisSpec:
    """An analysis, declared.

    Attributes:
        name: Name of its folder, of its template, and of its result in ``results.json``.
        title: Title of its section where the analysis was skipped.
        result: Type of its result.
        figures: Its figures.
        tables: Its tables as they are printed.
        files: Tables of the data folder: name of the file → the table, from the result; None leaves the file out.
        needs: Names of the analyses whose results it reads; it runs after them.
        section: Whether it has a section of its own.
        after: Name of the section that its first one follows, where that is not the analysis before it in the registry.
    """

    name: str
    title: str
    result: type
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    files: Mapping[str, Callable[[Any], pd.DataFrame | None]] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
