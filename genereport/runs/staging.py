"""Replaces a report as a whole: everything is written beside it first, and an interrupted replacement can be finished.

The folder ``.report.genereport`` beside ``report.pdf`` holds ``new/`` while a run writes. When all is there a journal
is written and the names are moved into place one by one. Without a journal the folder is the rest of a run that did
not get that far, and is removed; with one, the next command moves what is still missing.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from genereport.errors import OutputError

_JOURNAL = "journal.json"


@dataclass(frozen=True)
class Target:
    """Where a report goes: ``<folder>/<stem>.pdf``, ``<stem>.html`` and ``<stem>_data/``."""

    folder: Path
    stem: str

    @classmethod
    def of(cls, out: Path) -> Target:
        """The target that an ``--out`` path names.

        Raises:
            OutputError: GR403 if it ends neither in .pdf nor in .html.
        """
        if out.suffix.lower() not in (".pdf", ".html"):
            raise OutputError(
                "GR403",
                "The report must be called something.pdf or something.html.",
                f"Try --out {out.name}.pdf.",
                str(out),
            )
        return cls(out.absolute().parent, out.stem)

    @property
    def names(self) -> tuple[str, str, str]:
        """Names that belong to the report, whichever of them a run writes."""
        return (f"{self.stem}.pdf", f"{self.stem}.html", f"{self.stem}_data")

    @property
    def staging(self) -> Path:
        """The folder beside the report where the next one is made."""
        return self.folder / f".{self.stem}.genereport"

    def present(self) -> list[Path]:
        """What is there of an earlier report."""
        return [self.folder / name for name in self.names if (self.folder / name).exists()]


def claim(target: Target, *, force: bool) -> None:
    """Make sure that a report may be written here, finish or undo an interrupted one, and make room for the next.

    Raises:
        OutputError: GR401 a report is there and `force` is not given; GR402 the folder cannot be written.
    """
    try:
        target.folder.mkdir(parents=True, exist_ok=True)
        recover(target)
        present = target.present()
        if present and not force:
            raise OutputError(
                "GR401",
                f"There is a report already ({', '.join(path.name for path in present)}).",
                "Give --force to replace it, or another --out.",
                str(target.folder),
            )
        (target.staging / "new").mkdir(parents=True)
    except OSError as error:
        raise _unwritable(target, error) from error


def check(target: Target, *, force: bool) -> None:
    """Raise what `claim` would raise, before hours are spent on the analysis; leaves nothing behind."""
    claim(target, force=force)
    discard(target)


def staged(target: Target) -> Path:
    """The folder that a run writes its files to."""
    return target.staging / "new"


def commit(target: Target) -> list[Path]:
    """Move the staged files into place; names of the earlier report that this one does not have go away.

    Raises:
        OutputError: GR402 the folder cannot be written; the next command finishes the replacement.
    """
    try:
        journal = target.staging / _JOURNAL
        with journal.open("w", encoding="utf-8") as file:
            json.dump({"names": sorted(path.name for path in staged(target).iterdir())}, file)
            file.flush()
            os.fsync(file.fileno())
        return _move_into_place(target)
    except OSError as error:
        raise _unwritable(target, error) from error


def discard(target: Target) -> None:
    """Forget the staged files; an earlier report is untouched."""
    shutil.rmtree(target.staging, ignore_errors=True)


def recover(target: Target) -> None:
    """Finish a replacement that was interrupted after its journal was written; else remove what was staged."""
    if (target.staging / _JOURNAL).exists():
        _move_into_place(target)
    discard(target)


def _move_into_place(target: Target) -> list[Path]:
    try:
        names = json.loads((target.staging / _JOURNAL).read_text(encoding="utf-8"))["names"]
    except ValueError:  # the journal itself was cut off: nothing has been moved yet
        return []
    old = target.staging / "old"
    old.mkdir(exist_ok=True)
    for name in target.names:
        _replace(target.folder / name, staged(target) / name, old / name, keep=name in names)
    shutil.rmtree(target.staging)
    return [target.folder / name for name in names]


def _replace(current: Path, new: Path, old: Path, *, keep: bool) -> None:
    """Put `new` in the place of `current`; done already if `new` is gone. A folder cannot be replaced in one step."""
    if keep and not new.exists():
        return
    if current.exists() and (current.is_dir() or not keep):
        current.replace(old)
    if keep:
        new.replace(current)


def _unwritable(target: Target, error: OSError) -> OutputError:
    return OutputError(
        "GR402",
        f"The report cannot be written ({error.strerror or error}).",
        "Choose another --out, or make room and give yourself the right to write there.",
        str(error.filename or target.folder),
    )
