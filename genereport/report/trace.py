"""Reads printed numbers back: what stands under an id in ``results.json``, and whether a text says it."""

from __future__ import annotations

import math
import re
from typing import Any

_CELL = re.compile(r"(.+)\[(\d+)\]\.([^\[\]]+)")
_ITEM = re.compile(r"([^\[\]]+)\[(\d+)\]")
_NUMBER = re.compile(r"-?\d+(?:\.(\d+))?(e[+-]\d+)?")


def resolve(content: dict[str, Any], id: str) -> object:  # noqa: A002 - the name of the attribute it comes from
    """The value at an id, read from the parsed ``results.json`` alone.

    Args:
        content: What ``results.json`` holds.
        id: Path such as ``differential.tested``, ``differential.sizes[0]`` or ``models.metrics[12].estimate``.

    Raises:
        KeyError: There is nothing at this id.
    """
    try:
        cell = _CELL.fullmatch(id)
        if cell:
            found = _walk(content, cell[1])
            if "columns" in found:
                return found["columns"][cell[3]]["values"][int(cell[2])]
        return _walk(content, id)
    except (LookupError, TypeError) as error:
        raise KeyError(id) from error


def agrees(text: str, value: object) -> bool:
    """Whether a printed text says what a value is, to the digits printed."""
    if value is None:
        return text in ("–", "not estimable")
    if isinstance(value, bool | str):
        return text == str(value)
    if not isinstance(value, int | float):
        return False
    if text.startswith("<"):
        return text == "< 2e-16" and value < 2.2e-16
    unit = 100 if text.endswith("%") else 1
    number = re.sub(r"[,%\s]", "", text).replace("−", "-")
    printed = _NUMBER.fullmatch(number)
    return bool(printed and math.isfinite(value) and _as_printed(unit * value, printed) == number)


def _as_printed(value: float, printed: re.Match[str]) -> str:
    digits = len(printed[1] or "")
    text = f"{value:.{digits}{'e' if printed[2] else 'f'}}"
    return text.lstrip("-") if text.strip("-0.") == "" else text


def _walk(content: Any, path: str) -> Any:
    for name in path.split("."):
        item = _ITEM.fullmatch(name)
        content = content[item[1]][int(item[2])] if item else content[name]
    return content
