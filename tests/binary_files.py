"""Small files that are not text: workbooks and .h5ad files, written by their published formats."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import h5py
import numpy as np
import pandas as pd

_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_STYLES = (  # the second format is that of the date "1-Mar"
    f'<?xml version="1.0"?><styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
    '<xf numFmtId="16" applyNumberFormat="1"/></cellXfs></styleSheet>'
)
_DAY_ZERO = dt.date(1899, 12, 30)

Rows = Sequence[Sequence[Any]]


class Wrong(str):
    """An error value of a spreadsheet program, such as #N/A."""

    __slots__ = ()


def write_xlsx(path: Path, sheets: Mapping[str, Rows], *, hidden: Sequence[str] = ()) -> Path:
    """Write a workbook; the cells are texts, numbers, truth values, dates, `Wrong` or None."""
    listed, links = [], []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, rows) in enumerate(sheets.items(), start=1):
            state = ' state="hidden"' if name in hidden else ""
            listed.append(f'<sheet name={quoteattr(name)} sheetId="{number}"{state} r:id="r{number}"/>')
            links.append(f'<Relationship Id="r{number}" Type="{_OFFICE}/worksheet" Target="worksheets/s{number}.xml"/>')
            archive.writestr(f"xl/worksheets/s{number}.xml", _sheet(rows))
        links.append(f'<Relationship Id="s" Type="{_OFFICE}/styles" Target="styles.xml"/>')
        root = f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", f'<Relationships xmlns="{_PACKAGE}">{root}</Relationships>')
        archive.writestr(
            "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{_PACKAGE}">{"".join(links)}</Relationships>'
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{"".join(listed)}</sheets></workbook>',
        )
        archive.writestr("xl/styles.xml", _STYLES)
    return path


def _sheet(rows: Rows) -> str:
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = "".join(_cell(cell, f"{_letters(place)}{number}") for place, cell in enumerate(row))
        lines.append(f'<row r="{number}">{cells}</row>')
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def _letters(place: int) -> str:
    first, last = divmod(place, 26)
    return (_letters(first - 1) if first else "") + chr(ord("A") + last)


def _cell(cell: object, at: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return f'<c r="{at}" t="b"><v>{int(cell)}</v></c>'
    if isinstance(cell, dt.date):
        return f'<c r="{at}" s="1"><v>{(cell - _DAY_ZERO).days}</v></c>'
    if isinstance(cell, Wrong):
        return f'<c r="{at}" t="e"><v>{cell}</v></c>'
    if isinstance(cell, str):
        return f'<c r="{at}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
    return f'<c r="{at}"><v>{cell!r}</v></c>'


def write_ods(path: Path, sheets: Mapping[str, Rows]) -> Path:
    """Write a workbook in the format of LibreOffice; the cells are texts, numbers or None."""
    tables = "".join(
        f"<table:table table:name={quoteattr(name)}>"
        + "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)
        + "</table:table>"
        for name, rows in sheets.items()
    )
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>',
        )
        archive.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:body><office:spreadsheet>{tables}</office:spreadsheet>"
            "</office:body></office:document-content>",
        )
    return path


def _ods_cell(cell: object) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, str):
        return f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
    return f'<table:table-cell office:value-type="float" office:value="{cell!r}"/>'


def rows_of(frame: pd.DataFrame) -> list[list[Any]]:
    """Return header and rows of a frame, with its index as the first column."""
    header = [frame.index.name, *frame.columns]
    return [header, *([name, *row] for name, row in zip(frame.index, frame.to_numpy(object).tolist(), strict=True))]


def write_h5ad(
    path: Path,
    expression: pd.DataFrame,
    obs: pd.DataFrame,
    var: pd.DataFrame,
    layers: Mapping[str, Any] | None = None,
    *,
    legacy: bool = False,
) -> Path:
    """Write a file as anndata 0.8 does, or as version 0.7 does.

    Args:
        path: The file.
        expression: Samples × genes.
        obs: Table of the samples, with an index.
        var: Table of the genes, with an index.
        layers: Name → samples × genes, an array or a sparse matrix of SciPy.
        legacy: Whether to write as version 0.7.
    """
    with h5py.File(path, "w") as file:
        if not legacy:
            file.attrs.update({"encoding-type": "anndata", "encoding-version": "0.1.0"})
        write_values(file, "X", expression.to_numpy())
        for name, values in (layers or {}).items():
            write_values(file.require_group("layers"), name, values)
        write_frame(file, "obs", obs, legacy=legacy)
        write_frame(file, "var", var, legacy=legacy)
    return path


def write_values(group: h5py.Group, name: str, values: Any) -> None:
    """Write a matrix, dense or sparse."""
    if isinstance(values, np.ndarray):
        group.create_dataset(name, data=values)
        return
    held = group.create_group(name)
    held.attrs.update({"encoding-type": f"{values.format}_matrix", "encoding-version": "0.1.0", "shape": values.shape})
    for part in ("data", "indices", "indptr"):
        held[part] = getattr(values, part)


def write_frame(group: h5py.Group, name: str, frame: pd.DataFrame, *, legacy: bool = False) -> None:
    """Write a table; categories and missing whole numbers are encoded as anndata does."""
    index = frame.index.name or "_index"
    held = group.create_group(name)
    held.attrs.update({"encoding-type": "dataframe", "encoding-version": "0.1.0" if legacy else "0.2.0"})
    held.attrs["_index"] = index
    held.attrs["column-order"] = np.array([*frame.columns], dtype=h5py.string_dtype())
    _write_column(held, index, frame.index.to_numpy(object))
    for title, cells in frame.items():
        if isinstance(cells.dtype, pd.CategoricalDtype):
            _write_categories(held, str(title), cells, legacy=legacy)
        elif cells.dtype == "Int64":
            inner = held.create_group(str(title))
            inner.attrs.update({"encoding-type": "nullable-integer", "encoding-version": "0.1.0"})
            inner["values"], inner["mask"] = cells.fillna(0).to_numpy(int), cells.isna().to_numpy()
        else:
            _write_column(held, str(title), cells.to_numpy())


def _write_column(group: h5py.Group, name: str, cells: Any) -> h5py.Dataset:
    texts = cells.dtype.kind in "OUT"
    return group.create_dataset(
        name, data=cells.astype(object) if texts else cells, dtype=h5py.string_dtype() if texts else None
    )


def _write_categories(group: h5py.Group, name: str, cells: pd.Series, *, legacy: bool) -> None:
    codes, categories = cells.cat.codes.to_numpy(), cells.cat.categories.to_numpy(object)
    if legacy:
        held = _write_column(group.require_group("__categories"), name, categories)
        group.create_dataset(name, data=codes).attrs["categories"] = held.ref
        return
    inner = group.create_group(name)
    inner.attrs.update({"encoding-type": "categorical", "encoding-version": "0.2.0", "ordered": False})
    _write_column(inner, "codes", codes)
    _write_column(inner, "categories", categories)
