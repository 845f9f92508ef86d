"""Compose the document of an application of a frozen model."""

from __future__ import annotations

from dataclasses import fields, replace

from genereport.analyses.new_samples import PAGE
from genereport.analyses.new_samples.result import Applied
from genereport.report.bibliography import reference
from genereport.report.document import Document, cited
from genereport.report.markdown import to_text
from genereport.report.sections import SectionWriter
from genereport.report.traced import style_of

_CONTENT = (*(field.name for field in fields(Applied)), "fully_labelled", "move")
"""Names of the values of an application that templates can use."""


def compose_applied(applied: Applied) -> Document:
    """Return the whole report of an application, its references in the order of first citation.

    Args:
        applied: The application to report.
    """
    content = {name: getattr(applied, name) for name in _CONTENT}
    writer = SectionWriter.of_page(PAGE, content, applied, style_of(applied.settings), "new_samples")
    document = Document(
        title=applied.title,
        subtitle=writer.paragraph("title"),
        details=_details(applied),
        simulated=applied.simulated,
        abstract=writer.write("abstract"),
        sections=writer.sections(section.template for section in PAGE.sections),
        page=applied.settings["report"]["page"],
        p_values=applied.settings["report"]["p_values"],
        mark=to_text(writer.paragraph("title", "mark")),
    )
    return replace(document, references=tuple(reference(key) for key in cited(document)))


def _details(applied: Applied) -> tuple[tuple[str, str], ...]:
    date = applied.settings["report"]["date"]
    made = f"genereport {applied.versions['genereport']}"
    dated = (("Date", date),) if date else ()
    data = ", ".join(source.name for source in applied.inputs)
    return (*dated, ("Data", data), ("Made with", made), ("Seed", str(applied.settings["seed"])))
