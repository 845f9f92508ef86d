"""Copies of reports that take no more space than they must, and that no later edit can reach.

A report and its kept copy never share a file: most editors write in place, and an edit of the report would then alter
the kept run, too. Their blocks are shared where the file system can clone files (Btrfs, XFS, APFS by its own tools),
since a write then goes to new blocks. Kept runs share equal files among each other by hard links, for they are written
once and made read-only; where there are no hard links, they are copied. A kept run is thus a plain folder, which any
tool can archive.
"""

from __future__ import annotations

import fcntl
import filecmp
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

_CLONE = 0x40049409
"""The request FICLONE of Linux."""
_READ_ONLY = 0o444


def copy_file(source: Path | str, to: Path | str) -> None:
    """Copy the content of a file; its blocks are shared where the file system can clone them."""
    if not _clone(Path(source), Path(to)):
        shutil.copyfile(source, to)


def copy_report(source: Path, to: Path, alike: Sequence[Path] = ()) -> None:
    """Copy a folder, with links to equal files of other folders.

    Args:
        source: The folder.
        to: The copy, which does not exist yet; its files are read-only.
        alike: Earlier copies; a file of the same path and the same bytes is linked, that of the first folder first.
    """
    to.mkdir(parents=True)
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source)
        if path.is_dir():
            (to / name).mkdir()
        elif not any(_link(path, folder / name, to / name) for folder in alike):
            copy_file(path, to / name)
            (to / name).chmod(_READ_ONLY)


def _link(source: Path, twin: Path, to: Path) -> bool:
    """Link to the twin if it equals the source; return False if it does not, or cannot be linked."""
    try:
        if twin.stat().st_size != source.stat().st_size or not filecmp.cmp(source, twin, shallow=False):
            return False
        to.hardlink_to(twin)
    except OSError:  # it is missing, cannot be read, has too many links, or the file system has none
        return False
    return True


def _clone(source: Path, to: Path) -> bool:
    """Clone a file; return False where the system or the file system cannot."""
    if sys.platform != "linux":
        return False
    with source.open("rb") as held, to.open("wb") as new:
        try:
            fcntl.ioctl(new.fileno(), _CLONE, held.fileno())
        except OSError:
            return False
    return True
