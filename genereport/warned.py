"""Warnings of libraries: collected for the log of a run, from this process and its workers, instead of printed."""

from __future__ import annotations

import logging
import os
import pickle
import re
import threading
import warnings
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]
"""A call as joblib's ``delayed`` returns it."""


class Warned(NamedTuple):
    """A warning of a library.

    Attributes:
        category: Name of the class of the warning, or the level of the message if a logger issued it.
        message: Its text.
        place: The file from its package on, without the path of the installation, and the line.
    """

    category: str
    message: str
    place: str


class _Raised(NamedTuple):
    """Arguments of ``warnings.showwarning``."""

    message: Warning
    category: type[Warning]
    filename: str
    line: int


_Heard = _Raised | logging.LogRecord
_listeners: list[Callable[[_Heard], None]] = []
"""The innermost one hears what is issued in this process, in any of its threads."""
_lock = threading.RLock()


class _Handler(logging.Handler):
    """Handler of the messages of all loggers; where there is one, Python and TensorFlow print none themselves."""

    def emit(self, record: logging.LogRecord) -> None:
        """Hear a message."""
        _hear(record)


_handler = _Handler(logging.WARNING)
_printing: list[Callable[..., None]] = []


def _begin(listener: Callable[[_Heard], None]) -> None:
    """Give all warnings that are issued from now on to a listener; the first one installs the hooks."""
    with _lock:
        if not _listeners:
            _printing.append(warnings.showwarning)
            warnings.showwarning = _show
            logging.getLogger().addHandler(_handler)
        _listeners.append(listener)


def _end(listener: Callable[[_Heard], None]) -> None:
    with _lock:
        _listeners.remove(listener)
        if not _listeners:
            logging.getLogger().removeHandler(_handler)
            warnings.showwarning = _printing.pop()


@contextmanager
def _listening(listener: Callable[[_Heard], None]) -> Iterator[None]:
    _begin(listener)
    try:
        yield
    finally:
        _end(listener)


def _show(message: Any, category: Any, filename: str, lineno: int, file: Any = None, line: Any = None) -> None:  # noqa: ARG001
    _hear(_Raised(message, category, filename, lineno))


def _hear(heard: _Heard) -> None:
    with _lock:
        if _listeners:
            _listeners[-1](heard)


_collected: Counter[Warned] = Counter()


@contextmanager
def collecting() -> Iterator[None]:
    """Collect the warnings that are issued inside the context, also by the tasks of workers; none is printed."""
    _collected.clear()
    with _listening(lambda heard: _collected.update([_described(heard)])):
        yield


def take() -> list[tuple[Warned, int]]:
    """Return the warnings that `collecting` heard since the last call, and how often each was shown.

    Python shows a warning once per place and process, unless the option ``-W`` asks for more.

    Example:
        >>> with collecting():
        ...     warnings.warn_explicit("overflow encountered", RuntimeWarning, "/opt/lib/site-packages/numpy/f.py", 7)
        ...     take()
        [(Warned(category='RuntimeWarning', message='overflow encountered', place='numpy/f.py:7'), 1)]
    """
    with _lock:
        found = list(_collected.items())
        _collected.clear()
    return found


def _described(heard: _Heard) -> Warned:
    if isinstance(heard, logging.LogRecord):
        return Warned(f"{heard.levelname} of {heard.name}", heard.getMessage(), _place(heard.pathname, heard.lineno))
    return Warned(heard.category.__name__, str(heard.message), _place(heard.filename, heard.line))


_ROOTS = re.compile(r".*/(?:site-packages|dist-packages|python3\.\d+)/|.*/(?=genereport/)")
"""Where packages, and those of Python itself, are installed; or the folder of our sources."""


def _place(file: str, line: int) -> str:
    shown = _ROOTS.sub("", file, count=1)
    return f"{Path(file).name if shown == file else shown}:{line}"


_pending: list[_Heard] = []


def hold() -> None:
    """Let this process, a new worker, keep what is issued between its tasks, such as by imports, for the next one."""
    _begin(lambda one: _pending.append(_portable(one)))


class _Recorded:
    """A function that returns its result together with the warnings that were issued by it, if it runs in a worker.

    Args:
        function: What is called.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.parent = os.getpid()

    def __call__(self, *arguments: Any, **named: Any) -> tuple[Any, list[_Heard]]:
        """Call the function."""
        if os.getpid() == self.parent:  # a task of a thread is heard as it is
            return self.function(*arguments, **named), []
        heard, _pending[:] = _pending[:], []
        with _listening(lambda one: heard.append(_portable(one))):
            return self.function(*arguments, **named), heard


def _portable(heard: _Heard) -> _Heard:
    """Return what another process can read."""
    if isinstance(heard, logging.LogRecord):
        told = {"name": heard.name, "levelno": heard.levelno, "levelname": heard.levelname, "msg": heard.getMessage()}
        return logging.makeLogRecord(told | {"pathname": heard.pathname, "lineno": heard.lineno})
    try:
        pickle.loads(pickle.dumps(heard))  # noqa: S301 - our own
    except Exception:  # noqa: BLE001 - a class that cannot be pickled may raise anything
        return _Raised(UserWarning(str(heard.message)), UserWarning, heard.filename, heard.line)
    return heard


def recorded(calls: Iterable[Call]) -> Iterator[Call]:
    """Yield calls that return what `unwrapped` expects."""
    for function, arguments, named in calls:
        yield _Recorded(function), arguments, named


def unwrapped(found: Iterable[tuple[Any, list[_Heard]]]) -> Generator[Any]:
    """Yield the results of `recorded` calls, and issue the warnings of the workers in this process."""
    try:
        for result, heard in found:
            for one in heard:
                if isinstance(one, logging.LogRecord):
                    logging.getLogger(one.name).handle(one)
                else:
                    warnings.showwarning(*one)
            yield result
    finally:
        if isinstance(found, Generator):
            found.close()
