"""One run at a time in a folder of reports.

The lock is the kernel's (`flock`), so it goes with the process that holds it, however that ends; the file that carries
it may stay behind and means nothing by itself.
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
"""What network file systems without locks answer; there is none to be had, and a report is still wanted."""


@dataclass(frozen=True)
class Lock:
    """The lock on a folder.

    Attributes:
        path: The file that carries it.
        number: The same, open.
    """

    path: Path
    number: int

    def require_held(self) -> None:
        """Make sure that the folder is still the one that was locked.

        Where a drive went away, the folder it was mounted on is left, empty, and is no place for a report.

        Raises:
            OutputError: GR402 it is not.
        """
        if not _is_named(self.number, self.path):
            raise OutputError(
                "GR402",
                "The folder went away while the report was made.",
                "Build again once it is there.",
                str(self.path.parent),
            )


@contextmanager
def locked(folder: Path) -> Iterator[Lock]:
    """Within, no other run writes to this folder, which is made if need be.

    Raises:
        LockedError: GR404 another run holds the lock.
        OutputError: GR402 the folder cannot be written.
    """
    path = folder / NAME
    with writing("The report", folder):
        folder.mkdir(parents=True, exist_ok=True)
        number = _acquired(path)
    try:
        yield Lock(path, number)
    finally:
        if _is_named(number, path):
            path.unlink()  # before the lock is given up: whoever waits finds that the name is gone
        os.close(number)


def _acquired(path: Path) -> int:
    """The open file that carries the lock, which still bears its name: a run that ended may just have removed it."""
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
                "Wait until it is done, or choose a folder of its own with --out.",
                str(path.parent),
            ) from error
        if error.errno not in _UNSUPPORTED:
            raise


def _is_named(number: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(number), path.stat())
    except FileNotFoundError:
        return False
