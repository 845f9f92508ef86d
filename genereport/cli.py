"""The command line: parse, call, exit code; the only place that prints.

Exit status: 0 done; 1 a defect of genereport; 2 the command, the settings or the cohort is wrong; 3 done with warnings
under ``--strict``; 130 interrupted, 143 asked to end by SIGTERM.
"""

from __future__ import annotations

import json
import sys
import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from genereport import __version__
from genereport.errors import GenereportError, SettingsError, nearest
from genereport.resources import folder
from genereport.runs import interruption

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Thread

    from genereport.results import Analysis
    from genereport.runs.log import RunLog
    from genereport.settings import Settings

app = typer.Typer(
    help="From a gene-expression cohort to the statistical report a careful biostatistician would attach to a paper.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """Entry point of ``genereport``."""
    status = run()
    if "genereport.workers" in sys.modules and isinstance(status, int | None):
        interruption.leave(status or 0)  # all is done; to take TensorFlow and the workers down in order takes seconds
    sys.exit(status)


def run() -> str | int | None:
    """Do what the command line asks for; a refusal becomes one paragraph and exit status 2.

    Returns:
        The exit status.
    """
    try:
        with interruption.listening():
            app()
    except GenereportError as error:
        print(f"genereport: {error}", file=sys.stderr)
        return 2
    except SystemExit as done:
        return done.code
    return 0


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"genereport {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[  # noqa: ARG001
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    return None


Format = Literal["pdf", "html"]
FORMATS: tuple[Format, ...] = ("pdf", "html")
Figures = Literal["svg", "pdf"]


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


class Progress:
    """Stages on standard error: a bar with the time left on a terminal, plain lines otherwise; into the log always."""

    def __init__(self, log: RunLog, *, quiet: bool) -> None:
        self.log = log
        self.console = Console(stderr=True, quiet=quiet, highlight=False)
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
        self.bar = Bar(*columns, console=self.console, transient=True) if self.console.is_terminal else None
        self.task = self.bar.add_task("", total=None) if self.bar else None

    def __enter__(self) -> Callable[[str, int, int], None]:
        if self.bar:
            self.bar.start()
        return self._announce

    def __exit__(self, *exception: object) -> None:
        if self.bar:
            self.bar.stop()

    def _announce(self, stage: str, done: int, total: int) -> None:
        if not total:
            self.log.add("stage", name=stage)
        if self.bar is not None and self.task is not None:
            if done == 0:
                self.bar.reset(self.task, description=stage, total=total or None)
            self.bar.update(self.task, completed=done)
        elif not total:
            self.console.print(f"{self.log.events[-1]['seconds']:8.1f} s  {stage}")


def _print_summary(analysis: Analysis, written: list[Path], form: str) -> None:
    from genereport.report.summary import summary, summary_data

    if form == "json":
        print(json.dumps(summary_data(analysis) | {"written": [str(path) for path in written]}, ensure_ascii=False))
    else:
        print(summary(analysis))
        print(f"\nWritten: {', '.join(path.name for path in written)} in {written[0].parent}")


@app.command()
def demo(
    directory: Annotated[Path, typer.Argument(help="Where to write the simulated cohort.")],
    seed: Annotated[int, typer.Option(help="Seed of the simulation.", min=0)] = 1999,
) -> None:
    """Write the simulated cohort as files, with a study.toml to build from."""
    from genereport.cohort.demo import write_demo

    for path in write_demo(directory, seed):
        print(path)


@app.command()
def render(
    data: Annotated[Path, typer.Argument(help="The report_data folder of a finished report.")],
    out: Annotated[Path, typer.Option(help="report.pdf or report.html.")],
    templates: Annotated[
        Path | None, typer.Option(help="Folder with a logo, colours, sections and wording of your own.")
    ] = None,
    formats: Annotated[Format | None, typer.Option("--format", help="Only these pages. Default: both.")] = None,
    figures: Annotated[Figures, typer.Option(help="pdf: the figures of the data folder as PDF, too.")] = "svg",
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier report.")] = False,
) -> None:
    """Make the pages again from stored results, without the cohort."""
    from genereport.workers import collect_seldom, warm

    collect_seldom()
    warm(-1, ("genereport.report.pictures",))
    from genereport.runs.store import read_analysis, write_report

    pages: dict[str, Any] = {"formats": [formats] if formats else FORMATS, "figures": figures, "templates": templates}
    written = write_report(read_analysis(data), out, force=force, **pages)
    print(f"Written: {', '.join(path.name for path in written)} in {written[0].parent}")


@app.command()
def verify(
    report: Annotated[Path, typer.Argument(help="The report_data folder of a finished report, or the page beside it.")],
    summary: Annotated[Literal["text", "json"], typer.Option(help="Form of what goes to standard output.")] = "text",
) -> None:
    """Check every file of a report by its SHA-256, and every printed number against the stored results."""
    from genereport.runs.verify import verify_report

    found = verify_report(report)
    print(json.dumps(asdict(found)) if summary == "json" else found)
    found.require(report)


@app.command()
def schema() -> None:
    """Print the JSON Schema of study.toml, for editors."""
    from genereport.settings import Settings

    print(json.dumps(Settings.model_json_schema(), indent=2))


@app.command()
def explain(code: Annotated[str, typer.Argument(help="A code such as GR106.")]) -> None:
    """Tell more about a message."""
    entries = tomllib.loads((folder("data") / "codes.toml").read_text(encoding="utf-8"))
    entry = entries.get(code.upper())
    if entry is None:
        raise SettingsError("GR004", f"There is no message '{code}'.", nearest(code.upper(), entries))
    print(f"{code.upper()}: {entry['title']}\n\n{entry['explanation'].strip()}")
