"""R files: what saveRDS() and save() write (.rds, .rda, .RData)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from genereport.cohort.binary.parts import (
    ambiguous_part_error,
    choose_part,
    chosen_finding,
    independent_part,
    unknown_part_error,
)
from genereport.cohort.binary.r_objects import (
    Experiment,
    Frame,
    RMatrix,
    as_experiment,
    as_frame,
    as_matrix,
    class_of,
    describing_texts,
    members,
    named_as,
)
from genereport.cohort.binary.r_serialization import RValue, SerializationError, read_serialized
from genereport.cohort.binary.refusals import damaged_error, require_samples
from genereport.cohort.frame_table import Column, table_of_columns
from genereport.cohort.model import Source
from genereport.cohort.table import LEGACY_ROLES, Table
from genereport.cohort.wording import quoted
from genereport.errors import CohortError, Finding

_KIND = "an R file"
_PREFERRED = ("counts", "exprs")

Object = Experiment | RMatrix | Frame


class _Choice(NamedTuple):
    """What was chosen in a file.

    Attributes:
        held: The object.
        assay: Name of an assay of the object; empty if none is named.
        findings: Which one was chosen, and why.
    """

    held: Object
    assay: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, eq=False)
class RFile:
    """An R file.

    Attributes:
        objects: Name → what it holds; an object that saveRDS() wrote has an empty name.
    """

    objects: Mapping[str, Object] = field(repr=False)

    def table(self, source: Source, part: str) -> Table:
        """Return the matrix, or what the file tells of the samples, as the role of the source says.

        Raises:
            CohortError: GR102 an empty table, GR180 several objects or assays could be meant, or the named one does not
                exist, GR183 an object without names or without a sample sheet, GR184 single cells.
        """
        choice = self._choose(source, part)
        if isinstance(choice.held, Experiment):
            table = _table_of_experiment(source, choice.held, choice.assay)
        elif isinstance(choice.held, RMatrix):
            table = _table_of_matrix(source, choice.held)
        else:
            table = _table_of_frame(source, choice.held)
        return replace(table, findings=(*table.findings, *choice.findings))

    def sheet_part(self, part: str) -> str | None:
        """Return the name of the object with the sample sheet; empty if the matrix is in the same object."""
        names = list(self.objects)
        experiments = [name for name in names if isinstance(self.objects[name], Experiment)]
        chosen = part if part in names else experiments[0] if len(experiments) == 1 else ""
        held = self.objects.get(chosen)
        if isinstance(held, Experiment):
            return (part if part in names else "") if held.samples and held.samples.names else None
        matrix = part or getattr(choose_part(names, "expression", self._numbers), "name", "")
        found = choose_part(names, "labels", self._numbers)
        return found.name if len(names) > 1 and found and matrix and found.name != matrix else None

    def independent_part(self) -> str:
        """Return the name of the object with the matrix of an independent set; empty if there is none."""
        return independent_part(list(self.objects))

    def _choose(self, source: Source, part: str) -> _Choice:
        """Choose the object by its name, else the only container of Bioconductor, else by the role."""
        names = list(self.objects)
        experiments = [each for each in self.objects.values() if isinstance(each, Experiment)]
        if part in self.objects:
            return _Choice(self.objects[part], "")
        if len(experiments) == 1:
            return _Choice(experiments[0], part)
        if part:
            raise unknown_part_error(source, _KIND, "objects", part, names)
        chosen = choose_part(names, source.role, self._numbers)
        if chosen is None:
            raise ambiguous_part_error(source, _KIND, "objects", names)
        told = chosen_finding(source.name, "object", chosen, names, source.role)
        return _Choice(self.objects[chosen.name], "", (told,) if len(names) > 1 else ())

    def _numbers(self, name: str) -> int:
        held = self.objects[name]
        if isinstance(held, RMatrix):
            return held.values.size
        columns = held.columns if isinstance(held, Frame) else ()
        return sum(len(cells) for cells in columns if isinstance(cells, np.ndarray))


def open_r_file(raw: bytes, name: str) -> RFile:
    """Read the objects of an R file; none of its code is run.

    Raises:
        CohortError: GR181 a damaged file, or one that is written as text, GR183 no object that can hold a cohort.
    """
    if raw.startswith((b"A\n", b"B\n", b"RDA")):
        raise CohortError(
            "GR181",
            "This is an R file in a form that is not read: it was written with ascii = TRUE, or in native byte order.",
            "Write it again in R, without the argument ascii.",
            name,
        )
    try:
        value = read_serialized(raw)
        found = _objects(value)
    except (SerializationError, RecursionError, AttributeError, IndexError, TypeError, ValueError) as error:
        raise damaged_error(_KIND, error, name) from error
    if found:
        return RFile(found)
    raise CohortError(
        "GR183",
        f"This is an R file that holds {_describe(value)}, and no matrix, data frame or container of Bioconductor.",
        'Save the matrix or the data frame in R: saveRDS(x, "expression.rds").',
        name,
    )


def _objects(value: RValue) -> dict[str, Object]:
    """Return the objects that can hold a cohort: the value itself, or what it holds if it is a plain list."""
    own = _object(value)
    if own is not None:
        return {"": own}
    found = {name: _object(each) for name, each in members(value).items()}
    return {name: each for name, each in found.items() if each is not None}


def _object(value: RValue) -> Object | None:
    return as_experiment(value) or as_matrix(value) or as_frame(value)


def _describe(value: RValue) -> str:
    names = members(value)
    if names:
        return quoted(names)
    kind = class_of(value)
    return f"an object of class '{kind}'" if kind else "an object without a class"


def _table_of_experiment(source: Source, held: Experiment, assay: str) -> Table:
    if source.role in LEGACY_ROLES:
        if held.samples is None or not held.samples.names:
            raise _refusal(source, f"This is a {held.kind} that tells nothing of its samples.", "Name a sample sheet.")
        return _table_of_frame(source, held.samples)
    names = list(held.assays)
    preferred = [name for name in _PREFERRED if name in names]
    name = assay or (names[0] if len(names) == 1 else next(iter(preferred), ""))
    if not name and names:
        raise ambiguous_part_error(source, f"a {held.kind}", "assays", names)
    if name not in held.assays:
        raise unknown_part_error(source, f"a {held.kind}", "assays", name, names)
    matrix = as_matrix(held.assays[name])
    if matrix is None:
        raise _refusal(source, f"The assay '{name}' is no matrix of numbers.", "Name another assay.")
    table = _table_of_matrix(source, named_as(held, matrix), held.genes)
    return replace(table, findings=(*table.findings, *_describe_assay(source, name, names, assay)))


def _describe_assay(source: Source, name: str, names: Sequence[str], given: str) -> tuple[Finding, ...]:
    if given or len(names) == 1:
        return ()
    message = (
        f"The file holds the assays {quoted(names, 12)}; '{name}' was read. To name another one, write it behind the "
        "file and a #."
    )
    return (Finding("GR392", "note", source.name, message),)


def _table_of_matrix(source: Source, matrix: RMatrix, genes: Frame | None = None) -> Table:
    for names, what in ((matrix.rows, "row"), (matrix.columns, "column")):
        if not names:
            raise _refusal(
                source,
                f"The matrix has no {what} names, so that its values belong to no gene and no sample.",
                f"Give it {what} names in R, and save it again.",
            )
    height, width = matrix.values.shape
    require_samples(width, height, int(np.count_nonzero(matrix.values)), _KIND, source.name)
    titles, texts = describing_texts(matrix.rows, genes)
    columns: list[Column] = [matrix.rows, *texts, *(matrix.values[:, place] for place in range(width))]
    return table_of_columns(source, ("", *titles, *matrix.columns), columns, range(1, height + 1))


def _table_of_frame(source: Source, frame: Frame) -> Table:
    rows = len(frame.columns[0]) if frame.columns else 0
    names, columns = [*frame.names], [*frame.columns]
    if frame.rows:
        free = (name for name in ("sample", "sample id", "row names") if name not in names)
        names.insert(0, next(free, "") if source.role in LEGACY_ROLES else "")
        columns.insert(0, frame.rows)
    return table_of_columns(source, names, columns, range(1, rows + 1))


def _refusal(source: Source, problem: str, remedy: str) -> CohortError:
    return CohortError("GR183", problem, remedy, source.name)
