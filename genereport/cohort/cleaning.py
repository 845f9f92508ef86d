"""What stands in a delimited text and is not part of its table: comment lines and empty rows.

Lines are emptied rather than removed, so that messages still name rows by their line in the file.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence

_MOST_COMMENTS = 1000


def header_line(lines: Sequence[str], delimiter_of: Callable[[str], str]) -> int:
    """Return the position of the header: the first line after blank lines and comment lines.

    Lines that start with ``#`` are comments. The last of them is the header instead if it alone has as many names as
    the line below it has fields, as in ``#gene,S1,S2``, and that line holds a number or no blank follows the ``#``.

    Args:
        lines: The first lines of a file.
        delimiter_of: Returns the delimiter of a line.
    """
    filled = (place for place, line in enumerate(lines) if line.strip(' ,;\t"') and not _is_comment(line))
    start = next(filled, len(lines))
    comments = [place for place in range(start) if _is_comment(lines[place])]
    if start == len(lines):
        return comments[0] if comments else 0
    if not comments:
        return start
    delimiter = delimiter_of(lines[start])
    below = _fields(lines[start], delimiter)
    alike = [place for place in comments if _names(lines[place], delimiter) == len(below) > 1]
    data = any(re.fullmatch(r"[ +-]*\d[\d.,eE+-]*", field) for field in below[1:])
    named = data or not lines[comments[-1]].lstrip("\"' ").startswith("# ")
    return comments[-1] if alike == comments[-1:] and named else start


def _is_comment(line: str) -> bool:
    return line.lstrip("\"' ").startswith("#")


def _fields(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])


def _names(line: str, delimiter: str) -> int:
    """Return the number of fields of a line, if each holds something."""
    fields = _fields(line, delimiter)
    return len(fields) if all(field.strip() for field in fields) else 0


def without_comments(text: str, delimiter_of: Callable[[str], str]) -> str:
    """Empty the comment lines above the header."""
    if not _is_comment(text.lstrip()[:10]):
        return text
    lines = text.split("\n", _MOST_COMMENTS)
    start = header_line(lines[:_MOST_COMMENTS], delimiter_of)
    return "\n".join([*[""] * start, *lines[start:]])


def without_empty_rows(text: str, delimiter: str) -> str:
    """Empty the rows in which no cell holds anything, as spreadsheet programs leave them."""
    if not any(text.startswith(start) or f"\n{start}" in text for start in (delimiter, " ", '""')):
        return text

    def emptied(row: re.Match[str]) -> str:
        return "" if delimiter in row[0] and '"' not in row[0].replace('""', "") else row[0]

    return re.sub(rf'^[ "{re.escape(delimiter)}]+$', emptied, text, flags=re.MULTILINE)
