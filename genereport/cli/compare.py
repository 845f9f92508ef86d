"""``genereport compare``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from genereport.cli.app import app
from genereport.cli.parameters import Replace, Summary


@app.command()
def compare(
    earlier: Annotated[
        Path,
        typer.Argument(
            metavar="EARLIER",
            help="Earlier run: its report_data folder, a page beside it, or a folder that holds just one run.",
        ),
    ],
    later: Annotated[
        Path,
        typer.Argument(
            metavar="LATER", help="Later run, in the same form; its settings give the limits of the verdict."
        ),
    ],
    out: Annotated[Path | None, typer.Option(help="File to write, .pdf, .html or .json. Default: no file.")] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Set one limit, e.g. compare.jaccard=0.6; may be repeated."),
    ] = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with status 3 if the change is material.")
    ] = False,
    force: Replace = False,
    summary: Summary = "text",
) -> None:
    """Compare the stored results of two finished runs: inputs, samples, genes, effects, models, and a verdict."""
    # Loads scikit-learn, matplotlib and Jinja: 2.9 s.
    from genereport.report.difference import difference, difference_data
    from genereport.runs.compare import check_out, compare_runs, write_comparison

    if out:
        check_out(out, force=force)
    comparison = compare_runs(earlier, later, assignments or [])
    written = write_comparison(comparison, out, force=force) if out else None
    if summary == "json":
        told = difference_data(comparison) | {"written": str(written) if written else None}
        print(json.dumps(told, ensure_ascii=False))
    else:
        print(difference(comparison))
        if written:
            print(f"\nWritten: {written.name} in {written.absolute().parent}")
    if exit_code and comparison.verdict.material:
        raise typer.Exit(3)
