"""A plain expression matrix with a sample sheet, in one file or in two, of any kind that `tables.read_table` reads.

The matrix is genes × samples or samples × genes; the position of the sheet's ids shows which. A genes × samples matrix
may have text columns besides the samples: the first is the gene id, and those called symbol or description (or similar)
are kept. Numeric columns that are neither a known annotation nor in the sheet are samples without a label; they are an
error, unless they hold one value for all genes or repeat a sample in another unit (`set_aside`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from genereport.cohort.bam_names import with_sample_names
from genereport.cohort.binary.inside import independent_within, sheet_within
from genereport.cohort.binary.opening import is_binary
from genereport.cohort.joining import join_matrices
from genereport.cohort.labels import read_labels
from genereport.cohort.layout import Files, Matrix, Parts, require_gene_ids, require_unique_samples
from genereport.cohort.lone_table import describe_lone, holds_values
from genereport.cohort.model import Source
from genereport.cohort.names import MATRIX_WORDS, SHEET_WORDS, TEST_WORDS, stem, tables_in
from genereport.cohort.set_aside import columns_that_repeat, describe_columns, is_constant
from genereport.cohort.sheet import Sheet, label_column, require_shared
from genereport.cohort.table import MISSING, Table, is_number
from genereport.cohort.tables import read_table
from genereport.cohort.wording import quoted
from genereport.errors import CohortError, Finding
from genereport.locations import Location, Remote, folder_of
from genereport.settings import CohortSettings

_SYMBOLS = frozenset({"symbol", "genesymbol", "hgncsymbol", "hugosymbol", "genename", "gene"})
_DESCRIPTIONS = frozenset({"description", "genedescription", "title", "genetitle"})
_ANNOTATIONS = frozenset(
    [
        "entrez",
        "entrezid",
        "entrezgeneid",
        "geneid",
        "ensembl",
        "ensemblid",
        "chromosome",
        "chr",
        "start",
        "end",
        "strand",
        "length",
        "probe",
        "probeid",
        "accession",
        "biotype",
        "genebiotype",
        "id",
        "idref",
        "name",
        "genelength",
        "width",
        "startposition",
        "endposition",
        "gccontent",
        "gweight",
        "gorder",
    ]
)


_PEEKED = 100
"""Number of rows that show whether a column holds numbers."""


@dataclass(frozen=True)
class MatrixReader:
    """Reader of a matrix with a sample sheet."""

    layout: str = "matrix"

    def recognises(self, settings: CohortSettings) -> bool:
        """Return whether a matrix is named, a file of the folder has the name of one, or only one holds values."""
        if settings.expression is not None:
            return True
        if settings.study is None or isinstance(settings.study, Remote):
            return settings.study is not None
        if not settings.study.is_dir() or tables_named(settings.study, MATRIX_WORDS):
            return True
        return _unnamed_matrix(settings.study) is not None

    def locate(self, settings: CohortSettings) -> Files:
        """Locate the matrix, the sheet and the independent matrix: as named, else by the names of the folder's files.

        Raises:
            CohortError: GR112 if a file is not found or several could be meant.
        """
        return _locate_matrix(settings)

    def read(self, settings: CohortSettings) -> Parts:
        """Read the sheet and the matrices.

        Raises:
            CohortError: GR1xx.
        """
        files = self.locate(settings)
        sheet = read_labels(files.sheet)
        located = [(files.matrix, "expression"), (files.independent, "test_expression")]
        tables = [with_sample_names(read_table(place, role), sheet) for place, role in located if place is not None]
        sheet, findings = join_matrices(sheet, [(each.source.name, _sides(each, sheet)) for each in tables])
        ids = _id_column(tables[0], sheet)
        matrix, *others = [_read_matrix(each, sheet, ids) for each in tables]
        frame = sheet.by_id(ids)
        return Parts(
            layout=self.layout,
            matrix=matrix,
            independent=others[0] if others else None,
            sheet=frame,
            sheet_name=sheet.name,
            label=label_column(frame.columns, settings.label_column, sheet.name),
            sources=sources_of((tables[0], sheet.table, *tables[1:])),
            findings=(
                *(finding for each in (*tables, sheet.table) for finding in each.findings),
                *findings,
                *_describe_id_column(sheet, ids),
                *_describe_lone(settings, files.matrix),
            ),
        )


def _locate_matrix(settings: CohortSettings) -> Files:
    study = settings.study
    folder = study if isinstance(study, Path) and study.is_dir() else None
    matrix = settings.expression or (_matrix_of_folder(folder) if folder else study)
    if matrix is None:
        raise CohortError("GR112", "No expression matrix is named.", "Name one with --expression FILE.")
    sheet = settings.labels or sheet_within(matrix) or find_sheet(folder or matrix)
    independent = settings.test_expression
    if independent is None and folder is not None and settings.expression is None:
        tests = tables_named(folder, MATRIX_WORDS, test=True)
        independent = _find_only(folder, MATRIX_WORDS, "", "--test-expression FILE", test=True) if tests else None
    return Files(matrix, sheet, independent or independent_within(matrix))


def _matrix_of_folder(folder: Path) -> Path:
    unnamed = None if tables_named(folder, MATRIX_WORDS) else _unnamed_matrix(folder)
    return unnamed or _find_only(folder, MATRIX_WORDS, "expression matrix", "--expression FILE")


def _unnamed_matrix(folder: Path) -> Path | None:
    """Return the matrix of a folder in which no file is called like one, if its content tells it."""
    return _only_container(folder) or _lone_matrix(folder)


def _only_container(folder: Path) -> Path | None:
    """Return the only table of a folder besides sample sheets, if it is not text; else None."""
    sheets = tables_named(folder, SHEET_WORDS)
    found = [path for path in tables_in(folder) if path not in sheets]
    return found[0] if len(found) == 1 and is_binary(found[0]) else None


def find_sheet(place: Location, others: Collection[Path] = ()) -> Path:
    """Return the file of a folder, or beside a matrix, that is called like a sample sheet.

    Args:
        place: The folder, or the matrix.
        others: Files that hold values, whatever they are called.

    Raises:
        CohortError: GR112 if there is none or several could be meant, or the matrix is an address.
    """
    return _find_only(_folder_of_matrix(place), SHEET_WORDS, "sample sheet", "--labels FILE", others=others)


def _folder_of_matrix(matrix: Location) -> Path:
    """Return the folder of the matrix, where the sample sheet may be.

    Raises:
        CohortError: GR112 if the matrix is an address.
    """
    folder = folder_of(matrix)
    if folder is None:
        raise CohortError(
            "GR112",
            "The folder of an address cannot be searched for a sample sheet.",
            "Name the sample sheet with --labels FILE.",
            str(matrix),
        )
    return folder


def tables_named(folder: Path, words: Collection[str], *, test: bool = False) -> list[Path]:
    """Return the tables of a folder whose name contains one of the words; of an independent set, or the others."""
    found = []
    for path in tables_in(folder):
        parts = set(re.split(r"[^a-z]+", stem(path)))
        parts |= {"expression"} if stem(path).startswith("data_mrna_") else set()  # as cBioPortal calls it
        foreign = words is SHEET_WORDS and parts & MATRIX_WORDS
        if parts & set(words) and not foreign and bool(parts & TEST_WORDS) == test:
            found.append(path)
    return found


def _lone_matrix(folder: Path) -> Path | None:
    """Return the only table of numbers beside a sample sheet in a folder, if no file is called like a matrix."""
    sheets = tables_named(folder, SHEET_WORDS)
    if not sheets or tables_named(folder, MATRIX_WORDS):
        return None
    tests = tables_named(folder, MATRIX_WORDS, test=True)
    found = [path for path in tables_in(folder) if path not in (*sheets, *tests) and holds_values(path)]
    return found[0] if len(found) == 1 else None


def _describe_lone(settings: CohortSettings, matrix: Location) -> list[Finding]:
    """Return the finding that the matrix of a folder was recognised by its content."""
    folder = settings.study
    if settings.expression is not None or not isinstance(folder, Path) or not folder.is_dir():
        return []
    return [describe_lone(matrix)] if _lone_matrix(folder) == matrix else []


def _find_only(
    folder: Path,
    words: Collection[str],
    what: str,
    flag: str,
    *,
    test: bool = False,
    others: Collection[Path] = (),
) -> Path:
    found = [path for path in tables_named(folder, words, test=test) if path not in others]
    if len(found) == 1:
        return found[0]
    what = what or "independent expression matrix"
    problem = f"No {what} was found. Its file name must contain one of the words {', '.join(sorted(words))}."
    if found:
        problem = f"Several files could be the {what}: {quoted(path.name for path in found)}."
    raise CohortError("GR112", problem, f"Name it with {flag}.", str(folder))


def sources_of(tables: Iterable[Table]) -> tuple[Source, ...]:
    """Return the files of tables, each part of a file once."""
    return tuple({(each.source.name, each.source.sha256): each.source for each in reversed([*tables])}.values())[::-1]


def _first_column(table: Table) -> list[str]:
    return [str(cell) for cell in table.strings([0])[0]]


def _describe_id_column(sheet: Sheet, ids: str) -> list[Finding]:
    """Return the finding that the ids of the samples are not in the first column of the sheet."""
    first = sheet.frame.columns[0]
    message = (
        f"The sample ids are in the column '{ids}' of '{sheet.name}', not in its first column '{first}': no other "
        "column holds more ids of the matrix."
    )
    return [] if ids == first else [Finding("GR357", "note", sheet.name, message)]


def _sides(table: Table, sheet: Sheet) -> list[list[str]]:
    """Return what may be the sample ids of a matrix: names of columns with numbers, and the first column."""
    header, first = [name for name in table.header[1:] if name and not is_annotation(name)], _first_column(table)
    if all(sheet.matches(sheet.id_column(ids), ids) < len(ids) for ids in (header, first)):
        cells = zip(table.header[1:], table.peek(_PEEKED)[1:], strict=True)
        header = [name for name, peeked in cells if name and _is_sample(name, peeked)]
    return [header, first]


def _id_column(table: Table, sheet: Sheet) -> str:
    """Return the column of the sheet with the sample ids of a matrix of either orientation."""
    sides = [[name for name in table.header[1:] if name], _first_column(table)]
    require_shared(sheet, sides, table.source.name)
    columns = [(sheet.id_column(ids), ids) for ids in sides]
    return max(columns, key=lambda each: sheet.matches(*each))[0]


def _read_matrix(table: Table, sheet: Sheet, ids: str) -> Matrix:
    """Read the matrix as samples × genes; `ids` is the id column of the sheet."""
    header, first = [name for name in table.header[1:] if name], _first_column(table)
    across, down = sheet.matches(ids, header), sheet.matches(ids, first)
    require_shared(replace(sheet, frame=sheet.frame[[ids]]), [header, first], table.source.name)
    if across >= down:
        return _from_genes_by_samples(table, sheet, ids)
    return _from_samples_by_genes(table, sheet, ids, tuple(first))


def _from_samples_by_genes(table: Table, sheet: Sheet, ids: str, samples: tuple[str, ...]) -> Matrix:
    name = table.source.name
    require_unique_samples(samples, [f"row {line}" for line in table.lines], name)
    known = set(sheet.frame[ids])
    genes = table.header[1:]
    places = tuple(f"column {j}" for j in range(2, len(table.header) + 1))
    require_gene_ids(genes, places, name)
    empty = ("",) * len(genes)
    matrix = Matrix(name, samples, genes, table.numbers(range(1, len(table.header))), empty, empty, places)
    return matrix.with_rows(known)


def _from_genes_by_samples(table: Table, sheet: Sheet, ids: str) -> Matrix:
    name, known = table.source.name, set(sheet.frame[ids]) - {""}
    columns = [j for j, header in enumerate(table.header) if header in known]
    others = [j for j, header in enumerate(table.header) if header not in known]
    if not others:
        raise CohortError(
            "GR105",
            "Every column is a sample, so none holds the gene ids.",
            "Put the gene ids into the first column.",
            name,
        )
    samples = tuple(table.header[j] for j in columns)
    require_unique_samples(samples, [f"column {j + 1}" for j in columns], name)
    annotation = table.strings(others)
    unknown = [j for j in others[1:] if _is_sample(table.header[j], annotation[j])]
    repeated = columns_that_repeat([table.header[j] for j in unknown], samples)
    single = [table.header[j] for j in unknown if table.header[j] not in repeated]
    constant = [table.header[j] for j in unknown if table.header[j] in single and is_constant(_present(annotation[j]))]
    unlabelled = tuple(sample for sample in single if sample not in constant)
    matrix = genes_by_samples(table, columns, others)
    return replace(matrix, unlabelled=unlabelled, findings=describe_columns(repeated, constant, name))


def genes_by_samples(table: Table, columns: Sequence[int], others: Sequence[int]) -> Matrix:
    """Read a genes × samples matrix.

    Args:
        table: The file.
        columns: Positions of the samples.
        others: Positions of the gene ids and of further annotations; the ids come first.

    Raises:
        CohortError: GR105 to GR107, GR111.
    """
    name, annotation = table.source.name, table.strings(others)
    known_as = annotation.set_axis([_letters_and_digits(table.header[j]) for j in others], axis=1)
    genes, places = _gene_ids(known_as), tuple(f"row {line}" for line in table.lines)
    require_gene_ids(genes, places, name)
    symbols = _annotation_column(known_as.iloc[:, [*range(1, len(others)), 0]], _SYMBOLS)
    descriptions = _annotation_column(known_as.iloc[:, 1:], _DESCRIPTIONS)
    samples = tuple(table.header[j] for j in columns)
    return Matrix(name, samples, genes, table.numbers(columns).T, symbols, descriptions, places)


def _gene_ids(annotation: pd.DataFrame) -> tuple[str, ...]:
    """Return the first column; in a file of cBioPortal the Entrez id where a gene has no symbol."""
    ids = annotation.iloc[:, 0]
    if annotation.columns[0] == "hugosymbol" and "entrezgeneid" in annotation.columns:
        ids = ids.where(ids != "", annotation.loc[:, "entrezgeneid"])
    return tuple(ids)


def _present(cells: pd.Series[str]) -> list[float]:
    return [float(cell) for cell in cells if cell.lower() not in MISSING]


def _is_sample(header: str, cells: Iterable[str]) -> bool:
    """Return whether a column that is not in the sheet holds numbers and is not a customary annotation."""
    present = [cell for cell in cells if cell.lower() not in MISSING]
    return bool(present) and not is_annotation(header) and all(is_number(cell) for cell in present)


def is_annotation(header: str) -> bool:
    """Return whether a column has the name of a gene annotation."""
    return _letters_and_digits(header) in _SYMBOLS | _DESCRIPTIONS | _ANNOTATIONS


def _annotation_column(annotation: pd.DataFrame, names: Collection[str]) -> tuple[str, ...]:
    """Return the first column with one of the names, empty where missing; empty texts if there is none."""
    for position, name in enumerate(annotation.columns):
        if name in names:
            return tuple("" if cell.lower() in MISSING else cell for cell in annotation.iloc[:, position])
    return ("",) * len(annotation)


def _letters_and_digits(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
