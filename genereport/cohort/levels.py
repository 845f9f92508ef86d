"""Levels of classes and covariates: their order, how they are printed, and which are one written in several ways."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

import pandas as pd

from genereport.cohort.tables import is_number

MOST_CODES = 10
"""Numbers with more distinct values are never shown level by level."""

_DIGITS = re.compile(r"(\d+(?:\.\d+)?)", re.ASCII)

Level = TypeVar("Level", bound=object)


def natural_order(levels: Iterable[Level]) -> list[Level]:
    """The distinct levels, numbers in them by their value: 2 before 10, and t2 before t10; pure numbers come first."""
    return sorted(set(levels), key=natural_key)


def natural_key(level: object) -> tuple[object, ...]:
    """What levels are sorted by in their natural order."""
    text = level_text(level)
    if is_number(text):
        return (0, float(text), text)
    parts = [float(part) if place % 2 else part for place, part in enumerate(_DIGITS.split(text))]
    return (1, parts, text)


def level_text(level: object) -> str:
    """A level as it is printed: ``2`` rather than ``2.0``, since numbers are stored as float64."""
    return str(int(level)) if isinstance(level, float) and level.is_integer() else str(level)


def has_levels(column: pd.Series) -> bool:
    """Whether a covariate is worth counting level by level: it repeats its values, and as numbers has at most 10.

    Args:
        column: One value a sample, NaN where it is missing; float64 if it holds numbers.
    """
    levels = column.nunique()
    few = levels <= MOST_CODES or column.dtype.kind != "f"
    return few and 1 <= levels <= len(column) // 2


def folded(level: str) -> str:
    """A level without what writers vary: case and blanks."""
    return "".join(level.split()).casefold()


def variants(texts: pd.Series[str]) -> list[dict[str, int]]:
    """Levels that differ in nothing but case and blanks, each with its number of samples, the commonest first.

    Args:
        texts: One value a sample.
    """
    counts = texts.value_counts()
    alike: dict[str, dict[str, int]] = {}
    for level in natural_order(counts.index):
        alike.setdefault(folded(level), {})[level] = int(counts[level])
    return [dict(sorted(found.items(), key=lambda each: -each[1])) for found in alike.values() if len(found) > 1]
