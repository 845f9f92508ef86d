"""Turn Markdown with marks into nodes of the document.

The supported Markdown is headings, paragraphs, bulleted lists and code; all other signs are printed as they are. A
heading may end with ``{: #sec-id }`` or ``{: #sec-id .unnumbered }``. With ``{: #sec-id .screen }``, the section has no
number and is not printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from genereport.report.document import Block, Code, Inline, Items, Paragraph, Phrase, Section
from genereport.report.traced import split_marks

_SPACES = re.compile(r"[ \t\n]+")
_ATTRIBUTES = re.compile(r"\s*\{:\s*#(?P<id>[a-z0-9-]+)(?P<kind>\s+\.(?:unnumbered|screen))?\s*\}\s*$")


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("zero").enable(["heading", "list", "backticks", "escape", "entity", "newline"])


def to_blocks(text: str, numbered: Sequence[Block] = ()) -> tuple[Block, ...]:
    """Return the blocks of a text; each section holds what follows its heading.

    Args:
        text: Markdown with marks.
        numbered: The blocks to which marks refer by number.
    """
    tokens = _parser().parse(text)
    return tuple(_sections(list(_blocks(tokens, numbered)), 1))


def to_paragraph(text: str) -> Paragraph:
    """Return all of a text as one paragraph."""
    return Paragraph(
        _tidy_spaces(part for token in _parser().parse(text) if token.type == "inline" for part in _inlines(token))
    )


def to_text(paragraph: Paragraph) -> str:
    """Return the plain text of a paragraph, without ids, as for an alternative text."""
    return "".join(_text(part) for part in paragraph.parts)


def _text(part: Inline) -> str:
    if isinstance(part, Phrase):
        return "".join(map(_text, part.parts))
    return part if isinstance(part, str) else getattr(part, "text", "")


class _Heading:
    """A heading whose section is not assembled yet."""

    def __init__(self, level: int, title: str) -> None:
        found = _ATTRIBUTES.search(title)
        self.level = level
        self.title = title[: found.start()].strip() if found else title.strip()
        self.id = found["id"] if found else ""
        kind = (found["kind"] or "").strip() if found else ""
        self.numbered = not kind
        self.on_paper = kind != ".screen"


def _blocks(tokens: Sequence[Token], numbered: Sequence[Block]) -> Iterator[Block | _Heading]:
    place = 0
    while place < len(tokens):
        token = tokens[place]
        if token.type == "heading_open":
            yield _Heading(int(token.tag[1:]), to_text(Paragraph(_tidy_spaces(_inlines(tokens[place + 1])))))
            place += 3
        elif token.type == "bullet_list_open":
            end = _find_close(tokens, place)
            yield Items(tuple(_items(tokens[place + 1 : end])))
            place = end + 1
        elif token.type == "paragraph_open":
            yield from _paragraphs(tokens[place + 1], numbered)
            place += 3
        else:
            place += 1


def _find_close(tokens: Sequence[Token], place: int) -> int:
    level = tokens[place].level
    return next(at for at in range(place + 1, len(tokens)) if tokens[at].level == level and tokens[at].nesting == -1)


def _items(tokens: Sequence[Token]) -> Iterator[Paragraph]:
    for place, token in enumerate(tokens):
        if token.type == "list_item_open":
            inside = tokens[place + 1 : _find_close(tokens, place)]
            parts = [part for each in inside if each.type == "inline" for part in (*_inlines(each), " ")]
            yield Paragraph(_tidy_spaces(part for part in parts if not isinstance(part, int)))


def _paragraphs(token: Token, numbered: Sequence[Block]) -> Iterator[Block]:
    """Yield a paragraph, or the blocks to which its marks refer."""
    parts = list(_inlines(token))
    numbers = [part for part in parts if isinstance(part, int)]
    if numbers:
        yield from (numbered[number] for number in numbers)
        return
    tidied = _tidy_spaces(part for part in parts if not isinstance(part, int))
    if tidied:
        yield Paragraph(tidied)


def _inlines(token: Token) -> Iterator[Inline | int]:
    for child in token.children or ():
        if child.type == "code_inline":
            yield Code("".join(_text(part) for part in split_marks(child.content) if not isinstance(part, int)))
        elif child.type in ("softbreak", "hardbreak"):
            yield " "
        else:
            yield from split_marks(child.content)


def _tidy_spaces(parts: Iterator[Inline | int] | Iterator[Inline]) -> tuple[Inline, ...]:
    """Return parts with each run of spaces reduced to one, and none at either end."""
    tidied: list[Inline] = []
    for part in parts:
        if isinstance(part, int):
            raise ValueError("A figure, a table or a note must not stand inside a sentence.")  # noqa: TRY004 - a wrong template
        if not isinstance(part, str):
            tidied.append(part)
        elif tidied and isinstance(tidied[-1], str):
            tidied[-1] = _SPACES.sub(" ", f"{tidied[-1]}{part}")
        else:
            tidied.append(_SPACES.sub(" ", part))
    if tidied and isinstance(tidied[0], str):
        tidied[0] = tidied[0].lstrip(" ")
    if tidied and isinstance(tidied[-1], str):
        tidied[-1] = tidied[-1].rstrip(" ")
    return tuple(part for part in tidied if part != "")


def _sections(blocks: list[Block | _Heading], level: int) -> Iterator[Block]:
    place = 0
    while place < len(blocks):
        block = blocks[place]
        if not isinstance(block, _Heading):
            yield block
            place += 1
            continue
        end = next(
            (
                at
                for at in range(place + 1, len(blocks))
                if isinstance(found := blocks[at], _Heading) and found.level <= block.level
            ),
            len(blocks),
        )
        inside = tuple(_sections(blocks[place + 1 : end], level + 1))
        yield Section(block.id, block.title, inside, block.numbered, block.on_paper)
        place = end
