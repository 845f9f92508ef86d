"""A folder with one file a sample, as quantification programs write them, and a sample sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd

from genereport.cohort.joining import join_matrices
from genereport.cohort.labels import read_labels
from genereport.cohort.layout import Files, Matrix, Parts, introduced
from genereport.cohort.matrix import find_sheet, tables_named
from genereport.cohort.model import Scale, Source
from genereport.cohort.names import MATRIX_WORDS, stem, tables_in
from genereport.cohort.sample_columns import SampleColumns, align_genes, align_transcripts, read_columns
from genereport.cohort.sample_files import GDC, SampleFile, find_sample_files, sample_ids
from genereport.cohort.set_aside import SUMMARY_ROWS
from genereport.cohort.sheet import Sheet, label_column
from genereport.cohort.strand import STRANDS, Strand, StrandSums, common_strand, describe_strand
from genereport.cohort.transcripts import (
    GeneTable,
    average_lengths,
    describe_genes,
    length_scaled_counts,
    map_transcripts,
    read_gene_table,
)
from genereport.cohort.wording import counted, quoted
from genereport.errors import CohortError, Finding, listed
from genereport.locations import Location
from genereport.settings import CohortSettings
from genereport.types import Array


class Quantified(NamedTuple):
    """The counts of a folder.

    Attributes:
        matrix: The counts, genes of all samples.
        sources: The files.
        findings: What the reader must know about how they were read.
        program: The program that wrote the files.
        lengths: Average length of each gene, by its id, where counts were scaled from abundances; else empty.
    """

    matrix: Matrix
    sources: tuple[Source, ...]
    findings: tuple[Finding, ...]
    program: str = ""
    lengths: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True)
class PerSampleReader:
    """Reader of folders with one file a sample."""

    layout: str = "one file a sample"

    def recognises(self, settings: CohortSettings) -> bool:
        """Return whether the named folder holds such files and no matrix."""
        folder = _named_folder(settings)
        if folder is None:
            return False
        found = find_sample_files(folder)
        inside = {file.path for file in found}
        rest = [path for path in tables_named(folder, MATRIX_WORDS) if path not in inside]
        return len(found) > 1 and (not rest or settings.expression is not None)

    def locate(self, settings: CohortSettings) -> Files:
        """Return the folder, and the sheet: as named, else in the folder.

        Raises:
            CohortError: GR112 if there is no sheet, or several could be meant.
        """
        folder = _named_folder(settings)
        if folder is None:
            raise CohortError("GR112", "No expression matrix is named.", "Name one with --expression FILE.")
        return Files(folder, settings.labels or _sheet_in(folder), settings.test_expression)

    def read(self, settings: CohortSettings) -> Parts:
        """Read the sheet and the files.

        Raises:
            CohortError: GR1xx.
        """
        files = self.locate(settings)
        sheet = read_labels(files.sheet)
        located = [(files.matrix, "expression"), (files.independent, "test_expression")]
        found: list[Quantified] = []
        for place, role in located:
            if place is not None:
                found.append(quantify(place, settings, sheet, role, found[0].lengths if found else {}))
        sheet, joins = join_matrices(sheet, [(each.matrix.name, [each.matrix.samples]) for each in found])
        frame = sheet.by_id(sheet.id_column([sample for each in found for sample in each.matrix.samples]))
        matrix, *others = [each.matrix.with_rows(set(frame.index)) for each in found]
        return Parts(
            layout=self.layout,
            matrix=matrix,
            independent=others[0] if others else None,
            sheet=frame,
            sheet_name=sheet.name,
            label=label_column(frame.columns, settings.label_column, sheet.name),
            sources=(*dict.fromkeys(source for each in found for source in each.sources), sheet.table.source),
            findings=(*(finding for each in found for finding in each.findings), *sheet.table.findings, *joins),
            scale=Scale("counts", f"the files hold the counts of {found[0].program}"),
        )


def _named_folder(settings: CohortSettings) -> Path | None:
    named = settings.expression or settings.study
    return named if isinstance(named, Path) and named.is_dir() else None


def _sheet_in(folder: Path) -> Path:
    """Return the sample sheet of a folder.

    Raises:
        CohortError: GR112 if there is none, or several could be meant.
    """
    files = find_sample_files(folder)
    try:
        return find_sheet(folder, [file.path for file in files])
    except CohortError as error:
        what = f"This is a folder with {len(files)} files of {files[0].kind.name}, one sample each."
        raise introduced(error, what) from error


def quantify(
    folder: Location,
    settings: CohortSettings,
    sheet: Sheet | None,
    role: str,
    lengths: Mapping[str, float] = MappingProxyType({}),
) -> Quantified:
    """Read the files of a folder as one matrix of counts of genes.

    Args:
        folder: The folder.
        settings: Settings, of which ``strand``, ``transcripts`` and ``transcript_counts`` are used.
        sheet: The sample sheet, which shows what is the id in the names of the files.
        role: Role of the files; see `Source`.
        lengths: Average length of each gene in the training samples; empty for the training samples themselves.

    Raises:
        CohortError: GR101 to GR109, GR111, GR143 for a file that cannot be read, GR190 files of several kinds, GR191
            files with different genes, GR192 an unclear strand, GR193 transcripts without genes.
    """
    files = find_sample_files(folder) if isinstance(folder, Path) and folder.is_dir() else []
    _require_one_kind(files, folder)
    samples = sample_ids(files, sheet)
    told = Finding(
        "GR360",
        "note",
        folder.name,
        f"{counted(len(files), 'file', 'files')} of {files[0].kind.name} with one sample each were joined to one "
        f"matrix. The ids of the samples are from the names of the files: '{samples[0]}' from '{files[0].name}'.",
    )
    quantified = (
        _read_transcripts(files, samples, settings, role, lengths)
        if files[0].kind.abundance
        else _read_genes(files, samples, settings, role)
    )
    return quantified._replace(findings=(told, *quantified.findings), program=files[0].kind.name)


def _require_one_kind(files: Sequence[SampleFile], folder: Location) -> None:
    kinds = {file.kind.name: file for file in files}
    if len(kinds) == 1 and len(files) > 1:
        return
    held = [
        f"{sum(file.kind.name == kind for file in files)} of {kind}, such as '{file.name}'"
        for kind, file in kinds.items()
    ]
    raise CohortError(
        "GR190",
        f"This should be a folder with one file a sample, all of one program. It holds {listed(held) or 'none'}.",
        "Name a folder that holds the files of one program; files of several samples are named one by one.",
        str(folder),
    )


def _read_genes(
    files: Sequence[SampleFile], samples: tuple[str, ...], settings: CohortSettings, role: str
) -> Quantified:
    """Read files with the counts of genes."""
    kind, folder = files[0].kind, files[0].folder.name
    columns = list(read_columns(files, kind.counts, role))
    ids, values, unequal = align_genes(columns, files)
    column, told = _chosen_column(ids, values, samples, settings, files[0])
    about = columns[0].genes.set_index(columns[0].ids)
    about = about if ids is columns[0].ids else about.reindex(ids, fill_value="")
    matrix = Matrix(
        name=folder,
        samples=samples,
        genes=tuple(map(str, ids)),
        values=np.array([each[:, column] for each in values]),
        symbols=tuple(about["symbol"]),
        descriptions=("",) * len(ids),
        places=tuple(about["place"]),
    )
    findings = tuple(dict.fromkeys(finding for each in columns for finding in each.findings))
    return Quantified(matrix, tuple(each.source for each in columns), (*told, *unequal, *findings))


def _chosen_column(
    ids: pd.Index, values: Sequence[Array], samples: Sequence[str], settings: CohortSettings, file: SampleFile
) -> tuple[int, tuple[Finding, ...]]:
    """Return the position of the column of counts, by the strand of the library, and how it was chosen."""
    columns, name = file.kind.counts, file.folder.name
    if len(columns) == 1:
        return 0, ()
    strand: Strand
    if settings.strand != "auto":
        strand, why = settings.strand, "cohort.strand names them"
    elif file.kind == GDC:
        strand, why = "unstranded", "the GDC uses them; cohort.strand names others"
    else:
        genes = ~ids.str.lower().isin(SUMMARY_ROWS)
        sums = {sample: StrandSums(*each[genes].sum(axis=0)) for sample, each in zip(samples, values, strict=True)}
        strand = common_strand(sums, str(file.folder))
        return STRANDS.index(strand), (describe_strand(strand, sums, name),)
    message = f"The files count the reads for each strand. The {strand} counts were used: {why}."
    return STRANDS.index(strand), (Finding("GR361", "note", name, message),)


def _read_transcripts(
    files: Sequence[SampleFile],
    samples: tuple[str, ...],
    settings: CohortSettings,
    role: str,
    training: Mapping[str, float],
) -> Quantified:
    """Read files with the counts of transcripts, and sum them over the transcripts of each gene."""
    kind, folder = files[0].kind, files[0].folder.name
    columns = read_columns(files, (*kind.counts, kind.abundance, kind.lengths), role)
    first = next(columns)
    table = _gene_table(first, settings, files[0])
    genes = map_transcripts(first.ids.tolist(), table)
    sources, sums, lost = [first.source], [], 0.0
    lengths = np.zeros(len(first.ids))
    for file, each in zip(files, chain([first], columns), strict=True):
        counts, abundance, length = align_transcripts(each, first.ids, file, files[0]).T
        sums.append([genes.sums(counts), genes.sums(abundance), genes.sums(abundance * length)])
        lengths += length / len(files)
        lost += counts[genes.codes < 0].sum()
        sources += [each.source] if each is not first else []
    counts, abundance, weighted = np.array(sums).transpose(1, 0, 2)
    scaled = settings.transcript_counts == "length_scaled"
    plain = genes.sums(lengths) / genes.sums(np.ones(len(lengths)))
    own = average_lengths(abundance, weighted, plain).mean(axis=0)
    average = np.array([training.get(gene, each) for gene, each in zip(genes.genes, own.tolist(), strict=True)])
    values = length_scaled_counts(counts, abundance, average) if scaled else counts
    averaged = ("the training samples" if training else "all samples of the folder") if scaled else ""
    told = describe_genes(genes, first.ids.tolist(), table, averaged, lost / max(counts.sum() + lost, 1.0), folder)
    empty = ("",) * len(genes.genes)
    matrix = Matrix(folder, samples, genes.genes, values, genes.symbols, empty, empty)
    return Quantified(
        matrix,
        (*sources, *([table.source] if table.source else [])),
        (*first.findings, told),
        lengths=dict(zip(genes.genes, average.tolist(), strict=True)),
    )


def _gene_table(first: SampleColumns, settings: CohortSettings, file: SampleFile) -> GeneTable:
    """Return the table of transcripts and genes: as named, else that of the folder, else the files' own.

    Raises:
        CohortError: GR193 if there is none.
    """
    beside = [path for path in tables_in(file.folder) if "tx2gene" in stem(path)]
    named = settings.transcripts or (beside[0] if len(beside) == 1 else None)
    if named is not None:
        return read_gene_table(named)
    if file.kind.genes:
        rows = zip(first.ids, first.genes["gene"], strict=True)
        return GeneTable(f"their column {file.kind.genes}", None, tuple((str(one), str(gene)) for one, gene in rows))
    raise CohortError(
        "GR193",
        f"This is a folder of files of {file.kind.name}, which count transcripts ({quoted(first.ids, 2)}); tests and "
        "models need counts of genes.",
        "Name a table of the transcripts and their genes, such as the tx2gene.tsv of nf-core or tximport: "
        "--set cohort.transcripts=tx2gene.tsv.",
        str(file.folder),
    )
