"""Files of anndata (.h5ad): HDF5 with a matrix of observations × genes, and tables about both.

The layouts of anndata since version 0.8, of version 0.7, and of older ones, which keep tables as arrays of records, are
read by h5py. Links to other files are never followed.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from genereport.cohort.binary.parts import unknown_part_error
from genereport.cohort.binary.refusals import damaged_error, require_samples
from genereport.cohort.frame_table import Column, table_of_columns, text_of_cell, texts_of
from genereport.cohort.model import Source
from genereport.cohort.table import LEGACY_ROLES, Table
from genereport.cohort.wording import quoted
from genereport.errors import CohortError, Finding
from genereport.types import AnyArray

if TYPE_CHECKING:
    import h5py

_KIND = "an .h5ad file"
_COUNTS = "counts"
_INDEX_NAMES = ("_index", "index", "")


@dataclass(frozen=True, eq=False)
class AnnData:
    """A file of anndata.

    Attributes:
        file: The opened file.
        name: Its name, for messages.
    """

    file: h5py.File = field(repr=False)
    name: str = ""

    def table(self, source: Source, part: str) -> Table:
        """Return the matrix as genes × samples, or the table of the observations, as the role of the source says.

        Without a part the layer ``counts`` is read if there is one, else X.

        Raises:
            CohortError: GR102 an empty table, GR180 the named layer does not exist, GR181 a damaged file, GR184 single
                cells, GR185 a link to another file.
        """
        try:
            return self._observations(source) if source.role in LEGACY_ROLES else self._matrix(source, part)
        except (OSError, KeyError, ValueError, TypeError, IndexError, AttributeError, RuntimeError) as error:
            raise damaged_error(_KIND, error, source.name) from error

    def sheet_part(self, part: str) -> str | None:
        """Return an empty text, because the observations are described in the file itself; None if they are not."""
        del part
        source = Source("labels", self.name, 0, "")
        return "" if len(self.table(source, "").header) > 1 else None

    def independent_part(self) -> str:
        """Return an empty text: a file holds one set of observations."""
        return ""

    def _observations(self, source: Source) -> Table:
        names, columns = _frame(_item(self.file, "obs", source.name), source.name)
        names[0] = "sample" if names[0] in _INDEX_NAMES and "sample" not in names else names[0]
        return table_of_columns(source, names, columns, range(1, len(columns[0]) + 1))

    def _matrix(self, source: Source, part: str) -> Table:
        layers = sorted(_item(self.file, "layers", source.name)) if "layers" in self.file else []
        places = {name: name for name in ("X",) if name in self.file}
        places |= {"raw": "raw/X"} if "raw" in self.file else {}
        places |= {name: f"layers/{name}" for name in layers}
        name = part or (_COUNTS if _COUNTS in layers else "X")
        if name not in places:
            raise unknown_part_error(source, _KIND, "matrices", name, list(places))
        values = _values(_item(self.file, places[name], source.name), source.name)
        var = "raw/var" if name == "raw" else "var"
        titles, genes = _frame(_item(self.file, var, source.name), source.name)
        _, observations = _frame(_item(self.file, "obs", source.name), source.name)
        samples = _texts(observations[0])
        kept = [j for j, cells in enumerate(genes) if j == 0 or not isinstance(cells, np.ndarray)]
        columns: list[Column] = [genes[j] if j else _texts(genes[0]) for j in kept]
        return table_of_columns(
            source,
            [*("" if j == 0 else titles[j] for j in kept), *samples],
            [*columns, *values[: len(samples)]],
            range(1, len(genes[0]) + 1),
            () if part or not layers else (_describe_layer(name, list(places), source.name),),
        )


def open_h5ad(raw: bytes, name: str) -> AnnData:
    """Open a file of anndata.

    Raises:
        CohortError: GR181 a damaged file, GR183 an HDF5 file of another kind.
    """
    import h5py

    try:
        file = h5py.File(io.BytesIO(raw), "r")
    except (OSError, ValueError, RuntimeError) as error:
        raise damaged_error("an HDF5 file", error, name) from error
    if {"obs", "var"} <= set(file):
        return AnnData(file, name)
    raise CohortError(
        "GR183",
        f"This is an HDF5 file, and none of anndata (.h5ad): it has no 'obs' and 'var'; it holds {quoted(file)}.",
        "Export the matrix and the sample sheet as CSV or TSV.",
        name,
    )


def _item(group: h5py.Group, path: str, name: str) -> Any:
    """Return a group or an array of a file.

    Raises:
        CohortError: GR185 a link, or values that are stored in another file.
    """
    import h5py

    found: Any = group
    for key in path.split("/"):
        link = found.get(key, getlink=True)
        if isinstance(link, h5py.ExternalLink | h5py.SoftLink):
            raise _link_error(path, name)
        found = found[key]
    return _require_inside(found, path, name)


def _require_inside(found: Any, path: str, name: str) -> Any:
    import h5py

    if isinstance(found, h5py.Dataset) and (found.external or found.is_virtual):
        raise _link_error(path, name)
    return found


def _link_error(path: str, name: str) -> CohortError:
    return CohortError(
        "GR185",
        f"'{path}' of the file is a link, or its values are in another file. Links are not followed.",
        "Write the file again with all values in it.",
        name,
    )


def _values(stored: Any, name: str) -> AnyArray:
    """Return a matrix of observations × genes, dense or compressed by rows or by columns.

    Raises:
        CohortError: GR184 single cells, GR185 a link.
    """
    import h5py

    if isinstance(stored, h5py.Dataset):
        observations, genes = stored.shape
        require_samples(observations, genes, stored.size, _KIND, name)
        values = np.asarray(stored[()])
        require_samples(observations, genes, int(np.count_nonzero(values)), _KIND, name)
        return values
    parts = [_item(stored, key, name) for key in ("data", "indices", "indptr")]
    encoding = _text(stored.attrs.get("encoding-type", stored.attrs.get("h5sparse_format", "")))
    shape = [int(size) for size in stored.attrs.get("shape", stored.attrs.get("h5sparse_shape", ()))]
    if len(shape) != 2 or encoding[:3] not in ("csr", "csc"):
        raise ValueError(f"its matrix has the unknown encoding '{encoding}'")
    require_samples(shape[0], shape[1], parts[0].size, _KIND, name)
    data, indices, starts = (part[()] for part in parts)
    lines = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    dense = np.zeros(shape, dtype=data.dtype)
    dense[(lines, indices) if encoding.startswith("csr") else (indices, lines)] = data
    return dense


def _frame(stored: Any, name: str) -> tuple[list[str], list[Column]]:
    """Return names and cells of the columns of a table; the index comes first."""
    import h5py

    if isinstance(stored, h5py.Dataset):
        return _records(stored, name)
    index = _text(stored.attrs.get("_index", "_index"))
    order = [_text(each) for each in stored.attrs.get("column-order", ())]
    names = [index, *(each for each in order if each != index)]
    return _kept({each: _cells(stored, each, name) for each in names})


def _cells(stored: h5py.Group, key: str, name: str) -> Column | None:
    """Return a column; None if it is neither numbers nor texts, such as a table within the table."""
    import h5py

    column = _item(stored, key, name)
    if isinstance(column, h5py.Dataset):
        categories = column.attrs.get("categories")
        if isinstance(categories, h5py.Reference):  # anndata 0.7
            held = _require_inside(stored.file[categories], key, name)
            return _categorical(column[()], _plain(held[()]))
        return _plain(column[()])
    kind = _text(column.attrs.get("encoding-type", ""))
    if kind == "categorical":
        return _categorical(_item(column, "codes", name)[()], _cells(column, "categories", name))
    if kind.startswith("nullable-"):
        held = _plain(_item(column, "values", name)[()])
        return None if held is None else _masked(held, _item(column, "mask", name)[()])
    return None


def _records(stored: h5py.Dataset, name: str) -> tuple[list[str], list[Column]]:
    """Return the columns of an array of records, as anndata before version 0.7 wrote tables."""
    names = list(stored.dtype.names or ())
    index = "index" if "index" in names else names[0]
    known = _item(stored.file, "uns", name) if "uns" in stored.file else {}
    found: dict[str, Column | None] = {}
    for key in (index, *(each for each in names if each != index)):
        categories = f"{key}_categories"
        cells = _plain(stored[key])
        if categories in known and isinstance(cells, np.ndarray):
            cells = _categorical(cells, _plain(_item(known, categories, name)[()]))
        found[key] = cells
    return _kept(found)


def _kept(found: dict[str, Column | None]) -> tuple[list[str], list[Column]]:
    kept = {name: cells for name, cells in found.items() if cells is not None}
    return list(kept), list(kept.values())


def _plain(values: AnyArray) -> Column | None:
    if values.ndim != 1:
        return None
    if values.dtype.kind in "iuf":
        return values
    return [_text(value) for value in values.tolist()]


def _categorical(codes: AnyArray, categories: Column | None) -> Column | None:
    if categories is None:
        return None
    names = _texts(categories)
    return [names[code] if code >= 0 else "" for code in codes.tolist()]


def _masked(cells: Column, mask: AnyArray) -> Column:
    if isinstance(cells, np.ndarray):
        return np.where(mask, np.nan, cells)
    return ["" if missing else cell for cell, missing in zip(cells, mask.tolist(), strict=True)]


def _texts(cells: Column) -> list[str]:
    return texts_of(cells) if isinstance(cells, np.ndarray) else list(cells)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else text_of_cell(value)


def _describe_layer(name: str, known: list[str], file: str) -> Finding:
    message = (
        f"The file holds the matrices {quoted(known, 12)}; '{name}' was read. To name another one, write it behind the "
        "file and a #."
    )
    return Finding("GR392", "note", file, message)
