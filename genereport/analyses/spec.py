"""Declarations of analyses: result, figures, tables, and the templates of the sections."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import pandas as pd

from genereport.analyses.columns import Table
from genereport.plotting.drawn import Drawn
from genereport.plotting.interactive import Interactive


@dataclass(frozen=True)
class Figure:
    """A figure of a result, which is drawn only when it is shown.

    Attributes:
        name: Name in templates and in `Analysis.figures`: ``volcano``.
        draw: Draws the figure from the result.
        describe: Returns further values for its alternative text, by name; None: none.
        interactive: Returns what the scripts of a page draw in its place, from the result; None: nothing.
        applies: Returns whether a result has this figure; None: every result has it.
    """

    name: str
    draw: Callable[[Any], Drawn]
    describe: Callable[[Any], Mapping[str, Any]] | None = None
    interactive: Callable[[Any], Interactive] | None = None
    applies: Callable[[Any], bool] | None = None

    @property
    def id(self) -> str:
        """The target of references."""
        return f"fig-{self.name}"

    def applies_to(self, result: Any) -> bool:
        """Return whether a result has this figure."""
        return self.applies is None or self.applies(result)


@dataclass(frozen=True)
class Section:
    """A section of the report.

    Attributes:
        template: File name in ``templates/sections``, without ``.md.j2``.
        title: Title if the analysis was skipped.
        id: Target of references, also if the analysis was skipped.
        after: Id of the section that it follows; empty: it follows the one before it in the registry.
        within: Id of the section that it is a part of, behind its text; empty: it is a section of its own.
    """

    template: str
    title: str
    id: str
    after: str = ""
    within: str = ""


@dataclass(frozen=True)
class AnalysisSpec:
    """The declaration of an analysis.

    Attributes:
        name: Name of its folder, and of its result in ``results.json``.
        result: Type of its result; None if only later analyses read it, and nothing of it is stored.
        sections: Its sections, in their order. Their templates also hold its texts in the abstract, the methods and the
            limits.
        figures: Its figures.
        tables: Its printed tables.
        files: Tables of the data folder: name of the file → function of the result that returns the table, or None to
            leave the file out.
        staged: Whether it is made from a cohort; the trend is made from earlier runs.
        needs: Names of the analyses whose results it reads; it runs after them.
    """

    name: str
    result: type | None
    sections: tuple[Section, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    files: Mapping[str, Callable[[Any], pd.DataFrame | None]] = field(default_factory=dict)
    staged: bool = True
    needs: tuple[str, ...] = ()

    def figures_of(self, result: Any) -> tuple[Figure, ...]:
        """Return the figures that a result has; none if its analysis was skipped."""
        held = self.result is not None and isinstance(result, self.result)
        return tuple(figure for figure in self.figures if held and figure.applies_to(result))

    def file_of(self, result: Any, name: str) -> pd.DataFrame | None:
        """Return a table of the data folder, with its index as a column.

        An index without a name only counts the rows and is left out.

        Args:
            result: The result, or why its analysis was skipped, or None.
            name: Name of the file.

        Returns:
            None if the result has no such table.
        """
        frame = (
            self.files[name](result) if self.result and name in self.files and isinstance(result, self.result) else None
        )
        return None if frame is None else frame.reset_index(drop=frame.index.name is None)

    def load_stage(self) -> Any:
        """Import the module that runs the analysis, with ``make_stage(StageContext)`` and ``plan_stage(PlanContext)``.

        It is imported only when the analysis runs, so that reading results need not wait for scikit-learn (1.4 s).
        """
        return import_module(f"genereport.analyses.{self.name}.stage")


@dataclass(frozen=True)
class PageSpec:
    """The declaration of a page outside the report.

    Attributes:
        result: Type of the result that it is made from.
        sections: Its sections, in their order.
        figures: Its figures.
        tables: Its printed tables.
    """

    result: type
    sections: tuple[Section, ...]
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
