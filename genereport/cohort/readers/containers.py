"""What readers of container files share: a file that holds the matrix and, perhaps, what is known of the samples."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from genereport.cohort.joining import join_matrices
from genereport.cohort.labels import is_cls, read_cls, read_labels
from genereport.cohort.layout import Files, Matrix, Parts
from genereport.cohort.matrix import find_sheet, tables_named
from genereport.cohort.names import MATRIX_WORDS, stem, tables_in
from genereport.cohort.sheet import Sheet, label_column
from genereport.cohort.table import Table
from genereport.errors import CohortError
from genereport.locations import Location, folder_of, same
from genereport.settings import CohortSettings


class Content(NamedTuple):
    """What a container holds.

    Attributes:
        table: The table of values in the file.
        matrix: The values.
        sheet: What the file tells of the samples; None if it tells nothing.
    """

    table: Table
    matrix: Matrix
    sheet: Sheet | None


@dataclass(frozen=True)
class ContainerReader(ABC):
    """Base class of readers of containers.

    Attributes:
        layout: Name of the layout.
    """

    layout: str = ""

    @abstractmethod
    def holds(self, location: Location) -> bool:
        """Return whether a file is such a container; only its first lines are read."""

    @abstractmethod
    def columns(self, location: Location) -> tuple[str, ...]:
        """Return the names of what the file tells of the samples; empty if it tells nothing."""

    @abstractmethod
    def load(self, location: Location, role: str) -> Content:
        """Read a container.

        Args:
            location: The file.
            role: Role of the file; see `Source`.

        Raises:
            CohortError: GR1xx.
        """

    def recognises(self, settings: CohortSettings) -> bool:
        """Return whether the named file is such a container, or the only matrix of the folder is one."""
        return self._container(settings) is not None

    def locate(self, settings: CohortSettings) -> Files:
        """Locate the container and the sheet: as named, else in the container, else beside it.

        Raises:
            CohortError: GR112 if there is no sheet, or several could be meant.
        """
        container = self._container(settings)
        if container is None:
            raise CohortError("GR112", "No expression matrix is named.", "Name one with --expression FILE.")
        if settings.labels is not None and not same(settings.labels, container):
            return Files(container, settings.labels, settings.test_expression)
        columns = self.columns(container)
        sheet = container if columns else self._beside(container)
        return Files(container, sheet, settings.test_expression, columns or None)

    def read(self, settings: CohortSettings) -> Parts:
        """Read the container and the sheet.

        Raises:
            CohortError: GR1xx.
        """
        files = self.locate(settings)
        contents = [self.load(files.matrix, "expression")]
        if files.independent is not None:
            contents.append(self.load(files.independent, "test_expression"))
        sheet, own = self._sheet(files, contents)
        matrices = [content.matrix for content in contents]
        samples = [sample for matrix in matrices for sample in matrix.samples]
        sheet, joins = join_matrices(sheet, [(matrix.name, [matrix.samples]) for matrix in matrices])
        frame = sheet.by_id(sheet.id_column(samples))
        matrices = [matrix.with_rows(set(frame.index)) for matrix in matrices]
        tables = [content.table for content in contents] + ([] if own else [sheet.table])
        return Parts(
            layout=self.layout,
            matrix=matrices[0],
            independent=matrices[1] if files.independent is not None else None,
            sheet=frame,
            sheet_name=sheet.name,
            label=label_column(frame.columns, settings.label_column, sheet.name),
            sources=tuple(table.source for table in tables),
            findings=(*(finding for table in tables for finding in table.findings), *joins),
        )

    def _container(self, settings: CohortSettings) -> Location | None:
        """Return the named file if it is such a container, or that of the folder if it is its only matrix."""
        named = settings.expression or settings.study
        if named is None or not isinstance(named, Path) or not named.is_dir():
            return named if named is not None and self.holds(named) else None
        found = [path for path in tables_in(named) if self.holds(path)]
        rest = [path for path in tables_named(named, MATRIX_WORDS) if path not in found]
        return found[0] if len(found) == 1 and not rest else None

    def _beside(self, container: Location) -> Location:
        folder = folder_of(container)
        classes = [path for path in tables_in(folder) if is_cls(path)] if folder else []
        alike = [path for path in classes if stem(path) == stem(container)]
        return alike[0] if len(alike) == 1 else find_sheet(container)

    def _sheet(self, files: Files, contents: Sequence[Content]) -> tuple[Sheet, bool]:
        """Return the sheet, and whether it is from the containers themselves."""
        first = contents[0]
        if is_cls(files.sheet):
            return read_cls(files.sheet, first.matrix.samples, first.matrix.name), False
        if first.sheet is None or not same(files.sheet, files.matrix):
            return read_labels(files.sheet), False
        return joined([content.sheet for content in contents if content.sheet is not None]), True


def joined(sheets: Sequence[Sheet]) -> Sheet:
    """Return one sheet of all rows; what one does not tell is empty."""
    first, *others = sheets
    if not others:
        return first
    frame = pd.concat([sheet.frame for sheet in sheets], ignore_index=True).fillna("")
    lines = tuple(line for sheet in sheets for line in sheet.table.lines)
    return Sheet(replace(first.table, lines=lines), frame)


def sheet_within(table: Table, samples: Sequence[str], columns: Mapping[str, Sequence[str]]) -> Sheet:
    """Return a sheet of what a container tells of its samples.

    Args:
        table: The table of values, for the name of the file.
        samples: Sample ids.
        columns: Name → text for each sample, empty where missing.
    """
    frame = pd.DataFrame(
        {"sample id": list(samples), **{name: list(cells) for name, cells in columns.items()}}, dtype=str
    )
    first = table.lines[0] if table.lines else 1
    return Sheet(replace(table, header=tuple(frame.columns), lines=(first,) * len(frame), findings=()), frame)
