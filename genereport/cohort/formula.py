"""Model formulas in R's notation, read by formulaic; only columns and known transformations are allowed."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from typing import Any

from genereport.errors import SettingsError, nearest

WHERE = "tests.design"

_HARMLESS = (
    ast.Expression, ast.Call, ast.Name, ast.Load, ast.Constant, ast.keyword, ast.BinOp, ast.UnaryOp, ast.Compare,
    ast.BoolOp, ast.operator, ast.unaryop, ast.cmpop, ast.boolop,
)  # fmt: skip
_QUOTED = re.compile(r"`([^`]+)`")


def parse_formula(formula: str, columns: list[str]) -> tuple[Any, list[str]]:
    """Parse a formula; return it and the columns that it uses, in their order.

    Formulaic evaluates the content of a call as Python. A study file should only be able to transform a covariate, so
    only calls of formulaic's own transformations are allowed.

    Args:
        formula: Formula such as ``~ class + centre`` or ``~ class + log(age)``; names with blanks are in backticks.
        columns: Names of the sample columns.

    Raises:
        SettingsError: GR005 the text is not a formula, has a left-hand side, or uses anything else.
    """
    from formulaic import Formula, SimpleFormula
    from formulaic.errors import FormulaicError

    try:
        parsed = Formula(formula)
    except (FormulaicError, SyntaxError) as error:
        raise unreadable(f"'{formula}' is not a formula.") from error
    if not isinstance(parsed, SimpleFormula):
        raise unreadable(
            f"'{formula}' is more than the right-hand side of a formula; the left-hand side is always a gene."
        )
    used = [name for term in parsed for factor in term.factors for name in _names(factor, formula)]
    for name in used:
        if name not in columns:
            raise SettingsError("GR005", f"The samples have no column '{name}'.", nearest(name, columns), WHERE)
    return parsed, [name for name in columns if name in used]


def with_class(formula: str, label: str, columns: Collection[str]) -> str:
    """Return a formula with ``class`` in place of the name of the label column.

    Args:
        formula: Formula as the user wrote it.
        label: Name of the label column in the sample sheet.
        columns: Names of the sample columns; a column that is called like the label column is left as it is.

    Example:
        >>> with_class("~ condition + patient", "condition", ["class", "patient"])
        '~ class + patient'
    """
    if label in columns or label == "class":
        return formula
    name = re.escape(label)
    plain = rf"(?<![\w.`'\"]){name}(?![\w.`'\"(])" if label.isidentifier() else r"(?!)"
    parts = re.split(r"(`[^`]*`)", formula)
    return "".join(
        ("class" if part == f"`{label}`" else part) if part.startswith("`") else re.sub(plain, "class", part)
        for part in parts
    )


def unreadable(problem: str) -> SettingsError:
    """Return the error for an invalid formula, which explains how to write one."""
    way = "Write it as in R, as a sum of class and the covariates: '~ class + centre'."
    return SettingsError("GR005", problem, way, WHERE)


def _names(factor: Any, formula: str) -> Iterator[str]:
    """Yield the columns that a factor of the formula uses."""
    kind = factor.eval_method.value
    if kind == "lookup":
        yield factor.expr
    elif kind == "python":
        yield from _QUOTED.findall(factor.expr)
        yield from _python_names(_QUOTED.sub("0", factor.expr), formula)


def _python_names(expression: str, formula: str) -> Iterator[str]:
    from formulaic.transforms import TRANSFORMS

    tree = ast.parse(expression, mode="eval")
    called = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if node in called:
            if not isinstance(node, ast.Name) or node.id not in TRANSFORMS:
                raise unreadable(f"'{formula}' calls something other than a transformation: {ast.unparse(node)}.")
        elif isinstance(node, ast.Attribute) and ast.unparse(node).startswith("contr."):
            continue
        elif not isinstance(node, _HARMLESS):
            raise unreadable(f"'{formula}' contains more than columns and transformations: {ast.unparse(node)}.")
        elif isinstance(node, ast.Name) and node.id != "contr":
            yield node.id
