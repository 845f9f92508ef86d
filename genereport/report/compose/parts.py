"""Pieces that several composers share."""

from __future__ import annotations

from dataclasses import replace

from genereport.analyses.differential.result import Differential
from genereport.analyses.models.result import Models
from genereport.formats import MISSING, count, general, plural
from genereport.plotting.drawn import Drawn
from genereport.plotting.interactive import Interactive
from genereport.report.document import (
    Cite,
    Document,
    Figure,
    Inline,
    Paragraph,
    Phrase,
    Table,
    flat,
    inlines,
    prose,
)
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
    return "".join(part if isinstance(part, str) else getattr(part, "text", " ") for part in flat(cell))


def confidence_level(q: Quote) -> str:
    """Head of a column of intervals: ``95 % CI``."""
    return f"{general(100 * q.analysis.settings['tests']['confidence'])} % CI"


def marker_list(q: Quote) -> Inline:
    """What the list of markers is called."""
    own = q.analysis.settings["biomarkers"]["file"]
    return Phrase(("the list ", q.setting("biomarkers.file"))) if own else "a bundled list, cited entry by entry,"


def without_partner(q: Quote) -> tuple[Paragraph, ...]:
    """How many samples the paired test leaves out, if it does."""
    lone = q.result(Differential).lone
    if not lone:
        return ()
    left_out = plural(lone, "sample has no partner and was", "samples have no partner and were")
    return (prose(f"{{n}} {left_out} left out of the paired test.", n=q("differential.lone", count)),)


def warnings(q: Quote, but: str = "") -> list[Paragraph]:
    """The messages of the findings that may affect conclusions.

    Args:
        q: The analysis.
        but: The beginning of a message that is told elsewhere; empty: all are told.
    """
    return [
        prose("{message}", message=q.message(position))
        for position, found in enumerate(q.analysis.quality.findings)
        if found.severity == "warning" and not (but and found.message.startswith(but))
    ]


def fewer_folds(q: Quote) -> tuple[Paragraph, ...]:
    """That the folds were brought down to the smallest class, if they were."""
    if q.result(Models).folds >= q.analysis.settings["evaluation"]["folds"]:
        return ()
    return (
        prose(
            "The smallest class allows {used} folds; {asked} were asked for.",
            used=q("models.folds", count),
            asked=q.setting("evaluation.folds", count),
        ),
    )


def cited(document: Document) -> list[str]:
    """Keys of the bibliography in the order of first citation."""
    keys = [key for block in document.walk() for part in inlines(block) if isinstance(part, Cite) for key in part.keys]
    return list(dict.fromkeys(keys))


def drawn_figure(id: str, drawn: Drawn, caption: Paragraph, interactive: Interactive | None = None) -> Figure:  # noqa: A002
    """A figure that is drawn already."""
    return Figure(id, lambda: drawn, caption, drawn.alt, interactive)
