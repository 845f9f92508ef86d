"""Numbers taken from the analysis by their stable id, so that what is printed can be traced.

An id is a path in ``results.json``, and this is its whole grammar:

- ``differential.tested``: names joined by dots, from the top of the file; ``settings.tests.alpha`` is one of them;
- ``differential.sizes[0]``: the item of a list at a position, counted from 0; ``inputs[0].size`` goes on from there;
- ``models.metrics[12].estimate``: the cell of a table: position of the row, then the name of the column. All that
  follows ``].`` is that name, dots and brackets included (``differential.table[0].adj.P.Val``); the index of the table
  is a column like the others.

`genereport.report.value_ids` reads the number at an id from the file alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, TypeVar

import pandas as pd

from genereport.analyses.result import Skipped
from genereport.formats import MISSING, PStyle, count, fixed, p_lead, p_letter, p_spaced, p_value, percent
from genereport.report.document import Inline, Phrase, Row, Value

Format = Callable[[Any], str]
Result = TypeVar("Result")

NOT_ESTIMABLE = "not estimable"


@dataclass(frozen=True)
class Quote:
    """Looks numbers up in an analysis, or in another result that is stored; ids are paths in its JSON file."""

    analysis: Any

    def __call__(self, path: str, form: Format = str) -> Value:
        """The number at a path such as ``differential.tested`` or ``differential.sizes[0]``."""
        value = self._at(path)
        return Value(path, MISSING if value is None else form(value))

    def setting(self, name: str, form: Format = str) -> Value:
        """A setting as it was resolved, by its name: ``tests.alpha``."""
        return self(f"settings.{name}", form)

    def cell(self, path: str, row: int, column: str, form: Format = str) -> Value:
        """The number in a table of the analysis, by the position of its row and the name of its column."""
        frame = self.frame(path)
        value = frame.index[row] if column == frame.index.name else frame[column].iloc[row]
        return Value(f"{path}[{row}].{column}", form(value))

    def rows(self, path: str, columns: Sequence[tuple[str, Format]], positions: Sequence[int]) -> tuple[Row, ...]:
        """Cells of the given rows; a text column is printed as it is, a number through its format."""
        return tuple(tuple(self.cell(path, row, name, form) for name, form in columns) for row in positions)

    def interval(
        self, path: str, row: int, columns: tuple[str, str] = ("ci_low", "ci_high"), form: Format = fixed
    ) -> Inline:
        """The limits in two columns of a table: ``0.831 to 0.967``, or that they are not estimable."""
        return _limits(*(self.cell(path, row, name, form) for name in columns))

    def limits(self, low: str, high: str, form: Format = fixed) -> Inline:
        """The limits at two paths, likewise."""
        return _limits(self(low, form), self(high, form))

    def names(self, path: str) -> Phrase:
        """The items of a list of names as a sentence lists them."""
        return listed([self(f"{path}[{position}]") for position in range(len(self._at(path)))])

    def class_sizes(self) -> Phrase:
        """Samples per class, both sets together: ``47 ALL and 25 AML``."""
        path = "quality.counts"
        return listed(
            [
                Phrase((self.cell(path, row, "all", count), " ", self.cell(path, row, "class")))
                for row in range(len(self.frame(path)))
            ]
        )

    def confidence(self) -> Value:
        """Level of every interval: ``95 %``."""
        return self.setting("tests.confidence", whole_percent)

    def message(self, position: int) -> Value:
        """The message of a finding, whole."""
        return self(f"quality.findings[{position}].message")

    def reason(self, path: str) -> Value:
        """Why the result at a path is missing, whole.

        Raises:
            TypeError: if it is not.
        """
        if not isinstance(self._at(path), Skipped):
            raise TypeError(f"{path} was not skipped")
        return self(f"{path}.skipped")

    @property
    def p(self) -> Format:
        """How p-values print, in the style that the settings ask for."""
        return partial(p_value, style=self._style)

    @property
    def p_letter(self) -> str:
        """What a p-value is called in that style."""
        return p_letter(self._style)

    def p_equation(self, path: str) -> Phrase:
        """The p-value at a path in running text: ``p = 0.012``, ``P < .001``."""
        value = self(path, lambda p: p_spaced(self.p(p)))
        return Phrase((p_lead(value.text, self._style), value))

    @property
    def classes(self) -> tuple[str, ...]:
        """Class levels, the reference first."""
        return tuple(self.analysis.quality.counts.index)

    def result(self, kind: type[Result]) -> Result:
        """The result of this type.

        Raises:
            TypeError: if its stage was skipped; a composer is not called then.
        """
        held = getattr(self.analysis, "results", None)
        for value in held.values() if held else [getattr(self.analysis, field.name) for field in fields(self.analysis)]:
            if isinstance(value, kind):
                return value
        raise TypeError(f"the analysis holds no {kind.__name__}")

    def frame(self, path: str) -> pd.DataFrame:
        """The table at a dotted path."""
        value = self._at(path)
        if not isinstance(value, pd.DataFrame):
            raise TypeError(f"{path} is not a table")
        return value

    def row(self, path: str, **wanted: str) -> int:
        """Position of the first row of a table whose columns hold these values.

        Raises:
            KeyError: if there is none.
        """
        frame = self.frame(path)
        chosen = pd.concat([frame[name] == value for name, value in wanted.items()], axis=1).all(axis=1).to_numpy()
        if not chosen.any():
            raise KeyError(f"{path}: no row with {wanted}")
        return int(chosen.argmax())

    def _at(self, path: str) -> Any:
        value: Any = self.analysis
        for step in re.findall(r"[^.\[\]]+", path):
            if isinstance(value, (list, tuple)):
                value = value[int(step)]
            else:
                value = value[step] if isinstance(value, dict) else getattr(value, step)
        return value

    @property
    def _style(self) -> PStyle:
        style: PStyle = self.analysis.settings["report"]["p_values"]
        return style


def whole_percent(share: float) -> str:
    """A share such as a confidence level in as few digits as it has: ``95 %``, ``99.9 %``."""
    return f"{100 * share:.4g} %"


def rounded_percent(share: float) -> str:
    """A share without decimals: ``94 %``."""
    return percent(share, 0)


def listed(items: Sequence[Inline]) -> Phrase:
    """Items as a sentence lists them: ``a, b and c``."""
    parts: list[Inline] = []
    for position, item in enumerate(items):
        if position:
            parts.append(" and " if position == len(items) - 1 else ", ")
        parts.append(item)
    return Phrase(tuple(parts))


def _limits(low: Value, high: Value) -> Inline:
    if low.text == MISSING:
        return Value(low.id, NOT_ESTIMABLE)
    return Phrase((low, " to ", high))
