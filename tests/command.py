"""The command, as a user runs it."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("genereport")
FAST = ("--effort", "quick", "--set", "models.trees=30", "--set", "models.epochs=30")

Done = subprocess.CompletedProcess[str]


def genereport(*arguments: object, environment: Mapping[str, str] | None = None) -> Done:
    """Run the installed ``genereport`` with these arguments; never raises on a non-zero exit status."""
    return subprocess.run(
        [COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(environment or {})},
    )


def in_process(*arguments: object, environment: Mapping[str, str] | None = None) -> Done:
    """Do in this process what ``genereport`` does with these arguments; a start of the command takes a second."""
    from genereport.cli import run

    words = ["genereport", *map(str, arguments)]
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, _handlers_kept(), redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", words)
        for name, value in (environment or {}).items():
            patch.setenv(name, value)
        status = run()
    told = f"{status}\n" if isinstance(status, str) else ""
    return subprocess.CompletedProcess(words, 1 if told else status or 0, out.getvalue(), err.getvalue() + told)


@contextmanager
def _handlers_kept() -> Iterator[None]:
    """Give SIGINT and SIGTERM back the handlers that they have; the command leaves the default ones."""
    before = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
