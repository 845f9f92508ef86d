"""Ids and numbers of files that hold the counts of one sample each, and one order of their rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from genereport.cohort.layout import require_gene_ids
from genereport.cohort.model import Source
from genereport.cohort.sample_files import SampleFile, read_sample_file
from genereport.cohort.tables import TextTable
from genereport.cohort.wording import quoted
from genereport.errors import CohortError, Finding
from genereport.types import Array


class SampleColumns(NamedTuple):
    """What is read of one file.

    Attributes:
        ids: Ids of the rows.
        values: The numbers, shape (rows, columns).
        source: The file.
        findings: What the reader must know about how it was read.
        genes: For the first file the position, the symbol and the gene of each row; the last two may be empty.
    """

    ids: pd.Index
    values: Array
    source: Source
    findings: tuple[Finding, ...]
    genes: pd.DataFrame


def read_columns(files: Sequence[SampleFile], names: Sequence[str], role: str) -> Iterator[SampleColumns]:
    """Yield ids and numbers of each file, and for the first file what describes its rows.

    Args:
        files: The files, of one kind.
        names: Columns of numbers.
        role: Role of the files; see `Source`.

    Raises:
        CohortError: GR101 to GR108, GR111, GR143 for a file that cannot be read.
    """
    for file in files:
        table = read_sample_file(file, role)
        ids = table.strings([table.header.index(file.kind.ids)]).iloc[:, 0]
        places = [f"row {line}" for line in table.lines] if file is files[0] else []
        if (ids == "").any():
            require_gene_ids(ids.tolist(), [f"row {line}" for line in table.lines], table.source.name)
        values = table.numbers([table.header.index(name) for name in names])
        told = {name: _texts(table, name) for name in (file.kind.symbols, file.kind.genes) if name and places}
        genes = pd.DataFrame(
            {
                "place": places,
                "symbol": told.get(file.kind.symbols, ""),
                "gene": told.get(file.kind.genes, ""),
            },
            index=range(len(places)),
        )
        yield SampleColumns(pd.Index(ids), values, table.source, table.findings, genes)


def _texts(table: TextTable, name: str) -> list[str]:
    return [str(cell) for cell in table.strings([table.header.index(name)]).iloc[:, 0]]


def align_genes(
    columns: Sequence[SampleColumns], files: Sequence[SampleFile]
) -> tuple[pd.Index, list[Array], tuple[Finding, ...]]:
    """Return the ids of all genes, the values of each file in their order, and a finding if files lack genes.

    Raises:
        CohortError: GR191 if files have different genes, and some hold zeros, or if ids repeat.
    """
    first = columns[0].ids
    if all(each.ids.equals(first) for each in columns):
        return first, [each.values for each in columns], ()
    every = pd.Index(dict.fromkeys(gene for each in columns for gene in each.ids))
    for file, each in zip(files, columns, strict=True):
        if each.ids.has_duplicates:
            raise CohortError(
                "GR191",
                f"This is a folder of files with one sample each, whose rows have different orders, and in "
                f"'{file.name}' the id '{each.ids[each.ids.duplicated()][0]}' occurs more than once.",
                "Give every gene one row in every file.",
                str(file.folder),
            )
    missing = [every.difference(each.ids, sort=False) for each in columns]
    if any(map(len, missing)) and not _omits_zeros(columns, files[0]):
        raise _different_genes_error(files, every, missing)
    places = [each.ids.get_indexer(every) for each in columns]
    values = [
        np.where(place[:, None] < 0, 0.0, each.values[place]) for place, each in zip(places, columns, strict=True)
    ]
    return every, values, _describe_union(files[0], every, missing)


def _omits_zeros(columns: Sequence[SampleColumns], file: SampleFile) -> bool:
    """Return whether the program leaves out genes without reads: no file of counts has a zero."""
    return file.kind.names[-1:] == ("count",) and all((each.values > 0).all() for each in columns)


def _different_genes_error(files: Sequence[SampleFile], every: pd.Index, missing: Sequence[pd.Index]) -> CohortError:
    file, lacks = next((file, lacks) for file, lacks in zip(files, missing, strict=True) if len(lacks))
    return CohortError(
        "GR191",
        f"This is a folder of files with one sample each, and they have different genes: '{file.name}' lacks "
        f"{len(lacks):,} of {len(every):,}, such as {quoted(lacks, 3)}.",
        "Count all samples with one annotation; a file may also have been cut off.",
        str(file.folder),
    )


def _describe_union(file: SampleFile, every: pd.Index, missing: Sequence[pd.Index]) -> tuple[Finding, ...]:
    partial = {gene for lacks in missing for gene in lacks}
    message = (
        f"No file holds a zero, so the program leaves out genes without reads. {len(partial):,} of the {len(every):,} "
        "genes are missing from some files, and were given a count of 0 there."
    )
    return (Finding("GR363", "note", file.folder.name, message),) if partial else ()


def align_transcripts(each: SampleColumns, ids: pd.Index, file: SampleFile, first: SampleFile) -> Array:
    """Return the values of a file in the order of the first one.

    Raises:
        CohortError: GR191 if it has other transcripts.
    """
    if each.ids.equals(ids):
        return each.values
    if ids.has_duplicates or each.ids.has_duplicates or len(ids) != len(each.ids) or not each.ids.isin(ids).all():
        other = each.ids.symmetric_difference(ids)
        raise CohortError(
            "GR191",
            f"This is a folder of files with one sample each, and '{file.name}' and '{first.name}' have different "
            f"transcripts: {len(ids):,} and {len(each.ids):,}, not in both {quoted(other, 3) or 'none'}.",
            "Quantify all samples with one index; a file may also have been cut off.",
            str(file.folder),
        )
    return each.values[each.ids.get_indexer(ids)]
