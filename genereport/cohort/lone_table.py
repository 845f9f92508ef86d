"""A table of numbers that is recognised by its content, whatever it is called."""

from __future__ import annotations

import csv
from pathlib import Path

from genereport.cohort.decoding import peek_lines
from genereport.cohort.table import MISSING, is_number
from genereport.errors import Finding
from genereport.locations import Location

_PEEKED = 100


def holds_values(path: Path) -> bool:
    """Return whether most columns of a file, and at least two for each of two classes, hold numbers below a name."""
    lines = [line for line in peek_lines(path, _PEEKED) if line.strip() and not line.startswith("#")]
    if len(lines) < 3:
        return False
    delimiter = max("\t,;", key=lines[0].count)
    try:
        header, *rows = csv.reader(lines, delimiter=delimiter)
    except csv.Error:
        return False
    columns = [
        [cell.strip() for cell in column if cell.strip().lower() not in MISSING]
        for column in zip(*rows, strict=False)  # a file with rows of different length is refused when it is read
    ]
    numeric = sum(1 for column in columns if column and all(map(is_number, column)))
    return numeric >= 4 and numeric > len(columns) / 2 and not any(map(is_number, header[1:3]))


def describe_lone(matrix: Location) -> Finding:
    """Return the finding that a matrix was recognised by its content."""
    message = (
        f"'{matrix.name}' was taken for the expression matrix, because it is the only table of numbers in the folder "
        "besides the sample sheet. No file is called like a matrix."
    )
    return Finding("GR365", "note", matrix.name, message)
