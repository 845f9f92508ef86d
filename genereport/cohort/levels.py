"""Levels of classes and covariates: their order, their printed form, and different spellings of one level."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

import pandas as pd

from genereport.cohort.table import is_number
from genereport.cohort.wording import counted

MOST_CODES = 10
"""Largest number of distinct numeric values that are shown level by level."""

_DIGITS = re.compile(r"(\d+(?:\.\d+)?)", re.ASCII)

Level = TypeVar("Level", bound=object)


def natural_order(levels: Iterable[Level]) -> list[Level]:
    """Sort the distinct levels with numbers in them by value: 2 before 10, and t2 before t10; pure numbers first."""
    return sorted(set(levels), key=natural_key)


def natural_key(level: object) -> tuple[object, ...]:
    """Return the sort key of a level in natural order."""
    text = level_text(level)
    if is_number(text):
        return (0, float(text), text)
    parts = [float(part) if place % 2 else part for place, part in enumerate(_DIGITS.split(text))]
    return (1, parts, text)


def level_text(level: object) -> str:
    """Return a level as it is printed: ``2`` rather than ``2.0``, since numbers are stored as float64."""
    return str(int(level)) if isinstance(level, float) and level.is_integer() else str(level)


def has_levels(column: pd.Series) -> bool:
    """Return whether a covariate is counted level by level: its values recur, and numbers have at most 10 values.

    Args:
        column: One value per sample, NaN where it is missing; float64 if it holds numbers.
    """
    levels = column.nunique()
    few = levels <= MOST_CODES or column.dtype.kind != "f"
    return few and 1 <= levels <= len(column) // 2


def folded(level: str) -> str:
    """Return a level without case and blanks, in which spellings vary."""
    return "".join(level.split()).casefold()


def variants(texts: pd.Series[str]) -> list[dict[str, int]]:
    """Return groups of levels that differ only in case and blanks, each with its number of samples, commonest first.

    Args:
        texts: One value per sample.
    """
    counts = texts.value_counts()
    alike: dict[str, dict[str, int]] = {}
    for level in natural_order(counts.index):
        alike.setdefault(folded(level), {})[level] = int(counts[level])
    return [dict(sorted(found.items(), key=lambda each: -each[1])) for found in alike.values() if len(found) > 1]


def print_counts(counts: pd.Series[int]) -> str:
    """Return the number of samples of each level: ``B-ALL 19, T-ALL 8``."""
    return ", ".join(f"{level_text(name)} {count}" for name, count in counts.items())


def print_spellings(written: dict[str, int]) -> str:
    """Return the spellings of a level, with the number of samples of each."""
    return ", ".join(f"'{way}' ({counted(count, 'sample', 'samples')})" for way, count in written.items())
