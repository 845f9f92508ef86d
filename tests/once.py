"""What takes seconds to make, made once for all processes of a run: the first one stores it, the others wait."""

from __future__ import annotations

import fcntl
import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

SHARED = "GENEREPORT_TESTS_SHARED"
"""Variable with the folder of what the processes share; ``conftest.py`` sets it."""


def once_a_run(make: Callable[[], T]) -> Callable[[], T]:
    """Make an object once for all processes."""

    @cache
    @wraps(make)
    def load() -> T:
        return object_once_a_run(f"{make.__module__}.{make.__name__}", make)

    return load


def object_once_a_run(name: str, make: Callable[[], T]) -> T:
    """Return an object that is made once for all processes, and read by the others."""
    if SHARED not in os.environ:  # outside of a run
        return make()
    stored = _place(name)
    with _alone(stored):
        if stored.exists():
            found: T = pickle.loads(stored.read_bytes())  # noqa: S301 - written by another process of this run
            return found
        made = make()
        stored.write_bytes(pickle.dumps(made))
        return made


def folder_once_a_run(name: str, fill: Callable[[Path], object]) -> Path:
    """Return a folder that is filled once for all processes; to be read only."""
    folder = _place(name)
    with _alone(folder):
        if not folder.exists():
            begun = folder.with_name(f"{name}.begun")
            begun.mkdir()
            fill(begun)
            begun.rename(folder)
    return folder


def _place(name: str) -> Path:
    return Path(os.environ[SHARED]) / name


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
