"""Replace a report as a whole: write everything beside it first, so that an interrupted replacement can be finished.

While a run writes, the folder ``.report.genereport`` beside ``report.pdf`` holds ``new/``. When all files are there, a
journal is written and the entries are moved into place one by one. If the next command finds the folder without a
journal, the run did not get that far, and the folder is removed. If it finds a journal, it moves the entries that are
still missing.

A copy that is to be kept as a run waits under ``runs/`` of that folder. It moves to ``runs/`` beside the report before
the report itself does. However a replacement ends, the new report is never there without its run.

The journal keeps the inode of every staged entry. An entry still has to be moved if the one under ``new/`` has the
inode of the journal. A folder is exchanged with the one that it replaces in one step, so that its name never
disappears.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from genereport.errors import OutputError
from genereport.runs.signals import deferred
from genereport.runs.writing import writing

RUNS, LATEST = "runs", "latest"

_JOURNAL = "journal.json"

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_UNSUPPORTED = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP}


@dataclass(frozen=True)
class Target:
    """The place of a report: ``<folder>/<stem>.pdf``, ``<stem>.html`` and ``<stem>_data/``."""

    folder: Path
    stem: str

    @classmethod
    def of(cls, out: Path) -> Target:
        """Return the target that an ``--out`` path names.

        Raises:
            OutputError: GR403 if the path ends neither in .pdf nor in .html.
        """
        if out.suffix.lower() not in (".pdf", ".html"):
            raise OutputError(
                "GR403",
                "The name of the report must end in .pdf or .html.",
                f"Try --out {out.name}.pdf.",
                str(out),
            )
        return cls(out.absolute().parent, out.stem)

    @property
    def names(self) -> tuple[str, str, str]:
        """All names that belong to the report, whether or not a run writes each of them."""
        return (f"{self.stem}.pdf", f"{self.stem}.html", f"{self.stem}_data")

    @property
    def staging(self) -> Path:
        """The folder beside the report where the next report is prepared."""
        return self.folder / f".{self.stem}.genereport"

    def present(self) -> list[Path]:
        """Return the paths of an earlier report that exist."""
        return [self.folder / name for name in self.names if (self.folder / name).exists()]


def claim(target: Target, *, force: bool) -> None:
    """Check that a report may be written here, finish or undo an interrupted one, and make the staging folder.

    Raises:
        OutputError: GR401 if a report is there and `force` is not given; GR402 if the folder cannot be written.
    """
    with writing("The report", target.folder):
        target.folder.mkdir(parents=True, exist_ok=True)
        recover(target)
        present = target.present()
        if present and not force:
            raise OutputError(
                "GR401",
                f"A report already exists ({', '.join(path.name for path in present)}).",
                "Give --force to replace it, or choose another --out.",
                str(target.folder),
            )
        (target.staging / "new").mkdir(parents=True)


def check(target: Target, *, force: bool) -> None:
    """Raise what `claim` would raise, before hours are spent on the analysis; leave nothing behind."""
    with deferred():
        claim(target, force=force)
        discard(target)


def staged(target: Target) -> Path:
    """Return the folder that a run writes its files to."""
    return target.staging / "new"


def kept(target: Target) -> Path:
    """Return the staging folder of the runs that `commit` adds to the kept runs."""
    return target.staging / RUNS


def commit(target: Target) -> list[Path]:
    """Move the staged files into place, and remove those of the earlier report that the new one does not have.

    Raises:
        OutputError: GR402 if the folder cannot be written; the next command finishes the replacement.
    """
    with writing("The report", target.folder):
        _sync_tree(target.staging)
        with deferred():
            _write_journal(target)
            return _move_into_place(target)


def discard(target: Target) -> None:
    """Remove the staged files; an earlier report stays as it was."""
    shutil.rmtree(target.staging, ignore_errors=True)


def abandon(target: Target) -> None:
    """Remove the staged files unless a replacement has begun; the next command finishes that."""
    with suppress(OSError):  # a folder that cannot be read has no staged files
        if not (target.staging / _JOURNAL).exists():
            discard(target)


def recover(target: Target) -> None:
    """Finish a replacement that was interrupted after its journal was written; otherwise remove the staged files."""
    with deferred():
        if (target.staging / _JOURNAL).exists():
            _move_into_place(target)
        discard(target)


def _write_journal(target: Target) -> None:
    inodes = {path.name: path.stat().st_ino for path in sorted(staged(target).iterdir())}
    draft = target.staging / f"{_JOURNAL}.new"
    draft.write_text(json.dumps({"inodes": inodes}), encoding="utf-8")
    _sync(draft)
    draft.replace(target.staging / _JOURNAL)
    _sync(target.staging)


def _move_into_place(target: Target) -> list[Path]:
    try:
        inodes = json.loads((target.staging / _JOURNAL).read_text(encoding="utf-8"))["inodes"]
    except (ValueError, KeyError):  # not a journal of genereport: nothing has been moved
        return []
    _keep_runs(target)
    old = target.staging / "old"
    old.mkdir(exist_ok=True)
    for name in target.names:
        current, new = target.folder / name, staged(target) / name
        if name not in inodes:
            if current.exists():
                current.replace(old / name)
        elif new.exists() and new.stat().st_ino == inodes[name]:
            _replace(current, new, old / name)
    _sync(target.folder)
    (target.staging / _JOURNAL).unlink()
    shutil.rmtree(target.staging, ignore_errors=True)
    return [target.folder / name for name in inodes]


def _keep_runs(target: Target) -> None:
    if not kept(target).is_dir():
        return
    runs = target.folder / RUNS
    runs.mkdir(exist_ok=True)
    for run in sorted(kept(target).iterdir()):
        run.replace(runs / run.name)
    _point_latest_to(runs, max(path.name for path in runs.iterdir() if path.name[:1].isdigit()))
    _sync(runs)


def _point_latest_to(runs: Path, name: str) -> None:
    """Point the symbolic link ``latest`` to a run, in one step."""
    link = runs / f".{LATEST}"
    with suppress(OSError):  # on a file system without links the runs are kept all the same
        link.unlink(missing_ok=True)
        link.symlink_to(name, target_is_directory=True)
        link.replace(runs / LATEST)


def _replace(current: Path, new: Path, old: Path) -> None:
    """Put `new` in the place of `current`. Where folders cannot be exchanged, the name is missing for a moment."""
    if current.exists() and (current.is_dir() or new.is_dir()):
        if _exchange(new, current):
            return
        current.replace(old)
    new.replace(current)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two entries in one step; return False where the system or the file system cannot."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNSUPPORTED:
        return False
    raise OSError(number, os.strerror(number), str(other))


def _sync_tree(folder: Path) -> None:
    """Force everything in a folder to disk before a journal states that it is there."""
    for path in folder.rglob("*"):
        _sync(path)
    _sync(folder)


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:  # some network file systems cannot sync a folder
            raise
    finally:
        os.close(number)
