"""From an analysis to its document: one composer per result, in the order of the report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from genereport.analyses import stored_analyses
from genereport.analyses.result import Skipped
from genereport.analyses.spec import AnalysisSpec
from genereport.analyses.spec import Section as Placed
from genereport.analysis import Analysis
from genereport.errors import RenderError
from genereport.report.bibliography import reference
from genereport.report.checklists import judge
from genereport.report.compose.abstract import compose_abstract
from genereport.report.compose.limits import compose_limits
from genereport.report.compose.methods import compose_methods
from genereport.report.compose.parts import cited
from genereport.report.document import Document, Items, Note, Paragraph, Section, joined, prose
from genereport.report.gene_data import gene_data
from genereport.report.markdown import to_text
from genereport.report.quote import Quote
from genereport.report.sections import SectionWriter
from genereport.report.theme import OwnSection, Theme, apply_theme
from genereport.report.traced import style_of
from genereport.resources import folder

Composer = Callable[[Quote], Section]

COMPOSERS: dict[str, Composer] = {
    "limits": compose_limits,
    "methods": compose_methods,
}
"""Sections that are not templates yet."""

COMPOSED_IDS = (
    "fig-bias", "fig-calibration", "fig-comparison", "fig-confusion", "fig-confusion-test", "fig-distributions",
    "fig-expression", "fig-gaps", "fig-heatmap", "fig-importance", "fig-learning", "fig-learning-curve", "fig-pca",
    "fig-permutation", "fig-precision-recall", "fig-roc", "fig-roc-test", "fig-selection-effect", "fig-stability",
    "fig-trend", "sec-bias", "sec-biomarkers", "sec-checklists", "sec-cohort", "sec-grain", "sec-hard",
    "sec-independent", "sec-known", "sec-learning", "sec-limits", "sec-methods", "sec-methods-known",
    "sec-methods-models", "sec-methods-preprocessing", "sec-methods-selection", "sec-methods-signature",
    "sec-methods-tests", "sec-models", "sec-networks", "sec-overfitting", "sec-pairs", "sec-permutation",
    "sec-preprocessing", "sec-selection", "sec-selection-effect", "sec-session", "sec-settings", "sec-signature",
    "sec-stability", "sec-trend", "sec-trust", "sec-tuning", "tab-bias", "tab-counts", "tab-covariates",
    "tab-evidence", "tab-hard", "tab-inputs", "tab-markers", "tab-missed", "tab-missing", "tab-pairs", "tab-probes",
    "tab-selection-effect", "tab-sets", "tab-settings", "tab-signature", "tab-stability", "tab-trend", "tab-tuning",
    "tab-versions",
)  # fmt: skip
"""Ids in these sections; those of templates and of the analyses are known without."""

DESCRIBED = ("title", "simulated", "settings", "inputs", "versions", "platform")
"""What templates see of an analysis besides its results."""

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


def report_templates() -> list[str]:
    """The templates that the report is written from, by the names of their files."""
    named = [*(placed.template for _, placed in section_order()), *CLOSING]
    names = [f"sections/{template}.md.j2" for template in dict.fromkeys(named)]
    return [name for name in names if (folder("templates") / name).is_file()]


def compose(
    analysis: Analysis, theme: Theme | None = None, written: Callable[[Section], None] | None = None
) -> Document:
    """The whole report as a document, its references in the order of first citation.

    Args:
        analysis: What to report.
        theme: A lab's own templates.
        written: Called with each section as soon as it is written: its figures can be drawn while the next one is.

    Raises:
        RenderError: GR503 if a template of the lab's fails.
    """
    q = Quote(analysis)
    writer = section_writer(analysis, theme)
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
    document = replace(document, references=tuple(reference(key) for key in cited(document)))
    if not theme:
        return document
    own = [section for each in theme.settings.section if (section := _own_section(writer, q, each))]
    if written:
        for section in own:
            written(section)
    return apply_theme(document, theme, own)


def section_writer(analysis: Analysis, theme: Theme | None = None) -> SectionWriter:
    """What fills the templates of sections in with an analysis.

    Args:
        analysis: What to report.
        theme: A lab's own templates.
    """
    added = theme.settings.section if theme else ()
    own = [section.file for section in added if section.is_markdown and not _lacking(analysis, section)]
    return SectionWriter(
        {name: getattr(analysis, name) for name in (*DESCRIBED, *(spec.name for spec in stored_analyses()))},
        analysis.results,
        {figure.name: (figure, spec.name) for spec in stored_analyses() for figure in spec.figures},
        {table.name: (table, spec.name) for spec in stored_analyses() for table in spec.tables},
        style_of(analysis.settings),
        [*(placed.template for _, placed in section_order()), *own],
        theme.folder if theme else None,
    )


def _own_section(writer: SectionWriter, q: Quote, own: OwnSection) -> Section | None:
    """A section of the lab's own; the reason in its place where an analysis that it reads was skipped.

    None: it is HTML, and made from the whole document.
    """
    for name in _lacking(q.analysis, own)[:1]:
        skipped = q.analysis.results.get(name) is not None
        reason = prose("Not done: {reason}", reason=q.reason(name) if skipped else f"There is no result '{name}'.")
        return Section(own.id, own.title, (Note("note", reason),), own.numbered)
    return _require_id(writer.section(own.file), own.id, own.file) if own.is_markdown else None


def _lacking(analysis: Analysis, own: OwnSection) -> list[str]:
    """The analyses that a section of the lab's own reads and that were skipped."""
    return [name for name in own.needs if isinstance(analysis.results.get(name), Skipped | None)]


def _require_id(section: Section, id: str, template: str) -> Section:  # noqa: A002 - what it is called everywhere
    """The section itself.

    Raises:
        RenderError: GR503 if it has another id than the one that others refer to.
    """
    if section.id != id:
        problem = f"The section must have the id '{id}', not '{section.id}'."
        raise RenderError("GR503", problem, f"Begin it with '# {section.title} {{: #{id} }}'.", template)
    return section


def _section(q: Quote, writer: SectionWriter, spec: AnalysisSpec, placed: Placed) -> Section:
    result = q.analysis.results[spec.name]
    if isinstance(result, Skipped):
        reason = Note("note", prose("Not done: {reason}", reason=q.reason(spec.name)))
        return Section(placed.id, placed.title, (reason,))
    return _require_id(_closing(q, writer, placed.template), placed.id, f"sections/{placed.template}.md.j2")


def _closing(q: Quote, writer: SectionWriter, template: str) -> Section:
    return COMPOSERS[template](q) if template in COMPOSERS else writer.section(template)


def _details(writer: SectionWriter) -> tuple[tuple[str, str], ...]:
    """Label and text pairs of the title block: the template lists them as ``- Label: text``."""
    items = [item for block in writer.write("title", "details") if isinstance(block, Items) for item in block.items]
    pairs = (to_text(item).partition(": ") for item in items)
    return tuple((label, text) for label, _, text in pairs)
