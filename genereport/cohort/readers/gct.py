"""GCT files of GenePattern and GSEA, versions 1.2 and 1.3.

The first line names the version, the second the sizes, the third is the header. Version 1.3 may have columns that
describe the genes and rows that describe the samples; these rows are the sample sheet. Version 1.2 has neither, and its
classes are in a CLS file or a sample sheet.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from genereport.cohort.decoding import Decoded, peek_lines
from genereport.cohort.layout import repeats, require_unique_samples
from genereport.cohort.matrix import genes_by_samples
from genereport.cohort.readers.containers import ContainerReader, Content, sheet_within
from genereport.cohort.table import MISSING
from genereport.cohort.tables import read_content, table_of
from genereport.errors import CohortError
from genereport.locations import Location

_VERSIONS = ("#1.2", "#1.3")


class _Sizes(NamedTuple):
    genes: int
    samples: int
    about_genes: int
    about_samples: int


@dataclass(frozen=True)
class GctReader(ContainerReader):
    """Reader of GCT files."""

    layout: str = "gct"

    def holds(self, location: Location) -> bool:
        """Return whether the first line names a version of the format."""
        return [*peek_lines(location, 1), ""][0].strip() in _VERSIONS

    def columns(self, location: Location) -> tuple[str, ...]:
        """Return the names of the rows that describe the samples."""
        lines = peek_lines(location, 3)
        sizes = _sizes(lines, location.name)
        rows = peek_lines(location, 3 + sizes.about_samples)[3:]
        return tuple(row.split("\t", 1)[0].strip(' "') for row in rows)

    def load(self, location: Location, role: str) -> Content:
        """Read a GCT file.

        Raises:
            CohortError: GR101 to GR109, GR111, GR129, GR143 for a file that cannot be read, GR122 two rows of the same
                name, GR141 sizes that are wrong.
        """
        source, content = read_content(location, role)
        lines = content.text.split("\n")
        if lines[0].strip() not in _VERSIONS:
            raise CohortError(
                "GR112", "This is no GCT file, and the other matrix is one.", "Name two GCT files.", source.name
            )
        sizes = _sizes(lines, source.name)
        described = range(3, 3 + sizes.about_samples)
        about = [[cell.strip(' "') for cell in lines[place].split("\t")] for place in described if place < len(lines)]
        values = ["" if place < 2 or place in described else line for place, line in enumerate(lines)]
        table = table_of(source, Decoded("\n".join(values), content.findings))
        first = 1 + sizes.about_genes
        held = (len(table.lines), len(table.header) - first)
        if held != (sizes.genes, sizes.samples):
            raise CohortError(
                "GR141",
                f"This is a GCT file that contradicts itself: its second line announces {sizes.genes} genes and "
                f"{sizes.samples} samples, and it holds {held[0]} and {held[1]}.",
                "It may have been cut off or edited: download or export it again.",
                source.name,
            )
        _require_whole(about, len(table.header), source.name)
        columns = range(first, len(table.header))
        samples = table.header[first:]
        require_unique_samples(samples, [f"column {j + 1}" for j in columns], source.name)
        matrix = genes_by_samples(table, columns, range(first))
        told = {row[0]: ["" if cell.lower() in MISSING else cell for cell in row[first:]] for row in about}
        return Content(table, matrix, sheet_within(table, samples, told) if about else None)


def _sizes(lines: list[str], name: str) -> _Sizes:
    """Return the sizes in the second line.

    Raises:
        CohortError: GR141 if they are not numbers, or too few.
    """
    version, second = lines[0].strip(), [*lines, ""][1]
    wanted = 2 if version == "#1.2" else 4
    words = second.split()
    if len(words) < wanted or not all(re.fullmatch(r"\d{1,9}", word) for word in words[:wanted]):
        raise CohortError(
            "GR141",
            f"This is a GCT file of version {version[1:]}, whose second line must hold {wanted} numbers; it holds "
            f"'{second.strip()}'.",
            "Export it again.",
            f"{name}, row 2",
        )
    genes, samples, about_genes, about_samples = [*map(int, words[:wanted]), 1, 0][:4]
    return _Sizes(genes, samples, about_genes, about_samples)


def _require_whole(about: Sequence[Sequence[str]], width: int, name: str) -> None:
    """Require that the rows that describe the samples are as long as the header and have names of their own."""
    for line, row in enumerate(about, start=4):
        if len(row) != width:
            raise CohortError(
                "GR108",
                f"The row has {len(row)} fields where the header has {width}.",
                "Export the file again.",
                f"{name}, row {line}",
            )
    for title, found in repeats([row[0] for row in about]).items():
        raise CohortError(
            "GR122",
            f"{len(found)} rows that describe the samples are called '{title}'.",
            "Give each a name of its own.",
            name,
        )
