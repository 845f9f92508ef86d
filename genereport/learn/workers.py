"""Worker processes end with the process that started them, and leave Ctrl-C to it."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_INTERVAL = 0.5


def follow(parent: int) -> None:
    """Run first in a worker: a thread ends it once `parent` is gone, for a killed process cannot end its workers."""
    threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_INTERVAL)
    os._exit(1)


@contextmanager
def sheltered() -> Iterator[None]:
    """Processes started within never see Ctrl-C or SIGTERM: they inherit the signal mask. This one sees them later."""
    resource_tracker.ensure_running()  # it accompanies the first worker, and on its start it unblocks the signals
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
