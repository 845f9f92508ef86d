"""Choose a part of a file: a sheet of a workbook, or an object of an R file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from genereport.cohort.model import Source
from genereport.cohort.names import MATRIX_WORDS, SHEET_WORDS, TEST_WORDS, words_of
from genereport.cohort.table import LEGACY_ROLES
from genereport.cohort.wording import quoted
from genereport.errors import CohortError, Finding

_MANY_TIMES = 5
"""How many times as many numbers a matrix holds as a sample sheet."""


class Part(NamedTuple):
    """A part that was chosen.

    Attributes:
        name: Its name.
        reason: Why it was chosen; it follows "because".
    """

    name: str
    reason: str


def choose_part(names: Sequence[str], role: str, numbers: Callable[[str], int]) -> Part | None:
    """Choose the part for a role: the only one, else by its name, else by the number of its numbers.

    Args:
        names: Names of the parts.
        role: Role of the file; see `Source`.
        numbers: Returns how many numbers a part holds.

    Returns:
        The part; None if several could be meant, or none.

    Example:
        >>> choose_part(["counts", "Samples", "notes"], "labels", len).name
        'Samples'
        >>> choose_part(["Sheet1", "Sheet2"], "expression", {"Sheet1": 12, "Sheet2": 7000}.__getitem__).name
        'Sheet2'
    """
    if len(names) == 1:
        return Part(names[0], "it is the only one")
    named = [name for name in names if _is_called_for(name, role)]
    if len(named) == 1:
        return Part(named[0], "of its name")
    if role == "test_expression" and not named:  # a file of the independent set alone
        return choose_part(names, "expression", numbers)
    if len(names) != 2 or named or role not in {"expression", *LEGACY_ROLES}:
        return None
    other_role = "labels" if role == "expression" else "expression"
    others = [name for name in names if _is_called_for(name, other_role)]
    if len(others) == 1:
        return Part(next(name for name in names if name not in others), f"'{others[0]}' is called otherwise")
    fewer, more = sorted(names, key=numbers)
    if numbers(more) < _MANY_TIMES * max(numbers(fewer), 1):
        return None
    reason = f"'{more}' holds at least {_MANY_TIMES} times as many numbers as '{fewer}'"
    return Part(more if role == "expression" else fewer, reason)


def independent_part(names: Sequence[str]) -> str:
    """Return the only part that is called like the matrix of an independent set; empty if there is none."""
    found = [name for name in names if _is_called_for(name, "test_expression")]
    return found[0] if len(found) == 1 and len(names) > 1 else ""


def _is_called_for(name: str, role: str) -> bool:
    words = words_of(name)
    if role in LEGACY_ROLES:
        return bool(words & SHEET_WORDS) and not words & MATRIX_WORDS
    if role not in ("expression", "test_expression"):
        return False
    return bool(words & MATRIX_WORDS) and bool(words & TEST_WORDS) == (role == "test_expression")


def ambiguous_part_error(source: Source, kind: str, what: str, names: Sequence[str]) -> CohortError:
    """Return the error that several parts could be meant.

    Args:
        source: The file.
        kind: What the file is.
        what: What its parts are called, in the plural.
        names: Names of the parts.
    """
    file = source.name.partition("#")[0]
    return CohortError(
        "GR180",
        f"This is {kind} that holds several {what}, and it is not clear which one is meant: {quoted(names, 12)}.",
        f'Name it behind the file and a #, in quotation marks: "{file}#{names[0]}".',
        source.name,
    )


def unknown_part_error(source: Source, kind: str, what: str, part: str, names: Sequence[str]) -> CohortError:
    """Return the error that a named part does not exist.

    Args:
        source: The file.
        kind: What the file is.
        what: What its parts are called, in the plural.
        part: The name that was given.
        names: Names of the parts.
    """
    return CohortError(
        "GR180",
        f"This is {kind} without '{part}'. Its {what} are {quoted(names, 12) or 'none'}.",
        "Write the name as it is in the file.",
        source.name,
    )


def chosen_finding(name: str, what: str, part: Part, names: Sequence[str], role: str) -> Finding:
    """Return the finding which part was read.

    Args:
        name: Name of the file.
        what: What a part is called: sheet, object.
        part: The part.
        names: Names of all parts.
        role: Role of the file; see `Source`.
    """
    used = "sample sheet" if role in LEGACY_ROLES else "expression matrix"
    message = (
        f"The {what} '{part.name}' was read as {used}, because {part.reason}. The file holds {quoted(names, 12)}; to "
        f"name another {what}, write it behind the file and a #."
    )
    return Finding("GR390", "note", name, message)
