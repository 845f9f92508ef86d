"""Conditions on the columns of a sample sheet, such as ``stage != "0" and age >= 18``.

A condition is written in Python's notation and read by its parser. It is never run: only comparisons of a column with
values, joined by ``and``, ``or`` and ``not``, have a meaning here, and everything else is refused.
"""

from __future__ import annotations

import ast
import keyword
import operator
import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from genereport.cohort.levels import folded, level_text
from genereport.errors import CohortError, nearest
from genereport.types import Flags

WHERE = "cohort.filter"

Value = str | float

_LONGEST = 1000
_MARK = "quoted_column_"
_RESERVED = sorted({*keyword.kwlist} - {"and", "or", "not", "in", "is", "True", "False", "None"})
_NAMES = re.compile(
    r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|`([^`]+)`|(?<![\w.])(""" + "|".join(_RESERVED) + r""")(?![\w.])"""
)
"""Text, which is left as it is; a name in backticks; and words of Python such as class, which here are names, too."""
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_MIRRORED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt,
    ast.LtE: ast.GtE,
    ast.Gt: ast.Lt,
    ast.GtE: ast.LtE,
}
"""Comparison → the one that says the same with both sides exchanged; the others say the same as they are."""

_EQUALITY = (ast.Eq, ast.NotEq, ast.In, ast.NotIn)


class Satisfied(NamedTuple):
    """Which samples satisfy a condition.

    Attributes:
        holds: Whether the condition is true, shape (n,).
        unknown: Whether it is neither true nor false, since a value is missing, shape (n,).
        absent: Values of the condition that no sample has, each as a sentence.
    """

    holds: Flags
    unknown: Flags
    absent: tuple[str, ...]


class _Truth(NamedTuple):
    """Where a part of a condition is true and where it is false; where it is neither, a value is missing."""

    holds: Flags
    fails: Flags


def _negated(truth: _Truth) -> _Truth:
    return _Truth(truth.fails, truth.holds)


def _all_of(parts: Iterable[_Truth]) -> _Truth:
    """Return where all parts are true, and where at least one is false."""
    holds, fails = zip(*parts, strict=True)
    return _Truth(np.logical_and.reduce(holds), np.logical_or.reduce(fails))


def apply_filter(condition: str, columns: pd.DataFrame) -> Satisfied:
    """Return which samples satisfy a condition.

    A comparison with a missing value is neither true nor false, and so is ``not`` before it; a sample satisfies a
    condition only if it is true. Columns of numbers are compared as numbers, others as text.

    Args:
        condition: Comparisons (``==``, ``!=``, ``<``, ``<=``, ``>``, ``>=``, ``in``, ``not in``) of columns with
            values, joined by ``and``, ``or``, ``not`` and parentheses. A name with blanks is in backticks.
        columns: One row per sample; text, or float64 for numbers; NaN where a value is missing.

    Raises:
        CohortError: GR160 the text is not such a condition, or compares text with numbers; GR161 there is no such
            column.

    Example:
        >>> sheet = pd.DataFrame({"stage": ["0", "II", None], "age": [30.0, 61.0, 50.0]})
        >>> apply_filter('stage != "0" and age < 65', sheet).holds.tolist()
        [False, True, False]
    """
    reader = _Reader(condition, columns)
    try:
        truth = reader.truth(_parse(condition, reader.names))
    except RecursionError:
        raise _unusable(condition, "It has too many levels.") from None
    return Satisfied(truth.holds, ~(truth.holds | truth.fails), tuple(dict.fromkeys(reader.absent)))


def _parse(condition: str, names: list[str]) -> ast.expr:
    """Return the condition as a tree; names in backticks and reserved words become identifiers, listed in `names`."""

    def named(match: re.Match[str]) -> str:
        if match[1] is not None:
            return match[1]
        names.append(match[2] or match[3])
        return f"{_MARK}{len(names) - 1}"

    if len(condition) > _LONGEST:
        raise _unusable(f"{condition[:40]}…", f"It has more than {_LONGEST:,} characters.")
    try:
        return ast.parse(_NAMES.sub(named, condition).strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError) as error:
        raise _unusable(condition, "It cannot be read.") from error


class _Reader:
    """Evaluates the tree of a condition over the columns of a sheet.

    Args:
        condition: The condition as it is written, for messages.
        columns: As in `apply_filter`.
    """

    def __init__(self, condition: str, columns: pd.DataFrame) -> None:
        self.condition = condition
        self.columns = columns
        self.names: list[str] = []
        self.absent: list[str] = []

    def truth(self, node: ast.expr) -> _Truth:
        """Return where a part of the condition is true and where it is false."""
        if isinstance(node, ast.BoolOp):
            parts = [self.truth(each) for each in node.values]
            return _all_of(parts) if isinstance(node.op, ast.And) else _negated(_all_of(map(_negated, parts)))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return _negated(self.truth(node.operand))
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            return _all_of(self._link(*each) for each in zip(sides[:-1], node.ops, sides[1:], strict=True))
        raise self._refused(node)

    def _link(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> _Truth:
        """Return the truth of one comparison; the column may be on either side."""
        name = self._column_name(left)
        if name is None:
            left, right, name = right, left, self._column_name(right)
            op = _MIRRORED.get(type(op), type(op))()
            if isinstance(op, ast.In | ast.NotIn):
                raise self._refused(left)
        if name is None or isinstance(op, ast.Is | ast.IsNot):
            raise self._refused(right)
        if name not in self.columns.columns:
            raise CohortError(
                "GR161",
                f"The sample sheet has no column '{name}', which the filter '{self.condition}' uses.",
                nearest(name, map(str, self.columns.columns)),
                WHERE,
            )
        return self._compare(name, op, self._values(right, several=isinstance(op, ast.In | ast.NotIn)))

    def _compare(self, name: str, op: ast.cmpop, values: list[Value]) -> _Truth:
        column = self.columns[name]
        present = column.notna().to_numpy()
        values = [self._suited(column, value, op) for value in values]
        if isinstance(op, _EQUALITY):
            self._note_absent(column, values)
        if isinstance(op, ast.In | ast.NotIn):
            found = column.isin(values).to_numpy() ^ isinstance(op, ast.NotIn)
        else:
            found = np.zeros(len(column), dtype=bool)
            found[present] = _COMPARISONS[type(op)](column[present], values[0])
        return _Truth(found & present, ~found & present)

    def _suited(self, column: pd.Series, value: Value, op: ast.cmpop) -> Value:
        """Return a value as the column holds its values: as a number, or as text."""
        if column.dtype.kind == "f":
            try:
                return float(value)
            except ValueError:
                problem = f"The column '{column.name}' holds numbers, and '{value}' is none."
                raise _unusable(self.condition, problem) from None
        if not isinstance(op, _EQUALITY):
            example = next((f", such as '{each}'" for each in column.dropna()), "")
            problem = f"The column '{column.name}' holds text{example}, and <, <=, > and >= compare numbers only."
            raise _unusable(self.condition, problem)
        return level_text(value)

    def _note_absent(self, column: pd.Series, values: list[Value]) -> None:
        known = {level_text(level): folded(level_text(level)) for level in column.dropna().unique()}
        for text in map(level_text, values):
            if text not in known:
                alike = next((f", but '{level}' occurs" for level, bare in known.items() if bare == folded(text)), "")
                self.absent.append(f"No sample has '{text}' in the column '{column.name}'{alike}.")

    def _column_name(self, node: ast.expr) -> str | None:
        """Return the column that a part names, such as ``age`` or ``tumor.stage``; None if it names none."""
        if not isinstance(node, ast.Name | ast.Attribute):
            return None
        written = ast.unparse(node)
        place = written.removeprefix(_MARK)
        return self.names[int(place)] if place != written and place.isdecimal() else written

    def _values(self, node: ast.expr, *, several: bool) -> list[Value]:
        """Return the values that a column is compared with."""
        if several != isinstance(node, ast.List | ast.Tuple | ast.Set):
            raise self._refused(node)
        return [self._value(each) for each in (getattr(node, "elts", ()) if several else (node,))]

    def _value(self, node: ast.expr) -> Value:
        negative = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
        held = node.operand if isinstance(node, ast.UnaryOp) and negative else node
        if isinstance(held, ast.Constant) and isinstance(held.value, int | float) and not isinstance(held.value, bool):
            return -float(held.value) if negative else float(held.value)
        if not negative and isinstance(held, ast.Constant) and isinstance(held.value, str):
            return held.value.strip()
        raise self._refused(node)

    def _refused(self, node: ast.expr) -> CohortError:
        part = re.sub(rf"{_MARK}(\d+)", lambda match: f"`{self.names[int(match[1])]}`", ast.unparse(node))
        return _unusable(self.condition, f"'{part}' has no meaning there.")


def _unusable(condition: str, problem: str) -> CohortError:
    return CohortError(
        "GR160",
        f"The filter '{condition}' is not a condition on the columns of the sample sheet. {problem}",
        'Compare columns with values: \'stage != "0" and age >= 18\', \'centre in ["A", "B"]\'. Join comparisons by '
        "and, or and not; write text in quotation marks, and names with blanks in backticks.",
        WHERE,
    )
