"""Apply a frozen model: read the model and the new samples, check that they are comparable, write the report."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from threadpoolctl import threadpool_limits

from genereport.analyses.new_samples import FILES
from genereport.analyses.new_samples.prediction import Application, named_first
from genereport.analyses.new_samples.result import CHECKS, Applied
from genereport.analyses.stage import stage_rng
from genereport.cohort.binary.opening import opening_once
from genereport.cohort.new_samples import NewSamples, read_new_samples
from genereport.cohort.tables import require_file
from genereport.cohort.wording import opposed
from genereport.errors import BundleError, SettingsError, nearest
from genereport.learn.frozen import FinalModels, load_models
from genereport.learn.manifest import MANIFEST
from genereport.locations import Location, fetching_once
from genereport.parallel import shared
from genereport.pipeline import input_files, this_platform
from genereport.report.archive import Attachment
from genereport.report.bibliography import bibtex
from genereport.report.new_samples import compose_applied
from genereport.report.pictures import Pictures
from genereport.report.render import to_html, to_pdf
from genereport.runs.atomic_replace import Target, abandon, claim, commit, staged
from genereport.runs.figures import write_figures
from genereport.runs.log import RunLog
from genereport.runs.pages import PageFormat
from genereport.runs.stored import beside
from genereport.runs.tables import write_table
from genereport.runs.writing import writing
from genereport.settings import Settings
from genereport.versions import package_versions


@dataclass(frozen=True)
class Query:
    """A model and the samples that it is to be applied to.

    Attributes:
        model: The folder of the model, the report_data folder around it, or a page beside that folder.
        expression: Expression matrix of the new samples.
        labels: Sample sheet of the new samples, if there is one.
        label_column: Column of the sheet that holds the class. Default: ``cohort.label_column`` of the settings, else
            the only column with a customary name.
        override: Checks whose *do not interpret* is to be ignored.
    """

    model: Path
    expression: Location
    labels: Location | None = None
    label_column: str | None = None
    override: tuple[str, ...] = ()


def apply_model(query: Query, settings: Settings, log: RunLog | None = None) -> Applied:
    """Compare new samples with the training set of a frozen model, and predict them unless they are not comparable.

    Nothing is fitted. The scale of the values is not detected in order to transform them.

    Args:
        query: The model and the samples.
        settings: Resolved settings, of which ``apply``, ``cohort``, ``evaluation.bootstrap`` and ``report`` are used;
            of ``cohort``, those that name the column of the class, choose samples, or merge duplicate genes.
        log: Receives an event for each step.

    Raises:
        BundleError: GR601 to GR603, GR610, GR616 if the model cannot be used.
        CohortError: GR1xx, GR612, GR613, GR617, GR619 if the samples cannot be read, chosen, or brought to the scale of
            the model; GR618 if the model was trained on some of them.
        SettingsError: GR614 if a check that is to be overridden does not exist.
    """
    log = log or RunLog()
    _require_checks(query.override)
    for flag, path in (("MODEL", query.model), ("--expression", query.expression), ("--labels", query.labels)):
        if path is not None:
            require_file(path, flag)
    files = read_model(query.model)
    with threadpool_limits(1):  # as in the build: the last digits of a sum must not depend on the machine's cores
        final = load_models(files)
        named_first(final)
        log.add("loaded", models=len(final.models))
        new_samples = _read_query(query, final, settings)
        log.add("read", samples=len(new_samples.labels))
        application = Application(settings.apply, frozenset(query.override), settings.evaluation.bootstrap)
        found = application.run(final, files[MANIFEST], new_samples, stage_rng(settings.seed, "applied"))
    log.add("applied", level=found["gate"].level, withheld=found["gate"].withheld)
    return _apply(final, new_samples, found, settings)


def _apply(final: FinalModels, new_samples: NewSamples, found: dict[str, object], settings: Settings) -> Applied:
    development = named_first(final)
    stored = settings.model_dump(mode="json")
    stored["tests"]["confidence"] = development.confidence
    return Applied(
        title=settings.report.title or f"{opposed(final.classes)}: a frozen model applied",
        simulated=development.simulated,
        settings=stored,
        inputs=input_files(new_samples.sources),
        versions=package_versions(),
        platform=this_platform(),
        **found,  # type: ignore[arg-type]
    )


def _read_query(query: Query, final: FinalModels, settings: Settings) -> NewSamples:
    with fetching_once(), opening_once():
        return read_new_samples(
            query.expression,
            final.reference.measured.genes,
            final.classes,
            labels=query.labels,
            label=query.label_column or settings.cohort.label_column,
            settings=settings.cohort,
        )


def _require_checks(names: Iterable[str]) -> None:
    for name in names:
        if name not in CHECKS:
            problem = f"There is no check '{name}' to override."
            raise SettingsError("GR614", problem, nearest(name, CHECKS), "--override")


def read_model(path: Path) -> dict[str, bytes]:
    """Return file name → content of the bundle of a frozen model.

    Args:
        path: A folder of models, a data folder, or a page beside a data folder.

    Raises:
        BundleError: GR610 if there is no frozen model, or it cannot be read.
    """
    data = beside(path)
    folder = next((each for each in (data, data / "model") if (each / MANIFEST).is_file()), None)
    if folder is None:
        _require_compared(data)
        raise BundleError(
            "GR610",
            f"There is no frozen model: neither {MANIFEST} nor model/{MANIFEST} is in '{data.name}'.",
            "Name the folder report_data/model of a report, or report_data, or the page beside it.",
            str(path),
        )
    try:
        return {each.name: each.read_bytes() for each in sorted(folder.iterdir()) if each.is_file()}
    except OSError as error:
        problem = f"The frozen model cannot be read ({error.strerror or error})."
        raise BundleError("GR610", problem, "Give yourself permission to read it.", str(folder)) from error


def _require_compared(data: Path) -> None:
    """Refuse a report that compares no classifiers, and give the reason that the report states.

    Raises:
        BundleError: GR610 if the report states why it has no models.
    """
    try:
        reason = json.loads((data / "results.json").read_bytes())["models"]["skipped"]
    except (OSError, ValueError, KeyError, TypeError):
        return
    raise BundleError(
        "GR610",
        f"The report has no frozen model, because it compares no classifiers. {reason}",
        "Apply the model of another report.",
        str(data),
    )


def write_applied(
    applied: Applied,
    out: Path | str,
    *,
    formats: Collection[PageFormat] = ("pdf", "html"),
    force: bool = False,
    jobs: int = -1,
    log: RunLog | None = None,
) -> list[Path]:
    """Write the pages and the data folder; an earlier report is replaced as a whole or stays as it was.

    Args:
        applied: Results to report.
        out: ``applied.pdf`` or ``applied.html``; the other names follow from it.
        formats: Pages to write.
        force: Whether to replace what is there.
        jobs: Number of processes that share the drawing; −1 for one per core.
        log: The log that is written to ``log.jsonl``.

    Returns:
        The paths that were written.

    Raises:
        OutputError: GR401 if something is there already, GR402 if the folder cannot be written, GR403 if the name does
            not end in .pdf or .html.
        RenderError: GR501 if the document cannot be rendered.
    """
    target = Target.of(Path(out))
    try:
        claim(target, force=force)
        with shared(jobs), writing("The report", target.folder):
            _write(applied, target, formats, log or RunLog())
        return commit(target)
    finally:
        abandon(target)


def _write(applied: Applied, target: Target, formats: Collection[PageFormat], log: RunLog) -> None:
    new = staged(target)
    data = new / f"{target.stem}_data"
    data.mkdir()
    (data / "applied.json").write_text(applied.to_json() + "\n", encoding="utf-8")
    for name, table in FILES.items():
        write_table(table(applied), data / f"{name}.tsv")
    document = compose_applied(applied)
    (data / "references.bib").write_text(bibtex(entry.key for entry in document.references), encoding="utf-8")
    pictures = Pictures.of(document, paper="pdf" in formats)
    if "pdf" in formats:
        (new / f"{target.stem}.pdf").write_bytes(to_pdf(document, pictures, _attachments(data)))
    write_figures(pictures, data / "figures")
    if "html" in formats:
        (new / f"{target.stem}.html").write_text(to_html(document, pictures), encoding="utf-8")
    log.add("rendered", formats=sorted(formats))
    log.add_warnings()
    (data / "log.jsonl").write_text(log.text(), encoding="utf-8")


def _attachments(data: Path) -> tuple[Attachment, ...]:
    kind = "text/tab-separated-values"
    tables = [Attachment(p.name, p.read_bytes(), f"Table {p.stem}", kind, "Data") for p in sorted(data.glob("*.tsv"))]
    stored = Attachment("applied.json", (data / "applied.json").read_bytes(), "Results", "application/json", "Source")
    return (*tables, stored)
