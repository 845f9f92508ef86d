"""Numbers taken from the analysis by their stable id, so that what is printed can be traced."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import pandas as pd

from genereport.report.document import Row, Value
from genereport.report.formats import MISSING
from genereport.results import Analysis

Format = Callable[[Any], str]
Result = TypeVar("Result")


@dataclass(frozen=True)
class Quote:
    """Looks numbers up in an analysis; ids are paths in ``results.json``."""

    analysis: Analysis

    def __call__(self, path: str, form: Format = str) -> Value:
        """The number at a dotted path such as ``differential.tested``."""
        value: Any = self.analysis
        for name in path.split("."):
            value = getattr(value, name)
        return Value(path, MISSING if value is None else form(value))

    def cell(self, path: str, row: int, column: str, form: Format = str) -> Value:
        """The number in a table of the analysis, by the position of its row and the name of its column."""
        frame = self.frame(path)
        value = frame.index[row] if column == frame.index.name else frame[column].iloc[row]
        return Value(f"{path}[{row}].{column}", form(value))

    @property
    def classes(self) -> tuple[str, ...]:
        """Class levels, the reference first."""
        return tuple(self.analysis.quality.counts.index)

    def result(self, kind: type[Result]) -> Result:
        """The result of this type.

        Raises:
            TypeError: if its stage was skipped; a composer is not called then.
        """
        for field in fields(self.analysis):
            value = getattr(self.analysis, field.name)
            if isinstance(value, kind):
                return value
        raise TypeError(f"the analysis holds no {kind.__name__}")

    def frame(self, path: str) -> pd.DataFrame:
        """The table at a dotted path."""
        value: Any = self.analysis
        for name in path.split("."):
            value = getattr(value, name)
        if not isinstance(value, pd.DataFrame):
            raise TypeError(f"{path} is not a table")
        return value

    def rows(self, path: str, columns: Sequence[tuple[str, Format]], positions: Sequence[int]) -> tuple[Row, ...]:
        """Cells of the given rows; a text column is printed as it is, a number through its format."""
        return tuple(tuple(self.cell(path, row, name, form) for name, form in columns) for row in positions)
