"""The file ``results.json``: it refers to the tables that stand beside it, and does not repeat them.

A table of a result is stored as ``{"index": …, "columns": {name: {"type": …, "values": […]}}}``. Columns that a file
of ``tables/`` holds, equal value by value, have no ``values``; ``"table"`` then names that table. The top-level entry
``tables`` lists file and SHA-256 of each table that is referred to. `read_results` puts the values back, so that the
ids of numbers are the same in both forms.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from genereport.runs.tables import read_cells, values_of

RESULTS, TABLES = "results.json", "tables"

_LONG = 1_000
"""Number of rows from which a table refers to a file that has less than half of its columns."""

Cells = Mapping[str, tuple[str, ...]]


class TableError(ValueError):
    """A table that the results refer to is missing or is not the one that was written."""


def refer_to_tables(content: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return results that refer to the tables of a folder wherever these read back equal.

    Args:
        content: The results with all values; its tables are changed.
        folder: The folder of the tables, which are written already.
    """
    files = {path.name.partition(".")[0]: path for path in sorted(folder.iterdir())}
    contents = {name: path.read_bytes() for name, path in files.items()}
    cells = {name: _cells_or_none(held) for name, held in contents.items()}
    used = {name for table in _find_tables(content) if (name := _refer(table, cells))}
    listed = {
        name: {"file": f"{folder.name}/{files[name].name}", "sha256": hashlib.sha256(contents[name]).hexdigest()}
        for name in sorted(used)
    }
    return {**content, TABLES: listed}


def _cells_or_none(content: bytes) -> Cells:
    """Return the cells of a table; none if it does not read back, as with a bare carriage return in a name."""
    try:
        return read_cells(content)
    except ValueError:
        return {}


def read_results(data: Path, *, whole: bool = True) -> dict[str, Any]:
    """Return the results that a folder of data holds, with the values of all tables.

    Args:
        data: The folder.
        whole: Whether a table must be the one that was written.

    Raises:
        OSError: If ``results.json`` cannot be read.
        ValueError: If it is not JSON.
        TableError: If a table is missing or altered.
    """
    content = json.loads((data / RESULTS).read_bytes())
    return fill_in(content, data, whole=whole)


def fill_in(content: dict[str, Any], data: Path, *, whole: bool = True) -> dict[str, Any]:
    """Return results with the values of the tables that they refer to; arguments and errors as in `read_results`."""
    read: dict[str, Cells] = {}
    try:
        listed = content.pop(TABLES, {})
        for table in _find_tables(content):
            name = table.pop("table", None)
            if name is None:
                continue
            if name not in read:
                read[name] = _read_table(data, **listed[name], whole=whole)
            for title, column in table["columns"].items():
                if "values" not in column:
                    column["values"] = values_of(read[name][title], column["type"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, TableError):
            raise
        raise TableError(f"The results refer to a table that is not there as they say ({error}).") from error
    return content


def _read_table(data: Path, file: str, sha256: str, *, whole: bool) -> Cells:
    if Path(file).is_absolute() or ".." in Path(file).parts:
        raise TableError(f"The results refer to '{file}', which is no table of the report.")
    try:
        content = (data / file).read_bytes()
    except OSError as error:
        raise TableError(f"The results refer to {file}, which cannot be read ({error.strerror}).") from error
    if whole and hashlib.sha256(content).hexdigest() != sha256:
        raise TableError(f"The results refer to {file}, which was changed after it was written.")
    return read_cells(content)


def _find_tables(part: Any) -> Iterator[dict[str, Any]]:
    """Yield every stored table inside a part of the results."""
    if isinstance(part, dict):
        if isinstance(part.get("columns"), dict) and "index" in part:
            yield part
        else:
            for each in part.values():
                yield from _find_tables(each)
    elif isinstance(part, list) and part and isinstance(part[0], dict):
        for each in part:
            yield from _find_tables(each)


def _refer(table: dict[str, Any], cells: Mapping[str, Cells]) -> str:
    """Drop the values that the file with most columns of a table holds; return its name, empty if none is worth it."""
    columns = table["columns"]
    long = any(len(column["values"]) >= _LONG for column in columns.values())
    equal = {
        name: [title for title in columns if _is_held(title, columns[title], held)] for name, held in cells.items()
    }
    name = max(equal, key=lambda name: len(equal[name]), default="")
    if not name or not equal[name] or (2 * len(equal[name]) < len(columns) and not long):
        return ""
    for title in equal[name]:
        del columns[title]["values"]
    table["table"] = name
    return name


def _is_held(title: str, column: dict[str, Any], cells: Cells) -> bool:
    """Return whether a table has a column of this name that reads back equal."""
    values, found = column["values"], cells.get(title)
    if not values or found is None or len(found) != len(values):
        return False
    try:
        kind = column["type"]
        return bool(values_of(found[:1], kind) == values[:1] and values_of(found, kind) == values)
    except ValueError:
        return False
