"""Handle Ctrl-C and SIGTERM: the command stops at once, prints one line, and leaves no processes and files behind.

A process that is killed outright cannot do that. The next run removes what it left in the temporary folders.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM)

_PATIENCE = 3.0
"""Seconds after which a command that did not stop is ended by force."""

_SHARED = Path("/dev/shm")  # noqa: S108 - where joblib and the C library put them
_LEFT = re.compile(r"(?:joblib_memmapping_folder_|sem\.loky-)(\d+)[_-]")
"""Memory-mapped arrays and semaphores of the worker processes; the number is the id of the process that made them."""

_QUIET = "ignore:resource_tracker"


class Interrupted(BaseException):
    """A signal asked the command to stop; not derived from `Exception`, so that no handler on the way catches it."""


@contextmanager
def listening() -> Iterator[None]:
    """Stop the command if a signal arrives within the block; an ignored signal, as under ``nohup``, stays ignored.

    After the block a signal ends the process in the default way: the work is done and the interpreter is exiting.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _silence_tracker()
    caught: list[int] = []
    heard = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    for number in heard:
        signal.signal(number, partial(_interrupt, caught))
    try:
        yield
    finally:
        # Even if the exception was replaced on its way: an import that was cut short, say, ends in an ImportError.
        if caught:
            stop(caught[0])
        for number in heard:
            signal.signal(number, signal.SIG_DFL)


def stop(number: int) -> NoReturn:
    """Print that a signal asked for it, and end the process at once."""
    with suppress(Exception):
        write_error_line("genereport: interrupted")
    leave(128 + number)


def write_error_line(text: str) -> None:
    """Write a line to standard error in one piece, so that an interruption cannot come between the text and its end.

    `print` writes the text and the line break one after the other, and a signal may be handled between the two.
    """
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def leave(status: int) -> NoReturn:
    """End the process and its workers at once; threads and exit handlers are not run."""
    with suppress(Exception):
        _kill_workers()
        _remove_left(lambda process: process == os.getpid())
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)


def sweep() -> None:
    """Remove what killed processes of this user left in the temporary folder."""
    _remove_left(_is_dead)


@contextmanager
def deferred() -> Iterator[None]:
    """Hold signals back until the block is left.

    The handlers of Python are replaced, since any thread may receive a signal.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []
    before = [(number, signal.signal(number, lambda caught, _: held.append(caught))) for number in SIGNALS]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
        if held:
            signal.raise_signal(held[0])


def _interrupt(caught: list[int], number: int, _: FrameType | None) -> NoReturn:
    caught.append(number)
    for other in SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    # Where an exception cannot propagate (in a callback, say), Python prints it and continues.
    sys.unraisablehook = lambda _: stop(number)
    threading.excepthook = lambda _: None
    timer = threading.Timer(_PATIENCE, stop, [number])
    timer.daemon = True
    with suppress(RuntimeError):  # no new thread can be started while the interpreter exits
        timer.start()
    raise Interrupted


def _silence_tracker() -> None:
    """Silence the resource tracker of the workers, which would warn of every file that an interruption left to it."""
    if _QUIET not in sys.warnoptions:
        sys.warnoptions.append(_QUIET)


def _kill_workers() -> None:
    loky = sys.modules.get("joblib.externals.loky.reusable_executor")
    executor = getattr(loky, "_executor", None)
    for process in list((getattr(executor, "_processes", None) or {}).values()):
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)


def _remove_left(chosen: Callable[[int], bool]) -> None:
    for path in _list_remaining():
        found = _LEFT.match(path.name)
        with suppress(OSError):
            if found and chosen(int(found[1])) and path.lstat().st_uid == os.getuid():
                _remove(path)


def _list_remaining() -> list[Path]:
    # Only in this folder do process ids belong to this machine: other folders may be shared between machines.
    folder = _SHARED if _SHARED.is_dir() else Path(tempfile.gettempdir())
    return [path for path in folder.iterdir() if _LEFT.match(path.name)]


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _is_dead(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False
