"""Paragraphs for documents that tests make."""

from __future__ import annotations

import re

from genereport.report.document import Inline, Paragraph


def prose(template: str, **parts: Inline) -> Paragraph:
    """A paragraph from a sentence with ``{named}`` places for values, references and citations.

    Raises:
        KeyError: if a place has no part.
    """
    pieces: list[Inline] = []
    for number, piece in enumerate(re.split(r"\{(\w+)\}", template)):
        if number % 2:
            pieces.append(parts[piece])
        elif piece:
            pieces.append(piece)
    return Paragraph(tuple(pieces))
