"""Compose the document of a comparison of two runs; its texts are in ``templates/comparison``."""

from __future__ import annotations

from dataclasses import fields, replace

from genereport.analyses.comparison import PAGE
from genereport.analyses.comparison.result import Comparison
from genereport.report.bibliography import reference
from genereport.report.document import Document, cited
from genereport.report.markdown import to_text
from genereport.report.sections import SectionWriter
from genereport.report.traced import style_of

_PROPERTIES = ("files", "same_files", "same_versions", "stated", "remarks")
"""Properties of a comparison that templates can use, besides its fields."""


def compose_comparison(comparison: Comparison) -> Document:
    """Return the whole comparison as a document, its references in the order of first citation."""
    writer = comparison_writer(comparison)
    document = Document(
        title=to_text(writer.paragraph("title", "title")),
        subtitle=writer.paragraph("title", "subtitle"),
        details=_details(comparison),
        simulated=comparison.earlier.simulated or comparison.later.simulated,
        abstract=writer.write("abstract"),
        sections=tuple(writer.section(section.template) for section in PAGE.sections),
        page=comparison.settings["report"]["page"],
        p_values=comparison.settings["report"]["p_values"],
    )
    return replace(document, references=tuple(reference(key) for key in cited(document)))


def comparison_writer(comparison: Comparison) -> SectionWriter:
    """Return the writer that fills in the templates with a comparison; they see its fields by their names."""
    names = (*(field.name for field in fields(comparison)), *_PROPERTIES)
    content = {name: getattr(comparison, name) for name in names}
    return SectionWriter.of_page(PAGE, content, comparison, style_of(comparison.settings), "comparison")


def _details(comparison: Comparison) -> tuple[tuple[str, str], ...]:
    sides = (("Earlier", comparison.earlier), ("Later", comparison.later))
    told = tuple(
        (name, ", ".join(filter(None, [side.date or "", f"inputs {side.fingerprint}" if side.fingerprint else ""])))
        for name, side in sides
    )
    return (*(pair for pair in told if pair[1]), ("Made with", f"genereport {comparison.made_with}"))
