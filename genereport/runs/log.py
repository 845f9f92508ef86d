"""The log of a run: its events and their times. It is the one file of a report that differs between equal runs."""

from __future__ import annotations

import json
import locale
import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genereport.locations import redacted
from genereport.warned import take


@dataclass
class RunLog:
    """Events with the seconds since the start.

    Attributes:
        started: Value of the clock at the start (s).
        events: The events in their order.
        heard: Called with each event as it is added.
    """

    started: float = field(default_factory=time.perf_counter)
    events: list[dict[str, Any]] = field(default_factory=list)
    heard: Callable[[dict[str, Any]], None] | None = None

    def add(self, event: str, **facts: object) -> None:
        """Add an event."""
        self.events.append(self._made(event, facts))
        if self.heard:
            self.heard(self.events[-1])

    def tell(self, event: str, **facts: object) -> None:
        """Let an event be heard that is not kept, such as how far a stage is."""
        if self.heard:
            self.heard(self._made(event, facts))

    def seconds(self) -> float:
        """Return the seconds since the start."""
        return round(time.perf_counter() - self.started, 3)

    def _made(self, event: str, facts: dict[str, object]) -> dict[str, object]:
        return {"seconds": self.seconds(), "event": event, **facts}

    def add_start(self, jobs: int) -> None:
        """Add an event that says where and how the run was started."""
        self.add(
            "start",
            time=time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            command=[redacted(word) for word in sys.argv],
            folder=str(Path.cwd()),
            host=platform.node(),
            system=platform.platform(),
            cores=os.cpu_count(),
            jobs=jobs,
            locale=locale.setlocale(locale.LC_ALL),
        )

    def add_warnings(self) -> None:
        """Add an event for each warning of a library that was heard since the last call."""
        for warned, count in take():
            self.add("warning", count=count, **warned._asdict())

    def text(self) -> str:
        """Return one JSON object per line."""
        return "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in self.events)
