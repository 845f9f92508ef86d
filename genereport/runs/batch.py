"""Build many cohorts: each row of a manifest in a folder of its own, and an index that compares them.

The state of a batch lies on disk only. A row is left alone if its report is what its cohort, settings and versions
make. A small file records why a row could not be built.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from genereport.errors import GenereportError, SettingsError, nearest
from genereport.runs.build import Built, build_report
from genereport.runs.lock import locked
from genereport.runs.log import RunLog
from genereport.runs.manifest import Entry
from genereport.settings import resolve

if TYPE_CHECKING:
    from genereport.pipeline import OnProgress

    Listen = Callable[[Entry, int], AbstractContextManager[tuple[RunLog, OnProgress]]]
    """Called with the next cohort and its position; yields the log of its run, and the function that reports progress.
    """

Status = Literal["built", "restored", "unchanged", "refused", "failed", "not attempted"]
DONE: tuple[Status, ...] = ("built", "restored", "unchanged")

ATTEMPT, TRACE = "attempt.json", "attempt.log"
"""Files beside a report that could not be built: the outcome of the last attempt, and the traceback of a defect."""

PAGE = "report.pdf"

Build = Callable[..., Built]


class Outcome(BaseModel):
    """The outcome of the attempt to build a cohort.

    Attributes:
        name: Name of the cohort.
        status: ``built``, ``restored`` (an altered report was replaced by its kept run), ``unchanged``, ``refused``
            (something is wrong with its files or settings), ``failed`` (a defect of genereport) or ``not attempted``.
        code: Code of the refusal.
        message: The refusal in one paragraph, or the last line of the traceback.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    status: Status
    code: str = ""
    message: str = ""


@dataclass(frozen=True)
class Plan:
    """Instructions that hold for all cohorts of a batch.

    Attributes:
        folder: The folder for the folders of the cohorts and for the index.
        assignments: Settings for all cohorts, in the form of ``--set``; the settings of a cohort take precedence.
        run: Values of `settings.RunSettings` for every run.
        force: Whether to build again what is there.
    """

    folder: Path
    assignments: tuple[str, ...] = ()
    run: dict[str, object] = field(default_factory=dict)
    force: bool = False


def run_batch(
    entries: Sequence[Entry],
    plan: Plan,
    *,
    only: Collection[str] = (),
    listen: Listen | None = None,
    on_outcome: Callable[[Outcome], None] = lambda _: None,
    build: Build = build_report,
) -> tuple[Outcome, ...]:
    """Build each cohort, and write the index at the end. A cohort that cannot be built does not stop the others.

    Args:
        entries: Entries of the manifest.
        plan: Instructions that hold for all cohorts.
        only: Names of the cohorts to build; all if empty.
        listen: Called before each cohort.
        on_outcome: Called with the outcome of each cohort that was attempted.
        build: The function that builds one report.

    Returns:
        The outcome of each cohort, in the order of the manifest.

    Raises:
        SettingsError: GR001, GR002 if a setting for all cohorts is not valid; GR634 if a name in `only` is not in the
            manifest.
        LockedError: GR404 if another batch runs in that folder.
        OutputError: GR402 if the folder cannot be written.
    """
    resolve(assignments=plan.assignments, overrides={"run": plan.run})
    for name in only:
        if name not in {entry.name for entry in entries}:
            remedy = nearest(name, (entry.name for entry in entries))
            raise SettingsError("GR634", f"The manifest has no cohort '{name}'.", remedy)
    with locked(plan.folder):
        outcomes: list[Outcome] = []
        for number, entry in enumerate(entries, 1):
            if only and entry.name not in only:
                outcomes.append(last_attempt(plan.folder / entry.name, entry.name))
                continue
            with listen(entry, number) if listen else nullcontext((RunLog(), lambda *_: None)) as (log, progress):
                outcomes.append(_attempt(entry, plan, build, log, progress))
            on_outcome(outcomes[-1])
        # Loads pandas, matplotlib and Jinja: 1.3 s.
        from genereport.runs.index import write_index

        write_index(outcomes, plan.folder)
    return tuple(outcomes)


def last_attempt(folder: Path, name: str) -> Outcome:
    """Return the outcome of the last attempt at a cohort, as its folder records it."""
    with suppress(OSError, ValidationError):
        return Outcome.model_validate_json((folder / ATTEMPT).read_bytes())
    return Outcome(name=name, status="not attempted")


def exit_status(outcomes: Iterable[Outcome]) -> int:
    """Return 1 if a defect stopped a cohort, else 2 if one was refused, else 0."""
    found = {outcome.status for outcome in outcomes}
    return 1 if "failed" in found else 2 if "refused" in found else 0


def _attempt(entry: Entry, plan: Plan, build: Build, log: RunLog, progress: OnProgress) -> Outcome:
    folder = plan.folder / entry.name
    try:
        settings = entry.settings(plan.assignments, {**plan.run, "out": folder / PAGE})
        built = build(settings, force=plan.force, if_changed=not plan.force, log=log, progress=progress)
    except GenereportError as error:
        outcome = Outcome(name=entry.name, status="refused", code=error.code, message=str(error))
        _remember(folder, outcome, "")
    except Exception as error:  # noqa: BLE001 - a defect that one cohort reveals must not stop the others
        told = traceback.format_exception_only(error)[-1].strip()
        outcome = Outcome(name=entry.name, status="failed", message=told)
        _remember(folder, outcome, traceback.format_exc())
    else:
        status: Status = "restored" if built.restored else "built" if built.written else "unchanged"
        outcome = Outcome(name=entry.name, status=status)
        _forget(folder)
    return outcome


def _remember(folder: Path, outcome: Outcome, trace: str) -> None:
    """Record a failed attempt. The outcome is written last. A folder that cannot be written was reported already."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        _forget(folder)
        if trace:
            (folder / TRACE).write_text(trace, encoding="utf-8")
        new = folder / f".{ATTEMPT}.new"
        new.write_text(outcome.model_dump_json(indent=2) + "\n", encoding="utf-8")
        new.replace(folder / ATTEMPT)


def _forget(folder: Path) -> None:
    for name in (ATTEMPT, TRACE):
        (folder / name).unlink(missing_ok=True)
