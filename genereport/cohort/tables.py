"""The table of a file. Of one delimited text file: its bytes, its header and rows, its cells as text or as numbers.

Comma, tab and semicolon are detected from the content, regardless of the file name; `decoding` makes text of the bytes,
`cleaning` leaves the table of the text. Files are first read by pandas; if that does not give numbers, the invalid cell
is found and named by file, row and column. A row is named by its 1-based line in the file. What stands for a missing
value is in `MISSING`.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from genereport.cohort.binary.opening import is_binary, open_binary
from genereport.cohort.cleaning import header_line, without_comments, without_empty_rows
from genereport.cohort.decoding import Decoded, decoded, peek_lines, unpacked
from genereport.cohort.model import Source
from genereport.cohort.number_style import Rewritten, with_plain_numbers
from genereport.cohort.table import LEGACY_ROLES, MISSING, Parsed, Table
from genereport.cohort.wording import counted
from genereport.errors import CohortError, Finding
from genereport.locations import Location, absolute, file_of, part_of, read_bytes

_DELIMITERS = ("\t", ",", ";")
_MISSING_AS_WRITTEN = sorted({*MISSING, *(word.upper() for word in MISSING), "NaN"})
_PEEKED_LINES = 50
_PEEKED_COMMENTS = 200


@dataclass(frozen=True, eq=False)
class TextTable(Table):
    r"""A rectangular text file with one header line.

    Attributes:
        source: Its name, size and checksum.
        header: As in `Table`. A header that is one name short, as R writes it for row names, starts with an empty name.
        lines: For each data row the 1-based line on which it starts.
        findings: What the reader must know about how the file was read.
        text: The decoded content, with ``\n`` line ends.
        delimiter: Tab, comma or semicolon.
    """

    text: str = field(repr=False)
    delimiter: str = ","

    def strings(self, columns: Sequence[int]) -> pd.DataFrame:
        """Return columns as stripped text, in the given order; the frame's columns are their positions in the file."""
        frame = self._parse(columns, dtype=str, na_filter=False)
        return pd.DataFrame({j: frame[j].str.strip() for j in columns})

    def peek(self, rows: int) -> list[tuple[str, ...]]:
        """Return the first cells of each column as stripped text."""
        end = self.lines[rows] - 1 if len(self.lines) > rows else None
        lines = self.text.split("\n", end or -1)[self.lines[0] - 1 : end]
        found = csv.reader((line for line in lines if line.strip()), delimiter=self.delimiter)
        whole = [[cell.strip() for cell in row] for row in found if len(row) == len(self.header)]
        return list(zip(*whole, strict=True)) if whole else [()] * len(self.header)

    def _parse_numbers(self, columns: Sequence[int]) -> Parsed:
        frame = self._parse(columns, na_values=_MISSING_AS_WRITTEN, low_memory=False)
        texts = [j for j in columns if frame[j].dtype.kind not in "iuf"]
        for column in texts:
            frame[column] = np.nan
        return Parsed(frame.to_numpy(dtype=np.float64, copy=bool(texts)), texts)

    def _parse(self, columns: Sequence[int], **options: object) -> pd.DataFrame:
        try:
            frame = pd.read_csv(
                io.StringIO(self.text),
                sep=self.delimiter,
                header=0,
                names=range(len(self.header)),
                index_col=False,
                usecols=list(columns),
                keep_default_na=False,
                **options,  # type: ignore[call-overload]
            )
        except pd.errors.ParserError as error:
            raise CohortError(
                "GR108",
                f"The file cannot be divided into rows ({str(error).strip()}).",
                "Look for a quotation mark that is opened and never closed.",
                self.source.name,
            ) from error
        return pd.DataFrame(frame[list(columns)])


def read_text(path: Location, role: str) -> tuple[Source, str]:
    r"""Read name, size and checksum of a text file, packed or not, and its content with ``\n`` line ends.

    Raises:
        CohortError: GR101 missing or unreadable, GR102 empty, GR103 not UTF-8 text, GR104 a damaged packed file,
            GR129 an address from which it cannot be fetched, GR143 a zip archive of several files.
    """
    source, content = read_content(path, role)
    return source, content.text


def read_content(path: Location, role: str, *, legacy: bool = False) -> tuple[Source, Decoded]:
    """Read a text file as `read_text` does, with findings about its encoding.

    Args:
        path: The file.
        role: Role of the file; see `Source`.
        legacy: Whether it may be in Windows-1252; see `decoded`.

    Raises:
        CohortError: As `read_text`.
    """
    source, raw = _file(path, role)
    return source, _text(raw, path.name, legacy=legacy)


def _file(path: Location, role: str) -> tuple[Source, bytes]:
    raw = _bytes(path)
    source = Source(role, path.name, len(raw), hashlib.sha256(raw).hexdigest(), str(absolute(file_of(path))))
    return source, raw


def _text(raw: bytes, name: str, *, legacy: bool) -> Decoded:
    content = decoded(unpacked(raw, name), name, legacy=legacy)
    if not content.text.strip():
        raise CohortError("GR102", "The file is empty.", "Name a file that holds data.", name)
    return content


def read_table(path: Location, role: str, *, narrow: bool = False) -> Table:
    """Read the table of a file for one role, and check that it is rectangular.

    Args:
        path: CSV, TSV or semicolon-separated text, in UTF-8 or UTF-16; a sample sheet may be in Windows-1252. Or a
            workbook, a Parquet file, an .h5ad file or an R file, of which a part may be named. Packed by gzip, bzip2,
            xz or zip, or not.
        role: Role of the file; see `Source`.
        narrow: Whether a single column is enough.

    Raises:
        CohortError: GR101 missing or unreadable, GR102 empty, GR103 not UTF-8 text, GR104 a damaged packed file, GR105
            not a table, GR108 a row with another number of fields than the header, GR129 and GR143 as `read_text`,
            GR180 to GR185 a file that is not text and cannot be read.
    """
    source, raw = _file(path, role)
    opened = open_binary(raw, file_of(path).name)
    if opened is not None:
        return opened.table(source, part_of(path))
    if part_of(path):
        raise CohortError(
            "GR180",
            f"The file is text and has no part '{part_of(path)}'.",
            "Name the file without the part.",
            source.name,
        )
    return table_of(source, _text(raw, source.name, legacy=role in LEGACY_ROLES), narrow=narrow)


def table_of(source: Source, content: Decoded, *, narrow: bool = False) -> TextTable:
    """Return the table that a text holds, below comment lines and without empty rows.

    Args:
        source: The file.
        content: Its text.
        narrow: Whether a single column is enough; empty rows are then kept, for lists are checked row by row.

    Raises:
        CohortError: GR102, GR105, GR108, as `read_table`.
    """
    name = source.name
    text = without_comments(content.text, _delimiter_of)
    first, *_ = text.lstrip().split("\n", 1)
    lone = narrow and not any(delimiter in first for delimiter in _DELIMITERS)
    delimiter = _DELIMITERS[0] if lone else _detect_delimiter(text, name)
    text = text if narrow else without_empty_rows(text, delimiter)
    plain = Rewritten(text) if source.role in LEGACY_ROLES else with_plain_numbers(text, delimiter)
    text, findings = plain.text, content.findings + _describe_rewriting(plain, name)
    records = list(_records(text, delimiter, name))
    start = text.split("\n", records[0][0] - 1)[-1] if records else ""
    header = tuple(name.strip() for name in next(csv.reader(io.StringIO(start), delimiter=delimiter), []))
    if len(records) < 2:
        raise CohortError("GR102", "The file has a header but no rows.", "Name a file that holds data.", name)
    if header[0] and all(fields == len(header) + 1 for _, fields in records[1:]):
        header = ("", *header)
    _require_rectangle(records[1:], len(header), name)
    return TextTable(source, header, tuple(line for line, _ in records[1:]), text, delimiter, findings=findings)


def _delimiter_of(line: str) -> str:
    return max(_DELIMITERS, key=line.count)


def _describe_rewriting(plain: Rewritten, name: str) -> tuple[Finding, ...]:
    message = (
        "The file writes numbers with decimal commas or with separators of thousands, for example "
        f"'{plain.before}', which was read as {plain.after}."
    )
    return (Finding("GR343", "note", name, message),) if plain.before else ()


def peek_header(path: Location) -> tuple[str, ...]:
    """Read the column names of a text, stripped; empty if it is not a table, for which `read_table` gives the reason.

    Raises:
        CohortError: GR129 an address from which it cannot be fetched.
    """
    lines = peek_lines(path, _PEEKED_COMMENTS)
    if not lines:
        return ()
    line = lines[header_line(lines, _delimiter_of)]
    try:
        return tuple(name.strip() for name in next(csv.reader([line], delimiter=_delimiter_of(line)), []))
    except csv.Error:
        return ()


def peek_columns(path: Location, role: str) -> tuple[str, ...]:
    """Read the column names of the table of a file for a role, as `peek_header` does for a text.

    Raises:
        CohortError: As `peek_header`, and GR180 to GR185 for a file that is not text and cannot be read.
    """
    return read_table(path, role).header if is_binary(path) else peek_header(path)


def peek_height(path: Location, role: str, limit: int) -> int:
    """Return the number of rows of a table with its header, or of lines of a text, up to a limit.

    Raises:
        CohortError: As `peek_columns`.
    """
    return len(read_table(path, role).lines) + 1 if is_binary(path) else len(peek_lines(path, limit))


def require_file(path: Location, setting: str) -> None:
    """Require that a file or folder named by a setting exists.

    Raises:
        CohortError: GR101 if it does not.
    """
    file = file_of(path)
    if isinstance(file, Path) and not file.exists():  # whether an address exists is known only after fetching
        raise _missing_file_error(file, f"{setting} names a file or folder that does not exist.")


def _bytes(path: Location) -> bytes:
    try:
        return read_bytes(path)
    except FileNotFoundError as error:
        raise _missing_file_error(Path(str(file_of(path))), "The file does not exist.") from error
    except OSError as error:
        raise CohortError(
            "GR101",
            f"The file cannot be read ({error.strerror}).",
            "Name a file that you have permission to read.",
            str(path),
        ) from error


def _missing_file_error(path: Path, problem: str) -> CohortError:
    names = [item.name for item in path.parent.iterdir()] if path.parent.is_dir() else []
    close = difflib.get_close_matches(path.name, names, n=1, cutoff=0.6)
    general = "Check the path. A relative path starts at the current folder, or at the folder of its study file."
    return CohortError("GR101", problem, f"Did you mean '{close[0]}'?" if close else general, str(path))


def _detect_delimiter(text: str, name: str) -> str:
    """Return the delimiter with which most of the first rows have as many fields as the header (or one more, as in R).

    Raises:
        CohortError: GR105 if there is none.
    """
    best = max(_DELIMITERS, key=lambda delimiter: _fit_of_delimiter(text, delimiter, name))
    share, _, width = _fit_of_delimiter(text, best, name)
    if width < 2 or share < 0.5:
        raise CohortError(
            "GR105",
            "This is not a table: neither tabs nor commas nor semicolons divide its lines into the same columns.",
            "Give a CSV or TSV file with one header line; remove any lines above it.",
            name,
        )
    return best


def _fit_of_delimiter(text: str, delimiter: str, name: str) -> tuple[float, int, int]:
    """Return how well a delimiter fits the first lines: share of fitting rows, width of the header, widest row."""
    counts = [fields for _, fields in islice(_records(text, delimiter, name, lenient=True), _PEEKED_LINES)] or [1]
    header, rows = counts[0], counts[1:]
    equal = float(np.mean([fields == header for fields in rows] or [True])) if header > 1 else 0.0
    named_rows = bool(rows) and all(fields == header + 1 for fields in rows)
    return max(equal, float(named_rows)), header, max(counts)


def _records(text: str, delimiter: str, name: str, *, lenient: bool = False) -> Iterator[tuple[int, int]]:
    """Yield the line on which each record starts and its number of fields; blank lines are skipped, as by pandas."""
    if '"' not in text:
        for line, content in enumerate(text.split("\n"), start=1):
            if content.strip(" "):
                yield line, content.count(delimiter) + 1
        return
    reader, line = csv.reader(io.StringIO(text), delimiter=delimiter), 1
    try:
        for fields in reader:
            if len(fields) > 1 or "".join(fields).strip(" "):
                yield line, len(fields)
            line = reader.line_num + 1
    except csv.Error as error:
        if lenient:
            return
        raise CohortError(
            "GR108",
            f"The row cannot be read ({error}).",
            "Look for a quotation mark that is opened and never closed.",
            f"{name}, row {line}",
        ) from error


def _require_rectangle(records: Sequence[tuple[int, int]], width: int, name: str) -> None:
    ragged = [(line, fields) for line, fields in records if fields != width]
    if ragged:
        line, fields = ragged[0]
        others = f" ({counted(len(ragged), 'row', 'rows')} of the wrong length in all)" if len(ragged) > 1 else ""
        raise CohortError(
            "GR108",
            f"The row has {counted(fields, 'field', 'fields')} where the header has {width}{others}.",
            "Give every row one field per column; quote texts that hold the delimiter, and close every quotation mark.",
            f"{name}, row {line}",
        )
