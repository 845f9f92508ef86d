"""How far a command is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

if TYPE_CHECKING:
    from collections.abc import Callable

    from genereport.runs.log import RunLog


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
