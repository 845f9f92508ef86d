"""How text is set: minus signs, quotation marks, and spaces at which no line ends. One rule for all pages.

Code, such as ids, settings and commands, is printed as it is typed. So are names without a space.
"""

from __future__ import annotations

import re
from dataclasses import replace

from genereport.formats import MINUS, powered
from genereport.report.document import (
    Block,
    Cite,
    Code,
    Column,
    Document,
    Figure,
    Inline,
    Items,
    Link,
    Note,
    Paragraph,
    Phrase,
    Ref,
    Section,
    Table,
    Value,
)

NO_BREAK = "\u00a0"
FIGURE_SPACE = "\u2007"
"""A space as wide as a digit."""

_POINT_SPACE = "\u2008"
"""A space as wide as a full stop."""

_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
_SINGLE = re.compile(r"(?<!\w)'(?=\S)([^\n]*?)(?<=\S)'(?!\w)")
_POSSESSIVE = re.compile(r"(?<=[a-z]s)'(?=\s)")
_DOUBLE = re.compile(r'(?<!\w)"(?=\S)([^\n]*?)(?<=\S)"(?!\w)')
_OPENING = re.compile(r"(?<!\w)['\"]$")
_CLOSING = re.compile(r"^['\"](?!\w)")
_EXPONENT = re.compile(r"(?<![\w.−])\d+(?:\.\d+)?e[+-]\d{2,}(?!\w)")
_HYPHEN = re.compile(r"(?:(?<=[\s(\[<>=≤≥±])|^)-(?=\.?\d)")
_UNBROKEN = re.compile(
    r"(?<=\d) (?=[%‰×]|(?:kB|MB|GB|ms|min|h)\b)"  # 95 %, 1.2 × 10⁻⁵, 12 MB
    r"|(?<=×) (?=\d)"
    r"|^ (?=[%‰])"
    r"|(?<=[<>≤≥]) (?=[.\d−])"  # < 0.05
    r"|(?<=\b[a-zA-Zα-ωΑ-Ω]) (?=[=<>≤≥] )|(?<=\b[a-zA-Zα-ωΑ-Ω] [=<>≤≥]) "  # n = 12, p < 0.05
    r"|(?:(?<=\bFigure)|(?<=\bTable)|(?<=\bSection)) (?=S?\d)"
)


def typeset(text: str) -> str:
    r"""Return a text as it is set.

    Args:
        text: Words and numbers, no code.

    Example:
        >>> typeset("'sex' differs (p = 7.3e-05), by -0.52 or 12 %") == (
        ...     "‘sex’ differs (p\u00a0=\u00a07.3\u00a0×\u00a010⁻⁵), by −0.52 or 12\u00a0%"
        ... )
        True
    """
    if "'" in text or '"' in text:
        text = _APOSTROPHE.sub("’", text)
        text = _DOUBLE.sub(r"‘\1’", _SINGLE.sub(r"‘\1’", text))
        text = _CLOSING.sub("’", _OPENING.sub("‘", _POSSESSIVE.sub("’", text)))
    if "-" in text:
        text = _HYPHEN.sub(MINUS, _EXPONENT.sub(lambda found: powered(found[0]), text))
    return _UNBROKEN.sub(NO_BREAK, text) if " " in text else text


def typeset_document(document: Document, *, align: bool) -> Document:
    """Return a document with all of its text as it is set.

    Args:
        document: The document.
        align: Whether columns of numbers are aligned on the decimal point; scripts sort tables of the screen.
    """

    def set_blocks(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        return tuple(set_block(block) for block in blocks)

    def set_block(block: Block) -> Block:
        match block:
            case Section():
                return set_section(block)
            case Table():
                return _align_decimals(_table(block)) if align else _table(block)
            case _:
                return _block(block)

    def set_section(section: Section) -> Section:
        return replace(section, title=typeset(section.title), blocks=set_blocks(section.blocks))

    return replace(
        document,
        title=typeset(document.title),
        subtitle=_paragraph(document.subtitle),
        details=tuple((typeset(label), typeset(text)) for label, text in document.details),
        abstract=set_blocks(document.abstract),
        sections=tuple(set_section(section) for section in document.sections),
    )


def _block(block: Block) -> Block:
    """Return a block that holds no others."""
    match block:
        case Paragraph():
            return _paragraph(block)
        case Items():
            return replace(block, items=tuple(_paragraph(item) for item in block.items))
        case Note():
            return replace(block, body=_paragraph(block.body))
        case Figure():
            return replace(block, caption=_paragraph(block.caption), alt=typeset(block.alt))
        case _:
            return block


def _table(table: Table) -> Table:
    return replace(
        table,
        caption=_paragraph(table.caption),
        columns=tuple(replace(column, head=typeset(column.head)) for column in table.columns),
        rows=tuple(tuple(_inline(cell) for cell in row) for row in table.rows),
        footnote=_paragraph(table.footnote) if table.footnote else None,
    )


def _paragraph(paragraph: Paragraph) -> Paragraph:
    return Paragraph(tuple(_inline(part) for part in paragraph.parts))


def _inline(part: Inline) -> Inline:
    match part:
        case str():
            return typeset(part)
        case Value(text=text) if " " in text and not text.startswith('"'):  # a setting in quotes stays as it is typed
            return Value(part.id, typeset(text))
        case Phrase():
            return Phrase(tuple(_inline(inner) for inner in part.parts))
        case Link():
            return Link(_inline(part.part), part.target)
        case Value() | Ref() | Cite() | Code():
            return part


def _align_decimals(table: Table) -> Table:
    """Return a table whose columns of plain numbers are aligned on the decimal point, by spaces behind shorter ones.

    Cells are aligned right, so it is enough that they have as much behind the point. Numbers with a power of ten, and
    columns that hold anything else beside one number, stay as they are.
    """
    pads = [_pads(column, [row[place] for row in table.rows]) for place, column in enumerate(table.columns)]
    rows = tuple(
        tuple(Phrase((cell, pad[number])) if pad[number] else cell for cell, pad in zip(row, pads, strict=True))
        for number, row in enumerate(table.rows)
    )
    return replace(table, rows=rows)


def _pads(column: Column, cells: list[Inline]) -> list[str]:
    """Return the spaces that follow each cell of a column."""
    texts = [cell.text if isinstance(cell, Value) and column.numeric else "" for cell in cells]
    plain = [bool(re.fullmatch(r"−?[\d,]*\.?\d+", text)) for text in texts]
    decimals = [len(text.partition(".")[2]) for text in texts]
    most = max((number for number, known in zip(decimals, plain, strict=True) if known), default=0)
    return [
        (FIGURE_SPACE * (most - number) + ("" if number or not most else _POINT_SPACE)) if known else ""
        for number, known in zip(decimals, plain, strict=True)
    ]
