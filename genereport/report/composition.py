"""From an analysis to its document: one composer per result, in the order of the report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from genereport.analyses import ANALYSES
from genereport.analyses.result import Skipped
from genereport.analyses.spec import AnalysisSpec
from genereport.analyses.spec import Section as Placed
from genereport.analysis import Analysis
from genereport.report.bibliography import reference
from genereport.report.checklists import judge
from genereport.report.compose.abstract import compose_abstract
from genereport.report.compose.appendix import compose_session, compose_settings
from genereport.report.compose.cohort import compose_cohort, compose_preprocessing
from genereport.report.compose.limits import compose_limits
from genereport.report.compose.methods import compose_methods
from genereport.report.compose.models import compose_independent, compose_models
from genereport.report.compose.parts import cited
from genereport.report.compose.selection import compose_selection
from genereport.report.compose.trend import compose_trend
from genereport.report.compose.trust import compose_trust
from genereport.report.document import Document, Items, Note, Paragraph, Section, joined, prose
from genereport.report.gene_data import gene_data
from genereport.report.markdown import to_text
from genereport.report.quote import Quote
from genereport.report.sections import SectionWriter
from genereport.report.traced import style_of

Composer = Callable[[Quote], Section]

COMPOSERS: dict[str, Composer] = {
    "cohort": compose_cohort,
    "preprocessing": compose_preprocessing,
    "selection": compose_selection,
    "models": compose_models,
    "independent": compose_independent,
    "trust": compose_trust,
    "trend": compose_trend,
    "limits": compose_limits,
    "methods": compose_methods,
    "settings": compose_settings,
    "session": compose_session,
}
"""Sections that are not templates yet."""

CLOSING = ("limits", "methods", "settings", "session")
"""Sections that stand behind those of the analyses."""


def section_order() -> list[tuple[AnalysisSpec, Placed]]:
    """The sections of the analyses in the order of the report, each with its analysis."""
    ordered: list[tuple[AnalysisSpec, Placed]] = []
    for spec in ANALYSES:
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
        subtitle=joined(*(block for block in writer.write("title", "subtitle") if isinstance(block, Paragraph))),
        details=_details(writer),
        simulated=analysis.simulated,
        abstract=compose_abstract(q),
        sections=tuple(sections),
        page=analysis.settings["report"]["page"],
        genes=gene_data(analysis),
        p_values=analysis.settings["report"]["p_values"],
    )
    checklists = writer.section("checklists", lists=judge(analysis, document))
    document = replace(document, sections=(*document.sections, checklists))
    return replace(document, references=tuple(reference(key) for key in cited(document)))


def section_writer(analysis: Analysis, own: Path | None = None) -> SectionWriter:
    """What fills the templates of sections in with an analysis."""
    described = ("title", "simulated", "settings", "inputs", "versions", "platform")
    return SectionWriter(
        {name: getattr(analysis, name) for name in (*described, *(spec.name for spec in ANALYSES))},
        analysis.results,
        {figure.name: (figure, spec.name) for spec in ANALYSES for figure in spec.figures},
        {table.name: (table, spec.name) for spec in ANALYSES for table in spec.tables},
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


def _details(writer: SectionWriter) -> tuple[tuple[str, str], ...]:
    """Label and text pairs of the title block: the template lists them as ``- Label: text``."""
    items = [item for block in writer.write("title", "details") if isinstance(block, Items) for item in block.items]
    pairs = (to_text(item).partition(": ") for item in items)
    return tuple((label, text) for label, _, text in pairs)
