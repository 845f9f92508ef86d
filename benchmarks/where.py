"""Where the CPU seconds of a build go: its parts by the events of its log, this process and its workers apart.

``python -m benchmarks.where [COHORT] [--before TREE] [--option=--format=html …] [--imports]``

The events of ``--log-format json`` come while the command runs; at each of them the CPU seconds of the process and of
those that it started are read from ``/proc``. No tree of genereport needs anything for it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from benchmarks.measuring import build, cpu_of_orphans, start

ROOT = Path(__file__).resolve().parents[1]
_TICK = os.sysconf("SC_CLK_TCK")
_AFTER = {
    "report": "results, tables and models written",
    "stored": "text composed, figures begun",
    "composed": "PDF",
    "pdf": "figures written, HTML",
    "html": "end of the pages",
    "rendered": "crate, run kept, end",
}
"""Event → what is done from it to the next one; a stage's own name says what it does."""
_GROUPS = {
    "start": "start of Python, settings",
    "reading": "reading",
    "stages": "stages",
    "report": "report",
}


class Part(NamedTuple):
    """A part of a build: its name, the group it belongs to, and its seconds."""

    group: str
    name: str
    wall: float
    main: float
    workers: float


class _Mark(NamedTuple):
    """What was taken until a part began."""

    group: str
    name: str
    wall: float
    main: float
    workers: float


def trace(command: Sequence[str], tree: Path) -> list[Part]:
    """Run a build with ``--log-format json`` and return its parts in their order.

    Raises:
        RuntimeError: The command failed.
    """
    began = time.perf_counter()
    process = start(command, tree, None, subprocess.PIPE)
    marks = [_Mark("start", "start", 0.0, 0.0, 0.0)]
    seen: dict[int, float] = {}
    last = ""
    for line in process.stderr or ():
        last = line.decode(errors="replace")
        kind = _part_that_begins(last)
        if kind:
            seen |= _cpu_of_tree(process.pid)
            main = seen[process.pid]
            marks.append(_Mark(*kind, time.perf_counter() - began, main, sum(seen.values()) - main))
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)}: {last}")
    main = max(usage.ru_utime + usage.ru_stime, marks[-1].main)
    wall = time.perf_counter() - began
    marks.append(_Mark("", "", wall, main, max(cpu_of_orphans(), marks[-1].workers)))
    return [
        Part(one.group, one.name, after.wall - one.wall, after.main - one.main, after.workers - one.workers)
        for one, after in pairwise(marks)
    ]


def _part_that_begins(line: str) -> tuple[str, str] | None:
    """Return the group and the name of the part that begins with this line of the log, if one does."""
    event = json.loads(line) if line.startswith("{") else {}
    name = str(event.get("name") if event.get("event") == "stage" else event.get("event"))
    if name in _AFTER:
        return "report", _AFTER[name]
    if event.get("event") != "stage":
        return None
    return ("reading" if name == "reading" else "stages"), name


def _cpu_of_tree(root: int) -> dict[int, float]:
    """Return the CPU seconds of a process and its descendants, by their ids."""
    found: dict[int, tuple[int, float]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        found[int(path.parent.name)] = int(fields[1]), (int(fields[11]) + int(fields[12])) / _TICK
    wanted = {root}
    while more := {process for process, (parent, _) in found.items() if parent in wanted} - wanted:
        wanted |= more
    return {process: found[process][1] for process in wanted if process in found}


def table(parts: Sequence[Part]) -> Iterator[str]:
    """Yield the lines of a Markdown table: a row for each part, and one for each group and for all."""
    yield "| part | wall | CPU, main process | CPU, workers |"
    yield "| --- | --- | --- | --- |"
    for group, title in _GROUPS.items():
        own = [part for part in parts if part.group == group]
        yield _row(f"**{title}**", own)
        if len(own) > 1:
            yield from (_row(part.name, [part]) for part in own)
    yield _row("**all**", parts)


def _row(name: str, parts: Sequence[Part]) -> str:
    sums = (sum(getattr(part, unit) for part in parts) for unit in ("wall", "main", "workers"))
    return f"| {name} | {' | '.join(f'{one:.1f}' for one in sums)} |"


def seconds_of_imports(command: Sequence[str], tree: Path) -> float:
    """Return the seconds that the imports of one process take, which does the whole work alone."""
    variables = {**os.environ, "PYTHONPATH": str(tree)}
    alone = [command[0], "-X", "importtime", *command[1:], "--jobs", "1"]
    done = subprocess.run(alone, cwd=tree, env=variables, capture_output=True, text=True, check=True)
    return sum(int(own) for own in re.findall(r"^import time: +(\d+) ", done.stderr, re.MULTILINE)) / 1e6


def build_command(cohort: Path | None, folder: Path, options: Sequence[str]) -> list[str]:
    """Return the quick build that is traced."""
    study = [str(cohort.resolve())] if cohort else []
    return build(sys.executable, study, folder / "report.pdf", "--effort", "quick", "--log-format", "json", *options)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cohort", type=Path, nargs="?", help="default: the bundled cohort")
    parser.add_argument("--before", type=Path, help="another tree of genereport, traced first")
    parser.add_argument("--option", action="append", default=[], help="another option of build; may be repeated")
    parser.add_argument("--imports", action="store_true", help="the seconds of imports, too, by another run")
    options = parser.parse_args()
    for title, tree in (("Before", options.before), ("Now", ROOT)):
        if tree is None:
            continue
        with tempfile.TemporaryDirectory() as name:
            command = build_command(options.cohort, Path(name), options.option)
            print(f"{title}:\n", *table(trace(command, tree.resolve())), sep="\n", flush=True)
            if options.imports:
                print(f"\nImports of the main process: {seconds_of_imports(command, tree.resolve()):.1f} s")
            print()


if __name__ == "__main__":
    main()
