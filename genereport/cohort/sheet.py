"""The sample sheet: the columns of the ids, of the class, and of the set (training or independent)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from genereport.cohort.layout import repeats, require_unique_samples
from genereport.cohort.table import MISSING, Table
from genereport.cohort.tables import read_table
from genereport.cohort.wording import counted, quoted
from genereport.errors import CohortError, Finding, nearest
from genereport.locations import Location

LABEL_NAMES = ("class", "label", "cancer", "diagnosis", "group", "condition", "type")
TRAIN_WORDS = frozenset({"train", "training", "discovery", "learning", "derivation"})
TEST_WORDS = frozenset({"test", "testing", "independent", "validation", "valid", "holdout", "hold-out"})


@dataclass(frozen=True, eq=False)
class Sheet:
    """A sample sheet as in its file.

    Attributes:
        table: The file.
        frame: One row per sample in the order of the file, all columns as text, empty where missing.
        turned: Whether the samples are the columns of the file.
    """

    table: Table
    frame: pd.DataFrame
    turned: bool = False

    @property
    def name(self) -> str:
        """The file name."""
        return self.table.source.name

    def matches(self, column: str, ids: Collection[str]) -> int:
        """Return how many of the ids occur in a column."""
        return len(set(self.frame[column]) & set(ids))

    def id_column(self, ids: Collection[str]) -> str:
        """Return the column that holds most of the ids; the first of equal ones."""
        known = frozenset(ids)
        return max(self.frame.columns, key=lambda column: self.matches(column, known))

    def by_id(self, column: str) -> pd.DataFrame:
        """Return the sheet with its id column as the index.

        Raises:
            CohortError: GR109 a sample id occurs twice, GR111 a row without an id.
        """
        ids = self.frame[column].tolist()
        places = (
            [f"column {j}" for j in range(2, len(ids) + 2)]
            if self.turned
            else [f"row {line}" for line in self.table.lines]
        )
        require_unique_samples(ids, places, self.name)
        return self.frame.set_index(column).rename_axis(index="sample")


def read_sheet(path: Location, role: str = "labels") -> Sheet:
    """Read a sample sheet, every cell as text.

    Raises:
        CohortError: GR101 to GR105 and GR108 for an unreadable file, GR122 two columns of the same name, GR129
            an address from which it cannot be fetched.
    """
    table = read_table(path, role)
    names = [name or f"column {position}" for position, name in enumerate(table.header, start=1)]
    for name, found in repeats(names).items():
        raise CohortError(
            "GR122",
            f"{len(found)} columns are called '{name}'.",
            "Give every column of the sample sheet a name of its own.",
            table.source.name,
        )
    frame = table.strings(range(len(names))).set_axis(names, axis=1)
    return _without_lanes(Sheet(table, frame.mask(frame.apply(lambda cells: cells.str.lower().isin(MISSING)), "")))


def _without_lanes(sheet: Sheet) -> Sheet:
    """Return the sheet with one row a sample where it repeats a sample for each of its files of reads, as nf-core's."""
    ids = sheet.frame.iloc[:, 0]
    reads = [column for column in sheet.frame.columns if re.fullmatch(r"fastq_\d|(genome|transcriptome)_bam", column)]
    if not reads or not ids.duplicated().any():
        return sheet
    about = sheet.frame.drop(columns=reads)
    kept = ~about.duplicated()
    if about.loc[kept].iloc[:, 0].duplicated().any():
        return sheet
    repeated = ids[ids.duplicated()].unique()
    message = (
        f"{counted(len(repeated), 'sample has', 'samples have')} several rows that differ only in {quoted(reads)}, the "
        f"files of reads: {quoted(repeated)}. These rows were taken for one, and the columns were left out."
    )
    lines = tuple(line for line, keep in zip(sheet.table.lines, kept, strict=True) if keep)
    table = replace(
        sheet.table,
        header=tuple(about.columns),
        lines=lines,
        findings=(*sheet.table.findings, Finding("GR366", "note", sheet.name, message)),
    )
    return Sheet(table, about.loc[kept].reset_index(drop=True))


def label_column(columns: Iterable[str], wanted: str | None, name: str) -> str:
    """Return the column that holds the class: the one a setting names, else the only one with a customary name.

    Raises:
        CohortError: GR115 there is no column of that name, GR116 no column or several could be meant.
    """
    available = list(columns)
    if wanted is not None:
        if wanted in available:
            return wanted
        raise CohortError("GR115", f"There is no column '{wanted}'.", nearest(wanted, available), name)
    found = [column for column in available if column.lower() in LABEL_NAMES]
    if len(found) == 1:
        return found[0]
    problem = "No column is called " + ", ".join(LABEL_NAMES[:-1]) + f" or {LABEL_NAMES[-1]}"
    if found:
        problem = f"Several columns could hold the class: {quoted(found)}"
    raise CohortError(
        "GR116",
        f"{problem}. The columns are {quoted(available, 20)}.",
        "Name the column that holds the class with --label-column.",
        name,
    )


def set_column(columns: Iterable[str]) -> str | None:
    """Return the column called ``set`` in any capitalisation; None if there is none."""
    return next((column for column in columns if column.lower() == "set"), None)


def as_sets(words: pd.Series[str], name: str) -> pd.Series[str]:
    """Return ``train`` or ``test`` for each sample.

    Args:
        words: Words in the sheet, index sample id.
        name: File name of the sheet.

    Raises:
        CohortError: GR120 a word that means neither.
    """
    lowered = words.str.lower()
    unknown = words[~lowered.isin(TRAIN_WORDS | TEST_WORDS)]
    if len(unknown):
        sample, word = str(unknown.index[0]), unknown.iloc[0]
        said = f"'{word}' for sample '{sample}', which means neither training nor independent"
        said = said if word else f"nothing for sample '{sample}'"
        raise CohortError(
            "GR120",
            f"The column '{words.name}' says {said} ({counted(len(unknown), 'such sample', 'such samples')}).",
            "Write train or test for every sample, or rename the column if it is a covariate.",
            name,
        )
    return lowered.isin(TEST_WORDS).map({True: "test", False: "train"}).astype(str)


def typed(column: pd.Series[str]) -> pd.Series:
    """Return a covariate as float64 if it holds numbers, however few distinct ones, else as text.

    Missing values become NaN.
    """
    present = column[column != ""]
    numbers = pd.to_numeric(present, errors="coerce")
    if len(present) and np.isfinite(numbers).all():
        return numbers.astype("float64").reindex(column.index)
    return column.mask(column == "")


def require_shared(sheet: Sheet, candidates: Iterable[Collection[str]], matrix: str, tried: str = "") -> None:
    """Require that the sheet and a matrix have at least one sample id in common.

    Args:
        sheet: The sample sheet.
        candidates: The sample ids of the matrix, one collection per possible orientation.
        matrix: File name of the matrix.
        tried: Sentences on how the ids were compared, each after a blank.

    Raises:
        CohortError: GR113 if they have none.
    """
    sides = [list(ids) for ids in candidates]
    if any(sheet.matches(sheet.id_column(ids), ids) for ids in sides):
        return
    here = " or ".join(quoted(ids, 3) for ids in sides if ids)
    there = "; ".join(f"{column}: {quoted(sheet.frame[column], 3)}" for column in sheet.frame.columns[:3])
    raise CohortError(
        "GR113",
        f"'{matrix}' and '{sheet.name}' share no sample id. The matrix has {here}; the sheet has {there}." + tried,
        _hint_at_similar(sheet, [name for ids in sides for name in ids]) + "Write the ids the same way in both files.",
        matrix,
    )


def _hint_at_similar(sheet: Sheet, ids: Iterable[str]) -> str:
    """Return a hint if two ids differ only in punctuation, case, or the X that R puts before a number."""
    bare = {_bare_id(name): name for name in ids if _bare_id(name)}
    for column in sheet.frame.columns:
        for name in sheet.frame[column]:
            if _bare_id(name) in bare:
                return f"'{bare[_bare_id(name)]}' and '{name}' may be the same sample (R rewrites column names). "
    return ""


def _bare_id(name: str) -> str:
    return re.sub(r"^x(?=\d)", "", re.sub(r"[^0-9a-z]", "", name.lower()))
