"""Find what the file of a matrix holds besides the matrix."""

from __future__ import annotations

from genereport.cohort.binary.opening import open_at
from genereport.locations import Location, part_of, with_part


def sheet_within(matrix: Location) -> Location | None:
    """Return the location of the sample sheet in the file of a matrix; None if the file is text or holds none.

    Raises:
        CohortError: GR1xx a file that is not text and cannot be read.
    """
    opened = open_at(matrix)
    part = opened.sheet_part(part_of(matrix)) if opened else None
    return None if part is None else with_part(matrix, part)


def independent_within(matrix: Location) -> Location | None:
    """Return the location of the matrix of an independent set in the same file; None if it holds none, or one is named.

    Raises:
        CohortError: As `sheet_within`.
    """
    opened = None if part_of(matrix) else open_at(matrix)
    part = opened.independent_part() if opened else ""
    return with_part(matrix, part) if part else None
