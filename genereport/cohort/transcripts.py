"""From transcripts to genes: the table of both, sums of counts, and counts scaled from abundances.

Soneson, Love and Robinson (2015, F1000Research 4:1521) sum the abundances (TPM) of the transcripts of a gene, multiply
them by its average length over the samples, and scale each sample to its number of reads. Such counts do not change
where only the share of long and short transcripts does. tximport calls them ``lengthScaledTPM``.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from genereport.cohort.model import Source
from genereport.cohort.tables import read_text
from genereport.cohort.wording import counted, quoted
from genereport.errors import CohortError, Finding
from genereport.locations import Location
from genereport.types import Array, Codes

_MOST_UNKNOWN = 0.01
"""Share of the counts that transcripts without a gene may hold before the finding is a warning."""


class GeneTable(NamedTuple):
    """A table that names the gene of each transcript.

    Attributes:
        name: Name of the file, or what the genes are named by.
        source: The file; None if the counts themselves name the genes.
        rows: Cells of each row, two or more.
    """

    name: str
    source: Source | None
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, eq=False)
class GeneMap:
    """Transcripts of a set of files, and their genes.

    Attributes:
        genes: Ids of the genes, in the order in which they occur first.
        symbols: Their symbols, empty where unknown.
        codes: Position in `genes` of each transcript, −1 for one without a gene; shape (transcripts,).
        rule: How the ids were compared, in words; empty if as they are written.
    """

    genes: tuple[str, ...]
    symbols: tuple[str, ...]
    codes: Codes
    rule: str = ""

    def sums(self, values: Array) -> Array:
        """Return the sum over the transcripts of each gene, shape (genes,).

        Args:
            values: A value of each transcript, shape (transcripts,).
        """
        known = self.codes >= 0
        return np.bincount(self.codes[known], weights=values[known], minlength=len(self.genes)).astype(np.float64)


def read_gene_table(path: Location) -> GeneTable:
    """Read a table of transcripts and genes: two or three columns, divided by tabs, commas or blanks.

    Args:
        path: A file such as ``tx2gene.tsv`` of nf-core; a header is harmless, because it names no transcript.

    Raises:
        CohortError: GR101 to GR104, GR129, GR143 for a file that cannot be read, GR193 a table of one column.
    """
    source, text = read_text(path, "transcripts")
    lines = [line for line in text.split("\n") if line.strip() and not line.startswith("#")]
    delimiter = next((each for each in ("\t", ",", ";", " ") if lines and each in lines[0]), "")
    rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter)) if delimiter else []
    if not rows or any(len(row) < 2 for row in rows):
        raise CohortError(
            "GR193",
            "This should be a table of transcripts and their genes, and it has a row with a single column.",
            "Give a file with the columns transcript, gene and, perhaps, symbol.",
            source.name,
        )
    return GeneTable(source.name, source, tuple(tuple(cell.strip() for cell in row) for row in rows))


def map_transcripts(transcripts: Sequence[str], table: GeneTable) -> GeneMap:
    """Return the gene of each transcript.

    Ids are compared as they are written, else without versions (``.3``) and what follows a ``|``.

    Args:
        transcripts: Ids of the transcripts as the program writes them.
        table: The table.

    Raises:
        CohortError: GR193 if the table knows none of them, or names two genes for one.
    """
    exact, bare = _RULES
    best = _fit(transcripts, table, exact)
    if best.known < len(transcripts):
        best = max(best, _fit(transcripts, table, bare), key=lambda fit: fit.known)
    if best.known:
        return _mapped(best, table)
    raise CohortError(
        "GR193",
        f"This table of transcripts and genes, with {quoted(row[0] for row in table.rows[1:3])}, knows none of the "
        f"transcripts of the counts, such as {quoted(transcripts, 3)}.",
        "Use the table of the annotation with which the reads were quantified: --set cohort.transcripts=FILE.",
        table.name,
    )


class _Fit(NamedTuple):
    """Transcripts as a rule compares them, the column of the table that holds most of them, and how many it holds."""

    rule: str
    wanted: list[str]
    column: int
    known: int


def _bare_id(name: str) -> str:
    return re.sub(r"\.\d+$", "", name.split("|", 1)[0])


_RULES: dict[str, Callable[[str], str]] = {"": str, " without versions and without what follows a '|'": _bare_id}
"""How ids are compared, in words that follow "compared" → the function that brings them to one form."""


def _fit(transcripts: Sequence[str], table: GeneTable, rule: str) -> _Fit:
    wanted = [_RULES[rule](name) for name in transcripts]
    width = min(3, *(len(row) for row in table.rows))
    every = set(wanted)
    known = [len({_RULES[rule](row[column]) for row in table.rows} & every) for column in range(width)]
    return _Fit(rule, wanted, known.index(max(known)), max(known))


def _mapped(fit: _Fit, table: GeneTable) -> GeneMap:
    """Return the genes of transcripts that stand in one column of the table; the gene is in the next, then its symbol.

    Raises:
        CohortError: GR193 two genes of one transcript.
    """
    gene, symbol = (column for column in range(3) if column != fit.column)
    gene_of: dict[str, str] = {}
    symbol_of: dict[str, str] = {}
    for row in table.rows:
        transcript = _RULES[fit.rule](row[fit.column])
        if row[gene] and gene_of.setdefault(transcript, row[gene]) != row[gene]:
            raise CohortError(
                "GR193",
                f"This table of transcripts and genes names two genes for the transcript '{transcript}': "
                f"'{gene_of[transcript]}' and '{row[gene]}'.",
                "Give a table with one gene for each transcript.",
                table.name,
            )
        if len(row) > symbol:
            symbol_of.setdefault(row[gene], row[symbol])
    places: dict[str, int] = {}
    codes = [places.setdefault(gene_of[name], len(places)) if name in gene_of else -1 for name in fit.wanted]
    symbols = tuple("" if symbol_of.get(name, name) == name else symbol_of[name] for name in places)
    return GeneMap(tuple(places), symbols, np.array(codes, dtype=np.intp), fit.rule)


def average_lengths(abundance: Array, weighted: Array, lengths: Array) -> Array:
    """Return the average effective length of each gene in each sample, shape (samples, genes).

    It is the mean over the transcripts, weighted by their abundance. Where a gene has no abundance in a sample, it is
    the geometric mean over the other samples; where it has none in any, the plain mean over its transcripts.

    Args:
        abundance: TPM of each gene, shape (samples, genes).
        weighted: Sum of TPM × length over the transcripts of each gene, same shape.
        lengths: Plain mean over the transcripts of each gene of their lengths, averaged over samples; shape (genes,).

    Example:
        >>> average_lengths(np.array([[4.0], [0.0]]), np.array([[4000.0], [0.0]]), np.array([800.0]))
        array([[1000.],
               [1000.]])
    """
    present = abundance > 0
    found = np.divide(weighted, abundance, out=np.full(abundance.shape, np.nan), where=present)
    logs = np.where(present, np.log(np.where(present, found, 1.0)), 0.0).sum(axis=0)
    times = present.sum(axis=0)
    others = np.where(times > 0, np.exp(logs / np.maximum(times, 1)), lengths)
    return np.where(present, found, others)


def length_scaled_counts(counts: Array, abundance: Array, lengths: Array) -> Array:
    """Return counts scaled from abundances by the average length of each gene, as tximport's ``lengthScaledTPM``.

    Args:
        counts: Sums of counts, shape (samples, genes).
        abundance: Sums of TPM, same shape.
        lengths: Effective length of each gene, averaged over samples; shape (genes,).

    Example:
        Both genes of the second sample have the same abundance; the longer one gets more of its 900 reads.

        >>> counts, abundance = np.array([[500.0, 500.0], [300.0, 600.0]]), np.array([[2.0, 1.0], [1.0, 1.0]])
        >>> length_scaled_counts(counts, abundance, np.array([500.0, 1000.0]))
        array([[500., 500.],
               [300., 600.]])
    """
    scaled = abundance * lengths
    totals = scaled.sum(axis=1, keepdims=True)
    factors: Array = counts.sum(axis=1, keepdims=True) / np.where(totals > 0, totals, 1.0)
    found: Array = scaled * factors
    return found


def describe_genes(
    genes: GeneMap, transcripts: Sequence[str], table: GeneTable, averaged: str, share: float, folder: str
) -> Finding:
    """Return the finding on how transcripts became genes.

    Args:
        genes: The genes.
        transcripts: Ids of the transcripts.
        table: The table of both.
        averaged: Samples over which the lengths were averaged; empty if counts were added.
        share: Share of the counts that belongs to transcripts without a gene.
        folder: Name of the folder.
    """
    unknown = [name for name, code in zip(transcripts, genes.codes.tolist(), strict=True) if code < 0]
    way = (
        "The counts of a gene are the abundances of its transcripts times its average length, scaled to the reads of "
        f"the sample (tximport's lengthScaledTPM); the average is over {averaged}. --set "
        "cohort.transcript_counts=summed adds the counts instead."
        if averaged
        else "The counts of the transcripts of a gene were added."
    )
    lost = (
        f" {counted(len(unknown), 'transcript has', 'transcripts have')} no gene in the table and "
        f"{'was' if len(unknown) == 1 else 'were'} left out, with {share:.2%} of the counts: {quoted(unknown, 3)}."
        if unknown
        else ""
    )
    message = (
        f"{counted(len(transcripts) - len(unknown), 'transcript was', 'transcripts were')} joined to "
        f"{counted(len(genes.genes), 'gene', 'genes')} by {quoted([table.name]) if table.source else table.name}"
        f"{', with ids compared' + genes.rule if genes.rule else ''}. {way}{lost}"
    )
    return Finding("GR362", "warning" if share > _MOST_UNKNOWN else "note", folder, message)
