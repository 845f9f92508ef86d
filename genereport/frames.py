"""How tables and numbers of results are stored, so that they read back equal."""

from __future__ import annotations

import base64
import math
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import BeforeValidator, PlainSerializer, PlainValidator

MOST_ROWS = 10_000
"""Number of rows up to which a table is plain text; a longer one is compressed (gzip)."""


def file_of_table(name: str, frame: pd.DataFrame) -> str:
    """Return the name of the file that holds a table of the data folder; long tables are compressed.

    Args:
        name: Name of the table.
        frame: The table.
    """
    return f"{name}.tsv.gz" if len(frame) > MOST_ROWS else f"{name}.tsv"


def _encode_frame(frame: pd.DataFrame) -> dict[str, Any]:
    return {
        "index": frame.index.name,
        "columns": {
            str(name): {"type": _kind(column), "values": _plain(column)} for name, column in frame.reset_index().items()
        },
    }


def _kind(column: pd.Series[Any]) -> str:
    kinds = {"f": "float64", "i": "int64", "b": "bool"}
    return kinds.get(column.dtype.kind, "str")


def _plain(column: pd.Series[Any]) -> list[Any]:
    return [_json(value) if isinstance(value, float) else value for value in column.astype(object).tolist()]


def _json(value: float) -> float | str | None:
    """JSON has neither missing nor infinite numbers: ``null``, ``"inf"``, ``"-inf"``."""
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else str(value)


def _decode_frame(value: Any) -> pd.DataFrame:
    if isinstance(value, pd.DataFrame):
        return value
    frame = pd.DataFrame({name: _column(column["values"], column["type"]) for name, column in value["columns"].items()})
    first = frame.columns[0]
    return frame.set_index(first).rename_axis(index=value["index"])


def _column(values: list[Any], kind: str) -> pd.Series[Any]:
    numbers = [float(value) if isinstance(value, str) else value for value in values] if kind == "float64" else values
    return pd.Series(numbers, dtype=kind)


def _encode_bytes(array: npt.NDArray[np.uint8]) -> dict[str, Any]:
    return {"shape": list(array.shape), "base64": base64.b64encode(array.tobytes()).decode()}


def _decode_bytes(value: Any) -> npt.NDArray[np.uint8]:
    if isinstance(value, np.ndarray):
        return value
    return np.frombuffer(base64.b64decode(value["base64"]), dtype=np.uint8).reshape(value["shape"])


def true_rows(mask: pd.Series[bool]) -> list[int]:
    """Return the positions of the rows for which a condition holds."""
    return [int(row) for row in mask.to_numpy().nonzero()[0]]


Frame = Annotated[pd.DataFrame, PlainValidator(_decode_frame), PlainSerializer(_encode_frame)]
"""A table; in JSON its columns with their types."""

Bytes = Annotated[npt.NDArray[np.uint8], PlainValidator(_decode_bytes), PlainSerializer(_encode_bytes)]
"""Whole numbers from 0 to 255; in JSON their shape, and the bytes in base64."""

Number = Annotated[float, BeforeValidator(lambda value: math.nan if value is None else value)]
"""A number that can be missing: NaN, in JSON ``null``."""
