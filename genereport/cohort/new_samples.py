"""Samples to which a frozen model is applied: a matrix, and labels if there are any.

The ids of the model's genes show the orientation of the matrix. Nothing is learnt here, and no value is changed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from genereport.cohort.bam_names import with_sample_names
from genereport.cohort.choosing import Offered, choose, nothing_left, offered
from genereport.cohort.golub import golub_matrix, is_golub
from genereport.cohort.joining import join_ids
from genereport.cohort.labels import is_cls, read_cls, read_labels
from genereport.cohort.layout import Matrix, require_gene_ids, require_unique_samples, resolved
from genereport.cohort.levels import folded
from genereport.cohort.matrix import is_annotation
from genereport.cohort.model import Source
from genereport.cohort.readers.gct import GctReader
from genereport.cohort.readers.per_sample import quantify
from genereport.cohort.readers.series import SeriesReader
from genereport.cohort.readers.soft import SoftReader
from genereport.cohort.set_aside import without_summary_rows
from genereport.cohort.sheet import Sheet, label_column, typed
from genereport.cohort.table import MISSING, Table, is_number
from genereport.cohort.tables import read_table
from genereport.cohort.wording import counted, quoted
from genereport.errors import CohortError, Finding
from genereport.locations import Location, same
from genereport.settings import CohortSettings

Orientation = Literal["genes × samples", "samples × genes"]

_STYLES: tuple[tuple[str, str], ...] = (
    ("Ensembl genes with a version", r"ENS[A-Z]*G\d{11}\.\d+"),
    ("Ensembl genes", r"ENS[A-Z]*G\d{11}"),
    ("Affymetrix probe sets", r"(AFFX-.+|\d+(_[a-z]+)*_at)"),
    ("probes named by accession", r"[A-Za-z]{1,4}\d+([_.-][A-Za-z0-9]+)*_at"),
    ("Illumina probes", r"ILMN_\d+"),
    ("Entrez numbers", r"\d+"),
    ("gene symbols", r"[A-Z][A-Za-z0-9@-]{0,14}"),
)
_PEEKED = 100
UNKNOWN_STYLE = "ids of no known style"


class Style(NamedTuple):
    """The style of ids.

    Attributes:
        name: Name of the style that most of them have.
        example: An id of that style.
    """

    name: str
    example: str


@dataclass(frozen=True, eq=False)
class NewSamples:
    """New samples as read.

    Attributes:
        expression: Samples × those of the model's genes that the file has, in the unit of the file.
        labels: Class of each sample, empty where unknown.
        covariates: Other columns of the sheet, for the samples that it has.
        orientation: Orientation of the matrix in the file.
        extra: Number of genes of the file that the model does not use.
        style: Style of the ids of the file.
        sources: The files.
        findings: What the reader must know.
    """

    expression: pd.DataFrame
    labels: pd.Series[str]
    covariates: pd.DataFrame
    orientation: Orientation
    extra: int
    style: Style
    sources: tuple[Source, ...]
    findings: tuple[Finding, ...] = ()


def id_style(ids: Iterable[str]) -> Style:
    """Return the style of most of the ids, without control probes; the first of equally frequent ones.

    Args:
        ids: Ids of genes or probes.
    """
    every = [name for name in ids if not name.startswith("AFFX")]
    found = Counter(_style(name) for name in every)
    if not found:
        return Style(UNKNOWN_STYLE, "")
    name, times = max(found.items(), key=lambda pair: pair[1])
    name = name if times > len(every) / 2 else UNKNOWN_STYLE
    return Style(name, next((each for each in every if _style(each) == name), every[0]))


def _style(name: str) -> str:
    return next((style for style, pattern in _STYLES if re.fullmatch(pattern, name)), UNKNOWN_STYLE)


def read_new_samples(
    expression: Location,
    genes: Sequence[str],
    classes: Sequence[str],
    *,
    labels: Location | None = None,
    label: str | None = None,
    settings: CohortSettings | None = None,
) -> NewSamples:
    """Read a matrix of either orientation, and join the annotation of its samples by id.

    Args:
        expression: The matrix, in the layouts of `genereport.cohort.matrix` and `genereport.cohort.golub`, in a file of
            any kind that `tables.read_table` reads, or in a GCT file, a GEO series matrix or a SOFT file; or a folder
            with one file a sample.
        genes: Ids of the model's genes.
        classes: Classes of the model.
        labels: Sample sheet; for a GCT file also a CLS file, and for a container also the container itself.
        label: Column of the sheet that holds the class. Default: the only one with a customary name.
        settings: Which samples are read (``samples``, ``exclude``, ``classes``, ``filter``), ``duplicate_genes``, and
            how files with one sample each are read.

    Raises:
        CohortError: GR101 to GR111, GR113, GR115, GR116, GR121, GR122, GR140 to GR143, GR190 to GR194 for files that
            cannot be read or joined, GR150, GR151, GR160, GR161 for samples that cannot be chosen, GR613 for a class
            that the model does not have, GR619 for settings that need a sample sheet.
    """
    settings = settings or CohortSettings()
    _require_sheet(settings, labels)
    read = _read_matrix(expression, labels, frozenset(genes), settings)
    matrix, sheet = without_summary_rows(read.matrix), read.sheet
    annotation = _annotate(matrix, sheet, label)
    choice = choose(annotation.offered(classes), settings)
    keep = np.array([name not in choice.left_out for name in matrix.samples], dtype=bool)
    if not keep.any():
        raise nothing_left(matrix.name)
    known = set(genes)
    places = [place for place, gene in enumerate(matrix.genes) if gene in known]
    kept = matrix.of_samples(keep).take(places)
    kept, findings = resolved(kept, settings.duplicate_genes, np.ones(len(kept.samples), dtype=bool))
    frame = _frame(kept)
    truth, covariates, noted = _read_labels(frame.index, annotation, classes)
    return NewSamples(
        expression=frame,
        labels=truth,
        covariates=covariates,
        orientation=read.orientation,
        extra=len(matrix.genes) - len(places),
        style=id_style(matrix.genes),
        sources=tuple(dict.fromkeys((*read.sources, *([sheet.table.source] if sheet else [])))),
        findings=(
            *dict.fromkeys((*read.findings, *matrix.findings, *(sheet.table.findings if sheet else ()))),
            *annotation.findings,
            *choice.findings,
            *findings,
            *noted,
        ),
    )


def _require_sheet(settings: CohortSettings, labels: Location | None) -> None:
    """Require a sample sheet if a setting chooses samples by it.

    Raises:
        CohortError: GR619 if there is none.
    """
    by_sheet = {"samples": settings.samples == "labelled", "classes": settings.classes, "filter": settings.filter}
    asked = [f"cohort.{name}" for name, given in by_sheet.items() if given]
    if asked and labels is None:
        raise CohortError(
            "GR619",
            f"{' and '.join(asked)} {'chooses' if len(asked) == 1 else 'choose'} samples by their sample sheet, and "
            "none is named.",
            "Name the sheet with --labels FILE, or choose the samples by cohort.exclude.",
            asked[0],
        )


@dataclass(frozen=True, eq=False)
class _Annotation:
    """What a sheet says about the samples of a matrix.

    Attributes:
        rows: The sheet, index sample id, every cell as text, empty where missing; a row for each sample of the matrix.
        unlisted: Ids of the samples without a row in the sheet.
        label: Column of the class.
        sheet: File name of the sheet; empty if there is none.
        findings: How the ids were joined.
    """

    rows: pd.DataFrame
    unlisted: frozenset[str]
    label: str
    sheet: str
    findings: tuple[Finding, ...] = ()

    def offered(self, classes: Sequence[str]) -> Offered:
        """Return the samples of which the settings choose some."""
        samples = offered(self.rows, list(self.rows.index), self.unlisted, self.sheet, self.label)
        return replace(samples, classes=tuple(classes))


def _annotate(matrix: Matrix, sheet: Sheet | None, wanted: str | None) -> _Annotation:
    """Return what the sheet says about the samples of the matrix; without a sheet their classes are unknown."""
    samples = pd.Index(matrix.samples, name="sample", dtype=str)
    if sheet is None:
        return _Annotation(pd.DataFrame({"class": ""}, index=samples, dtype=str), frozenset(samples), "class", "")
    sheet, joined = join_ids(sheet, [list(samples)], matrix.name)
    rows = sheet.by_id(sheet.id_column(samples))
    label = label_column(rows.columns, wanted, sheet.name)
    unlisted = frozenset(samples[~samples.isin(rows.index)])
    return _Annotation(rows.reindex(samples, fill_value=""), unlisted, label, sheet.name, joined)


class _Read(NamedTuple):
    """A matrix as read, and the sheet of its samples, if there is one."""

    matrix: Matrix
    orientation: Orientation
    sheet: Sheet | None
    sources: tuple[Source, ...]
    findings: tuple[Finding, ...]


def _read_matrix(expression: Location, labels: Location | None, genes: frozenset[str], cohort: CohortSettings) -> _Read:
    """Read a folder with one file a sample, a container, or a plain matrix."""
    if isinstance(expression, Path) and expression.is_dir():
        sheet = read_labels(labels) if labels else None
        found = quantify(expression, cohort, sheet, "expression")
        return _Read(found.matrix, "genes × samples", sheet, found.sources, found.findings)
    readers = (SeriesReader(), SoftReader(platform=cohort.platform or ""), GctReader())
    container = next((reader for reader in readers if reader.holds(expression)), None)
    if container is not None:
        table, matrix, within = container.load(expression, "expression")
        sheet = _sheet_beside(labels, expression, matrix, within)
        return _Read(matrix, "genes × samples", sheet, (table.source,), table.findings)
    sheet = read_labels(labels) if labels else None
    table = with_sample_names(read_table(expression, "expression"), sheet)
    matrix, orientation = _matrix(table, genes)
    return _Read(matrix, orientation, sheet, (table.source,), table.findings)


def _sheet_beside(labels: Location | None, expression: Location, matrix: Matrix, within: Sheet | None) -> Sheet | None:
    """Return the sheet for a container: a CLS file, a sheet, or what the container tells if it is named itself."""
    if labels is None:
        return None
    if is_cls(labels):
        return read_cls(labels, matrix.samples, matrix.name)
    return within if within is not None and same(labels, expression) else read_labels(labels)


def _matrix(table: Table, genes: frozenset[str]) -> tuple[Matrix, Orientation]:
    if is_golub(table.header):
        return golub_matrix(table), "genes × samples"
    across = len(genes & set(table.header))
    texts = _text_columns(table)
    down = {column: len(genes & set(cells)) for column, cells in texts.items()}
    best = max(down, key=lambda column: down[column], default=0)
    if down.get(best, 0) >= across and (down.get(best, 0) or not _has_more_columns(table)):
        return _from_rows(table, best, texts), "genes × samples"
    return _from_columns(table, genes, every=across == 0), "samples × genes"


def _has_more_columns(table: Table) -> bool:
    """Return whether there are more columns than rows; used if no id is known, because genes outnumber samples."""
    return len(table.header) > len(table.lines)


def _text_columns(table: Table) -> dict[int, list[str]]:
    """Return position → cells of the first column, of annotations, and of columns whose first cells are mostly text."""
    peeked = table.peek(_PEEKED)
    chosen = [
        column
        for column, name in enumerate(table.header)
        if column == 0 or is_annotation(name) or _mostly_text(peeked[column])
    ]
    cells = table.strings(chosen)
    return {column: cells[column].tolist() for column in chosen}


def _mostly_text(cells: Iterable[str]) -> bool:
    present = [cell for cell in cells if cell.lower() not in MISSING]
    return sum(map(is_number, present)) < len(present) / 2


def _from_rows(table: Table, ids: int, texts: Collection[int]) -> Matrix:
    name = table.source.name
    columns = [j for j in range(len(table.header)) if j not in texts]
    if not columns:
        table.numbers([j for j in range(len(table.header)) if j != ids])  # raises an error that names the cell
    samples = tuple(table.header[j] for j in columns)
    require_unique_samples(samples, [f"column {j + 1}" for j in columns], name)
    genes, places = tuple(table.strings([ids])[ids]), tuple(f"row {line}" for line in table.lines)
    require_gene_ids(genes, places, name)
    empty = ("",) * len(genes)
    return Matrix(name, samples, genes, table.numbers(columns).T, empty, empty, places)


def _from_columns(table: Table, genes: Collection[str], *, every: bool) -> Matrix:
    """Read samples × genes; columns that are not genes of the model may hold anything and are not read."""
    name = table.source.name
    samples = tuple(table.strings([0])[0])
    require_unique_samples(samples, [f"row {line}" for line in table.lines], name)
    columns = [j for j in range(1, len(table.header)) if every or table.header[j] in genes]
    others = [j for j in range(1, len(table.header)) if j not in set(columns)]
    values = np.full((len(samples), len(columns) + len(others)), np.nan)
    if not every:
        values[:, : len(columns)] = table.numbers(columns)
    order = [*columns, *others]
    ids = tuple(table.header[j] for j in order)
    empty = ("",) * len(ids)
    return Matrix(name, samples, ids, values, empty, empty, tuple(f"column {j + 1}" for j in order))


def _frame(matrix: Matrix) -> pd.DataFrame:
    """Return samples × genes by their ids after checking that each sample has a value.

    Raises:
        CohortError: GR121 if a sample has none.
    """
    samples, genes = pd.Index(matrix.samples, name="sample", dtype=str), pd.Index(matrix.genes, name="gene", dtype=str)
    frame = pd.DataFrame(matrix.values, index=samples, columns=genes)
    empty = list(frame.index[frame.isna().all(axis=1).to_numpy()]) if frame.shape[1] else []
    if len(empty):
        raise CohortError(
            "GR121",
            f"{counted(len(empty), 'sample has', 'samples have')} no value for any gene of the model: {quoted(empty)}.",
            "Remove these samples from the matrix, or correct the file.",
            matrix.name,
        )
    return frame


def _read_labels(
    samples: pd.Index[str], annotation: _Annotation, classes: Sequence[str]
) -> tuple[pd.Series[str], pd.DataFrame, tuple[Finding, ...]]:
    """Return the class of each sample, the covariates, and the finding that samples have no class.

    Raises:
        CohortError: GR613 a class that the model does not have.
    """
    frame = annotation.rows.loc[samples]
    truth = frame[annotation.label].rename("class")
    new = truth[(truth != "") & ~truth.isin(classes)]
    if len(new):
        meant = {folded(name): name for name in classes}.get(folded(new.iloc[0]))
        raise CohortError(
            "GR613",
            f"The class '{new.iloc[0]}' (samples {quoted(new.index)}) is not a class of the model, whose classes are "
            f"{quoted(classes)}.",
            (f"Write '{meant}', as" if meant else "Write the classes as")
            + " the model does, name another column with --label-column, leave the label empty, or leave samples of "
            "other classes out by cohort.classes.",
            annotation.sheet,
        )
    covariates = frame.drop(columns=annotation.label)
    described = {str(name): typed(cells) for name, cells in covariates.items() if (cells != "").any()}
    without = truth.index[truth == ""]
    told = (
        f"{counted(len(without), 'sample has', 'samples have')} no label: {quoted(without)}. Samples without a label "
        "are predicted, but their predictions are not evaluated."
    )
    findings = (Finding("GR615", "note", annotation.sheet, told),) if annotation.sheet and len(without) else ()
    return truth, pd.DataFrame(described, index=samples), findings
