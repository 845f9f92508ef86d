"""Pieces that several composers share."""

from __future__ import annotations

from genereport.errors import Finding
from genereport.report.document import Code, Figure, Note, Paragraph, prose
from genereport.report.figures import Drawn, to_svg


def figure(identity: str, drawn: Drawn, caption: Paragraph) -> Figure:
    """A drawn figure with its caption and its alternative text."""
    return Figure(identity, caption, to_svg(drawn.figure), drawn.alt)


def finding_note(finding: Finding) -> Note:
    """A finding as it is shown in the text, with its code."""
    return Note(finding.severity, prose("{code} {message}", code=Code(finding.code), message=finding.message))
