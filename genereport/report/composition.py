"""From an analysis to its document: one composer per result, in the order of the report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from genereport.analyses import stored_analyses
from genereport.analyses.result import Skipped
from genereport.analyses.spec import AnalysisSpec
from genereport.analyses.spec import Section as Placed
from genereport.analysis import Analysis
from genereport.formats import count, listing
from genereport.report.bibliography import reference
from genereport.report.compose.abstract import compose_abstract
from genereport.report.compose.checklists import compose_checklists
from genereport.report.compose.limits import compose_limits
from genereport.report.compose.methods import compose_methods
from genereport.report.compose.parts import cited
from genereport.report.document import Document, Note, Paragraph, Section, prose
from genereport.report.gene_data import gene_data
from genereport.report.quote import Quote
from genereport.report.sections import SectionWriter
from genereport.report.traced import style_of

Composer = Callable[[Quote], Section]

COMPOSERS: dict[str, Composer] = {
    "limits": compose_limits,
    "methods": compose_methods,
}
"""Sections that are not templates yet."""

CLOSING = ("limits", "methods", "settings", "session")
"""Sections that stand behind those of the analyses."""


def section_order() -> list[tuple[AnalysisSpec, Placed]]:
    """The sections of the analyses in the order of the report, each with its analysis."""
    ordered: list[tuple[AnalysisSpec, Placed]] = []
    for spec in stored_analyses():
        for section in spec.sections:
            ids = [placed.id for _, placed in ordered]
            ordered.insert(ids.index(section.after) + 1 if section.after else len(ordered), (spec, section))
    return ordered


def compose(analysis: Analysis, written: Callable[[Section], None] | None = None) -> Document:
    """The whole report as a document, its references in the order of first citation.

    Args:
        analysis: What to report.
        written: Called with each section as soon as it is written: its figures can be drawn while the next one is.
    """
    q = Quote(analysis)
    writer = section_writer(analysis)
    sections = []
    for spec, placed in section_order():
        if analysis.results.get(spec.name) is None:
            continue
        sections.append(_section(q, writer, spec, placed))
        if written:
            written(sections[-1])
    sections += [_closing(q, writer, template) for template in CLOSING]
    document = Document(
        title=analysis.title,
        subtitle=_subtitle(q),
        details=_details(analysis),
        simulated=analysis.simulated,
        abstract=compose_abstract(q),
        sections=tuple(sections),
        page=analysis.settings["report"]["page"],
        genes=gene_data(analysis),
        p_values=analysis.settings["report"]["p_values"],
    )
    document = replace(document, sections=(*document.sections, compose_checklists(q, document)))
    return replace(document, references=tuple(reference(key) for key in cited(document)))


def section_writer(analysis: Analysis, own: Path | None = None) -> SectionWriter:
    """What fills the templates of sections in with an analysis."""
    described = ("title", "simulated", "settings", "inputs", "versions", "platform")
    return SectionWriter(
        {name: getattr(analysis, name) for name in (*described, *(spec.name for spec in stored_analyses()))},
        analysis.results,
        {figure.name: (figure, spec.name) for spec in stored_analyses() for figure in spec.figures},
        {table.name: (table, spec.name) for spec in stored_analyses() for table in spec.tables},
        style_of(analysis.settings),
        [placed.template for _, placed in section_order()],
        own,
    )


def _section(q: Quote, writer: SectionWriter, spec: AnalysisSpec, placed: Placed) -> Section:
    result = q.analysis.results[spec.name]
    if isinstance(result, Skipped):
        reason = Note("note", prose("Not done: {reason}", reason=q.reason(spec.name)))
        return Section(placed.id, placed.title, (reason,))
    return _closing(q, writer, placed.template)


def _closing(q: Quote, writer: SectionWriter, template: str) -> Section:
    return COMPOSERS[template](q) if template in COMPOSERS else writer.section(template)


def _subtitle(q: Quote) -> Paragraph:
    if not q.analysis.quality.test:
        return prose("{sizes} · {train} samples", sizes=q.class_sizes(), train=q("quality.train", count))
    return prose(
        "{sizes} · {train} training and {test} independent samples",
        sizes=q.class_sizes(),
        train=q("quality.train", count),
        test=q("quality.test", count),
    )


def _details(analysis: Analysis) -> tuple[tuple[str, str], ...]:
    date = analysis.settings["report"]["date"]
    made = f"genereport {analysis.versions['genereport']}"
    dated = (("Date", date),) if date else ()
    source = "Simulated cohort" if analysis.simulated else listing([source.name for source in analysis.inputs][:4])
    return (*dated, ("Data", source or "in memory"), ("Made with", made), ("Seed", str(analysis.settings["seed"])))
