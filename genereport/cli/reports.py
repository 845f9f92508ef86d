"""Commands on finished reports."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from genereport.cli.app import FORMATS, Figures, Format, app
from genereport.cli.text import note_line


@app.command()
def render(
    data: Annotated[Path, typer.Argument(help="report_data folder of a finished report.")],
    out: Annotated[Path, typer.Option(help="Page to write, .pdf or .html; other files go beside it.")],
    templates: Annotated[
        Path | None, typer.Option(help="Folder with your own logo, colours, sections and templates.")
    ] = None,
    formats: Annotated[
        Format | None, typer.Option("--format", help="Write only this page. Default: both pages.")
    ] = None,
    figures: Annotated[
        Figures, typer.Option(help="Format of the figures in the data folder; pdf: SVG and PDF.")
    ] = "svg",
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier report.")] = False,
) -> None:
    """Write the pages of a report again from its stored results, without the cohort."""
    from genereport.parallel import collect_seldom, warm

    collect_seldom()
    warm(-1, ("genereport.report.pictures",))
    from genereport.report.theme_folder import read_theme
    from genereport.runs.atomic_replace import Target
    from genereport.runs.lock import locked
    from genereport.runs.store import read_analysis, write_report

    notes = read_theme(templates).notes if templates else ()
    pages: dict[str, Any] = {"formats": [formats] if formats else FORMATS, "figures": figures, "templates": templates}
    with locked(Target.of(out).folder):
        written = write_report(read_analysis(data), out, force=force, **pages)
    print(f"Written: {', '.join(path.name for path in written)} in {written[0].parent}")
    for note in notes:
        print(note_line(note))


@app.command()
def verify(
    report: Annotated[Path, typer.Argument(help="report_data folder of a finished report, or the page beside it.")],
    summary: Annotated[Literal["text", "json"], typer.Option(help="Format of the standard output.")] = "text",
) -> None:
    """Check every file of a report by its SHA-256, and every number of its HTML page against the stored results."""
    from genereport.runs.verify import verify_report

    found = verify_report(report)
    print(json.dumps(asdict(found)) if summary == "json" else found)
    found.require(report)
