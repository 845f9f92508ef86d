"""Build one report from settings: read, analyse, write and keep it, unless the report that is there is up to date."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from genereport.errors import VerificationError
from genereport.locations import fetching_once
from genereport.runs import signals as interruption
from genereport.runs.atomic_replace import Target, abandon, check, claim, commit, recover
from genereport.runs.crate import read_crate
from genereport.runs.fingerprint import EVENT, changes, fingerprint, read_fingerprint
from genereport.runs.history import Run, kept_runs, key_figures, prune, restage, trend
from genereport.runs.integrity import file_differences
from genereport.runs.lock import Lock, locked
from genereport.runs.log import RunLog
from genereport.runs.pages import PAGE_FORMATS
from genereport.runs.watch import Watch
from genereport.runs.writing import writing

if TYPE_CHECKING:
    from genereport.analysis import Analysis
    from genereport.errors import Finding
    from genereport.pipeline import OnProgress
    from genereport.settings import Settings

DEFAULT = Path("report.pdf")


@dataclass(frozen=True, eq=False)
class Built:
    """The result of a build.

    Attributes:
        written: The paths that were written; empty if there was nothing to do.
        reasons: Why there was something to do, in words, if `if_changed` was given.
        restored: Name of the kept run that replaced a report which had been altered.
        analysis: The analysis behind the report; None if nothing was analysed.
        notes: Findings about the lab's own templates.
    """

    written: tuple[Path, ...]
    reasons: tuple[str, ...] = ()
    restored: str = ""
    analysis: Analysis | None = None
    notes: tuple[Finding, ...] = ()


def build_report(
    settings: Settings,
    *,
    force: bool = False,
    if_changed: bool = False,
    log: RunLog | None = None,
    progress: OnProgress | None = None,
) -> Built:
    """Build the report that the settings describe, and keep the run.

    Args:
        settings: Resolved settings; ``settings.run`` says where the report goes and how the work is shared.
        force: Whether to replace any report that is there.
        if_changed: Do nothing if the report there was made from the same inputs, settings and versions and is intact;
            restore it from the kept run if only the report was altered; else replace it if genereport wrote it.
        log: The log that is written to ``log.jsonl``.
        progress: Called as the work advances.

    Raises:
        LockedError: GR404 if another run is writing to that folder.
        GenereportError: If the cohort, the settings or the folder is refused; an earlier report stays.
    """
    target = Target.of(settings.run.out or DEFAULT)
    with locked(target.folder) as lock, fetching_once():
        interruption.sweep()
        standing = _find_standing(settings, target) if if_changed else None
        if standing and not standing.reasons:
            return Built(())
        if standing and standing.twin:
            return Built(_restore(standing.twin, target), standing.reasons, standing.twin.name)
        force = force or (standing is not None and standing.own)
        check(target, force=force)
        log = log or RunLog()
        notes = _notes_on_templates(settings, log)
        analysis, written = _build(settings, target, log, progress or (lambda *_: None), lock, force=force)
        if settings.run.keep:
            prune(target, settings.run.keep)
        return Built(written, standing.reasons if standing else (), analysis=analysis, notes=notes)


@dataclass(frozen=True)
class _Standing:
    """The state of the report that is there, compared with the one that is asked for.

    Attributes:
        reasons: Why it has to be replaced; empty if it is up to date.
        own: Whether it was written by genereport, so that it may be replaced.
        twin: The kept run that equals the report asked for, if only the report itself was altered.
    """

    reasons: tuple[str, ...]
    own: bool
    twin: Run | None = None


def _find_standing(settings: Settings, target: Target) -> _Standing:
    recover(target)
    if not target.present():
        return _Standing(("there is no report yet",), own=True)
    data = target.folder / f"{target.stem}_data"
    runs = kept_runs(target)
    altered, own = _find_altered(data)
    earlier = read_fingerprint(data if own else runs[-1].data) if own or runs else None
    if earlier is None:
        return _Standing(("it is not known from which inputs the report was made",), own)
    changed = tuple(changes(earlier, settings))
    if changed or not altered:
        return _Standing(changed, own or bool(runs))
    twin = runs[-1] if runs and runs[-1].name.endswith(earlier.digest[:8]) and runs[-1].intact() else None
    return _Standing(altered, own or bool(runs), twin)


def _find_altered(data: Path) -> tuple[tuple[str, ...], bool]:
    """Return the files that are not as they were written, in words, and whether genereport wrote the report."""
    try:
        differences = file_differences(data, read_crate(data))
        return tuple(f"{one.file}: {one.message}" for one in differences), True
    except (OSError, VerificationError):
        return (f"{data.name} does not hold the data of a report",), False


def _restore(run: Run, target: Target) -> tuple[Path, ...]:
    try:
        claim(target, force=True)
        with writing("The report", target.folder):
            restage(run, target)
        return tuple(commit(target))
    finally:
        abandon(target)


def _notes_on_templates(settings: Settings, log: RunLog) -> tuple[Finding, ...]:
    """Return the findings about the lab's templates; an error in them is raised before the analysis starts."""
    if not settings.report.templates:
        return ()
    # Loads pandas, matplotlib and Jinja: 1.2 s.
    from genereport.report.theme_folder import read_theme

    notes = read_theme(settings.report.templates).notes
    for note in notes:
        log.add("note", code=note.code, subject=note.subject, message=note.message)
    return notes


def _build(
    settings: Settings, target: Target, log: RunLog, progress: OnProgress, lock: Lock, *, force: bool
) -> tuple[Analysis, tuple[Path, ...]]:
    analysis, digest = _analyse(settings, log, progress)
    lock.require_held()
    key = key_figures(analysis, digest)
    analysis = analysis.with_results(trend=trend(target, key))
    progress("report", 0, 0)
    # Loads pandas, matplotlib and Jinja: 1.1 s.
    from genereport.runs.store import write_report

    run = settings.run
    written = write_report(
        analysis,
        target.folder / target.names[0],
        formats=PAGE_FORMATS if run.format == "both" else (run.format,),
        figures=run.figures,
        templates=settings.report.templates,
        force=force,
        jobs=run.jobs,
        backend="loky" if run.backend == "dask" else run.backend,  # drawn locally: other machines may lack the fonts
        log=log,
        key=key,
    )
    return analysis, tuple(written)


def _analyse(settings: Settings, log: RunLog, progress: OnProgress) -> tuple[Analysis, str]:
    """Read and analyse the cohort; return the analysis and the digest of its settings, versions and inputs."""
    # Loads NumPy and joblib: 0.14 s.
    from genereport.parallel import collect_seldom, warm

    run = settings.run
    collect_seldom()
    warm(run.jobs, ("genereport.learn.engine",))
    log.add_start(run.jobs)
    progress("reading", 0, 0)
    # Loads pandas: 0.47 s.
    from genereport.cohort.markers import read_knowledge
    from genereport.cohort.reader import read_cohort

    cohort = read_cohort(settings)
    read_knowledge(settings.biomarkers, cohort.classes)  # refuse these files before their digests are taken
    watch = Watch.of(cohort.sources)
    made_from = fingerprint(settings, {source.path: source.sha256 for source in cohort.sources if source.path})
    log.add(EVENT, content=made_from.model_dump(mode="json"))
    # Loads scikit-learn and matplotlib: 2.9 s. A refusal of the files does not wait for it.
    from genereport.pipeline import analyse

    loading: list[Thread] = []

    def advance(stage: str, done: int, total: int) -> None:
        progress(stage, done, total)
        if stage == "resampling" and done == total > 0:
            loading.append(_expect_report(run.jobs))

    analysis = analyse(cohort, settings, jobs=run.jobs, backend=run.backend, scheduler=run.scheduler, progress=advance)
    for thread in loading:
        thread.join()
    watch.require_unchanged()
    return analysis, made_from.digest


def _expect_report(jobs: int) -> Thread:
    """Load the modules that the report needs while the networks train and the workers are idle."""
    # Loads NumPy and joblib: 0.14 s.
    from genereport.parallel import load, warm

    warm(jobs, ("genereport.report.pictures", "genereport.analyses"))
    return load(("skops.io", "genereport.runs.store", "weasyprint"))
