"""The layout in which Golub's leukemia cohort is published.

Two matrices of probes × patients with the columns ``Gene Description`` and ``Gene Accession Number``, then one column
per patient, each followed by a column ``call`` whose content is not used; and ``actual.csv``, which maps patient to
cancer. Covariates come from a ``samples.tsv`` in the same folder. The order of the patients differs between the files,
which are joined by id. No symbol is taken from the description, because its first word is the wrong gene for about one
probe in twelve.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from genereport.cohort.joining import join_ids
from genereport.cohort.layout import Files, Matrix, Parts, require_gene_ids, require_unique_samples
from genereport.cohort.names import stem, tables_in
from genereport.cohort.sheet import label_column, read_sheet
from genereport.cohort.table import Table
from genereport.cohort.tables import peek_header, read_table
from genereport.cohort.wording import counted, quoted
from genereport.errors import CohortError
from genereport.locations import Location, folder_of, same
from genereport.settings import CohortSettings

_DESCRIPTION, _ACCESSION, _CALL = "gene description", "gene accession number", "call"


@dataclass(frozen=True)
class GolubReader:
    """Reader of matrices with Golub's two leading columns."""

    layout: str = "golub"

    def recognises(self, settings: CohortSettings) -> bool:
        """Return whether the named file, or one of the folder, has the columns of the layout."""
        return bool(_find_matrices(settings))

    def locate(self, settings: CohortSettings) -> Files:
        """Locate the two matrices and the file of the labels.

        Raises:
            CohortError: GR112 if the file names do not show which is which, or there are no labels.
        """
        train, test = _training_and_independent(settings)
        return Files(train, next(iter(_find_sheets(settings, train).values())), test)

    def read(self, settings: CohortSettings) -> Parts:
        """Read the matrices, the labels and the covariates.

        Raises:
            CohortError: GR1xx.
        """
        train, test = _training_and_independent(settings)
        tables = [read_table(train, "expression"), *([read_table(test, "test_expression")] if test else [])]
        matrices = [golub_matrix(table) for table in tables]
        patients = [patient for matrix in matrices for patient in matrix.samples]
        sheets = [read_sheet(location, role) for role, location in _find_sheets(settings, train).items()]
        joins = [join_ids(sheet, [patients], matrices[0].name) for sheet in sheets]
        sheets = [sheet for sheet, _ in joins]
        names = " and ".join(sheet.name for sheet in sheets)
        frames = [sheet.by_id(sheet.id_column(patients)) for sheet in sheets]
        joined = _join_sheets([(frame, sheet.name) for frame, sheet in zip(frames, sheets, strict=True)])
        searched = joined if settings.label_column else frames[0]
        return Parts(
            layout=self.layout,
            matrix=matrices[0],
            independent=matrices[1] if test else None,
            sheet=joined,
            sheet_name=names,
            label=label_column(searched.columns, settings.label_column, names),
            sources=tuple(each.source for each in (*tables, *(sheet.table for sheet in sheets))),
            findings=(
                *(finding for each in (*tables, *(sheet.table for sheet in sheets)) for finding in each.findings),
                *(finding for _, findings in joins for finding in findings),
            ),
        )


def _find_matrices(settings: CohortSettings) -> list[Location]:
    named = settings.expression or settings.study
    candidates = [] if named is None else [named]
    if isinstance(settings.study, Path) and named is settings.study and settings.study.is_dir():
        candidates = [*tables_in(settings.study)]
    return [path for path in candidates if is_golub(peek_header(path))]


def is_golub(header: Iterable[str]) -> bool:
    """Return whether a matrix has Golub's two leading columns."""
    return {_DESCRIPTION, _ACCESSION} <= {name.lower() for name in header}


def _training_and_independent(settings: CohortSettings) -> tuple[Location, Location | None]:
    """Return the training matrix and, if there is one, the independent matrix.

    Raises:
        CohortError: GR112 if the file names do not show which is which.
    """
    found = _find_matrices(settings)
    if settings.test_expression is not None:
        found = [path for path in found if not same(path, settings.test_expression)]
    named = [path for path in found if re.search(r"independent|test", stem(path))]
    rest = [path for path in found if path not in named]
    chosen = settings.expression is not None or settings.study in found
    if len(found) == 1 and (rest or chosen):
        return found[0], settings.test_expression
    if settings.test_expression is None and len(named) == len(rest) == 1:
        return rest[0], named[0]
    raise CohortError(
        "GR112",
        f"The file names do not show which matrix is the training set: {quoted(path.name for path in found)}.",
        "Name the training set with --expression FILE, and the independent set with --test-expression FILE.",
        str(settings.study or settings.expression),
    )


def golub_matrix(table: Table) -> Matrix:
    """Read a matrix of this layout.

    Raises:
        CohortError: GR105 to GR107, GR109, GR111.
    """
    names = [name.lower() for name in table.header]
    leading = [names.index(_ACCESSION), names.index(_DESCRIPTION)]
    columns = [j for j, name in enumerate(names) if j not in leading and name != _CALL]
    samples = tuple(table.header[j] for j in columns)
    require_unique_samples(samples, [f"column {j + 1}" for j in columns], table.source.name)
    known = table.strings(leading)
    genes = tuple(known[leading[0]])
    places = tuple(f"row {line}" for line in table.lines)
    require_gene_ids(genes, places, table.source.name)
    return Matrix(
        name=table.source.name,
        samples=samples,
        genes=genes,
        values=table.numbers(columns).T,
        symbols=("",) * len(genes),
        descriptions=tuple(known[leading[1]]),
        places=places,
    )


def _find_sheets(settings: CohortSettings, train: Location) -> dict[str, Location]:
    """Return the files of the labels and of the covariates next to the training matrix, in this order, by role.

    Raises:
        CohortError: GR112 if there is neither.
    """
    folder = folder_of(train)
    beside = {stem(path): path for path in tables_in(folder)} if folder else {}
    labels, covariates = settings.labels or beside.get("actual"), beside.get("samples")
    if labels and covariates and same(labels, covariates):
        covariates = None
    found = {role: each for role, each in (("labels", labels), ("samples", covariates)) if each is not None}
    if not found:
        raise CohortError(
            "GR112",
            "There is no actual.csv (patient, cancer) and no samples.tsv beside the matrix, so no sample has a class.",
            "Put one of them there, or name a sample sheet with --labels FILE.",
            str(folder or train),
        )
    return found


def _join_sheets(sheets: list[tuple[pd.DataFrame, str]]) -> pd.DataFrame:
    """Join all columns of all sheets by sample id; the other sheets must not contradict the first."""
    (joined, first), *others = sheets
    for frame, name in others:
        shared = [column for column in frame.columns if column in joined.columns]
        _require_agreement(joined[shared], frame[shared], first, name)
        index = joined.index.append(frame.index.difference(joined.index, sort=False))
        joined, frame = (each.reindex(index, fill_value="") for each in (joined, frame))
        filled = {column: joined[column].where(joined[column] != "", frame[column]) for column in shared}
        joined = joined.assign(**filled).join(frame.drop(columns=shared))
    return joined


def _require_agreement(one: pd.DataFrame, other: pd.DataFrame, first: str, second: str) -> None:
    index = one.index.intersection(other.index)
    here, there = one.loc[index], other.loc[index]
    wrong = (here != there) & (here != "") & (there != "")
    for column in here.columns[wrong.any(axis=0)]:
        sample = wrong.index[wrong[column]][0]
        differ = counted(int(wrong[column].sum()), "sample differs", "samples differ")
        raise CohortError(
            "GR117",
            f"'{first}' and '{second}' contradict each other: sample '{sample}' is '{here.loc[sample, column]}' in the "
            f"one and '{there.loc[sample, column]}' in the other ({differ}).",
            "Correct the file that is wrong.",
            f"column '{column}'",
        )
