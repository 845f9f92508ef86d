"""The lines of a GEO series matrix: what they tell of the samples, and the table between them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pandas as pd

from genereport.cohort.decoding import Decoded, peek_lines
from genereport.cohort.model import Source
from genereport.cohort.sheet import Sheet
from genereport.cohort.table import MISSING
from genereport.cohort.tables import TextTable, read_content
from genereport.cohort.wording import counted
from genereport.errors import CohortError
from genereport.locations import Location

_BEGIN, _END = "!series_matrix_table_begin", "!series_matrix_table_end"
ACCESSION = "!Sample_geo_accession"
"""Name of the line that holds the ids of the samples."""

_CHARACTERISTICS = re.compile(r"!Sample_characteristics_ch\d+")
_DESCRIBING = re.compile(r"!Sample_(title|source_name_ch\d+|description|platform_id)")
_PEEKED = 400


class SeriesLines(NamedTuple):
    r"""What a series matrix holds.

    Attributes:
        source: The file.
        sheet: One row per sample: accession, characteristics by their keys, and what describes it.
        table: The table of values, below empty lines for all that stands above it in the file.
        supplements: Addresses of supplementary files.
    """

    source: Source
    sheet: Sheet
    table: Decoded
    supplements: tuple[str, ...]


class SampleLine(NamedTuple):
    """A line that tells something of each sample.

    Attributes:
        number: Line of the file.
        name: ``!Sample_`` and what it tells.
        values: Text of each sample, empty where missing.
    """

    number: int
    name: str
    values: tuple[str, ...]


def is_series(path: Location) -> bool:
    """Return whether a file begins as a GEO series matrix does; only its first lines are read."""
    first = next((line for line in peek_lines(path, 5) if line.strip()), "")
    return first.startswith(("!Series_", "!Sample_"))


def peek_columns(path: Location) -> tuple[str, ...]:
    """Return the names of what a series matrix tells of its samples, from its first lines."""
    lines = peek_lines(path, _PEEKED)
    stop = next((place for place, line in enumerate(lines) if line.startswith(_BEGIN)), len(lines))
    found = sample_columns([line for line in _lines(lines[:stop]) if line.name.startswith("!Sample_")], path.name)
    return tuple(found)


def read_series_lines(path: Location, role: str) -> SeriesLines:
    """Read a GEO series matrix.

    Characteristics are joined by their keys: GEO writes the first one of every sample into the first line, the second
    one into the second line, so that lines slip where samples have different ones.

    Raises:
        CohortError: GR101 to GR104, GR129, GR143 for a file that cannot be read, GR141 a file that was cut off or
            whose lines have different numbers of samples.
    """
    source, content = read_content(path, role, legacy=True)
    lines = content.text.split("\n")
    begin = next((place for place, line in enumerate(lines) if line.startswith(_BEGIN)), None)
    end = next((place for place in range(len(lines) - 1, -1, -1) if lines[place].startswith(_END)), None)
    if begin is None or end is None or end < begin:
        missing = "end" if begin is not None else "beginning"
        raise CohortError(
            "GR141",
            f"This is a GEO series matrix without the {missing} of its table; it was cut off or edited.",
            "Download it again.",
            source.name,
        )
    told = [*_lines(lines[:begin])]
    samples = [line for line in told if line.name.startswith("!Sample_")]
    ids = next((line for line in samples if line.name == ACCESSION), None)
    if ids is None:
        raise CohortError(
            "GR141",
            f"This is a GEO series matrix without the line {ACCESSION}, which holds the sample ids.",
            "Download it again.",
            source.name,
        )
    columns = sample_columns(samples, source.name)
    frame = pd.DataFrame(columns, dtype=str)
    table = TextTable(source, tuple(columns), (ids.number,) * len(frame), "", findings=content.findings)
    return SeriesLines(
        source=source,
        sheet=Sheet(table, frame),
        table=Decoded("\n".join([*[""] * (begin + 1), *map(_plain_row, lines[begin + 1 : end])]), content.findings),
        supplements=tuple(
            value for line in told if line.name == "!Series_supplementary_file" for value in line.values if value
        ),
    )


def _lines(lines: Sequence[str]) -> Iterator[SampleLine]:
    """Yield the lines that begin with ``!``, each with the lines into which a quoted line break continues it."""
    starts = [place for place, line in enumerate(lines) if line.startswith("!")]
    for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
        name, *values = " ".join(lines[start:stop]).rstrip(" ").split("\t")
        yield SampleLine(start + 1, name.strip(), tuple(_unquoted(value) for value in values))


def _plain_row(line: str) -> str:
    """Return a row of the table without quotation marks around its id or its names: plain rows are read faster."""
    if not line.startswith('"'):
        return line
    fields = line.split("\t") if line.count('"') > 2 else line.split("\t", 1)
    plain = [field[1:-1] if field[:1] == field[-1:] == '"' and len(field) > 1 else field for field in fields]
    return line if any('"' in field for field in plain) else "\t".join(plain)


def _unquoted(value: str) -> str:
    stripped = value.strip()
    quoted = len(stripped) > 1 and stripped.startswith('"') and stripped.endswith('"')
    return " ".join((stripped[1:-1] if quoted else stripped).split())


def sample_columns(samples: Sequence[SampleLine], name: str) -> dict[str, list[str]]:
    """Return name → text for each sample; the accession comes first, then characteristics, then descriptions.

    Args:
        samples: The lines of the samples, one of which holds the accessions.
        name: Name of the file.

    Raises:
        CohortError: GR141 if a line has another number of samples.
    """
    ids = next((line.values for line in samples if line.name == ACCESSION), ())
    characteristics = [line for line in samples if _CHARACTERISTICS.fullmatch(line.name)]
    describing = [line for line in samples if _DESCRIBING.fullmatch(line.name)]
    for line in (*characteristics, *describing):
        _require_length(line, len(ids), name)
    found = _by_key(characteristics, len(ids))
    for line in describing:
        title = line.name.removeprefix("!Sample_")
        if len(set(line.values)) > 1:
            found[f"{title} (sample)" if title in found else title] = list(line.values)
    return {"geo_accession": list(ids), **{key: cells for key, cells in found.items() if any(cells)}}


def _by_key(characteristics: Sequence[SampleLine], samples: int) -> dict[str, list[str]]:
    """Return key → value for each sample; several values of one key are joined."""
    found: dict[str, list[str]] = {}
    keys: dict[str, str] = {}
    for line in characteristics:
        for place, cell in enumerate(line.values):
            key, value = _split(cell, line.name.removeprefix("!Sample_"))
            column = found.setdefault(keys.setdefault(key.casefold(), key), [""] * samples)
            column[place] = "; ".join(dict.fromkeys(part for part in (column[place], value) if part))
    return found


def _require_length(line: SampleLine, samples: int, name: str) -> None:
    if len(line.values) != samples:
        raise CohortError(
            "GR141",
            f"This is a GEO series matrix whose lines contradict each other: {line.name} has "
            f"{counted(len(line.values), 'value', 'values')} for {counted(samples, 'sample', 'samples')}.",
            "Download it again.",
            f"{name}, row {line.number}",
        )


def _split(cell: str, line: str) -> tuple[str, str]:
    """Return key and value of a characteristic; one without a key is called by its line."""
    key, colon, value = cell.partition(":")
    if not colon or not key.strip():
        return line, "" if cell.lower() in MISSING else cell
    return key.strip(), "" if value.strip().lower() in MISSING else value.strip()
