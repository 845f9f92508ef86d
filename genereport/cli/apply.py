"""``genereport apply``."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genereport.cli.app import app
from genereport.cli.parameters import Assignments, Jobs, LabelColumn, LogFormat, OnlyPage, Quiet, Replace, Summary
from genereport.cli.progress import Progress
from genereport.locations import located
from genereport.runs import signals as interruption
from genereport.runs.atomic_replace import Target, check
from genereport.runs.lock import locked
from genereport.runs.pages import PAGE_FORMATS
from genereport.settings import resolve

if TYPE_CHECKING:
    from genereport.analyses.new_samples.result import Applied


@app.command()
def apply(
    model: Annotated[
        Path,
        typer.Argument(help="Folder of frozen models, the report_data folder that holds it, or the page beside that."),
    ],
    expression: Annotated[
        str, typer.Option(metavar="FILE", help="Matrix of the new samples, in any form that build reads.")
    ],
    out: Annotated[Path, typer.Option(help="Page to write, .pdf or .html; applied_data/ is written beside it.")] = Path(
        "applied.pdf"
    ),
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Sample sheet with the classes of the new samples, to evaluate the predictions."
        ),
    ] = None,
    label_column: LabelColumn = None,
    override: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CHECK", help="Print predictions although this check says 'do not interpret'; every page says so."
        ),
    ] = None,
    assignments: Assignments = None,
    jobs: Jobs = None,
    formats: OnlyPage = None,
    force: Replace = False,
    summary: Summary = "text",
    log_format: LogFormat = "text",
    quiet: Quiet = False,
) -> None:
    """Apply a frozen model to new samples if they are comparable; exit with status 3 if predictions are withheld."""
    with Progress(quiet=quiet, form=log_format) as progress, locked(Target.of(out).folder):
        check(Target.of(out), force=force)
        interruption.sweep()
        settings = resolve(assignments=assignments or [], overrides={"run": {"jobs": jobs}})
        matrix = located(expression, None, os.environ, "--expression")
        sheet = located(labels, None, os.environ, "--labels") if labels else None
        progress.log.add_start(settings.run.jobs)
        progress.announce("applying", 0, 0)
        # Loads scikit-learn, matplotlib and Jinja: 2.3 s.
        from genereport.runs.apply import Query, apply_model, write_applied

        query = Query(model, matrix, sheet, label_column, tuple(override or ()))
        applied = apply_model(query, settings, progress.log)
        progress.announce("report", 0, 0)
        pages = [formats] if formats else PAGE_FORMATS
        shared = settings.run.jobs
        written = write_applied(applied, out, formats=pages, force=force, jobs=shared, log=progress.log)
    if not quiet:
        _print_summary(applied, written, summary)
    if applied.gate.withheld:
        raise typer.Exit(3)


def _print_summary(applied: Applied, written: list[Path], form: str) -> None:
    # Loads pandas and matplotlib: 0.96 s.
    from genereport.summary import applied_summary, applied_summary_data

    if form == "json":
        told = applied_summary_data(applied) | {"written": [str(path) for path in written]}
        print(json.dumps(told, ensure_ascii=False))
    else:
        print(applied_summary(applied))
        print(f"\nWritten: {', '.join(path.name for path in written)} in {written[0].parent}")
