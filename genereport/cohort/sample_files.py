"""Files that hold the counts of one sample each: their kinds, their columns, and the ids of their samples.

A kind is recognised by the first lines of a file, never by its name. The name, or that of the folder around the file,
gives the id of the sample.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from genereport.cohort.decoding import Decoded, peek_lines
from genereport.cohort.layout import repeats
from genereport.cohort.model import Source
from genereport.cohort.names import PACKED, quantified_in
from genereport.cohort.sheet import Sheet
from genereport.cohort.tables import TextTable, read_content, table_of
from genereport.cohort.wording import counted
from genereport.errors import CohortError, listed

_PEEKED = 12
_COUNT_ROW = re.compile(r"[^\t]+\t(?:[^\t]*\t)?\d+(?:\.0+)?")
_STAR_ROW = re.compile(r"N_unmapped(?:\t\d+){3}")
_FEATURE_COUNTS = ("Geneid", "Chr", "Start", "End", "Strand", "Length")
_WORDS = r"(?:^|[._-])(?:htseq|featurecounts?|genes?|readcounts?|counts?)"


@dataclass(frozen=True)
class Kind:
    """A kind of file that holds the counts of one sample.

    Attributes:
        name: The program that writes it, and its level where it writes two.
        ending: Pattern of what follows the id of the sample in the file's name.
        ids: Column of the ids of the genes or transcripts.
        counts: Column of the counts; for a kind with one column for each strandedness those of unstranded, forward and
            reverse libraries.
        needs: Columns by which it is recognised; empty for a file without a header.
        symbols: Column of the gene symbols; empty if there is none.
        abundance: Column of TPM of transcripts; empty for a kind of genes.
        lengths: Column of the effective lengths of transcripts; empty for a kind of genes.
        genes: Column of the gene of each transcript; empty if the file does not name it.
        names: Names of the columns of a file without a header, in their order.
    """

    name: str
    ending: str
    ids: str
    counts: tuple[str, ...]
    needs: tuple[str, ...] = ()
    symbols: str = ""
    abundance: str = ""
    lengths: str = ""
    genes: str = ""
    names: tuple[str, ...] = ()


STAR = Kind(
    "STAR",
    r"[._-]*ReadsPerGene(?:\.out)?\.(?:tab|txt|tsv)",
    "gene",
    ("unstranded", "forward", "reverse"),
    names=("gene", "unstranded", "forward", "reverse"),
)
HTSEQ = Kind(
    "htseq-count",
    rf"(?:{_WORDS})*(?:(?:^|\.)(?:counts?|cnt|txt|tsv|tab|out))+",
    "gene",
    ("count",),
    names=("gene", "count"),
)
_NAMED_HTSEQ = replace(HTSEQ, symbols="symbol", names=("gene", "symbol", "count"))
SALMON = Kind(
    "salmon",
    r"(?:^|[._-]*)quant\.sf|\.sf",
    "Name",
    ("NumReads",),
    ("Name", "Length", "EffectiveLength", "TPM", "NumReads"),
    abundance="TPM",
    lengths="EffectiveLength",
)
KALLISTO = Kind(
    "kallisto",
    r"[._-]*abundance\.(?:tsv|txt)",
    "target_id",
    ("est_counts",),
    ("target_id", "length", "eff_length", "est_counts", "tpm"),
    abundance="tpm",
    lengths="eff_length",
)
RSEM_ISOFORMS = Kind(
    "RSEM (isoforms)",
    r"[._-]*isoforms\.results",
    "transcript_id",
    ("expected_count",),
    ("transcript_id", "gene_id", "effective_length", "expected_count", "TPM", "IsoPct"),
    abundance="TPM",
    lengths="effective_length",
    genes="gene_id",
)
RSEM_GENES = Kind(
    "RSEM (genes)",
    r"[._-]*genes\.results",
    "gene_id",
    ("expected_count",),
    ("gene_id", "transcript_id(s)", "expected_count", "TPM"),
)
GDC = Kind(
    "GDC",
    r"\.rna_seq\.(?:star|augmented_star)_gene_counts\.tsv|[._-]*(?:augmented_)?star_gene_counts\.tsv",
    "gene_id",
    ("unstranded", "stranded_first", "stranded_second"),
    ("gene_id", "gene_name", "gene_type", "unstranded", "stranded_first", "stranded_second"),
    symbols="gene_name",
)
FEATURE_COUNTS = Kind(
    "featureCounts",
    rf"(?:{_WORDS})*(?:(?:^|\.)(?:counts?|featurecounts?|txt|tsv|tab|out))+",
    "Geneid",
    ("",),
    _FEATURE_COUNTS,
)
_WITH_HEADER = (SALMON, KALLISTO, RSEM_ISOFORMS, RSEM_GENES, GDC)


class SampleFile(NamedTuple):
    """A file that holds the counts of one sample.

    Attributes:
        path: The file.
        kind: Its kind.
        folder: The folder that was searched; the file is in it, or one level below.
    """

    path: Path
    kind: Kind
    folder: Path

    @property
    def name(self) -> str:
        """The path of the file within the folder that was searched, with forward slashes."""
        return self.path.relative_to(self.folder).as_posix()


def find_sample_files(folder: Path) -> list[SampleFile]:
    """Return the files of a folder, and of its subfolders, that hold the counts of one sample each, sorted by path.

    RSEM writes the counts of genes and of isoforms; those of isoforms are left out where both are there.
    """
    kinds = [(path, kind_of(path)) for path in quantified_in(folder)]
    found = [SampleFile(path, kind, folder) for path, kind in kinds if kind is not None]
    if any(file.kind == RSEM_GENES for file in found):
        found = [file for file in found if file.kind != RSEM_ISOFORMS]
    return found


def kind_of(path: Path) -> Kind | None:
    """Return the kind of a file that holds the counts of one sample; None for another file."""
    lines = [line for line in peek_lines(path, _PEEKED) if line.strip() and not line.startswith("#")]
    if len(lines) < 2:
        return None
    header = [name.strip(' "') for name in lines[0].split("\t")]
    if tuple(header[:6]) == _FEATURE_COUNTS:
        return FEATURE_COUNTS if _has_one_sample(header) else None
    if _STAR_ROW.fullmatch(lines[0].strip()):
        return STAR
    if all(_COUNT_ROW.fullmatch(line) for line in lines):
        return {2: HTSEQ, 3: _NAMED_HTSEQ}.get(len(header))
    return next((kind for kind in _WITH_HEADER if set(kind.needs) <= set(header)), None)


def _has_one_sample(header: Sequence[str]) -> bool:
    """Return whether one column of featureCounts holds counts; others may hold attributes of the annotation."""
    paths = [name for name in header[6:] if re.search(r"\.(bam|sam|cram)$", name, re.IGNORECASE)]
    return len(header) == 7 or (len(paths) == 1 and paths[0] == header[-1])


def read_sample_file(file: SampleFile, role: str) -> TextTable:
    """Read a file that holds the counts of one sample.

    Raises:
        CohortError: GR101 to GR105, GR108, GR143 for a file that cannot be read.
    """
    source, content = read_content(file.path, role)
    source = replace(source, name=file.name)
    quoted = '"' in content.text and not file.kind.names
    table = table_of(source, content) if quoted else _plain_table(source, content, file.kind.names)
    if file.kind.counts == ("",):
        return replace(table, header=(*table.header[:-1], ""))
    return table


def _plain_table(source: Source, content: Decoded, names: tuple[str, ...]) -> TextTable:
    """Return a table that is divided by tabs and has no quotation marks; `names` are its columns if it has no header.

    Raises:
        CohortError: GR108 a row of another length.
    """
    rows = [(number, line) for number, line in enumerate(content.text.split("\n"), start=1) if line.strip()]
    if not names:
        start = next(place for place, (_, line) in enumerate(rows) if not line.startswith("#"))
        names = tuple(name.strip() for name in rows[start][1].split("\t"))
        rows = rows[start + 1 :]
    wrong = next(((number, line) for number, line in rows if line.count("\t") != len(names) - 1), None)
    if wrong is not None:
        fields = wrong[1].count("\t") + 1
        raise CohortError(
            "GR108",
            f"The row has {counted(fields, 'field', 'fields')} where the others have {len(names)}.",
            "The file may have been cut off: copy it again.",
            f"{source.name}, row {wrong[0]}",
        )
    text = "\n".join(["\t".join(names), *(line for _, line in rows)])
    return TextTable(source, names, tuple(number for number, _ in rows), text, "\t", findings=content.findings)


def sample_ids(files: Sequence[SampleFile], sheet: Sheet | None = None) -> tuple[str, ...]:
    """Return the id of the sample of each file: what its name, or that of its folder, holds before the usual ending.

    Of several ways to find ids, that is used by which the sheet knows most of the samples.

    Args:
        files: The files, of one kind.
        sheet: The sample sheet, if there is one.

    Raises:
        CohortError: GR109 if two files have the same sample.
    """
    forms: tuple[Callable[[SampleFile], str], ...] = (_own_name, _folder_name, _accession, _file_name)
    names = [[form(file) for file in files] for form in forms]
    usable = [each for each in names if all(each) and len(set(each)) == len(each)]
    own, by_folder = names[0], names[1]
    if all(own) and own not in usable and (by_folder not in usable or len(set(own)) > 1):
        raise _repeated_sample_error(files, own)
    known = [sheet.matches(sheet.id_column(each), each) if sheet else 0 for each in usable]
    return tuple(usable[known.index(max(known))])


def _repeated_sample_error(files: Sequence[SampleFile], names: Sequence[str]) -> CohortError:
    sample, places = next(iter(repeats(names).items()))
    return CohortError(
        "GR109",
        f"{len(places)} files hold the sample '{sample}': {listed((files[place].name for place in places), 4)}.",
        "Keep one of them, or give the samples names of their own. Counts of several lanes have to be added first.",
        str(files[0].folder),
    )


def _own_name(file: SampleFile) -> str:
    packed = next((ending for ending in PACKED if file.path.name.lower().endswith(ending)), "")
    name = file.path.name[: len(file.path.name) - len(packed)]
    found = re.search(rf"(?:{file.kind.ending})$", name, re.IGNORECASE)
    return name[: found.start()] if found else name.rpartition(".")[0]


def _folder_name(file: SampleFile) -> str:
    return "" if file.path.parent == file.folder else file.path.parent.name


def _accession(file: SampleFile) -> str:
    """Return the accession by which names of GEO's supplementary files begin, as in ``GSM123_S1.counts.txt.gz``."""
    found = re.match(r"(GSM\d+)[._-]", file.path.name)
    return found[1] if found else ""


def _file_name(file: SampleFile) -> str:
    return file.path.name
