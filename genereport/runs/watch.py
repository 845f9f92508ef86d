"""Check that inputs do not change while they are read: a file that is still being uploaded would be read in part."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from genereport.errors import CohortError

if TYPE_CHECKING:
    from genereport.cohort.model import Source

_YOUNG, _PAUSE = 2.0, 0.5
"""Age (s) below which a file counts as just written, and the pause (s) before it is checked again."""


@dataclass(frozen=True)
class Watch:
    """The state of the input files when they were read.

    Attributes:
        files: Path, size in bytes and time of the last change (ns) of each file.
    """

    files: tuple[tuple[Path, int, int], ...]

    @classmethod
    def of(cls, sources: Iterable[Source]) -> Watch:
        """Record the state of files that were just read.

        Raises:
            CohortError: GR128 if the size of a file is not the one it was read with, or if it is still being written.
        """
        local = [(Path(source.path), source.size) for source in sources if Path(source.path).is_file()]
        watch = cls(tuple((path, size, path.stat().st_mtime_ns) for path, size in local))
        now = time.time_ns()
        if any(now - changed < _YOUNG * 1e9 for _, _, changed in watch.files):
            time.sleep(_PAUSE)
        watch.require_unchanged()
        return watch

    def require_unchanged(self) -> None:
        """Check that no file has changed since it was read.

        Raises:
            CohortError: GR128 if a file has changed or is gone.
        """
        for path, size, changed in self.files:
            problem = _problem(path, size, changed)
            if problem:
                raise CohortError(
                    "GR128", problem, "Build again once the file is complete and its folder is there.", str(path)
                )


def _problem(path: Path, size: int, changed: int) -> str:
    try:
        now = path.stat()
    except OSError as error:
        return f"The file disappeared while the report was being made ({error.strerror})."
    if now.st_size != size:
        return f"The file is still being written: it had {size:,} bytes when it was read, and has {now.st_size:,} now."
    return "The file was changed while the report was being made." if now.st_mtime_ns != changed else ""
