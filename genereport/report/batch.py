"""Compose the page that compares the cohorts of a batch."""

from __future__ import annotations

from dataclasses import fields, replace

from genereport.analyses.batch import PAGE
from genereport.analyses.batch.result import Index
from genereport.analyses.columns import Style
from genereport.report.bibliography import reference
from genereport.report.document import Document, cited
from genereport.report.markdown import to_text
from genereport.report.sections import SectionWriter

_DERIVED = ("stopped", "some_simulated", "several_signatures", "pooled", "alpha_rows", "confidence_rows")
_CONTENT = (*(field.name for field in fields(Index)), *_DERIVED)
"""Names of the values of an index that templates can use."""


def compose_index(index: Index) -> Document:
    """Return the page as a document; ids are paths in ``index.json``.

    Args:
        index: The index of the batch.
    """
    writer = SectionWriter.of_page(PAGE, {name: getattr(index, name) for name in _CONTENT}, index, Style(), "batch")
    document = Document(
        title=to_text(writer.paragraph("title", "title")),
        subtitle=writer.paragraph("title"),
        details=(("Made with", f"genereport {index.version}"), ("Numbers", "index.json"), ("Table", "index.tsv")),
        simulated=index.all_simulated,
        abstract=writer.write("abstract"),
        sections=writer.sections(section.template for section in PAGE.sections),
    )
    return replace(document, references=tuple(reference(key) for key in cited(document)))
