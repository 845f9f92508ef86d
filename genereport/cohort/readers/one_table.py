"""One table, samples × genes, that holds the class and perhaps covariates as columns of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from genereport.cohort.binary.inside import sheet_within
from genereport.cohort.layout import Files, Matrix, Parts, require_gene_ids, require_unique_samples
from genereport.cohort.matrix import is_annotation, tables_named
from genereport.cohort.names import SHEET_WORDS
from genereport.cohort.sheet import LABEL_NAMES, label_column
from genereport.cohort.table import MISSING, Table, is_number
from genereport.cohort.tables import peek_columns, peek_height, read_table
from genereport.cohort.wording import counted, quoted
from genereport.errors import CohortError, Finding
from genereport.locations import Location, file_of, folder_of, same
from genereport.settings import CohortSettings

_PEEKED = 40
_MOST_SAMPLES = 2000  # a longer table with fewer columns is genes × samples
_MOST_COVARIATES = 20  # columns of numbers that stand apart from the genes
_KNOWN_COVARIATES = frozenset(
    [
        *("age", "ageatdiagnosis", "sex", "gender", "bmi", "weight", "height", "race", "ethnicity"),
        *("smoking", "packyears", "stage", "grade", "gleason", "tumorsize", "tumoursize", "purity"),
        *("treatment", "dose", "response", "tissue", "batch", "centre", "center", "site", "plate"),
        *("lane", "run", "replicate", "rin", "date", "year", "month", "day", "time", "timepoint"),
        *("patient", "patientid", "subject", "subjectid", "donor", "donorid", "individual"),
        *("survival", "survivaltime", "followup", "status", "vitalstatus", "event", "death"),
        *("relapse", "recurrence", "os", "osmonths", "osdays", "ostime", "osstatus", "osevent"),
        *("dfs", "dfsmonths", "dfsstatus", "pfs", "rfs"),
    ]
)
"""Names of numeric columns that are no genes, in lower-case letters."""


class _Columns(NamedTuple):
    covariates: list[int]
    genes: list[int]


@dataclass(frozen=True)
class OneTableReader:
    """Reader of one table that holds the class."""

    layout: str = "one table"

    def recognises(self, settings: CohortSettings) -> bool:
        """Return whether one file is named that has a column of the class and rows of samples."""
        place = _named(settings)
        if place is None:
            return False
        header = peek_columns(place, "expression")
        if len(header) < 3 or (is_annotation(header[0]) and header[0].lower() not in ("id", "name")):
            return False
        customary = [name for name in header if name.lower() in LABEL_NAMES]
        if settings.label_column not in header and (settings.label_column is not None or len(customary) != 1):
            return False
        most = len(header) if settings.label_column is None else max(len(header), _MOST_SAMPLES)
        return peek_height(place, "expression", most + 1) <= most

    def locate(self, settings: CohortSettings) -> Files:
        """Locate the table, which is also the sheet.

        Raises:
            CohortError: GR112 if no file is named.
        """
        place = _named(settings)
        if place is None:
            raise CohortError("GR112", "No expression matrix is named.", "Name one: --expression F.")
        return Files(place, place, settings.test_expression, peek_columns(place, "expression"))

    def read(self, settings: CohortSettings) -> Parts:
        """Read the table, and that of the independent set if one is named.

        Raises:
            CohortError: GR101 to GR109, GR111, GR115, GR116, GR129, GR143, GR144.
        """
        files = self.locate(settings)
        table = read_table(files.matrix, "expression")
        label = label_column(table.header, settings.label_column, table.source.name)
        columns = _told_apart(table, label)
        matrix, sheet = _split(table, columns)
        tables, independent = [table], None
        if files.independent is not None:
            tables.append(read_table(files.independent, "test_expression"))
            wanted = {table.header[j] for j in columns.covariates}
            places = range(1, len(tables[1].header))
            independent, more = _split(
                tables[1],
                _Columns(
                    [j for j in places if tables[1].header[j] in wanted],
                    [j for j in places if tables[1].header[j] not in wanted],
                ),
            )
            sheet = pd.concat([sheet, more[~more.index.isin(sheet.index)]]).fillna("")
        return Parts(
            layout=self.layout,
            matrix=matrix,
            independent=independent,
            sheet=sheet,
            sheet_name=table.source.name,
            label=label,
            sources=tuple(each.source for each in tables),
            findings=(*(finding for each in tables for finding in each.findings), _finding(table, columns)),
        )


def _named(settings: CohortSettings) -> Location | None:
    """Return the one file that is named; None if a sheet is named or lies beside it."""
    place = settings.expression or settings.study
    file = None if place is None else file_of(place)
    if place is None or (isinstance(file, Path) and not file.is_file()):
        return None
    if settings.labels is not None:
        return place if same(settings.labels, place) else None
    if sheet_within(place) is not None:
        return None
    folder = folder_of(place)
    beside = tables_named(folder, SHEET_WORDS) if folder else []
    return None if [path for path in beside if not same(path, file_of(place))] else place


def _told_apart(table: Table, label: str) -> _Columns:
    """Tell covariates from genes: text, customary names, and a few numbers that text divides from the genes.

    Raises:
        CohortError: GR144 if they cannot be told apart, or no column is left for the ids.
    """
    cells = table.peek(_PEEKED)
    texts = [j for j, name in enumerate(table.header) if j and (name == label or _is_covariate(name, cells[j]))]
    if table.header[0] == label:
        raise CohortError(
            "GR144",
            f"This is one table with the class in its first column, '{label}', where the sample ids belong.",
            "Put a column of sample ids before it.",
            table.source.name,
        )
    rest = [j for j in range(1, len(table.header)) if j not in texts]
    sides = [[j for j in rest if j < texts[-1]], [j for j in rest if j > texts[-1]]]
    fewer, genes = sorted(sides, key=len)
    if len(fewer) > _MOST_COVARIATES:
        raise CohortError(
            "GR144",
            f"This is one table in which columns of numbers stand on both sides of '{table.header[texts[-1]]}' "
            f"({len(sides[0])} and {len(sides[1])}), so that genes and covariates cannot be told apart.",
            "Put all that is known of the samples before the genes, or into a sample sheet.",
            table.source.name,
        )
    if len(genes) <= len(texts) + len(fewer):
        raise CohortError(
            "GR144",
            f"This is one table with {counted(len(genes), 'column', 'columns')} of values beside "
            f"{counted(len(texts) + len(fewer), 'column', 'columns')} about the samples, so it may be a sample sheet.",
            "Name the expression matrix: --expression F, and this file, if it is the sheet: --labels F.",
            table.source.name,
        )
    return _Columns(sorted([*texts, *fewer]), genes)


def _is_covariate(name: str, cells: Sequence[str]) -> bool:
    present = [cell for cell in map(str.strip, cells) if cell.lower() not in MISSING]
    text = sum(map(is_number, present)) < len(present) / 2
    return text or re.sub(r"[^a-z]", "", name.lower()) in _KNOWN_COVARIATES


def _split(table: Table, columns: _Columns) -> tuple[Matrix, pd.DataFrame]:
    """Return the values, and what is known of the samples."""
    name = table.source.name
    known = table.strings([0, *columns.covariates])
    samples, places = tuple(known[0]), tuple(f"column {j + 1}" for j in columns.genes)
    require_unique_samples(samples, [f"row {line}" for line in table.lines], name)
    genes = tuple(table.header[j] for j in columns.genes)
    require_gene_ids(genes, places, name)
    empty = ("",) * len(genes)
    matrix = Matrix(name, samples, genes, table.numbers(columns.genes), empty, empty, places)
    titles = [table.header[j] or f"column {j + 1}" for j in columns.covariates]
    sheet = known[columns.covariates].set_axis(titles, axis=1).set_axis(pd.Index(samples, name="sample"), axis=0)
    return matrix, sheet.mask(sheet.apply(lambda cells: cells.str.lower().isin(MISSING)), "")


def _finding(table: Table, columns: _Columns) -> Finding:
    def called(places: Sequence[int]) -> str:
        return quoted((table.header[j] for j in places), 20)

    genes = [table.header[j] for j in columns.genes]
    return Finding(
        "GR346",
        "note",
        table.source.name,
        f"The table holds samples and genes in one: {counted(len(columns.covariates), 'column is', 'columns are')} "
        f"taken for what is known of the samples ({called(columns.covariates)}), the other {len(genes):,} for genes, "
        f"from '{genes[0]}' to '{genes[-1]}'.",
    )
