"""The options that say what is built and how: one list for every command that takes a study."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genereport.cli.parameters import Assignments, Backend, Jobs, LabelColumn, OnlyPage, Scheduler
from genereport.runs.pages import FigureFormat
from genereport.settings import read_settings

if TYPE_CHECKING:
    from genereport.settings import Settings

SETTINGS = {
    "expression": "cohort.expression",
    "labels": "cohort.labels",
    "label_column": "cohort.label_column",
    "test_expression": "cohort.test_expression",
    "annotation": "cohort.annotation",
    "contrasts": "cohort.contrasts",
    "design": "tests.design",
    "biomarkers": "biomarkers.file",
    "gene_sets": "biomarkers.gene_sets",
    "templates": "report.templates",
    "seed": "seed",
    "effort": "evaluation.effort",
    "title": "report.title",
    "out": "run.out",
    "jobs": "run.jobs",
    "backend": "run.backend",
    "scheduler": "run.scheduler",
    "formats": "run.format",
    "figures": "run.figures",
    "keep": "run.keep",
    "strict": "run.strict",
}
"""Option, by the name of its parameter → the setting that it sets."""


@dataclass(frozen=True)
class Asked:
    """A study and its settings, as given on a command line.

    Attributes:
        study: A study file, a folder or a matrix; None for the simulated cohort.
        assignments: Texts given to ``--set``.
        given: Setting or section → value, for `read_settings`.
    """

    study: str | None
    assignments: tuple[str, ...]
    given: dict[str, Any]

    def settings(self) -> Settings:
        """Return the resolved settings.

        Raises:
            SettingsError: If they cannot be resolved.
        """
        return read_settings(self.study, assignments=self.assignments, overrides=self.given)


def asked(
    study: Annotated[
        str | None,
        typer.Argument(
            metavar="STUDY",
            help="A study.toml, or a folder or matrix whose layout is recognised. Default: the simulated cohort.",
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Report, .pdf or .html; other files go beside it. Default: report.pdf in the current folder.",
        ),
    ] = None,
    expression: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Expression matrix: CSV or TSV, genes × samples or samples × genes; GCT; GEO series matrix; workbook, "
            "Parquet, .h5ad, .rds or .rda, of which a part is named as in 'F.xlsx#Raw counts'.",
        ),
    ] = None,
    labels: Annotated[
        str | None, typer.Option(metavar="FILE", help="Sample sheet: per sample an id, a class and any covariates.")
    ] = None,
    label_column: LabelColumn = None,
    test_expression: Annotated[
        str | None, typer.Option(metavar="FILE", help="Expression matrix of an independent set, in the same layout.")
    ] = None,
    annotation: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Gene symbols of the ids: a GPL table of GEO, a Bioconductor export, a manifest."
        ),
    ] = None,
    contrasts: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Contrasts to test, as nf-core has them: id,variable,reference,target."),
    ] = None,
    design: Annotated[
        str | None,
        typer.Option(
            metavar="FORMULA", help='Linear model of the tests in the notation of R, e.g. "~ class + centre".'
        ),
    ] = None,
    biomarkers: Annotated[
        str | None, typer.Option(metavar="FILE", help="Your own marker list, CSV or TSV. Default: the bundled list.")
    ] = None,
    gene_sets: Annotated[
        str | None, typer.Option(metavar="FILE", help="Gene sets to test for enrichment, a GMT file.")
    ] = None,
    templates: Annotated[
        str | None,
        typer.Option(metavar="FOLDER", help="Folder with your own logo, colours, sections and templates."),
    ] = None,
    assignments: Assignments = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed from which all random numbers are derived. Default: 1999.")
    ] = None,
    effort: Annotated[
        str | None,
        typer.Option(
            help="quick: 5 folds once; standard (default): 5 folds ten times; thorough: tuned, with permuted labels."
        ),
    ] = None,
    title: Annotated[
        str | None, typer.Option(help="Title of the report. Default: from the names of the classes.")
    ] = None,
    jobs: Jobs = None,
    backend: Backend = None,
    scheduler: Scheduler = None,
    formats: OnlyPage = None,
    figures: Annotated[
        FigureFormat | None,
        typer.Option(help="Format of the figures in the data folder; pdf: SVG and PDF. Default: svg."),
    ] = None,
    keep: Annotated[
        int | None, typer.Option(min=1, help="Number of the newest runs to keep in runs/. Default: all runs.")
    ] = None,
    strict: Annotated[
        bool | None, typer.Option("--strict", help="Exit with status 3 if there are warnings.", show_default=False)
    ] = None,
) -> Asked:
    """Return the study and the settings that these options give; `SETTINGS` maps each parameter to its setting."""
    values = locals()
    given: dict[str, Any] = {}
    for option, setting in SETTINGS.items():
        section, _, key = setting.partition(".")
        if key:
            given.setdefault(section, {})[key] = values[option]
        else:
            given[section] = values[option]
    return Asked(study, tuple(assignments or ()), given)


def takes_study(command: Callable[..., None]) -> Callable[..., None]:
    """Return the command with the options of `asked` before its own; it receives what `asked` returns first."""
    theirs = inspect.signature(asked, eval_str=True).parameters
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]

    def run(**values: Any) -> None:
        command(asked(**{name: values.pop(name) for name in theirs}), **values)

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    parameters = [*theirs.values(), *own]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run
