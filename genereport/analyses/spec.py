"""What an analysis declares: its result, its figures, its tables, and the template that words it."""

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
    """A figure of a result; nothing is drawn until somebody shows it.

    Attributes:
        name: What templates and `Analysis.figures` call it: ``volcano``.
        draw: Draws it from the result.
        describe: What its alternative text tells besides the result, by name; None: nothing.
        interactive: What the scripts of a page draw in its place, from the result; None: nothing.
        applies: Whether a result has this figure; None: every result has it.
    """

    name: str
    draw: Callable[[Any], Drawn]
    describe: Callable[[Any], Mapping[str, Any]] | None = None
    interactive: Callable[[Any], Interactive] | None = None
    applies: Callable[[Any], bool] | None = None

    @property
    def id(self) -> str:
        """What references lead to."""
        return f"fig-{self.name}"

    def applies_to(self, result: Any) -> bool:
        """Whether a result has this figure."""
        return self.applies is None or self.applies(result)


@dataclass(frozen=True)
class Section:
    """A section of the report.

    Attributes:
        template: Its file in ``templates/sections``, without ``.md.j2``.
        title: Its title where the analysis was skipped.
        id: What references lead to; it stays where the analysis was skipped.
        after: Id of the section that it follows; empty: it follows the one before it in the registry.
    """

    template: str
    title: str
    id: str
    after: str = ""


@dataclass(frozen=True)
class AnalysisSpec:
    """An analysis, declared.

    Attributes:
        name: Name of its folder, and of its result in ``results.json``.
        result: Type of its result; None where later analyses alone read it, and nothing of it is stored.
        sections: Its sections, in their order. Their templates also hold what the analysis says in the abstract, the
            methods and the limits.
        figures: Its figures.
        tables: Its tables as they are printed.
        files: Tables of the data folder: name of the file → the table, from the result; None leaves the file out.
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
        """The figures that a result has; none if its analysis was skipped."""
        held = self.result is not None and isinstance(result, self.result)
        return tuple(figure for figure in self.figures if held and figure.applies_to(result))

    def file_of(self, result: Any, name: str) -> pd.DataFrame | None:
        """A table of the data folder, its index as a column.

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
        """The module that runs the analysis, with ``make_stage(StageContext)`` and ``plan_stage(PlanContext)``.

        It is loaded when the analysis runs: who only reads results does not wait for scikit-learn (1.4 s).
        """
        return import_module(f"genereport.analyses.{self.name}.stage")


@dataclass(frozen=True)
class PageSpec:
    """A page of its own, declared.

    Attributes:
        result: Type of what it is made from.
        sections: Its sections, in their order.
        figures: Its figures.
        tables: Its tables as they are printed.
    """

    result: type
    sections: tuple[Section, ...]
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
