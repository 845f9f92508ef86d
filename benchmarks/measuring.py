"""Wall and CPU seconds of a command with all processes that it starts."""

from __future__ import annotations

import ctypes
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

_SUBREAPER = 36
"""``PR_SET_CHILD_SUBREAPER`` of Linux: processes whose parent is gone become our children, whose times we learn."""


class Cost(NamedTuple):
    """What a command took.

    Attributes:
        wall: Seconds from its start to its end.
        cpu: CPU seconds, user and system, of the command and all its descendants.
    """

    wall: float
    cpu: float


def measure(command: Sequence[str], *, tree: Path | None = None, environment: Mapping[str, str] | None = None) -> Cost:
    """Run a command from a cold start and measure it.

    Args:
        command: The command.
        tree: Folder with the genereport that it imports; also its working directory.
        environment: Variables besides those of this process.

    Raises:
        RuntimeError: The command failed; with the end of what it wrote to standard error.
    """
    with tempfile.TemporaryFile() as errors:
        process = start(command, tree, environment, errors)
        began = time.perf_counter()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            raise RuntimeError(f"{' '.join(command)}: {errors.read().decode(errors='replace')[-2000:]}")
    return Cost(wall, usage.ru_utime + usage.ru_stime + cpu_of_orphans())


def start(
    command: Sequence[str], tree: Path | None, environment: Mapping[str, str] | None, errors: object
) -> subprocess.Popen[bytes]:
    """Start a command, whose descendants become our children when their own parent is gone."""
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    variables = {**os.environ, **({"PYTHONPATH": str(tree)} if tree else {}), **(environment or {})}
    return subprocess.Popen(command, cwd=tree, env=variables, stdout=subprocess.DEVNULL, stderr=errors)  # type: ignore[call-overload]


def cpu_of_orphans() -> float:
    """Return the CPU seconds of processes that outlived the command, as workers do that it ended without waiting."""
    total, deadline = 0.0, time.perf_counter() + 10
    while time.perf_counter() < deadline:
        try:
            process, _, usage = os.wait3(os.WNOHANG)
        except ChildProcessError:
            break
        if process:
            total += usage.ru_utime + usage.ru_stime
        else:
            time.sleep(0.05)
    return total


def build(python: str, cohort: Sequence[str], out: Path, *options: str) -> list[str]:
    """Return the command that builds a report; the tree is that of `measure`."""
    return [python, "-m", "genereport", "build", *cohort, "--out", str(out), "--force", *options]
