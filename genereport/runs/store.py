"""Write and read a report on disk: the pages, and the folder with the data behind them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from genereport.analyses.models.result import Bundle, Models
from genereport.analysis import SCHEMA_VERSION, Analysis
from genereport.errors import BundleError, RenderError
from genereport.parallel import Backend, shared
from genereport.report.bibliography import bibtex
from genereport.report.checklists import checklist_rows
from genereport.report.composition import compose
from genereport.report.document import Document, Section
from genereport.report.pictures import Pictures
from genereport.report.render import to_html, to_markdown, to_pdf
from genereport.report.theme import Theme
from genereport.report.theme_folder import read_theme
from genereport.runs.atomic_replace import Target, abandon, claim, commit, staged
from genereport.runs.attachments import attachments
from genereport.runs.crate import write_crate
from genereport.runs.figures import write_figures
from genereport.runs.history import KeyFigures, put_aside
from genereport.runs.log import RunLog
from genereport.runs.pages import PAGE_FORMATS, FigureFormat, PageFormat
from genereport.runs.results import RESULTS, TableError, fill_in, refer_to_tables
from genereport.runs.tables import write_table, write_tables
from genereport.runs.writing import writing


def write_report(
    analysis: Analysis,
    out: Path | str,
    *,
    formats: Collection[PageFormat] = PAGE_FORMATS,
    figures: FigureFormat = "svg",
    templates: Path | None = None,
    force: bool = False,
    jobs: int = -1,
    backend: Backend = "loky",
    log: RunLog | None = None,
    key: KeyFigures | None = None,
) -> list[Path]:
    """Write the pages and the data folder; an earlier report is replaced as a whole or stays as it was.

    Args:
        analysis: Analysis to report.
        out: ``report.pdf`` or ``report.html``; the other names follow from it.
        formats: Pages to write.
        figures: Format of the figures in the data folder; with ``pdf`` they are written as PDF, too.
        templates: Folder of a lab's own templates.
        force: Whether to replace an earlier report.
        jobs: Number of processes that share the drawing; −1 for one per core.
        backend: Backend of joblib that shares the drawing.
        log: The log that is written to ``log.jsonl``.
        key: Key numbers under which a copy of the report is kept in ``runs/``; None: none is kept.

    Returns:
        The paths that were written.

    Raises:
        OutputError: GR401 if a report is there already, GR402 if the folder cannot be written, GR403 if the name is not
            that of a PDF or an HTML file.
        RenderError: GR501 if the document cannot be rendered, GR503 if a template cannot be used.

    Example:
        >>> [path.name for path in write_report(analysis, "report.html", formats=["html"], jobs=1)]
        ['report.html', 'report_data']
    """
    theme = read_theme(templates) if templates else None
    target = Target.of(Path(out))
    try:
        claim(target, force=force)
        with shared(jobs, backend):
            _write(analysis, target, formats, figures, theme, log or RunLog())
        if key:
            with writing("The report", target.folder):
                put_aside(target, key)
        return commit(target)
    finally:
        abandon(target)


def read_analysis(folder: Path) -> Analysis:
    """Read the analysis that a ``report_data`` folder holds.

    Args:
        folder: The folder.

    Returns:
        The analysis as it was written, with its frozen models.

    Raises:
        RenderError: GR502 if there is none, or if it has another schema version.
        BundleError: GR601 if its frozen models are incomplete or altered.

    Example:
        >>> read_analysis(report.parent / "report_data").differential.tested
        269
    """
    path = folder / "results.json"
    try:
        content = json.loads(path.read_bytes())
        version = content.get("schema_version")
        if version != SCHEMA_VERSION:
            raise RenderError(
                "GR502",
                f"The results have schema version {version}, and this version of genereport reads {SCHEMA_VERSION}.",
                "Build the report again.",
                str(path),
            )
        return _with_bundle(Analysis.from_content(fill_in(content, folder)), folder / "model")
    except TableError as error:
        raise RenderError("GR502", str(error), "Build the report again.", str(path)) from error
    except (OSError, ValueError, AttributeError, ValidationError) as error:
        raise RenderError(
            "GR502",
            "No stored results can be read here.",
            "Name the report_data folder of a finished report.",
            str(path),
        ) from error


def _with_bundle(analysis: Analysis, folder: Path) -> Analysis:
    """Return the analysis with the content of its frozen models, which is read from the folder beside the results.

    Raises:
        BundleError: GR601 if a file is missing or is not as it was written.
    """
    if not isinstance(analysis.models, Models):
        return analysis
    bundle = analysis.models.bundle
    _require_names(bundle, folder)
    contents = {str(name): _content(folder / str(name)) for name in bundle.files.index}
    for name, content in contents.items():
        if hashlib.sha256(content).hexdigest() != bundle.files.loc[name, "sha256"]:
            raise BundleError(
                "GR601", "The file was changed after it was written.", "Build the report again.", str(folder / name)
            )
    return analysis.with_results(models=replace(analysis.models, bundle=replace(bundle, contents=contents)))


def _require_names(bundle: Bundle, folder: Path) -> None:
    """Refuse file names that lie outside the folder of the bundle, as results from elsewhere may have."""
    for name in map(str, bundle.files.index):
        if name in ("", ".", "..") or Path(name).name != name:
            raise BundleError(
                "GR601",
                f"The bundle names '{name}', which is not a file of its folder.",
                "Build the report again.",
                str(folder),
            )


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BundleError("GR601", "The bundle lacks this file.", "Build the report again.", str(path)) from error


def _write(
    analysis: Analysis,
    target: Target,
    formats: Collection[PageFormat],
    figures: FigureFormat,
    theme: Theme | None,
    log: RunLog,
) -> None:
    new = staged(target)
    data = new / f"{target.stem}_data"
    with writing("The report", target.folder):
        results = _write_data(analysis, data)
        log.add("stored")
        pictures = Pictures(paper="pdf" in formats, all_as_pdf=figures == "pdf")
        theme = replace(theme, content=fill_in(json.loads(results), data)) if theme else None
        document = compose(analysis, theme, pictures.begin)
        log.add("composed")
        _write_prose(document, data)
        if "pdf" in formats:  # first, since it takes longest while the figures are being drawn
            (new / f"{target.stem}.pdf").write_bytes(to_pdf(document, pictures, attachments(analysis, data), theme))
            log.add("pdf")
        write_figures(pictures, data / "figures", figures)
        if "html" in formats:
            (new / f"{target.stem}.html").write_text(to_html(document, pictures, theme), encoding="utf-8")
            log.add("html")
        log.add("rendered", formats=sorted(formats))
        log.add_warnings()
        (data / "log.jsonl").write_text(log.text(), encoding="utf-8")
        write_crate(analysis, data)  # last, since it holds the digests of all other files


def _write_data(analysis: Analysis, data: Path) -> str:
    """Write all files that do not depend on the text of the report; return the content of ``results.json``."""
    data.mkdir()
    write_tables(analysis, data / "tables")
    content = refer_to_tables(json.loads(analysis.to_json()), data / "tables")
    results = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    (data / RESULTS).write_text(results + "\n", encoding="utf-8")
    (data / "run.json").write_text(_run_json(analysis), encoding="utf-8")
    if isinstance(analysis.models, Models):
        _write_bundle(analysis.models.bundle, data / "model")
    return results


def _write_bundle(bundle: Bundle, folder: Path) -> None:
    folder.mkdir()
    for name, content in bundle.contents.items():
        (folder / name).write_bytes(content)


def _write_prose(document: Document, data: Path) -> None:
    for block in document.walk():
        if isinstance(block, Section) and block.id == "sec-methods":
            (data / "methods.md").write_text(to_markdown(block, document), encoding="utf-8")
    (data / "references.bib").write_text(bibtex(entry.key for entry in document.references), encoding="utf-8")
    write_table(checklist_rows(document), data / "checklist.tsv")


def _run_json(analysis: Analysis) -> str:
    content = {
        "schema_version": analysis.schema_version,
        "seed": analysis.settings["seed"],
        "simulated": analysis.simulated,
        "inputs": [vars(source) for source in analysis.inputs],
        "settings": analysis.settings,
        "versions": analysis.versions,
        "platform": vars(analysis.platform),
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
