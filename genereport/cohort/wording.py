"""Words that recur in messages about a cohort."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from genereport.errors import listed


def quoted(names: Iterable[object], limit: int = 5) -> str:
    """Return up to `limit` names in quotation marks, and how many more there are."""
    return listed((f"'{name}'" for name in names), limit)


def counted(count: int, one: str, many: str) -> str:
    """Return a number with the words that agree with it: ``1 sample has`` or ``1,024 samples have``."""
    return f"{count:,} {one if count == 1 else many}"


def opposed(classes: Sequence[str]) -> str:
    """Return the comparison in words, with the reference first in `classes`: ``AML against ALL`` or ``A, B and C``."""
    *others, last = classes
    return f"{last} against {others[0]}" if len(others) == 1 else f"{', '.join(others)} and {last}"
