"""Printed table of the library sizes."""

from __future__ import annotations

from genereport.analyses.columns import CODE, COUNT, THREE, Table, column

LIBRARIES = Table(
    name="libraries",
    id="tab-libraries",
    frame="libraries.sizes",
    columns=(
        column("sample", "Sample", CODE),
        column("class", "Class"),
        column("set", "Set"),
        column("counts", "Counts of all genes", COUNT),
        column("library_size", "Library size", COUNT),
        column("factor", "TMM factor", THREE),
    ),
)
