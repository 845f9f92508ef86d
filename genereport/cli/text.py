"""Plain text for terminals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from genereport.formats import plain

if TYPE_CHECKING:
    from genereport.errors import Finding


def aligned(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as lines with aligned columns two blanks apart; the last column is not padded."""
    table = list(rows)
    widths = [max(map(len, column)) for column in zip(*((*row[:-1],) for row in table), strict=True)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=True)), row[-1]]).rstrip()
        for row in table
    ]
    return "".join(f"{line}\n" for line in lines)


def note_line(finding: Finding) -> str:
    """Return a finding as one line."""
    return plain(f"[{finding.code}] {finding.severity}: {finding.message}")
