"""The user's annotation of genes or probes: which symbol, or which symbols, belong to an id of the matrix.

The file is a table of a GEO platform (``GPL….txt``, also in SOFT format), a GCT file, an export of Bioconductor, a
table of gene ids and gene names, or a manifest of Affymetrix, Agilent or Illumina. Its columns are recognised: that of
the ids by its content, that of the symbols by its name.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection
from typing import NamedTuple

import pandas as pd

from genereport.cohort.gene_table import SEPARATOR, are_human
from genereport.cohort.model import Source
from genereport.cohort.table import MISSING, is_number
from genereport.cohort.tables import read_content
from genereport.cohort.wording import counted, quoted
from genereport.errors import CohortError, Finding
from genereport.locations import Location

_SYMBOLS = (
    *("genesymbol", "symbol", "genesymbols", "symbols", "hgncsymbol", "hugosymbol", "approvedsymbol", "mgisymbol"),
    *("ilmngene", "ucscrefgenename", "geneassignment", "genename", "externalgenename", "associatedgenename", "gene"),
    *("genenames", "description"),
)
"""Names of columns of symbols, in letters only; the first that holds symbols is taken."""

_SECTIONS = ("[probes]", "[assay]")
"""Lines of Illumina's manifests after which the table begins; it ends at the next line in brackets."""

_BETWEEN = re.compile(r"\s*(?:///|[;|,])\s*")
_VERSION = re.compile(r"(ENS[A-Z]*G\d{11})\.\d+")


class ProbeSymbols(NamedTuple):
    """Genes with the symbols of an annotation.

    Attributes:
        genes: Index gene id, column ``symbol`` and the others as they were.
        sources: The file.
        findings: How many ids it names, and what a reader must know.
    """

    genes: pd.DataFrame
    sources: tuple[Source, ...] = ()
    findings: tuple[Finding, ...] = ()


class _Table(NamedTuple):
    source: Source
    header: list[str]
    rows: list[list[str]]

    def column(self, place: int) -> list[str]:
        return [row[place] if place < len(row) else "" for row in self.rows]


def with_probe_symbols(genes: pd.DataFrame, location: Location | None) -> ProbeSymbols:
    """Give genes the symbols of an annotation file, which replace those of the matrix.

    The symbols of a probe that has several are joined by ``///``; none of them is chosen.

    Args:
        genes: Index gene or probe id, column ``symbol``.
        location: The file; None if there is none.

    Raises:
        CohortError: GR101 to GR104, GR129 and GR143 for a file that cannot be read, GR134 if it has none of the ids,
            GR135 if it has no column of symbols.
    """
    if location is None:
        return ProbeSymbols(genes)
    source, content = read_content(location, "annotation", legacy=True)
    table = _as_table(source, content.text)
    ids, names = _id_column(table, [str(gene) for gene in genes.index])
    place = _symbol_column(table, ids)
    known: dict[str, dict[str, None]] = {}
    for name, cell in zip(names, table.column(place), strict=True):
        known.setdefault(name, {}).update(dict.fromkeys(_symbols(cell)))
    joined = {name: SEPARATOR.join(symbols) for name, symbols in known.items() if symbols}
    given = [joined.get(str(gene), joined.get(_unversioned(str(gene)), "")) for gene in genes.index]
    symbols = pd.Series(given, index=genes.index, dtype=str)
    finding = _describe(genes["symbol"], symbols, table, (table.header[ids], table.header[place]))
    filled = symbols.where(symbols != "", genes["symbol"])
    return ProbeSymbols(genes.assign(symbol=filled), (source,), (*content.findings, finding))


def _as_table(source: Source, text: str) -> _Table:
    """Return the table of a file, below comments and the lines of its format.

    Raises:
        CohortError: GR102 if there is none.
    """
    lines = _table_lines(text.split("\n"))
    delimiter = max(("\t", ",", ";"), key=lines[0].count) if lines else "\t"
    if delimiter == "\t":  # tables of GEO are not quoted, and may hold quotation marks
        rows = [[cell.strip(' "') for cell in line.split("\t")] for line in lines]
    else:
        rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=delimiter)]
    if len(rows) < 2:
        raise CohortError(
            "GR102", "The annotation holds no table.", "Name a table of ids and gene symbols.", source.name
        )
    header, *rest = rows
    row_names = all(len(row) == len(header) + 1 for row in rest)
    return _Table(source, ["", *header] if row_names else header, rest)


def _table_lines(lines: list[str]) -> list[str]:
    """Return the lines of the table: without comments, the sizes of a GCT file, and sections of a manifest."""
    starts = [place for place, line in enumerate(lines) if line.strip(' \t,"').lower() in _SECTIONS]
    if starts:
        lines = lines[starts[0] + 1 :]
        end = next((place for place, line in enumerate(lines) if line.startswith("[")), len(lines))
        lines = lines[:end]
    elif lines[0].startswith("#1."):
        lines = lines[2:]
    return [line for line in lines if line.strip() and not line.lstrip('"').startswith(("#", "!", "^"))]


def _id_column(table: _Table, genes: Collection[str]) -> tuple[int, list[str]]:
    """Return the column with the most ids of the matrix, and the ids in it; Ensembl ids also without version.

    Raises:
        CohortError: GR134 if there is none.
    """
    wanted = set(genes)
    found = {place: len(wanted.intersection(table.column(place))) for place in range(len(table.header))}
    best = max(found, key=lambda place: found[place])
    if found[best]:
        return best, table.column(best)
    bare = {_unversioned(gene) for gene in wanted}
    for place in found:
        cells = [_unversioned(cell) for cell in table.column(place)]
        if bare.intersection(cells):
            return place, cells
    raise CohortError(
        "GR134",
        f"This is an annotation of other genes or probes: none of its {len(table.rows):,} rows has an id of the "
        f"matrix. Ids of the matrix are {quoted(sorted(wanted), 3)}; the first column of the annotation, "
        f"'{table.header[0]}', holds {quoted(dict.fromkeys(table.column(0)), 3)}.",
        "Name the annotation of the platform on which the cohort was measured.",
        table.source.name,
    )


def _unversioned(name: str) -> str:
    found = _VERSION.fullmatch(name)
    return found[1] if found else name


def _symbol_column(table: _Table, ids: int) -> int:
    """Return the column of symbols.

    Raises:
        CohortError: GR135 if there is none.
    """
    names = [re.sub(r"[^a-z]", "", name.lower()) for name in table.header]
    places = [names.index(name) for name in _SYMBOLS if name in names]
    for place in places:
        if place != ids and _holds_symbols(table.column(place), names[place]):
            return place
    raise CohortError(
        "GR135",
        f"The annotation has no column of gene symbols; its columns are {quoted(table.header, 12)}.",
        "Call the column of gene symbols 'symbol'.",
        table.source.name,
    )


def _holds_symbols(cells: list[str], name: str) -> bool:
    """Return whether cells are symbols, and neither numbers nor descriptions in words."""
    symbols = [symbol for cell in dict.fromkeys(cells) for symbol in _symbols(cell)]
    plain = [symbol for symbol in symbols if " " not in symbol and not is_number(symbol)]
    return len(plain) > len(symbols) / 2 and (name != "description" or are_human(symbols))


def _symbols(cell: str) -> list[str]:
    """Return the symbols in a cell, each once; in ``NM_000546 // TP53 // tumor protein`` they are the second parts."""
    if " // " in cell:
        parts = [part.split(" // ")[1].strip() for part in cell.split(SEPARATOR) if " // " in part]
    else:
        parts = _BETWEEN.split(cell.strip())
    return list(dict.fromkeys(part for part in parts if part.lower() not in MISSING))


def _describe(before: pd.Series[str], symbols: pd.Series[str], table: _Table, columns: tuple[str, str]) -> Finding:
    """Say how many ids the annotation names, and by which columns."""
    named, several = symbols != "", symbols.str.contains(SEPARATOR, regex=False)
    replaced = named & (before != "") & (before != symbols) & (before != symbols.index.to_series())
    message = (
        f"The annotation names {int(named.sum()):,} of {len(symbols):,} genes or probes of the matrix; its ids are in "
        f"the column '{columns[0]}', its symbols in the column '{columns[1]}'."
    )
    if several.any():
        have = counted(int(several.sum()), "probe has several symbols", "probes have several symbols")
        message += (
            f" {have}, such as '{symbols[several].iloc[0]}'. None of the symbols is chosen: they are "
            "printed together, and agree with a marker or a gene set if one of them does."
        )
    if replaced.any():
        message += f" {counted(int(replaced.sum()), 'symbol', 'symbols')} of the matrix were replaced by it."
    few = int(named.sum()) < len(symbols) / 2
    return Finding("GR383", "warning" if few else "note", table.source.name, message)
