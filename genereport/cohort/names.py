"""File names of a cohort, without importing pandas, so that a scheduled run with nothing to do stays fast."""

from __future__ import annotations

import os
import re
from pathlib import Path

from genereport.locations import Location

SUFFIXES = (
    *(".csv", ".tsv", ".txt", ".tab", ".gct", ".cls", ".soft"),
    *(".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".parquet", ".h5ad", ".rds", ".rda", ".rdata"),
)
PACKED = (".gz", ".bz2", ".xz", ".zip")

MATRIX_WORDS = frozenset({"expression", "expr", "exprs", "matrix", "counts", "featurecounts"})
"""Words in the names of files and of sheets that hold a matrix."""

SHEET_WORDS = frozenset(
    {
        "samples",
        "sample",
        "samplesheet",
        "labels",
        "phenotype",
        "phenotypes",
        "pdata",
        "metadata",
        "clinical",
        "targets",
        "actual",
    }
)
"""Words in the names of files and of sheets that hold a sample sheet."""

TEST_WORDS = frozenset({"test", "independent", "validation"})
"""Words in the names of files and of sheets of an independent set."""

_QUANTIFIED = (".csv", ".tsv", ".txt", ".tab", ".counts", ".count", ".cnt", ".sf", ".results", ".out")
"""Endings of files that may hold the counts of one sample."""


def is_table_name(path: Path) -> bool:
    """Return whether a file has the name of a table or of another file that can hold a cohort, packed or not."""
    return _unpacked(path.name).endswith(SUFFIXES)


def tables_in(folder: Path) -> list[Path]:
    """Return the files of a folder that have the names of tables, sorted by name."""
    return sorted(path for path in folder.iterdir() if path.is_file() and is_table_name(path))


def words_of(name: str) -> frozenset[str]:
    """Return the words of a name, in lower case."""
    return frozenset(re.split(r"[^a-z]+", name.lower()))


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
