"""Workers end with the process that started them, and signals of the terminal pass them by."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from genereport.parallel import sheltered

WORKER = """
import os, sys, time
from genereport.parallel import follow
follow(os.getppid())
print(1, flush=True)
time.sleep(60)
"""
PARENT = f"""
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {WORKER!r}], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
os.kill(os.getpid(), 9)
"""


def running(process: int) -> bool:
    try:
        return (Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]) != "Z"
    except OSError:
        return False


def test_a_worker_ends_when_its_parent_is_killed() -> None:
    done = subprocess.run([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True, check=False)
    worker = int(done.stdout)
    end = time.monotonic() + 10
    while running(worker) and time.monotonic() < end:
        time.sleep(0.05)
    assert not running(worker)


def test_a_process_that_was_started_in_shelter_does_not_see_an_interruption() -> None:
    code = "import time; print(1, flush=True); time.sleep(0.3); print(2)"
    with sheltered():
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(process.pid, number)
    assert process.communicate()[0] == "2\n"
    assert process.returncode == 0
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == set()
