"""Many cohorts: each row of a manifest built in a folder of its own, and an index that compares them.

What is done lies on disk, and nothing else remembers it: a row whose report is what its cohort, settings and versions
make is left alone. Only of a row that came to nothing a small file tells why.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from genereport.errors import GenereportError, SettingsError, nearest
from genereport.runs.build import Built, Progress, build_report
from genereport.runs.lock import locked
from genereport.runs.log import RunLog
from genereport.runs.manifest import Entry

Status = Literal["built", "restored", "unchanged", "refused", "failed", "not attempted"]
DONE: tuple[Status, ...] = ("built", "restored", "unchanged")

ATTEMPT, TRACE = "attempt.json", "attempt.log"
"""Beside the report that could not be built: what became of the last attempt, and the traceback of a defect."""

PAGE = "report.pdf"

Build = Callable[..., Built]
Listen = Callable[[Entry, int], AbstractContextManager[tuple[RunLog, Progress]]]
"""Told the cohort that comes next and its place; gives the log of its run, and what is told how far it is."""


class Outcome(BaseModel):
    """What became of a cohort.

    Attributes:
        name: Of the cohort.
        status: ``built``, ``restored`` (an altered report put right from its kept run), ``unchanged``, ``refused``
            (something is wrong with its files or settings), ``failed`` (a defect of genereport) or ``not attempted``.
        code: Of the refusal.
        message: The refusal in one paragraph, or the last line of the traceback.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    status: Status
    code: str = ""
    message: str = ""


@dataclass(frozen=True)
class Plan:
    """How all cohorts are built.

    Attributes:
        folder: Where their folders and the index go.
        assignments: Settings for all of them, as ``--set`` takes them; a cohort's own go before.
        run: How the runs are carried out, see `settings.RunSettings`.
        force: Build again what is there.
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
    told: Callable[[Outcome], None] = lambda _: None,
    build: Build = build_report,
) -> tuple[Outcome, ...]:
    """Build each cohort; one that cannot be built does not stop the rest. Ends with the index.

    Args:
        entries: Of the manifest.
        plan: How they are built.
        only: Names of those to build; none: all.
        listen: Told what comes next.
        told: Told what became of each that was attempted.
        build: What builds one report.

    Returns:
        What became of each, in the order of the manifest.

    Raises:
        SettingsError: GR001, GR002 a setting for all will not do; GR634 the manifest has no cohort of a name in `only`.
        LockedError: GR404 another batch runs in that folder.
        OutputError: GR402 the folder cannot be written.
    """
    from genereport.settings import resolve

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
            with listen(entry, number) if listen else nullcontext((RunLog(), _silent)) as (log, progress):
                outcomes.append(_attempt(entry, plan, build, log, progress))
            told(outcomes[-1])
        from genereport.runs.index import write_index

        write_index(outcomes, plan.folder)
    return tuple(outcomes)


def last_attempt(folder: Path, name: str) -> Outcome:
    """What became of the last attempt at a cohort, as far as its folder tells."""
    with suppress(OSError, ValidationError):
        return Outcome.model_validate_json((folder / ATTEMPT).read_bytes())
    return Outcome(name=name, status="not attempted")


def exit_status(outcomes: Iterable[Outcome]) -> int:
    """0: all is done; 1: a defect stopped one; 2: one was refused."""
    found = {outcome.status for outcome in outcomes}
    return 1 if "failed" in found else 2 if "refused" in found else 0


def _attempt(entry: Entry, plan: Plan, build: Build, log: RunLog, progress: Progress) -> Outcome:
    folder = plan.folder / entry.name
    try:
        settings = entry.settings(plan.assignments, {**plan.run, "out": folder / PAGE})
        built = build(settings, force=plan.force, if_changed=not plan.force, log=log, progress=progress)
    except GenereportError as error:
        outcome = Outcome(name=entry.name, status="refused", code=error.code, message=str(error))
        _remember(folder, outcome, "")
    except Exception as error:  # noqa: BLE001 - a defect that one cohort brings to light; the others go on
        told = traceback.format_exception_only(error)[-1].strip()
        outcome = Outcome(name=entry.name, status="failed", message=told)
        _remember(folder, outcome, traceback.format_exc())
    else:
        status: Status = "restored" if built.restored else "built" if built.written else "unchanged"
        outcome = Outcome(name=entry.name, status=status)
        _forget(folder)
    return outcome


def _remember(folder: Path, outcome: Outcome, trace: str) -> None:
    """Written last is what counts; a folder that cannot be written has told so already."""
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


def _silent(stage: str, done: int, total: int) -> None:  # noqa: ARG001
    return None
