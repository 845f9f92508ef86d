"""``genereport build``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genereport.cli.app import app
from genereport.cli.options import Asked, takes_study
from genereport.cli.parameters import LogFormat, Quiet, Summary
from genereport.cli.progress import Progress
from genereport.cli.text import note_line
from genereport.runs.build import DEFAULT, Built, build_report

if TYPE_CHECKING:
    from genereport.settings import Settings


@app.command()
@takes_study
def build(
    asked: Asked,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier report.")] = False,
    if_changed: Annotated[
        bool,
        typer.Option(
            "--if-changed",
            help="Do nothing if the report is up to date; otherwise build it and replace a report of genereport.",
        ),
    ] = False,
    summary: Summary = "text",
    log_format: LogFormat = "text",
    quiet: Quiet = False,
) -> None:
    """Read a cohort, analyse it, and write the report."""
    with Progress(quiet=quiet, form=log_format) as progress:
        settings = asked.settings()
        built = build_report(settings, force=force, if_changed=if_changed, log=progress.log, progress=progress.announce)
    if not quiet:
        _print_built(built, settings, summary)
    findings = built.analysis.quality.findings if built.analysis else ()
    if settings.run.strict and any(finding.severity == "warning" for finding in findings):
        raise typer.Exit(3)


def _print_built(built: Built, settings: Settings, form: str) -> None:
    if form == "json":
        print(json.dumps(_built_data(built), ensure_ascii=False))
    elif not built.written:
        name = settings.run.out or DEFAULT
        print(f"Nothing to do: {name} is up to date with its inputs, settings and package versions.")
    else:
        print(
            "\n".join(
                (*(f"Reason for this build: {reason.rstrip('.')}." for reason in built.reasons), _describe_built(built))
            )
        )


def _describe_built(built: Built) -> str:
    places = f"{', '.join(path.name for path in built.written)} in {built.written[0].parent}"
    if built.analysis is None:
        return f"Restored from run {built.restored}: {places}"
    # Loads pandas and matplotlib: 0.96 s.
    from genereport.summary import summary

    notes = "".join(f"\n{note_line(note)}" for note in built.notes)
    return f"{summary(built.analysis)}\n\nWritten: {places}{notes}"


def _built_data(built: Built) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if built.analysis:
        # Loads pandas and matplotlib: 0.96 s.
        from genereport.summary import summary_data

        told = summary_data(built.analysis)
    return told | {
        "notes": [{"code": note.code, "subject": note.subject, "message": note.message} for note in built.notes],
        "changed": bool(built.written),
        "reasons": list(built.reasons),
        "restored": built.restored,
        "written": [str(path) for path in built.written],
    }
