"""Commands on finished reports."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from genereport.cli.app import app
from genereport.cli.parameters import OnlyPage, Replace, Summary
from genereport.cli.text import note_line
from genereport.runs.atomic_replace import Target
from genereport.runs.lock import locked
from genereport.runs.pages import PAGE_FORMATS, FigureFormat


@app.command()
def render(
    data: Annotated[Path, typer.Argument(help="report_data folder of a finished report.")],
    out: Annotated[Path, typer.Option(help="Page to write, .pdf or .html; other files go beside it.")],
    templates: Annotated[
        Path | None, typer.Option(help="Folder with your own logo, colours, sections and templates.")
    ] = None,
    formats: OnlyPage = None,
    figures: Annotated[
        FigureFormat, typer.Option(help="Format of the figures in the data folder; pdf: SVG and PDF.")
    ] = "svg",
    force: Replace = False,
) -> None:
    """Write the pages of a report again from its stored results, without the cohort."""
    # Loads NumPy and joblib: 0.14 s.
    from genereport.parallel import collect_seldom, warm

    collect_seldom()
    warm(-1, ("genereport.report.pictures", "genereport.analyses"))
    # Loads pandas, matplotlib and Jinja: 1.1 s. The workers are started before.
    from genereport.report.theme_folder import read_theme
    from genereport.runs.store import read_analysis, write_report

    notes = read_theme(templates).notes if templates else ()
    pages: dict[str, Any] = {
        "formats": [formats] if formats else PAGE_FORMATS,
        "figures": figures,
        "templates": templates,
    }
    with locked(Target.of(out).folder):
        written = write_report(read_analysis(data), out, force=force, **pages)
    print(f"Written: {', '.join(path.name for path in written)} in {written[0].parent}")
    for note in notes:
        print(note_line(note))


@app.command()
def verify(
    report: Annotated[Path, typer.Argument(help="report_data folder of a finished report, or the page beside it.")],
    summary: Summary = "text",
) -> None:
    """Check every file of a report by its SHA-256, and every number of its HTML page against the stored results."""
    # Loads pandas and scikit-learn: 1.8 s.
    from genereport.runs.verify import verify_report

    found = verify_report(report)
    print(json.dumps(asdict(found)) if summary == "json" else found)
    found.require(report)
