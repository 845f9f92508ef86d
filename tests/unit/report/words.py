"""What a section of the report says, without composing the whole report."""

from __future__ import annotations

from collections.abc import Iterator

from genereport.analysis import Analysis
from genereport.report.composition import section_writer
from genereport.report.document import Block, Section, Table, inlines


def blocks(analysis: Analysis, template: str, block: str = "body") -> Iterator[Block]:
    """The blocks that a block of a template makes, in reading order."""
    for made in section_writer(analysis).write(template, block):
        yield made
        if isinstance(made, Section):
            yield from made.walk()


def words(analysis: Analysis, template: str, block: str = "body") -> str:
    """Their words; those of two blocks stand on lines of their own."""
    return "\n".join(_words(made) for made in blocks(analysis, template, block))


def table(analysis: Analysis, template: str, name: str) -> list[tuple[str, ...]]:
    """The rows of a table as they print, its heads first."""
    made = next(b for b in blocks(analysis, template) if isinstance(b, Table) and b.id == f"tab-{name}")
    return [tuple(column.head for column in made.columns), *(tuple(map(_cell, row)) for row in made.rows)]


def _words(block: Block) -> str:
    return "".join(part if isinstance(part, str) else getattr(part, "text", "") for part in inlines(block))


def _cell(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    return "".join(map(_cell, cell.parts)) if hasattr(cell, "parts") else str(getattr(cell, "text", ""))
