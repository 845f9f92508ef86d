"""Printed table of the library sizes."""

from __future__ import annotations

from genereport.analyses.columns import CODE, THREE, Table, column, number_format
from genereport.formats import count

ROUNDED = number_format("", lambda value: count(round(value)))
"""A count that may have decimals, as those of salmon have."""

LIBRARIES = Table(
    name="libraries",
    id="tab-libraries",
    frame="libraries.sizes",
    columns=(
        column("sample", "Sample", CODE),
        column("class", "Class"),
        column("set", "Set"),
        column("counts", "Counts of all genes", ROUNDED),
        column("library_size", "Library size", ROUNDED),
        column("factor", "TMM factor", THREE),
    ),
)
