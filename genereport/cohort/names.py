"""File names of a cohort, without importing pandas, so that a scheduled run with nothing to do stays fast."""

from __future__ import annotations

import os
from pathlib import Path

from genereport.locations import Location

SUFFIXES = (".csv", ".tsv", ".txt", ".tab", ".gct", ".cls", ".soft")
PACKED = (".gz", ".bz2", ".zip")

_QUANTIFIED = (".csv", ".tsv", ".txt", ".tab", ".counts", ".count", ".cnt", ".sf", ".results", ".out")
"""Endings of files that may hold the counts of one sample."""


def is_table_name(path: Path) -> bool:
    """Return whether a file has the name of a delimited text file, packed or not."""
    return _unpacked(path.name).endswith(SUFFIXES)


def tables_in(folder: Path) -> list[Path]:
    """Return the files of a folder that have the names of delimited text files, sorted by name."""
    return sorted(path for path in folder.iterdir() if path.is_file() and is_table_name(path))


def quantified_in(folder: Path) -> list[Path]:
    """Return the files of a folder, and of the folders in it, whose names allow for the counts of one sample."""
    visible = _visible(folder)
    inner = [each for path in visible if path.is_dir() for each in _visible(path)]
    return sorted(path for path in (*visible, *inner) if _unpacked(path.name).endswith(_QUANTIFIED) and path.is_file())


def _visible(folder: Path) -> list[Path]:
    """Return what a folder holds, without hidden files; nothing if it may not be read."""
    readable = os.access(folder, os.R_OK | os.X_OK)
    return [path for path in folder.iterdir() if not path.name.startswith(".")] if readable else []


def cohort_files_in(folder: Path) -> list[Path]:
    """Return the files of a folder, and of the folders in it, that may belong to a cohort, sorted by path."""
    return sorted({*tables_in(folder), *quantified_in(folder)})


def stem(path: Location) -> str:
    """Return the lower-case file name without its suffixes: ``expression`` of expression.tsv.gz."""
    return _unpacked(path.name).rpartition(".")[0]


def _unpacked(name: str) -> str:
    lowered = name.lower()
    return next((lowered.removesuffix(suffix) for suffix in PACKED if lowered.endswith(suffix)), lowered)
