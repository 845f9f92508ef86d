"""Write the tables of a run as TSV: numbers as the shortest text that reads back equal, text guarded against formulas.

A spreadsheet must not run the text of a cell as a formula.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from genereport.analysis import Analysis

_RUNNABLE = ("=", "+", "-", "@", "\t", "\r")


def write_tables(analysis: Analysis, folder: Path) -> None:
    """Write every table to ``<folder>/<name>.tsv``."""
    folder.mkdir()
    for name, frame in analysis.tables.items():
        write_table(frame, folder / f"{name}.tsv")


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write one table, without its index."""
    _guard_cells(frame).to_csv(path, sep="\t", index=False, na_rep="NA", lineterminator="\n")


def _guard_cells(frame: pd.DataFrame) -> pd.DataFrame:
    """Add a leading apostrophe to text cells that a spreadsheet would take for a formula, never to numbers."""
    text = frame.select_dtypes(exclude=["number", "bool"])
    guarded = frame.assign(**{str(name): text[name].map(_guard) for name in text})
    return guarded.rename(columns=_guard)


def _guard(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_RUNNABLE) else cell
