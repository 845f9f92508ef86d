"""Compose the document of an analysis: the sections of the registry, in the order of the report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from genereport.analyses import stored_analyses
from genereport.analyses.result import Skipped
from genereport.analyses.spec import AnalysisSpec
from genereport.analyses.spec import Section as Placed
from genereport.analysis import Analysis
from genereport.errors import RenderError
from genereport.frames import file_of_table
from genereport.report.bibliography import reference
from genereport.report.checklists import judge
from genereport.report.document import Block, Document, Items, Paragraph, Section, Table, cited, joined
from genereport.report.gene_data import gene_data
from genereport.report.markdown import to_text
from genereport.report.sections import SectionWriter
from genereport.report.theme import OwnSection, Theme, apply_theme
from genereport.report.traced import style_of, trace

DESCRIBED = ("title", "simulated", "settings", "inputs", "versions", "platform")
"""Attributes of an analysis that templates can use, besides its results."""

CLOSING = ("limits", "methods", "settings", "session")
"""Sections that stand behind those of the analyses."""

CHECKLISTS = "checklists"
"""The last section, which is made from the document of all others."""

OTHERS = ("title", "abstract", "skipped", "left_out")
"""Templates of the report that are no sections."""


def section_order() -> list[tuple[AnalysisSpec, Placed]]:
    """Return the sections of the analyses in the order of the report, each with its analysis."""
    ordered: list[tuple[AnalysisSpec, Placed]] = []
    for spec in stored_analyses():
        for section in spec.sections:
            ids = [placed.id for _, placed in ordered]
            ordered.insert(ids.index(section.after) + 1 if section.after else len(ordered), (spec, section))
    return ordered


def report_templates() -> list[str]:
    """The templates that the report is written from, by the names of their files."""
    named = [*OTHERS, *(placed.template for _, placed in section_order()), *CLOSING, CHECKLISTS]
    return [f"sections/{template}.md.j2" for template in dict.fromkeys(named)]


def compose(
    analysis: Analysis, theme: Theme | None = None, written: Callable[[Section], None] | None = None
) -> Document:
    """Return the whole report as a document, its references in the order of first citation.

    Args:
        analysis: Analysis to report.
        theme: A lab's own templates.
        written: Called with each section once it is written; its figures can be drawn while the next is written.

    Raises:
        RenderError: GR503 if one of the lab's templates fails.
    """
    writer = section_writer(analysis, theme)
    abstract = writer.write("abstract")
    if written:
        written(Section("abstract", "Abstract", abstract))
    sections = _write_sections(analysis, writer, written)
    document = Document(
        title=analysis.title,
        subtitle=joined(*(block for block in writer.write("title", "subtitle") if isinstance(block, Paragraph))),
        details=_details(writer),
        simulated=analysis.simulated,
        abstract=abstract,
        sections=(*sections, *(writer.section(template) for template in CLOSING)),
        page=analysis.settings["report"]["page"],
        genes=gene_data(analysis),
        p_values=analysis.settings["report"]["p_values"],
        key=tuple(row for block in writer.write("title", "key") if isinstance(block, Table) for row in block.rows),
        authors=tuple(analysis.settings["report"]["authors"]),
    )
    checklists = writer.section(CHECKLISTS, lists=judge(analysis, document))
    document = replace(document, sections=(*document.sections, checklists))
    document = replace(document, references=tuple(reference(key) for key in cited(document)))
    if not theme:
        return document
    own = [section for each in theme.settings.section if (section := _write_own_section(writer, analysis, each))]
    if written:
        for section in own:
            written(section)
    return apply_theme(document, theme, own)


def _write_sections(
    analysis: Analysis, writer: SectionWriter, written: Callable[[Section], None] | None
) -> Iterable[Section]:
    """Return the sections of the analyses, each with its parts.

    A part of a section that was skipped is a section of its own. It is left out if it was skipped, too.
    """
    sections: dict[str, Section] = {}
    skipped: set[str] = set()
    for spec, placed in section_order():
        result = analysis.results.get(spec.name)
        if result is None or (isinstance(result, Skipped) and placed.within in skipped):
            continue
        section = _write_section(analysis, writer, spec, placed)
        if written:
            written(section)
        if isinstance(result, Skipped):
            skipped.add(placed.id)
        whole = None if placed.within in skipped else sections.get(placed.within)
        if whole:
            sections[whole.id] = replace(whole, blocks=(*whole.blocks, section))
        else:
            sections[placed.id] = section
    return sections.values()


def section_writer(analysis: Analysis, theme: Theme | None = None) -> SectionWriter:
    """Return the writer that fills in the templates of sections with an analysis.

    Args:
        analysis: Analysis to report.
        theme: A lab's own templates.
    """
    added = theme.settings.section if theme else ()
    own = [section.file for section in added if section.is_markdown and not _skipped_needs(analysis, section)]
    return SectionWriter(
        {name: getattr(analysis, name) for name in (*DESCRIBED, *(spec.name for spec in stored_analyses()))},
        analysis.results,
        {figure.name: (figure, spec.name) for spec in stored_analyses() for figure in spec.figures},
        {table.name: (table, spec.name) for spec in stored_analyses() for table in spec.tables},
        style_of(analysis.settings),
        [*(placed.template for _, placed in section_order()), *own],
        theme.folder if theme else None,
        files=_compressed(analysis),
    )


def _compressed(analysis: Analysis) -> dict[str, str]:
    """Return the paths of tables as templates write them, for those that are compressed, and their true paths."""
    files = {name: file_of_table(name, frame) for name, frame in analysis.tables.items()}
    return {f"tables/{name}.tsv": f"tables/{file}" for name, file in files.items() if file != f"{name}.tsv"}


def _write_own_section(writer: SectionWriter, analysis: Analysis, own: OwnSection) -> Section | None:
    """Return a section that the lab added, or the reason in its place if an analysis that it reads was skipped.

    Return None for a section of HTML, which is made from the whole document.
    """
    for name in _skipped_needs(analysis, own)[:1]:
        return Section(own.id, own.title, _reason(writer, analysis, name), own.numbered)
    return _require_id(writer.section(own.file), own.id, own.file) if own.is_markdown else None


def _reason(writer: SectionWriter, analysis: Analysis, name: str) -> tuple[Block, ...]:
    """Return the text that says why there is no result of an analysis."""
    result = analysis.results.get(name)
    reason = trace(result.skipped, f"{name}.skipped") if isinstance(result, Skipped) else ""
    return writer.write("skipped", reason=reason, name=name)


def _skipped_needs(analysis: Analysis, own: OwnSection) -> list[str]:
    """Return the analyses that a section of the lab reads and that were skipped."""
    return [name for name in own.needs if isinstance(analysis.results.get(name), Skipped | None)]


def _require_id(section: Section, id: str, template: str) -> Section:  # noqa: A002 - what it is called everywhere
    """Return the section unchanged if it has the expected id.

    Raises:
        RenderError: GR503 if it has another id than the one that others refer to.
    """
    if section.id != id:
        problem = f"The section must have the id '{id}', not '{section.id}'."
        raise RenderError("GR503", problem, f"Begin it with '# {section.title} {{: #{id} }}'.", template)
    return section


def _write_section(analysis: Analysis, writer: SectionWriter, spec: AnalysisSpec, placed: Placed) -> Section:
    if isinstance(analysis.results[spec.name], Skipped):
        return Section(placed.id, placed.title, _reason(writer, analysis, spec.name))
    return _require_id(writer.section(placed.template), placed.id, f"sections/{placed.template}.md.j2")


def _details(writer: SectionWriter) -> tuple[tuple[str, str], ...]:
    """Return label and text pairs of the title block; the template lists them as ``- Label: text``."""
    items = [item for block in writer.write("title", "details") if isinstance(block, Items) for item in block.items]
    pairs = (to_text(item).partition(": ") for item in items)
    return tuple((label, text) for label, _, text in pairs)
