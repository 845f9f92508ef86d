"""Check by SHA-256 whether the files of a report are those that were written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from genereport.runs.crate import CRATE, Listed, files, pages, sha256

Fault = Literal["missing", "altered", "unlisted", "damaged"]

_FAULTS: dict[Fault, str] = {
    "missing": "The file is missing.",
    "altered": "The file was changed after it was written: its SHA-256 differs.",
    "unlisted": f"The file is not listed in {CRATE}.",
}


@dataclass(frozen=True)
class FileDifference:
    """A file that is not as the report lists it.

    Attributes:
        file: Path in the folder, or name of a page.
        fault: What is wrong with the file.
        message: The fault as a whole sentence.
    """

    file: str
    fault: Fault
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.message}"


def file_differences(data: Path, listed: tuple[Listed, ...]) -> Iterator[FileDifference]:
    """Yield the files of a report that are not as its crate lists them.

    Args:
        data: The folder of data of the report.
        listed: The files that the crate lists.
    """
    for file in listed:
        fault = _find_fault(data, file)
        if fault:
            yield FileDifference(file.name, fault, _FAULTS[fault])
    names = {file.name for file in listed if not file.beside}
    beside = {file.name for file in listed if file.beside}
    found = [name for path in files(data) if (name := path.relative_to(data).as_posix()) not in names]
    for name in (*found, *(path.name for path in pages(data) if path.name not in beside)):
        yield FileDifference(name, "unlisted", _FAULTS["unlisted"])


def _find_fault(data: Path, file: Listed) -> Fault | None:
    path = (data.parent if file.beside else data) / file.name
    parts = Path(file.name).parts
    if ".." in parts or Path(file.name).is_absolute() or (file.beside and len(parts) != 1):
        return "missing"  # a crate that was tampered with may name any path; a report has files only here
    try:
        return None if sha256(path) == file.sha256 else "altered"
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, ValueError):
        return "missing"
