"""Pieces that several composers share."""

from __future__ import annotations

from dataclasses import replace

from genereport.errors import Finding
from genereport.report.document import Code, Inline, Note, Table, prose
from genereport.report.formats import MISSING, general
from genereport.report.quote import Quote


def pruned(table: Table) -> Table:
    """The table without its columns that hold nothing: symbols of a cohort that has none, say."""
    kept = [
        position
        for position in range(len(table.columns))
        if any(_text(row[position]) not in ("", MISSING) for row in table.rows)
    ]
    rows = tuple(tuple(row[position] for position in kept) for row in table.rows)
    return replace(table, columns=tuple(table.columns[position] for position in kept), rows=rows)


def _text(cell: Inline) -> str:
    return cell if isinstance(cell, str) else getattr(cell, "text", " ")


def confidence_level(q: Quote) -> str:
    """Head of a column of intervals: ``95 % CI``."""
    return f"{general(100 * q.analysis.settings['tests']['confidence'])} % CI"


def marker_list(q: Quote) -> str:
    """What the list of markers is called."""
    own = q.analysis.settings["biomarkers"]["file"]
    return f"the list {own}" if own else "a bundled list, cited entry by entry,"


def finding_note(finding: Finding) -> Note:
    """A finding as it is shown in the text, with its code."""
    return Note(finding.severity, prose("{code} {message}", code=Code(finding.code), message=finding.message))
