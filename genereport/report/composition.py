"""From an analysis to its document: one composer per result, in the order of the report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from genereport.analyses import ANALYSES
from genereport.analyses.result import Skipped
from genereport.analysis import Analysis
from genereport.formats import count, listing
from genereport.report.bibliography import reference
from genereport.report.compose.abstract import compose_abstract
from genereport.report.compose.appendix import compose_session, compose_settings
from genereport.report.compose.biomarkers import compose_biomarkers, compose_signature
from genereport.report.compose.checklists import compose_checklists
from genereport.report.compose.cohort import compose_cohort, compose_preprocessing
from genereport.report.compose.components import compose_components
from genereport.report.compose.differential import compose_differential
from genereport.report.compose.known import compose_known
from genereport.report.compose.limits import compose_limits
from genereport.report.compose.methods import compose_methods
from genereport.report.compose.models import compose_independent, compose_models
from genereport.report.compose.parts import cited
from genereport.report.compose.selection import compose_selection
from genereport.report.compose.trend import compose_trend
from genereport.report.compose.trust import compose_trust
from genereport.report.document import Document, Note, Paragraph, Section, prose
from genereport.report.gene_data import gene_data
from genereport.report.quote import Quote
from genereport.report.sections import SectionWriter
from genereport.report.traced import style_of

Composer = Callable[[Quote], Section]

SECTIONS: tuple[tuple[str, str, str, Composer | str], ...] = (
    ("sec-cohort", "quality", "Cohort", compose_cohort),
    ("sec-preprocessing", "preprocessing", "Preprocessing", compose_preprocessing),
    ("sec-differential", "differential", "Differential expression", compose_differential),
    ("sec-components", "components", "Principal components", compose_components),
    ("sec-selection", "selection", "Gene selection", compose_selection),
    ("sec-signature", "biomarkers", "Signature", compose_signature),
    ("sec-models", "models", "Comparison of classifiers", compose_models),
    ("sec-independent", "models", "Independent set", compose_independent),
    ("sec-trust", "trust", "How far to trust it", compose_trust),
    ("sec-biomarkers", "biomarkers", "Known biomarkers", compose_biomarkers),
    ("sec-known", "enrichment", "Known biology", compose_known),
    ("sec-trend", "trend", "Earlier runs", compose_trend),
    ("sec-limits", "quality", "Limits of this study", compose_limits),
    ("sec-methods", "quality", "Methods", compose_methods),
    ("sec-settings", "quality", "Settings", compose_settings),
    ("sec-session", "quality", "Session info", compose_session),
)
"""Id of a section, which it keeps if it is skipped; field of the analysis that it is about; its title if the stage was
skipped; and its composer."""


def compose(analysis: Analysis, written: Callable[[Section], None] | None = None) -> Document:
    """The whole report as a document, its references in the order of first citation.

    Args:
        analysis: What to report.
        written: Called with each section as soon as it is written: its figures can be drawn while the next one is.
    """
    q = Quote(analysis)
    writer = section_writer(analysis)
    sections = []
    for place, field, title, composer in SECTIONS:
        if getattr(analysis, field) is None:
            continue
        sections.append(_section(q, writer, place, field, title, composer))
        if written:
            written(sections[-1])
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
        {name: getattr(analysis, name) for name in (*described, *(spec.name for spec in ANALYSES))},
        analysis.results,
        {figure.name: (figure, spec.name) for spec in ANALYSES for figure in spec.figures},
        {table.name: (table, spec.name) for spec in ANALYSES for table in spec.tables},
        style_of(analysis.settings),
        own,
    )


def _section(q: Quote, writer: SectionWriter, place: str, field: str, title: str, composer: Composer | str) -> Section:
    result = getattr(q.analysis, field)
    if isinstance(result, Skipped):
        reason = Note("note", prose("Not done: {reason}", reason=q.reason(field)))
        return Section(place, title, (reason,))
    return writer.section(composer) if isinstance(composer, str) else composer(q)


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
