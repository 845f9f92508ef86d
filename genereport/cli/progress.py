"""Messages on standard error: the progress of a command, and why it was refused."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.progress import Progress as Bar
from rich.text import Text

from genereport.errors import GenereportError, LockedError
from genereport.locations import redacted
from genereport.runs.log import RunLog
from genereport.runs.signals import write_error_line

if TYPE_CHECKING:
    from types import TracebackType

LogFormat = Literal["text", "json"]
Clock = Callable[[], float]

_FEWEST = 2
"""Pieces of work that must be done before the time left is estimated."""

_EARLY = 5.0
"""Seconds of work before the time left is estimated."""

_SHORTEST = 10.0
"""Seconds left below which no time is shown."""

_INTERVAL = 15.0
"""Seconds between two lines about the progress of a stage."""


class TimeLeft:
    """The time that the rest of a stage takes, by the mean pace of its finished pieces of work.

    Args:
        clock: Returns the time (s).
    """

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self.clock = clock
        self.started = clock()
        self.ends: float | None = None

    def start(self) -> None:
        """Forget the work before: a stage, or a new part of one, begins now."""
        self.started, self.ends = self.clock(), None

    def update(self, done: int, total: int) -> None:
        """Estimate when all of `total` pieces are finished, of which `done` are."""
        now = self.clock()
        elapsed = now - self.started
        if done >= _FEWEST and elapsed >= _EARLY:
            self.ends = now + elapsed / done * (total - done)

    def seconds(self) -> float | None:
        """Return the time left (s); None if it is not known yet, or below ten seconds."""
        left = None if self.ends is None else self.ends - self.clock()
        return left if left is not None and left >= _SHORTEST else None

    def words(self) -> str:
        """Return the time left in words; empty where `seconds` is None."""
        left = self.seconds()
        if left is None:
            return ""
        if left < 55:
            return f"about {max(10, round(left, -1)):.0f} s left"
        minutes = round(left / 60)
        return f"about {minutes} min left" if minutes < 90 else f"about {round(minutes / 60)} h left"


class _TimeLeftColumn(ProgressColumn):
    """The time left, counted down between two pieces of work."""

    def __init__(self, left: TimeLeft) -> None:
        super().__init__()
        self.left = left

    def render(self, task: Task) -> Text:  # noqa: ARG002
        """Return what stands behind the bar."""
        return Text(self.left.words())


class Progress:
    """The stages of a command on standard error: on a terminal a bar with the time left, otherwise plain lines.

    Stages are always added to the log.

    Args:
        quiet: Whether to print nothing but a refusal.
        form: ``json``: print one object per line, for collectors of logs.
        clock: Returns the time (s).
    """

    def __init__(self, *, quiet: bool, form: LogFormat = "text", clock: Clock = time.monotonic) -> None:
        self.json = form == "json"
        self.log = RunLog(heard=_print_event if self.json and not quiet else None)
        self.console = Console(stderr=True, quiet=quiet or self.json, highlight=False)
        self.left = TimeLeft(clock)
        self.told = clock()
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), _TimeLeftColumn(self.left))
        shown = self.console.is_terminal and not self.console.quiet
        self.bar = Bar(*columns, console=self.console, transient=True) if shown else None
        self.task = self.bar.add_task("", total=None) if self.bar else None

    def __enter__(self) -> Progress:
        if self.bar:
            self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bar:
            self.bar.stop()
        if self.json and isinstance(error, GenereportError):
            _print_event({"event": "refused", "code": error.code, "message": redacted(str(error))})
            raise typer.Exit(status(error)) from error

    def announce(self, stage: str, done: int, total: int) -> None:
        """Show the work that is done of a stage and the work in all; with 0 and 0 when a stage starts."""
        if done == 0:
            self.left.start()
        else:
            self.left.update(done, total)
        if not total:
            self.log.add("stage", name=stage)
            self.told = self.left.clock()
        if self.bar is not None and self.task is not None:
            if done == 0:
                self.bar.reset(self.task, description=stage, total=total or None)
            self.bar.update(self.task, completed=done)
        elif not total:
            self.console.print(f"{self.log.events[-1]['seconds']:8.1f} s  {stage}")
        else:
            self._tell_time_left(stage, done, total)

    def _tell_time_left(self, stage: str, done: int, total: int) -> None:
        """Print a line about the progress of a stage, if the last one is long ago and much is left."""
        left, now = self.left.seconds(), self.left.clock()
        if left is None or now - self.told < _INTERVAL:
            return
        self.told = now
        if self.json:
            self.log.tell("progress", name=stage, done=done, total=total, seconds_left=round(left))
        else:
            self.console.print(f"{self.log.seconds():8.1f} s  {stage}: {done} of {total}, {self.left.words()}")


def status(error: GenereportError) -> int:
    """Return the exit status of a refusal."""
    return 75 if isinstance(error, LockedError) else 2


def _print_event(event: dict[str, object]) -> None:
    write_error_line(json.dumps(event, ensure_ascii=False))
