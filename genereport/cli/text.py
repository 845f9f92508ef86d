"""Plain text for terminals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from genereport.formats import plain

if TYPE_CHECKING:
    from genereport.errors import Finding


def aligned(rows: Iterable[Sequence[str]]) -> str:
    """Rows with their columns two blanks apart, a line each, the last column as long as it is."""
    table = list(rows)
    widths = [max(map(len, column)) for column in zip(*((*row[:-1],) for row in table), strict=True)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=True)), row[-1]])
        for row in table
    ]
    return "".join(f"{line}\n" for line in lines)


def note_line(finding: Finding) -> str:
    """A finding as a line of its own."""
    return plain(f"[{finding.code}] {finding.severity}: {finding.message}")
