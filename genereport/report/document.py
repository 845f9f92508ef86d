"""The document: a typed tree of sections, prose, tables and figures, the same for HTML, PDF and Markdown.

Every printed number is a `Value` that carries its stable id, the path of the number in ``results.json``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar

from genereport.plotting.drawn import Drawn
from genereport.plotting.interactive import Interactive
from genereport.plotting.style import size_of

LEFT_OUT = "[left out here]"
"""Text of a reference to a section, table or figure that a lab's own templates have left out."""

_END = re.compile(r"\.(?=\s|$)|[;:](?=\s)")


@dataclass(frozen=True)
class Value:
    """A printed number and its path in the results."""

    id: str
    text: str
    kind: ClassVar[str] = "value"


@dataclass(frozen=True)
class Ref:
    """A reference to a numbered section, table or figure by its id."""

    target: str
    kind: ClassVar[str] = "ref"


@dataclass(frozen=True)
class Cite:
    """A citation by the keys of the bibliography."""

    keys: tuple[str, ...]
    kind: ClassVar[str] = "cite"


@dataclass(frozen=True)
class Code:
    """A name in typewriter style: a gene id, a setting, a file."""

    text: str
    kind: ClassVar[str] = "code"


@dataclass(frozen=True)
class Phrase:
    """Several inlines that count as one: the two limits of an interval in a cell, a list of counts with their names."""

    parts: tuple[Inline, ...]
    kind: ClassVar[str] = "phrase"


@dataclass(frozen=True)
class Link:
    """A link to another file beside the page.

    Attributes:
        part: The printed text.
        target: Path of the file from the page; always made by genereport, never read from a file.
    """

    part: Inline
    target: str
    kind: ClassVar[str] = "link"


@dataclass(frozen=True)
class GeneData:
    """The genes of a page, embedded once for all figures and tables.

    Attributes:
        total: Number of all genes, of which fewer may be embedded.
        columns: Name of the column → its values, in the order of the genes; None where missing.
        cards: What the card of a gene shows besides, as `genereport.report.gene_cards` gathers it.
    """

    total: int
    columns: Mapping[str, Sequence[Any]]
    cards: Mapping[str, Any] = field(default_factory=dict)


Inline = str | Value | Ref | Cite | Code | Phrase | Link
Row = tuple[Inline, ...]


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    parts: tuple[Inline, ...]
    kind: ClassVar[str] = "paragraph"

    def lead(self) -> Paragraph:
        """Return the first sentence without its full stop, for a list of figures; citations are left out."""
        kept: list[Inline] = []
        for part in self.parts:
            if isinstance(part, Cite):
                continue
            end = _END.search(part) if isinstance(part, str) else None
            if end and isinstance(part, str):
                kept.append(part[: end.start()].rstrip())
                break
            kept.append(part)
        return Paragraph(tuple(kept))


@dataclass(frozen=True)
class Items:
    """A bulleted list of paragraphs."""

    items: tuple[Paragraph, ...]
    kind: ClassVar[str] = "items"


@dataclass(frozen=True)
class Note:
    """A paragraph that is set off from the text, with severity ``note`` or ``warning``."""

    severity: str
    body: Paragraph
    kind: ClassVar[str] = "note"


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        head: Text of the head.
        numeric: Whether its cells are numbers, aligned right.
        source: Columns of the page's gene data that scripts fill it from.
        form: Format in which scripts print these: ``text``, ``one``, ``two``, ``general``, ``p``, ``interval`` or
            ``stars``.
    """

    head: str
    numeric: bool = False
    source: tuple[str, ...] = ()
    form: str = "text"


@dataclass(frozen=True)
class Table:
    """A captioned table; `rows` hold one cell per column.

    Attributes:
        id: Target of references.
        caption: Text above the table.
        columns: The columns.
        rows: Rows on the screen.
        footnote: Text below the table.
        whole: Whether scripts list all genes of the page's data in it, from the sources of its columns.
        printed: Number of rows on paper; None: all; 0: the table is on the screen only.
    """

    id: str
    caption: Paragraph
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    footnote: Paragraph | None = None
    whole: bool = False
    printed: int | None = None
    kind: ClassVar[str] = "table"

    @property
    def on_paper(self) -> bool:
        """Whether the table is printed."""
        return self.printed != 0


@dataclass(frozen=True)
class Figure:
    """A captioned figure, which is drawn when it is first needed.

    Attributes:
        id: Target of references.
        draw: Draws the figure for the PDF.
        caption: Text below the figure.
        alt: Alternative text: what it shows, for readers who cannot see it.
        interactive: What scripts draw in its place, if anything.
        on_paper: Whether the figure is printed.
        half: Whether it takes half of the width, so that two such figures stand side by side.
    """

    id: str
    draw: Callable[[], Drawn]
    caption: Paragraph
    alt: str
    interactive: Interactive | None = None
    on_paper: bool = True
    half: bool = False
    kind: ClassVar[str] = "figure"

    @cached_property
    def size(self) -> tuple[float, float]:
        """Width and height in inches; the figure is not drawn for this."""
        return size_of(self.draw)

    @cached_property
    def drawn(self) -> Drawn:
        """The figure, drawn once in this process."""
        return self.draw()


@dataclass(frozen=True)
class Insertion:
    """HTML that a lab's own template made."""

    html: str
    kind: ClassVar[str] = "insertion"


@dataclass(frozen=True)
class Section:
    """A titled part of blocks, subsections among them. Unnumbered sections are not counted.

    Attributes:
        id: Target of references.
        title: Its heading.
        blocks: Its content.
        numbered: Whether it has a number.
        on_paper: Whether it is printed.
    """

    id: str
    title: str
    blocks: tuple[Block, ...]
    numbered: bool = True
    on_paper: bool = True
    kind: ClassVar[str] = "section"

    def walk(self) -> Iterator[Block]:
        """Yield the blocks of the section, depth first, in reading order."""
        yield from _walk(self.blocks)


Block = Paragraph | Items | Note | Table | Figure | Insertion | Section


@dataclass(frozen=True)
class Reference:
    """An entry of the reference list."""

    key: str
    text: str
    link: str


@dataclass(frozen=True)
class Document:
    """The whole report.

    Attributes:
        title: Title, on the title page and in the running head.
        subtitle: One line that says which samples were compared.
        details: Label and text pairs of the title block.
        simulated: Whether the cohort is simulated, which every page then states.
        abstract: The main results and caveats, and the figures of the first page.
        sections: The sections in their order.
        references: Cited references, in the order of first citation.
        page: Paper size of the PDF.
        genes: Data of the figures and tables that scripts fill.
        p_values: How scripts print p-values: ``R`` or ``AMA``.
        mark: Further text for every page, such as that a check was overridden.
        key: Key numbers of the first page: number, what it is, and its interval or what it refers to.
        authors: Authors, for the metadata.
    """

    title: str
    subtitle: Paragraph
    details: tuple[tuple[str, str], ...]
    simulated: bool
    abstract: tuple[Block, ...]
    sections: tuple[Section, ...]
    references: tuple[Reference, ...] = field(default=())
    page: str = "A4"
    genes: GeneData | None = None
    p_values: str = "R"
    mark: str = ""
    key: tuple[Row, ...] = ()
    authors: tuple[str, ...] = ()

    @property
    def banner(self) -> str:
        """The text that is printed on every page; empty if there is none."""
        simulated = "Simulated cohort: no patient data" if self.simulated else ""
        return " · ".join(filter(None, (simulated, self.mark)))

    def walk(self) -> Iterator[Block]:
        """Yield every block, depth first, in reading order."""
        yield from _walk(self.abstract)
        yield from _walk(self.sections)

    def on_paper(self) -> Document:
        """Return the part of the document that is printed."""
        sections = tuple(block for block in _on_paper(self.sections) if isinstance(block, Section))
        return replace(self, abstract=tuple(_on_paper(self.abstract)), sections=sections)

    def unprinted(self) -> frozenset[str]:
        """Return the ids of the sections, figures and tables that are on the screen only."""
        return frozenset(_ids(self)) - frozenset(_ids(self.on_paper()))


def _on_paper(blocks: tuple[Block, ...] | tuple[Section, ...]) -> Iterator[Block]:
    for block in blocks:
        if isinstance(block, Section) and block.on_paper:
            yield replace(block, blocks=tuple(_on_paper(block.blocks)))
        elif isinstance(block, Table) and block.on_paper:
            yield replace(block, rows=block.rows[: block.printed])
        elif not isinstance(block, Section | Table) and not (isinstance(block, Figure) and not block.on_paper):
            yield block


def _ids(document: Document) -> Iterator[str]:
    for block in document.walk():
        if isinstance(block, Section | Table | Figure):
            yield block.id


def _walk(blocks: tuple[Block, ...] | tuple[Section, ...]) -> Iterator[Block]:
    for block in blocks:
        yield block
        if isinstance(block, Section):
            yield from _walk(block.blocks)


def cited(document: Document) -> list[str]:
    """Return the keys of the bibliography in the order of first citation."""
    keys = [key for block in document.walk() for part in inlines(block) if isinstance(part, Cite) for key in part.keys]
    return list(dict.fromkeys(keys))


def joined(*paragraphs: Paragraph) -> Paragraph:
    """Join paragraphs into one."""
    parts: list[Inline] = []
    for paragraph in paragraphs:
        if parts and paragraph.parts:
            parts.append(" ")
        parts += paragraph.parts
    return Paragraph(tuple(parts))


def inlines(block: Block) -> Iterator[Inline]:
    """Yield the inline parts of one block without its subsections; the parts of phrases one by one."""
    for part in _inlines(block):
        yield from flat(part)


def flat(part: Inline) -> Iterator[Inline]:
    """Yield the parts of a phrase and of phrases within it, the part of a link, or any other part as it is."""
    if isinstance(part, Link):
        yield from flat(part.part)
    elif isinstance(part, Phrase):
        for inner in part.parts:
            yield from flat(inner)
    else:
        yield part


def _inlines(block: Block) -> Iterator[Inline]:
    match block:
        case Paragraph():
            yield from block.parts
        case Items():
            for item in block.items:
                yield from item.parts
        case Note():
            yield from block.body.parts
        case Table():
            yield from block.caption.parts
            for row in block.rows:
                yield from row
            yield from block.footnote.parts if block.footnote else ()
        case Figure():
            yield from block.caption.parts
        case _:
            return


def numbers(document: Document) -> dict[str, str]:
    """Return id → its label in references: ``Table 3``, ``Figure S2``, ``Section 4.1``; S: on the screen only."""
    labels: dict[str, str] = {}
    counts: Counter[str] = Counter()
    unprinted = document.unprinted()
    for block in document.walk():
        if isinstance(block, Table | Figure):
            series = f"{block.kind.capitalize()} {'S' if block.id in unprinted else ''}"
            counts[series] += 1
            labels[block.id] = f"{series}{counts[series]}"
    _number_sections(document.sections, "", labels)
    return labels


def _number_sections(blocks: tuple[Block, ...] | tuple[Section, ...], prefix: str, labels: dict[str, str]) -> None:
    number = 0
    for block in blocks:
        if isinstance(block, Section):
            number += block.numbered
            labels[block.id] = f"Section {prefix}{number}" if block.numbered else block.title
            _number_sections(block.blocks, f"{prefix}{number}.", labels)
