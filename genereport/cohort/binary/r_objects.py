"""What objects of R hold: matrices, data frames, and the containers of Bioconductor.

Containers are an ExpressionSet, a SummarizedExperiment with the classes that extend it (a DESeqDataSet is one), a
DGEList and an EList. They are recognised by their slots or by the names of their elements.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from genereport.cohort.binary.r_serialization import NULL, RValue
from genereport.cohort.frame_table import Column
from genereport.types import AnyArray

_DAY = dt.timedelta(days=1)
_SPARSE = "dgCMatrix"


class Frame(NamedTuple):
    """A data frame.

    Attributes:
        names: Names of its columns.
        columns: Their cells.
        rows: Names of the rows; empty if they have none.
    """

    names: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[str, ...]


class RMatrix(NamedTuple):
    """A matrix.

    Attributes:
        values: Its values, shape (rows, columns).
        rows: Names of the rows; empty if they have none.
        columns: Names of the columns; empty if they have none.
    """

    values: AnyArray
    rows: tuple[str, ...]
    columns: tuple[str, ...]


class Experiment(NamedTuple):
    """A container of Bioconductor.

    Attributes:
        kind: Its class.
        assays: Name → matrix, genes × samples.
        samples: What it tells of the samples; None if it tells nothing.
        genes: What it tells of the genes; None if it tells nothing.
    """

    kind: str
    assays: Mapping[str, RValue]
    samples: Frame | None
    genes: Frame | None


def class_of(value: RValue) -> str:
    """Return the name of the first class of a value; empty if it has none."""
    return next(iter(_words(_slot(value, "class"))), "")


def members(value: RValue) -> dict[str, RValue]:
    """Return what a list, a pairlist or an environment holds, by name; nothing for other values."""
    if value.kind == "environment":
        return dict(value.value)
    if value.kind == "pairs":
        return {name: each for name, each in value.value if name}
    names = _words(_slot(value, "names"))
    return dict(zip(names, value.value, strict=True)) if value.kind == "list" and names else {}


def as_matrix(value: RValue) -> RMatrix | None:
    """Return a matrix of numbers, dense or sparse by columns; None if the value is none."""
    if class_of(value) == _SPARSE:
        rows, columns = _dimension_names(_slot(value, "Dimnames"))
        return RMatrix(_dense(value), rows, columns)
    size = _numbers(_slot(value, "dim"))
    if value.kind != "vector" or len(size) != 2:
        return None
    rows, columns = _dimension_names(_slot(value, "dimnames"))
    return RMatrix(value.value.reshape([int(each) for each in size], order="F"), rows, columns)


def as_frame(value: RValue) -> Frame | None:
    """Return a data frame of R or of Bioconductor, without columns that hold no vector; None if the value is none."""
    if "data.frame" in _words(_slot(value, "class")):
        cells, rows = members(value), _row_names(_slot(value, "row.names"))
    elif value.kind == "S4" and "listData" in value.attributes and "nrows" in value.attributes:
        cells, rows = members(_slot(value, "listData")), tuple(_words(_slot(value, "rownames")))
    elif value.kind == "S4" and "varMetadata" in value.attributes:
        return as_frame(_slot(value, "data"))
    else:
        return None
    held = {name: _column(cell) for name, cell in cells.items()}
    found = {name: column for name, column in held.items() if column is not None}
    return Frame(tuple(found), tuple(found.values()), rows)


def as_experiment(value: RValue) -> Experiment | None:
    """Return what a container of Bioconductor holds; None if the value is none."""
    slots, kind = value.attributes, class_of(value)
    if value.kind == "S4" and {"assayData", "phenoData"} <= set(slots):
        assays = members(slots["assayData"])
        first = {name: assays[name] for name in ("exprs",) if name in assays}
        return Experiment(kind, _matrices({**first, **assays}), as_frame(slots["phenoData"]), _genes(slots))
    if value.kind == "S4" and {"assays", "colData"} <= set(slots):
        return Experiment(kind, _matrices(_assays(slots["assays"])), as_frame(slots["colData"]), _genes(slots))
    if kind in ("DGEList", "EList"):
        held = members(value)
        assays = {name: held[name] for name in ("counts", "E") if name in held}
        samples = as_frame(held.get("samples", NULL)) or as_frame(held.get("targets", NULL))
        return Experiment(kind, _matrices(assays), samples, as_frame(held.get("genes", NULL)))
    return None


def named_as(experiment: Experiment, matrix: RMatrix) -> RMatrix:
    """Return the matrix of a container with the names that the container gives to genes and samples."""
    genes = experiment.genes.rows if experiment.genes else ()
    samples = experiment.samples.rows if experiment.samples else ()
    height, width = matrix.values.shape
    return RMatrix(
        matrix.values,
        genes if len(genes) == height else matrix.rows,
        samples if len(samples) == width else matrix.columns,
    )


def _slot(value: RValue, name: str) -> RValue:
    return value.attributes.get(name, NULL)


def _words(value: RValue) -> list[str]:
    return [word or "" for word in value.value] if value.kind == "text" else []


def _numbers(value: RValue) -> list[float]:
    return value.value.tolist() if value.kind == "vector" else []


def _matrices(found: Mapping[str, RValue]) -> dict[str, RValue]:
    sizes = {name: each for name, each in found.items() if class_of(each) == _SPARSE or len(_size(each)) == 2}
    return {name or f"assay {place}": each for place, (name, each) in enumerate(sizes.items(), start=1)}


def _size(value: RValue) -> list[float]:
    return _numbers(_slot(value, "dim")) if value.kind == "vector" else []


def _assays(value: RValue) -> dict[str, RValue]:
    """Return the assays of a SummarizedExperiment: in a slot, or in the environment of an older reference class."""
    inner = _slot(value, "data")
    if inner is NULL:
        inner = members(_slot(value, ".xData")).get("data", value)
    held = _slot(inner, "listData")
    names = _words(_slot(held, "names"))
    if held.kind == "list" and not names:
        return {f"assay {place}": each for place, each in enumerate(held.value, start=1)}
    return members(held)


def _genes(slots: Mapping[str, RValue]) -> Frame | None:
    """Return what the slots of a container tell of the genes, under the names that they give to the genes."""
    ranges = slots.get("rowRanges", NULL)
    described = slots.get("featureData", NULL) if "featureData" in slots else slots.get("elementMetadata", NULL)
    if ranges.kind == "S4":
        described = _slot(ranges, "elementMetadata")
    frame = as_frame(described) or Frame((), (), ())
    inner = (_slot(ranges, "ranges"), _slot(ranges, "partitioning"), ranges)
    names = [_words(slots.get("NAMES", NULL)), *(_words(_slot(each, "NAMES")) for each in inner), list(frame.rows)]
    return frame._replace(rows=tuple(next((each for each in names if each), ())))


def _dimension_names(value: RValue) -> tuple[tuple[str, ...], tuple[str, ...]]:
    found = [tuple(_words(each)) for each in value.value] if value.kind == "list" else []
    return (found[0], found[1]) if len(found) == 2 else ((), ())


def _dense(value: RValue) -> AnyArray:
    rows, columns = (int(each) for each in _numbers(_slot(value, "Dim")))
    starts, places, numbers = (_slot(value, name).value for name in ("p", "i", "x"))
    found = np.zeros((rows, columns))
    found[places.astype(np.intp), np.repeat(np.arange(columns), np.diff(starts))] = numbers
    return found


def _row_names(value: RValue) -> tuple[str, ...]:
    """Return row names; R keeps those that are the numbers of the rows in a short form, and they say nothing."""
    return tuple(_words(value))


def _column(value: RValue) -> Column | None:
    """Return the cells of a column: factors and dates as text; None if it holds no vector."""
    kind = class_of(value)
    if kind == "factor":
        levels = _words(_slot(value, "levels"))
        return [levels[int(code) - 1] if code == code else "" for code in value.value.tolist()]
    if kind == "Rle":
        inner = _column(_slot(value, "values"))
        times = _slot(value, "lengths").value
        return None if inner is None else _repeated(inner, times)
    if value.kind == "text":
        return _words(value)
    if value.kind != "vector" or _size(value) or value.value.dtype.kind == "c":
        return None
    if kind in ("Date", "POSIXct"):
        return [*_dates(value.value, _DAY if kind == "Date" else dt.timedelta(seconds=1))]
    return np.asarray(value.value)


def _repeated(cells: Column, times: AnyArray) -> Column:
    if isinstance(cells, np.ndarray):
        return np.repeat(cells, times)
    return [cell for cell, count in zip(cells, times.tolist(), strict=True) for _ in range(int(count))]


def _dates(numbers: AnyArray, unit: dt.timedelta) -> Iterator[str]:
    for number in numbers.tolist():
        if number == number:
            yield (dt.datetime(1970, 1, 1) + number * unit).isoformat(" ").removesuffix(" 00:00:00")
        else:
            yield ""


def describing_texts(names: Sequence[str], frame: Frame | None) -> tuple[list[str], list[Column]]:
    """Return names, and columns of text of a frame that describe as many rows; numbers would be taken for samples.

    Args:
        names: Names of the rows of a table.
        frame: What is known of them.
    """
    if frame is None:
        return [], []
    texts = [
        (name, cells)
        for name, cells in zip(frame.names, frame.columns, strict=True)
        if not isinstance(cells, np.ndarray) and len(cells) == len(names)
    ]
    return [name for name, _ in texts], [cells for _, cells in texts]
