"""A build that is interrupted or killed at any moment leaves the old report or the new one, and no other trace.

Seeded moments: ten by default, most of them while the report is written; two hundred over the whole run with
GENEREPORT_SOAK=1. The page is HTML only, to be soon done.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from genereport.runs.atomic_replace import Target
from genereport.runs.history import kept_runs
from tests.command import COMMAND

SOAK = os.environ.get("GENEREPORT_SOAK") == "1"
PAGE = "report.html"
"""The last file before the report is moved into place."""
GENES, SAMPLES = 6000, 24  # large enough that joblib hands the matrix to its workers as a memory map
NAMES = ("report.pdf", "report.html", "report_data")
ENDS = {signal.SIGINT: {0, 130, -2}, signal.SIGTERM: {0, 143, -15}, signal.SIGKILL: {0, -9}}
"""Signal → exit statuses: done before it came; as documented; or as the interpreter left, with all done."""

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")]

State = dict[str, str]


class Kill(NamedTuple):
    """A signal, and when: so many seconds after the start, or after a file of the next report appears."""

    number: signal.Signals
    file: str
    delay: float


class End(NamedTuple):
    """What a kill left."""

    kill: Kill
    process: int
    status: int
    stderr: str
    state: State
    processes: list[str]
    seconds: float


def plan(seed: int) -> list[Kill]:
    draw = random.Random(seed)  # noqa: S311
    moments = [("", 14), ("new/report_data/results.json", 4), (f"new/{PAGE}", 0.1), ("journal.json", 0.01)]
    weights = (120, 32, 24, 24) if SOAK else (1, 2, 2, 2)
    signals = (signal.SIGINT, signal.SIGKILL, signal.SIGINT, signal.SIGKILL, signal.SIGTERM)
    drawn = [moment for moment, weight in zip(moments, weights, strict=True) for _ in range(weight)]
    draw.shuffle(drawn)
    return [
        Kill(signals[number % len(signals)], file, draw.uniform(0 if file else 0.6, latest))
        for number, (file, latest) in enumerate(drawn)
    ]


def arguments(folder: Path) -> list[str]:
    fast = ("models.trees=10", "models.epochs=2", "evaluation.bootstrap=100", "evaluation.folds=2")
    settings = [part for setting in fast for part in ("--set", setting)]
    options = ["--out", str(folder / "report.pdf"), "--effort", "quick", "--force", "--jobs", "2", *settings]
    return [str(COMMAND), "build", str(folder.parent / "cohort"), *options, "--format", "html"]


def write_cohort(folder: Path, number: int = GENES) -> None:
    folder.mkdir()
    values = np.random.default_rng(0).normal(8, 1, size=(number, SAMPLES)).round(3)
    values[:20, SAMPLES // 2 :] += 2
    samples = pd.Index([f"S{number:02d}" for number in range(SAMPLES)], name="sample")
    genes = pd.Index([f"g{gene}" for gene in range(number)], name="gene")
    pd.DataFrame(values, genes, samples).to_csv(folder / "expression.tsv", sep="\t")
    pd.DataFrame({"class": np.repeat(["A", "B"], SAMPLES // 2)}, samples).to_csv(folder / "samples.tsv", sep="\t")


def write_old(folder: Path) -> None:
    """Something that stands for an earlier report; a build replaces whatever bears its names."""
    folder.mkdir(exist_ok=True)
    for name in NAMES[:2]:
        (folder / f"{name}.made").write_text("old")
        (folder / f"{name}.made").replace(folder / name)
    data = folder / NAMES[2]
    for path in sorted(data.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (data / "tables").mkdir(parents=True)
    (data / "tables" / "old.tsv").write_text("old")


def state(folder: Path) -> State:
    """Name → digest of its files and their names; only times differ between two runs, in the log."""
    return {name: digest(folder / name) for name in NAMES if (folder / name).exists()}


def digest(path: Path) -> str:
    found = hashlib.sha256()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        found.update(str(file.relative_to(path.parent)).encode())
        if file.is_file():
            found.update(b"log" if file.name == "log.jsonl" else file.read_bytes())
    return found.hexdigest()


def started(folder: Path) -> subprocess.Popen[str]:
    """In a session of its own, which shares Ctrl-C as a terminal does."""
    return subprocess.Popen(
        arguments(folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def wait_until(happened: Callable[[], object], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not happened() and time.monotonic() < end:
        time.sleep(0.001)


def is_newer(file: Path, start: float) -> bool:
    """Whether it is there, and no remains of an earlier kill."""
    try:
        return file.stat().st_mtime >= start
    except OSError:
        return False


def send(process: subprocess.Popen[str], number: signal.Signals) -> None:
    if process.poll() is None:
        (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)


def processes(group: int) -> list[str]:
    """What still runs of a process group."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            fields = (path / "stat").read_text().rpartition(")")[2].split()
            if int(fields[2]) == group and fields[0] != "Z":
                found.append((path / "cmdline").read_text().replace("\0", " "))
        except OSError:  # gone meanwhile
            continue
    return found


def killed(folder: Path, kill: Kill) -> End:
    if not (folder / ".report.genereport").exists():
        write_old(folder)
    start, process = time.time(), started(folder)
    if kill.file:
        file = folder / ".report.genereport" / kill.file
        wait_until(lambda: is_newer(file, start) or process.poll() is not None, 120)
    time.sleep(kill.delay)
    send(process, kill.number)
    sent = time.monotonic()
    _, stderr = process.communicate(timeout=60)
    seconds = time.monotonic() - sent
    now = state(folder)
    wait_until(lambda: not processes(process.pid), 10)
    return End(kill, process.pid, process.returncode, stderr, now, processes(process.pid), seconds)


def left_by(process: int) -> list[str]:
    folders = [Path("/dev/shm"), Path(os.environ.get("TMPDIR", "/tmp"))]  # noqa: S108
    names = (f"joblib_memmapping_folder_{process}_*", f"sem.loky-{process}-*")
    return [str(path) for folder in folders for name in names for path in folder.glob(name)]


def run(folder: Path, kills: list[Kill]) -> tuple[list[End], State, State]:
    """What every kill left, the old report, and the new one that a last build makes among the remains."""
    write_old(folder)
    old = state(folder)
    ends = [killed(folder, kill) for kill in kills]
    done = subprocess.run(arguments(folder), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return ends, old, state(folder)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, list[End], State, State]]:
    root = tmp_path_factory.mktemp("kill")
    write_cohort(root / "cohort")
    kills = plan(int(os.environ.get("GENEREPORT_SEED", "1999")))
    folders = [root / "first", root / "second"]
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(run, folders, (kills[::2], kills[1::2]))
        return [(folder, *one) for folder, one in zip(folders, found, strict=True)]


def ends(runs: list[tuple[Path, list[End], State, State]]) -> list[End]:
    return [end for _, found, _, _ in runs for end in found]


def test_every_name_is_wholly_old_or_wholly_new(runs) -> None:  # type: ignore[no-untyped-def]
    for _, found, old, new in runs:
        assert set(old) == set(NAMES)
        assert set(new) == set(NAMES) - {"report.pdf"}
        for end in found:
            for name in NAMES:
                assert end.state.get(name) in (old[name], new.get(name)), (name, end)


def test_every_kept_run_is_whole_and_none_is_lost(runs) -> None:  # type: ignore[no-untyped-def]
    for folder, found, old, new in runs:
        target = Target.of(folder / "report.pdf")
        whole = [run for run in kept_runs(target) if run.intact()]
        assert list(kept_runs(target)) == whole
        finished = sum(end.status == 0 and end.state["report_data"] != old["report_data"] for end in found)
        assert len(whole) >= finished + 1
        assert state(folder / "runs" / "latest") == new


def test_the_exit_status_tells_the_signal(runs) -> None:  # type: ignore[no-untyped-def]
    for end in ends(runs):
        assert end.status in ENDS[end.kill.number], end


def test_an_interruption_is_told_in_one_line(runs) -> None:  # type: ignore[no-untyped-def]
    for end in ends(runs):
        assert "Traceback" not in end.stderr, end
        assert "resource_tracker" not in end.stderr, end
        if end.status in (130, 143):
            assert end.stderr.splitlines()[-1] == "genereport: interrupted", end
            assert end.seconds < 5, end


def test_no_process_survives(runs) -> None:  # type: ignore[no-untyped-def]
    for end in ends(runs):
        assert not end.processes, end


def test_the_next_run_leaves_no_stray_file(runs) -> None:  # type: ignore[no-untyped-def]
    for folder, found, _, new in runs:
        assert {path.name for path in folder.iterdir()} == {*new, "runs"}
        assert [left for end in found for left in left_by(end.process)] == []
