"""How files of a cohort are called; light, so that a scheduled run need not load pandas to find nothing to do."""

from __future__ import annotations

from pathlib import Path

from genereport.locations import Location

SUFFIXES = (".csv", ".tsv", ".txt", ".tab")


def is_table_name(path: Path) -> bool:
    """Whether a file is called like a delimited text file, gzipped or not."""
    return path.name.lower().removesuffix(".gz").endswith(SUFFIXES)


def tables_in(folder: Path) -> list[Path]:
    """Files of a folder that are called like delimited text files, by name."""
    return sorted(path for path in folder.iterdir() if path.is_file() and is_table_name(path))


def stem(path: Location) -> str:
    """The lower-case file name without ``.gz`` and without its other suffix: ``expression`` of expression.tsv.gz."""
    return path.name.lower().removesuffix(".gz").rpartition(".")[0]
