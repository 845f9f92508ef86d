"""``genereport batch``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genereport.cli.app import app
from genereport.cli.parameters import Backend, Jobs, LogFormat, OnlyPage, Quiet, Scheduler, Summary
from genereport.cli.progress import Progress
from genereport.runs.batch import Outcome, Plan, exit_status, run_batch
from genereport.runs.log import RunLog
from genereport.runs.manifest import Entry, read_manifest
from genereport.runs.signals import write_error_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@app.command()
def batch(
    manifest: Annotated[
        Path,
        typer.Argument(help="TSV or CSV file with one row per cohort: its name, its study or files, and any settings."),
    ],
    out: Annotated[
        Path, typer.Option(help="Folder for the reports, with one subfolder per cohort, and for index.html.")
    ],
    only: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Build only this cohort; may be repeated.")
    ] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="Set one setting for all cohorts; settings in a row override it."
        ),
    ] = None,
    jobs: Jobs = None,
    backend: Backend = None,
    scheduler: Scheduler = None,
    formats: OnlyPage = None,
    force: Annotated[
        bool, typer.Option("--force", help="Build finished cohorts again, too, and replace existing reports.")
    ] = False,
    summary: Summary = "text",
    log_format: LogFormat = "text",
    quiet: Quiet = False,
) -> None:
    """Build a report for each cohort of a manifest, resuming an earlier batch, and a page that compares the cohorts."""
    entries = read_manifest(manifest)
    run: dict[str, object] = {"jobs": jobs, "backend": backend, "scheduler": scheduler, "format": formats}
    plan = Plan(out, tuple(assignments or ()), run, force)

    @contextmanager
    def listen(entry: Entry, number: int) -> Iterator[tuple[RunLog, Callable[[str, int, int], None]]]:
        with Progress(quiet=quiet, form=log_format) as progress:
            progress.log.add("cohort", name=entry.name, number=number, total=len(entries))
            progress.console.print(f"[{number}/{len(entries)}] {entry.name}", markup=False)
            yield progress.log, progress.announce

    def print_problem(outcome: Outcome) -> None:
        if outcome.message and log_format == "text":
            write_error_line(f"genereport: {outcome.name}: {outcome.message}")

    outcomes = run_batch(entries, plan, only=only or (), listen=listen, on_outcome=print_problem)
    if not quiet:
        _print_summary(outcomes, out, summary)
    raise typer.Exit(exit_status(outcomes))


def _print_summary(outcomes: Sequence[Outcome], out: Path, form: str) -> None:
    if form == "json":
        content = {"cohorts": [outcome.model_dump() for outcome in outcomes], "index": str(out / "index.html")}
        print(json.dumps(content, ensure_ascii=False))
        return
    width = max(len(outcome.name) for outcome in outcomes)
    for outcome in outcomes:
        print(f"{outcome.name:{width}}  {outcome.status}{f' [{outcome.code}]' * bool(outcome.code)}")
    print(f"\nWritten: {out / 'index.html'}, index.tsv, index.json")
