"""``genereport schedule``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from genereport.cli.app import app


@app.command()
def schedule(
    study: Annotated[Path, typer.Argument(help="A study.toml, or a folder or matrix whose layout is recognised.")],
    kind: Annotated[
        Literal["cron", "systemd", "github-actions", "snakemake", "nextflow"],
        typer.Option("--for", help="Scheduler or workflow manager that runs the build."),
    ],
    every: Annotated[
        Literal["hourly", "daily", "weekly"],
        typer.Option(
            help="How often cron, systemd or github-actions runs the build; the others run it when they are called."
        ),
    ] = "daily",
    out: Annotated[
        Path | None,
        typer.Option(
            help="Report, .pdf or .html. Default: the one that the study names, else report.pdf beside the study."
        ),
    ] = None,
    command: Annotated[
        str | None,
        typer.Option(
            metavar="PATH", help="genereport command to run. Default: this one; github-actions installs its own."
        ),
    ] = None,
) -> None:
    """Print a unit for a scheduler or workflow manager that builds a study again when its files change."""
    # Loads Jinja: 28 ms.
    from genereport.runs.schedule import job, unit

    own = "genereport" if kind == "github-actions" else str(_installed())
    print(unit(job(study, command or own, every=every, out=out), kind), end="")


def _installed() -> Path:
    """Return the command of the environment that runs this, also if genereport was called as a module."""
    beside = Path(sys.executable).with_name("genereport")
    return beside if beside.exists() else Path(sys.argv[0])
