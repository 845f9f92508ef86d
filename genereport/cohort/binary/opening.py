"""Recognise a file that is not text by its first bytes, and open it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from genereport.cohort.binary.h5ad import open_h5ad
from genereport.cohort.binary.parquet import open_parquet
from genereport.cohort.binary.r_file import open_r_file
from genereport.cohort.binary.workbook import open_workbook
from genereport.cohort.decoding import peek_bytes, unpacked
from genereport.cohort.model import Source
from genereport.cohort.table import Table
from genereport.locations import Location, file_of, read_bytes


class Opened(Protocol):
    """A file that is not text."""

    def table(self, source: Source, part: str) -> Table:
        """Return the table for the role of the source.

        Args:
            source: The file.
            part: Name of a sheet, a layer or an object; empty if none is named.

        Raises:
            CohortError: GR1xx.
        """

    def sheet_part(self, part: str) -> str | None:
        """Return the name of the part that holds the sample sheet; empty for the file itself; None if none does.

        Args:
            part: The part that holds the matrix; empty if none is named.
        """

    def independent_part(self) -> str:
        """Return the name of the part that holds the matrix of an independent set; empty if none does."""


_OPENERS: tuple[tuple[str, Callable[[bytes, str], Opened]], ...] = (
    (r"PK\x03\x04|\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", open_workbook),
    (r"PAR1", open_parquet),
    (r"\x89HDF\r\n\x1a\n", open_h5ad),
    (r"RD[AX][23]\n|X\n\x00\x00\x00[\x02\x03]|A\n[23]\n\d{6}\n|B\n[\x02\x03]\x00\x00\x00", open_r_file),
)
"""First bytes of a file, as a regular expression → how to open it."""

_KEPT: ContextVar[dict[bytes, Opened | None] | None] = ContextVar("_KEPT", default=None)


@contextmanager
def opening_once() -> Iterator[None]:
    """Open each file at most once inside this context, however often it is read."""
    kept = _KEPT.get()
    token = _KEPT.set({} if kept is None else kept)
    try:
        yield
    finally:
        _KEPT.reset(token)


def open_binary(raw: bytes, name: str) -> Opened | None:
    """Open a file that is not text; return None if it is text, or of a kind that is not known.

    Args:
        raw: Its bytes, packed or not.
        name: File name, for messages.

    Raises:
        CohortError: GR104 a damaged packed file, GR181 a damaged file, GR182 a package is not installed, GR183 and
            GR184 what cannot be a cohort.
    """
    opener = _opener(peek_bytes(raw))
    if opener is None:
        return None
    kept = _KEPT.get()
    if kept is None:
        return opener(unpacked(raw, name), name)
    if raw not in kept:
        kept[raw] = opener(unpacked(raw, name), name)
    return kept[raw]


def open_at(location: Location) -> Opened | None:
    """Open the file of a location; return None if it is text or a folder, or cannot be found.

    Raises:
        CohortError: As `open_binary`, and GR129 an address from which the file cannot be fetched.
    """
    return open_binary(read_bytes(location), file_of(location).name) if is_binary(location) else None


def is_binary(location: Location) -> bool:
    """Return whether the first bytes of a file show one of the kinds that are not text.

    Raises:
        CohortError: GR129 an address from which the file cannot be fetched.
    """
    return _opener(peek_bytes(location)) is not None


def _opener(start: bytes) -> Callable[[bytes, str], Opened] | None:
    found = (opener for pattern, opener in _OPENERS if re.match(pattern.encode("latin-1"), start))
    return next(found, None)
