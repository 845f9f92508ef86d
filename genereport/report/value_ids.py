"""Check a printed number against the results: find the value of an id, and compare the text with it.

An id is a path in ``results.json``. Its whole grammar is:

- ``differential.tested``: names joined by dots, from the top of the file; ``settings.tests.alpha`` is one of them;
- ``differential.sizes[0]``: the item of a list at a position, counted from 0; ``inputs[0].size`` goes on from there;
- ``models.metrics[12].estimate``: the cell of a table: position of the row, then the name of the column. All that
  follows ``].`` is that name, dots and brackets included (``differential.table[0].adj.P.Val``); the index of the table
  is a column like the others.

`genereport.report.traced` gives values their ids. Nothing here knows the analysis: `resolve` reads the parsed JSON, so
that a page can be held against the file.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from genereport.formats import MINUS, MISSING, UNDERFLOW, typed
from genereport.report.typography import NO_BREAK, typeset

_WORDS = {"no": 0, "none": 0, "once": 1}
_MISSING = (MISSING, "not estimable")
_INFINITE = {"inf": ("Inf", "∞"), "-inf": ("-Inf", f"{MINUS}∞")}
_TRUE, _FALSE = ("yes", "true"), ("no", "false")
_NUMBER = re.compile(
    r"-?(?=\.?\d)(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.(?P<decimals>\d+))?(?:e(?P<power>[+-]?\d+))?", re.ASCII
)
_BOUND = re.compile(r"(?P<sign>[<>]) ?(?P<limit>1e-300|2e-16|\.001|\.99)")
_LIMITS = {"1e-300": UNDERFLOW, "2e-16": 2.2e-16}
"""Limits that are printed rounded; reports of earlier versions have the second one."""


def resolve(content: dict[str, Any], id: str) -> object:  # noqa: A002 - what it is called everywhere
    """Return the number, name or sentence at an id.

    Args:
        content: The parsed JSON of ``results.json``.
        id: Path such as ``differential.tested``, ``differential.sizes[0]`` or ``models.metrics[12].estimate``.

    Raises:
        KeyError: With the id, if there is nothing.
    """
    value: Any = content
    rest = f".{id}"
    try:
        while rest:
            is_table = isinstance(value, dict) and set(value) == {"index", "columns"}
            value, rest = (_find_cell if is_table else _follow_step)(value, rest)
    except LookupError as error:
        raise KeyError(id) from error
    return value


def _find_cell(table: dict[str, Any], rest: str) -> tuple[object, str]:
    """Return the cell that ``[row].column`` names; all that follows the dot is the name of the column."""
    found = re.fullmatch(r"\[(\d+)\]\.(.+)", rest, re.DOTALL)
    if found is None:
        raise LookupError(rest)
    return table["columns"][found[2]]["values"][int(found[1])], ""


def _follow_step(value: Any, rest: str) -> tuple[object, str]:
    """Follow one name or one position; return the value and the rest of the id."""
    found = re.match(r"\.(?P<name>[^.\[\]]+)|\[(?P<position>\d+)\]", rest)
    if found is None:
        raise LookupError(rest)
    remaining = rest[found.end() :]
    if found["name"] is not None and isinstance(value, dict):
        return value[found["name"]], remaining
    if found["position"] is not None and isinstance(value, list):
        return value[int(found["position"])], remaining
    raise LookupError(rest)


def agrees(text: str, value: object) -> bool:
    """Return whether a printed text states a value, to the digits printed.

    Numbers may have separators of thousands, a true minus sign, an exponent, a power of ten, or no zero before the
    point; with ``%`` they are shares. ``< 10⁻³⁰⁰``, ``<.001`` and ``>.99`` are bounds of p-values; ``–`` and ``not
    estimable`` mean that there is no number. Names and sentences must be equal as they are set, except that lists are
    stored with semicolons and printed with commas. Any value may also be printed as it stands in the file.

    Args:
        text: The printed text.
        value: Value from `resolve`.
    """
    if text == json.dumps(value, ensure_ascii=False):
        return True
    if value is None:
        return text in _MISSING
    if isinstance(value, bool):
        return text in (_TRUE if value else _FALSE)
    if isinstance(value, str):
        said = (value, value.replace(";", ", "))
        return text in said or text in map(typeset, said) or text in _INFINITE.get(value, ())
    return isinstance(value, (int, float)) and _text_matches(text, value)


def _text_matches(text: str, value: float) -> bool:
    if text in _WORDS:
        return value == _WORDS[text]
    text = typed(text).replace(NO_BREAK, " ")
    bound = _BOUND.fullmatch(text)
    if bound:
        limit = _LIMITS.get(bound["limit"], float(bound["limit"]))
        return 0 <= value < limit if bound["sign"] == "<" else limit < value <= 1
    number = text.removesuffix(" %")
    found = _NUMBER.fullmatch(number)
    said = 100 * value if text.endswith(" %") else value
    return found is not None and _round_as_printed(said, found) == Decimal(number.replace(",", ""))


def _round_as_printed(value: float, printed: re.Match[str]) -> Decimal:
    """Round the value to the digits of the printed number, as Python rounds."""
    kind = "f" if printed["power"] is None else "e"
    return Decimal(f"{value:.{len(printed['decimals'] or '')}{kind}}")
