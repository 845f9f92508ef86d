"""Write the tables of a run as TSV: numbers as the shortest text that reads back equal, text guarded against formulas.

A spreadsheet must not run the text of a cell as a formula. The guard can be undone, so that all that was written reads
back equal.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genereport.frames import file_of_table

if TYPE_CHECKING:
    import pandas as pd

    from genereport.analysis import Analysis

_RUNNABLE = re.compile(r"'*[=+\-@\t\r]")
_GZIP = b"\x1f\x8b"
_BOOLEANS = ("False", "True")


def write_tables(analysis: Analysis, folder: Path) -> None:
    """Write every table to ``<folder>/<name>.tsv``, long ones to ``<name>.tsv.gz``."""
    folder.mkdir()
    for name, frame in analysis.tables.items():
        write_table(frame, folder / file_of_table(name, frame))


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write one table, without its index; compressed if the name ends in .gz. Equal tables give equal bytes."""
    text = _guard_cells(frame).to_csv(sep="\t", index=False, na_rep="NA", lineterminator="\n")
    content = text.encode("utf-8")
    path.write_bytes(gzip.compress(content, 6, mtime=0) if path.suffix == ".gz" else content)


def read_cells(content: bytes) -> dict[str, tuple[str, ...]]:
    """Return column → its cells, as text, of a table that `write_table` wrote.

    Raises:
        ValueError: If it is no such table.
    """
    try:
        plain = gzip.decompress(content) if content[:2] == _GZIP else content
        head, *rows = csv.reader(io.StringIO(plain.decode("utf-8"), newline=""), delimiter="\t", strict=True)
        columns = zip(*rows, strict=True) if rows else ((),) * len(head)
        return dict(zip(map(_unguard, head), columns, strict=True))
    except (csv.Error, OSError, EOFError, zlib.error) as error:
        raise ValueError(f"the table cannot be read ({error})") from error


def values_of(cells: Iterable[str], kind: str) -> list[Any]:
    """Return the values of cells as ``results.json`` holds them: missing is None, and infinite a text.

    Args:
        cells: The cells of a column.
        kind: ``float64``, ``int64``, ``bool`` or ``str``.

    Raises:
        ValueError: If a cell holds something else.
    """
    return [_READ[kind](cell) for cell in cells]


def _guard_cells(frame: pd.DataFrame) -> pd.DataFrame:
    """Add a leading apostrophe to text cells that a spreadsheet would take for a formula, never to numbers."""
    text = frame.select_dtypes(exclude=["number", "bool"])
    guarded = frame.assign(**{str(name): text[name].map(_guard) for name in text})
    return guarded.rename(columns=_guard)


def _guard(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and _RUNNABLE.match(cell) else cell


def _unguard(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and _RUNNABLE.match(cell) else cell


def _read_number(cell: str) -> float | str | None:
    if cell == "NA":
        return None
    return cell if cell in ("inf", "-inf") else float(cell)


_READ: dict[str, Any] = {
    "float64": _read_number,
    "int64": int,
    "bool": lambda cell: bool(_BOOLEANS.index(cell)),
    "str": lambda cell: None if cell == "NA" else _unguard(cell),
}
