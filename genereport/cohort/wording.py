"""Words that recur in messages about a cohort."""

from __future__ import annotations

from collections.abc import Iterable

from genereport.errors import listed


def quoted(names: Iterable[object], limit: int = 5) -> str:
    """Up to `limit` names in quotation marks, and how many more there are."""
    return listed((f"'{name}'" for name in names), limit)


def counted(count: int, one: str, many: str) -> str:
    """A number with the words that agree with it: ``1 sample has`` or ``1,024 samples have``."""
    return f"{count:,} {one if count == 1 else many}"
