"""Allow one run at a time in a folder of reports.

The lock is held by the kernel (`flock`), so it ends with the process that holds it, however that ends. The file that
carries the lock may stay behind; by itself it means nothing.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from genereport.errors import LockedError, OutputError
from genereport.runs.writing import writing

NAME = ".genereport.lock"

_HELD = {errno.EWOULDBLOCK, errno.EACCES}
_UNSUPPORTED = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EINVAL}
"""Errors of network file systems without locks. The report is then written without a lock."""


@dataclass(frozen=True)
class Lock:
    """The lock on a folder.

    Attributes:
        path: The file that carries the lock.
        number: File descriptor of that file.
    """

    path: Path
    number: int

    def require_held(self) -> None:
        """Check that the folder is still the one that was locked.

        If a drive was unmounted, its mount point is left as an empty folder, and no report may be written there.

        Raises:
            OutputError: GR402 if it is another folder.
        """
        if not _is_named(self.number, self.path):
            raise OutputError(
                "GR402",
                "The folder disappeared while the report was being made.",
                "Build again when the folder is back.",
                str(self.path.parent),
            )


@contextmanager
def locked(folder: Path) -> Iterator[Lock]:
    """Lock a folder, so that no other run writes to it within the block; make the folder if need be.

    Raises:
        LockedError: GR404 if another run holds the lock.
        OutputError: GR402 if the folder cannot be written.
    """
    path = folder / NAME
    with writing("The report", folder):
        folder.mkdir(parents=True, exist_ok=True)
        number = _acquire(path)
    try:
        yield Lock(path, number)
    finally:
        if _is_named(number, path):
            path.unlink()  # before the lock is released, so that a waiting run finds the name gone
        os.close(number)


def _acquire(path: Path) -> int:
    """Open and lock the file; try again if a run that just ended has removed its name meanwhile."""
    while True:
        number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            _lock(number, path)
            if _is_named(number, path):
                return number
        except BaseException:
            os.close(number)
            raise
        os.close(number)


def _lock(number: int, path: Path) -> None:
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD:
            raise LockedError(
                "GR404",
                "Another run is writing to this folder.",
                "Wait until it is finished, or choose another folder with --out.",
                str(path.parent),
            ) from error
        if error.errno not in _UNSUPPORTED:
            raise


def _is_named(number: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(number), path.stat())
    except FileNotFoundError:
        return False
