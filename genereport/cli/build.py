"""``genereport build``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from genereport.cli.app import Figures, Format, app
from genereport.cli.progress import Progress
from genereport.runs.build import DEFAULT, Built, build_report
from genereport.settings import read_settings

if TYPE_CHECKING:
    from genereport.settings import Settings


@app.command()
def build(
    study: Annotated[
        Path | None,
        typer.Argument(
            help="A study.toml, or a folder or file whose layout is recognised. Default: the simulated cohort."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="report.pdf or report.html; report_data/ goes beside it. Default: report.pdf here."),
    ] = None,
    expression: Annotated[
        Path | None, typer.Option(help="Expression matrix, CSV or TSV, genes × samples or transposed.")
    ] = None,
    labels: Annotated[Path | None, typer.Option(help="Sample sheet with an id, a class and any covariates.")] = None,
    label_column: Annotated[str | None, typer.Option(help="Column of the sample sheet that holds the class.")] = None,
    test_expression: Annotated[Path | None, typer.Option(help="Expression matrix of an independent set.")] = None,
    design: Annotated[
        str | None, typer.Option(metavar="FORMULA", help='Linear model of the tests, e.g. "~ class + centre".')
    ] = None,
    biomarkers: Annotated[Path | None, typer.Option(help="Your own marker list. Default: the bundled one.")] = None,
    gene_sets: Annotated[Path | None, typer.Option(help="Gene sets to hold against the comparison, GMT.")] = None,
    templates: Annotated[
        Path | None, typer.Option(help="Folder with a logo, colours, sections and wording of your own.")
    ] = None,
    assignments: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="One setting, e.g. preprocess.floor=100.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed that every random number is derived from.")] = None,
    effort: Annotated[
        str | None, typer.Option(help="quick: 5 folds once; standard: ten times; thorough: also tuned.")
    ] = None,
    title: Annotated[str | None, typer.Option(help="Title of the report.")] = None,
    jobs: Annotated[int | None, typer.Option(help="Processes; -1: one per core. Results do not depend on it.")] = None,
    backend: Annotated[
        str | None, typer.Option(help="What shares the work: loky (default), threading, multiprocessing or dask.")
    ] = None,
    scheduler: Annotated[str | None, typer.Option(help="Address of a Dask cluster's scheduler.")] = None,
    formats: Annotated[Format | None, typer.Option("--format", help="Only these pages. Default: both.")] = None,
    figures: Annotated[
        Figures | None, typer.Option(help="pdf: the figures of the data folder as PDF, too. Default: svg.")
    ] = None,
    keep: Annotated[
        int | None, typer.Option(min=1, help="Runs to keep in runs/, the newest first. Default: all.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier report.")] = False,
    if_changed: Annotated[
        bool, typer.Option("--if-changed", help="Do nothing if the report is what it would be; replace our own.")
    ] = False,
    strict: Annotated[
        bool | None, typer.Option("--strict", help="Exit with status 3 if there are warnings.", show_default=False)
    ] = None,
    summary: Annotated[Literal["text", "json"], typer.Option(help="Form of the summary on standard output.")] = "text",
    log_format: Annotated[Literal["text", "json"], typer.Option(help="Form of what goes to standard error.")] = "text",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no summary.")] = False,
) -> None:
    """Read a cohort, analyse it, and write the report."""
    given: dict[str, object] = {
        "seed": seed,
        "cohort": {
            "expression": expression,
            "labels": labels,
            "label_column": label_column,
            "test_expression": test_expression,
        },
        "tests": {"design": design},
        "biomarkers": {"file": biomarkers, "gene_sets": gene_sets},
        "evaluation": {"effort": effort},
        "report": {"title": title, "templates": templates},
        "run": {
            "out": out,
            "jobs": jobs,
            "backend": backend,
            "scheduler": scheduler,
            "format": formats,
            "figures": figures,
            "keep": keep,
            "strict": strict,
        },
    }
    with Progress(quiet=quiet, form=log_format) as progress:
        settings = read_settings(study, assignments=assignments or [], overrides=given)
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
        print(f"Nothing to do: {name} is what this cohort, these settings and these versions make.")
    else:
        print("\n".join((*(f"Built again: {reason.rstrip('.')}." for reason in built.reasons), _told(built))))


def _told(built: Built) -> str:
    places = f"{', '.join(path.name for path in built.written)} in {built.written[0].parent}"
    if built.analysis is None:
        return f"Restored from run {built.restored}: {places}"
    from genereport.report.summary import summary

    return f"{summary(built.analysis)}\n\nWritten: {places}"


def _built_data(built: Built) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if built.analysis:
        from genereport.report.summary import summary_data

        told = summary_data(built.analysis)
    return told | {
        "changed": bool(built.written),
        "reasons": list(built.reasons),
        "restored": built.restored,
        "written": [str(path) for path in built.written],
    }
