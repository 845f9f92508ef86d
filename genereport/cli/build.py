"""``genereport build``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from genereport.cli.app import FORMATS, Figures, Format, app
from genereport.cli.progress import Progress
from genereport.runs import interruption

if TYPE_CHECKING:
    from threading import Thread

    from genereport.results import Analysis
    from genereport.runs.log import RunLog
    from genereport.settings import Settings


@app.command()
def build(
    study: Annotated[
        Path | None,
        typer.Argument(
            help="A study.toml, or a folder or file whose layout is recognised. Default: the simulated cohort."
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="report.pdf or report.html; report_data/ goes beside it.")] = Path(
        "report.pdf"
    ),
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
    jobs: Annotated[int, typer.Option(help="Processes; -1: one per core. Results do not depend on it.")] = -1,
    formats: Annotated[Format | None, typer.Option("--format", help="Only these pages. Default: both.")] = None,
    figures: Annotated[Figures, typer.Option(help="pdf: the figures of the data folder as PDF, too.")] = "svg",
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier report.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with status 3 if there are warnings.")] = False,
    summary: Annotated[Literal["text", "json"], typer.Option(help="Form of the summary on standard output.")] = "text",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no summary.")] = False,
) -> None:
    """Read a cohort, analyse it, and write the report."""
    from genereport.runs.log import RunLog
    from genereport.runs.staging import Target, check

    check(Target.of(out), force=force)
    interruption.sweep()
    cohort = {
        "expression": expression,
        "labels": labels,
        "label_column": label_column,
        "test_expression": test_expression,
    }
    given: dict[str, object] = {
        "seed": seed,
        "tests": {"design": design},
        "biomarkers": {"file": biomarkers, "gene_sets": gene_sets},
        "evaluation": {"effort": effort},
        "report": {"title": title, "templates": templates},
    }
    from genereport.workers import collect_seldom, warm

    collect_seldom()
    settings = _settings(study, assignments or [], given | {"cohort": cohort})
    if settings.report.templates:
        from genereport.report.house import read_house

        read_house(settings.report.templates)  # a refusal need not wait for the analysis
    warm(jobs, ("genereport.learn.engine",))
    log = RunLog()
    log.add_start(jobs)
    analysis = _analyse(settings, jobs, log, quiet=quiet)
    pages: dict[str, Any] = {
        "formats": [formats] if formats else FORMATS,
        "figures": figures,
        "templates": settings.report.templates,
    }
    written = _write(analysis, out, log, quiet=quiet, jobs=jobs, force=force, **pages)
    if not quiet:
        _print_summary(analysis, written, summary)
    if strict and any(finding.severity == "warning" for finding in analysis.quality.findings):
        raise typer.Exit(3)


def _settings(study: Path | None, assignments: list[str], given: dict[str, object]) -> Settings:
    from genereport.settings import read_settings

    return read_settings(study, assignments=assignments, overrides=given)


def _analyse(settings: Settings, jobs: int, log: RunLog, *, quiet: bool) -> Analysis:
    with Progress(log, quiet=quiet) as announce:
        announce("reading", 0, 0)
        from genereport.cohort.reader import read_cohort

        cohort = read_cohort(settings)
        from genereport.pipeline import analyse  # after reading: a refusal need not wait for scikit-learn

        loading: list[Thread] = []

        def advance(stage: str, done: int, total: int) -> None:
            announce(stage, done, total)
            if stage == "resampling" and done == total > 0:
                loading.append(_expect_report(jobs))

        analysis = analyse(cohort, settings, jobs=jobs, progress=advance)
        for thread in loading:
            thread.join()
        return analysis


def _expect_report(jobs: int) -> Thread:
    """While the networks train, the workers are idle and Python is, too: time to load what the report needs."""
    from genereport.workers import load, warm

    warm(jobs, ("genereport.report.pictures",))
    return load(("skops.io", "genereport.runs.store", "weasyprint"))


def _write(analysis: Analysis, out: Path, log: RunLog, *, quiet: bool, **wanted: Any) -> list[Path]:
    with Progress(log, quiet=quiet) as announce:
        announce("report", 0, 0)
        from genereport.runs.store import write_report

        return write_report(analysis, out, log=log, **wanted)


def _print_summary(analysis: Analysis, written: list[Path], form: str) -> None:
    from genereport.report.summary import summary, summary_data

    if form == "json":
        print(json.dumps(summary_data(analysis) | {"written": [str(path) for path in written]}, ensure_ascii=False))
    else:
        print(summary(analysis))
        print(f"\nWritten: {', '.join(path.name for path in written)} in {written[0].parent}")
