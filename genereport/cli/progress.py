"""Messages on standard error: the progress of a command, and why it was refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from genereport.errors import GenereportError, LockedError
from genereport.locations import redacted
from genereport.runs.log import RunLog
from genereport.runs.signals import write_error_line

if TYPE_CHECKING:
    from types import TracebackType

LogFormat = Literal["text", "json"]


class Progress:
    """The stages of a command on standard error: on a terminal a bar with the time left, otherwise plain lines.

    Stages are always added to the log.

    Args:
        quiet: Whether to print nothing but a refusal.
        form: ``json``: print one object per line, for collectors of logs.
    """

    def __init__(self, *, quiet: bool, form: LogFormat = "text") -> None:
        self.json = form == "json"
        self.log = RunLog(heard=_print_event if self.json and not quiet else None)
        self.console = Console(stderr=True, quiet=quiet or self.json, highlight=False)
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
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
        if not total:
            self.log.add("stage", name=stage)
        if self.bar is not None and self.task is not None:
            if done == 0:
                self.bar.reset(self.task, description=stage, total=total or None)
            self.bar.update(self.task, completed=done)
        elif not total:
            self.console.print(f"{self.log.events[-1]['seconds']:8.1f} s  {stage}")


def status(error: GenereportError) -> int:
    """Return the exit status of a refusal."""
    return 75 if isinstance(error, LockedError) else 2


def _print_event(event: dict[str, object]) -> None:
    write_error_line(json.dumps(event, ensure_ascii=False))
