"""Signals stop the command in one line; what killed runs left is swept away, and what living ones use is not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from genereport.runs import signals as interruption
from genereport.runs.signals import deferred, sweep


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only temporary folder that is looked at."""
    monkeypatch.setattr(interruption, "_SHARED", tmp_path)
    monkeypatch.setattr(interruption.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.delenv("JOBLIB_TEMP_FOLDER", raising=False)
    return tmp_path


@pytest.fixture
def dead() -> int:
    """A process number that nobody bears."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


@pytest.fixture
def caught() -> Iterator[list[int]]:
    """Signals that arrived."""
    found: list[int] = []
    before = {number: signal.signal(number, lambda caught, _: found.append(caught)) for number in interruption.SIGNALS}
    yield found
    for number, handler in before.items():
        signal.signal(number, handler)


def test_what_dead_processes_left_is_swept_away(folder: Path, dead: int) -> None:
    arrays = folder / f"joblib_memmapping_folder_{dead}_12ab_34cd"
    arrays.mkdir()
    (arrays / "array.pkl").touch()
    (folder / f"sem.loky-{dead}-x1").touch()
    sweep()
    assert list(folder.iterdir()) == []


def test_what_is_in_use_or_belongs_to_others_stays(folder: Path, dead: int) -> None:
    names = [f"joblib_memmapping_folder_{os.getpid()}_1_2", f"other_{dead}", f"joblib_memmapping_folder_{dead}"]
    for name in names:
        (folder / name).mkdir()
    sweep()
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)


def test_a_foreign_owner_is_respected(folder: Path, dead: int, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / f"sem.loky-{dead}-x1").touch()
    own = os.getuid()
    monkeypatch.setattr(interruption.os, "getuid", lambda: own + 1)
    sweep()
    assert len(list(folder.iterdir())) == 1


def test_a_held_back_signal_comes_once_when_the_block_is_left(caught: list[int]) -> None:
    with deferred():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.raise_signal(number)
        assert caught == []
    assert caught == [signal.SIGTERM]


def test_nothing_is_held_back_outside_the_main_thread(caught: list[int]) -> None:
    done: list[bool] = []

    def work() -> None:
        with deferred():
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]


CODE = """
import signal, sys, time
from genereport import cli
from genereport.runs import signals as interruption

class Odd:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)

def app():
    {body}
    time.sleep(30)

cli.app = app
cli.main()
"""


def ended(body: str) -> subprocess.CompletedProcess[str]:
    code = CODE.format(body=body)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=20)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("signal.raise_signal(signal.SIGINT)", 130),
        ("signal.raise_signal(signal.SIGTERM)", 143),
        ("Odd()", 130),
        ("\n    try: signal.raise_signal(signal.SIGINT)\n    except BaseException: raise ImportError", 130),
        ("\n    try: signal.raise_signal(signal.SIGTERM)\n    except: pass", 143),
    ],
    ids=["interrupt", "terminate", "where an exception cannot spread", "where it changes", "where it is swallowed"],
)
def test_a_signal_ends_the_command_in_one_line(body: str, status: int) -> None:
    done = ended(body)
    assert (done.returncode, done.stderr) == (status, "genereport: interrupted\n")


def test_a_signal_that_was_ignored_from_the_start_stays_ignored() -> None:
    code = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n" + CODE.format(
        body="signal.raise_signal(signal.SIGINT); return"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=20)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_line_on_standard_error_is_written_in_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two pieces a signal would be handled, and its own line would follow on the same one."""
    pieces: list[str] = []

    class Recorder:
        def write(self, text: str) -> int:
            pieces.append(text)
            return len(text)

        def flush(self) -> None: ...

    monkeypatch.setattr(sys, "stderr", Recorder())
    interruption.write_error_line("genereport: bad: [GR101] nowhere")
    assert pieces == ["genereport: bad: [GR101] nowhere\n"]
