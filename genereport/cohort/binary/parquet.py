"""Parquet files: a matrix of either orientation, or a sample sheet."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from genereport.cohort.binary.refusals import damaged_error, missing_package_error, no_parts_error
from genereport.cohort.frame_table import Column, table_of_columns, text_of_cell
from genereport.cohort.model import Source
from genereport.cohort.table import LEGACY_ROLES, Table

if TYPE_CHECKING:
    import pyarrow as pa

_KIND = "a Parquet file"


@dataclass(frozen=True, eq=False)
class ParquetFile:
    """A Parquet file.

    Attributes:
        content: Its columns.
    """

    content: pa.Table = field(repr=False)

    def table(self, source: Source, part: str) -> Table:
        """Read the table. Its first column is the index of pandas if the file has one, else the column of the ids.

        Raises:
            CohortError: GR102 an empty table, GR180 a part is named.
        """
        if part:
            raise no_parts_error(_KIND, part, source.name)
        titles = list(self.content.column_names)
        index = _index_places(self.content, titles)
        order = [*index, *(place for place in range(len(titles)) if place not in index)]
        columns = [_column(self.content.column(place)) for place in order]
        first = 0 if index or source.role in LEGACY_ROLES else _place_of_ids(columns)
        order.insert(0, order.pop(first))
        columns.insert(0, columns.pop(first))
        header = ["" if titles[place].startswith("__index_level_") else titles[place] for place in order]
        return table_of_columns(source, header, columns, range(1, self.content.num_rows + 1))

    def sheet_part(self, part: str) -> str | None:
        """Return None: the file holds one table."""
        del part
        return None

    def independent_part(self) -> str:
        """Return an empty text: the file holds one table."""
        return ""


def open_parquet(raw: bytes, name: str) -> ParquetFile:
    """Open a Parquet file.

    Raises:
        CohortError: GR181 a damaged file, GR182 pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        from pyarrow.parquet import read_table
    except ImportError as error:
        raise missing_package_error(_KIND, "pyarrow", "parquet", name) from error
    try:
        return ParquetFile(read_table(io.BytesIO(raw)))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise damaged_error(_KIND, error, name) from error


def _index_places(content: pa.Table, titles: list[str]) -> list[int]:
    """Return the positions of the columns that are the index of pandas; an index of row numbers has none."""
    described = content.schema.pandas_metadata or {}
    return [titles.index(each) for each in described.get("index_columns", ()) if each in titles]


def _column(column: pa.ChunkedArray) -> Column:
    import pyarrow as pa

    kind = column.type
    if pa.types.is_decimal(kind):
        column, kind = column.cast(pa.float64()), pa.float64()
    if pa.types.is_floating(kind) or pa.types.is_integer(kind):
        return np.asarray(column.to_numpy())
    return [text_of_cell(cell) for cell in column.to_pylist()]


def _place_of_ids(columns: Sequence[Column]) -> int:
    """Return the position of the ids: the first column, or the only column of text if the first cannot be ids."""
    texts = [place for place, cells in enumerate(columns) if not isinstance(cells, np.ndarray)]
    first = columns[0] if columns else []
    if not isinstance(first, np.ndarray) or len(texts) != 1:
        return 0
    whole = bool(np.all(np.isfinite(first)) and np.all(first == np.floor(first)))
    return 0 if whole and len(np.unique(first)) == len(first) else texts[0]
