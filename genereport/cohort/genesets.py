"""Gene sets in the GMT format of MSigDB: one set per line with name, description and genes, tab-separated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from genereport.cohort.gene_names import have_human_names, names_of
from genereport.cohort.gene_table import are_entrez, comparable
from genereport.cohort.model import Source
from genereport.cohort.tables import read_text
from genereport.errors import CohortError
from genereport.locations import Location


@dataclass(frozen=True)
class GeneSet:
    """A named set of genes.

    Attributes:
        name: Name, unique within its file.
        genes: Symbols or gene ids as written, each once.
    """

    name: str
    genes: tuple[str, ...]


def read_gmt(path: Location) -> tuple[Source, tuple[GeneSet, ...]]:
    """Read the sets of a GMT file, gzipped or not; blank lines and blank genes are skipped.

    Raises:
        CohortError: GR101 to GR104 for an unreadable file, GR124 a line that is not a set, GR125 a name that occurs
            twice, GR129 an address from which it cannot be fetched.
    """
    source, text = read_text(path, "gene_sets")
    found: dict[str, GeneSet] = {}
    lines: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        name, genes = _fields(line, source.name, number)
        if name in found:
            raise CohortError(
                "GR125",
                f"The gene set '{name}' occurs twice: row {lines[name]} and row {number}.",
                "Give every set a name of its own.",
                source.name,
            )
        found[name], lines[name] = GeneSet(name, genes), number
    return source, tuple(found.values())


def _fields(line: str, name: str, number: int) -> tuple[str, tuple[str, ...]]:
    fields = [field.strip() for field in line.split("\t")]
    genes = tuple(dict.fromkeys(gene for gene in fields[2:] if gene))
    if not fields[0] or not genes:
        raise CohortError(
            "GR124",
            f"The line is not a gene set: it has {len(fields)} tab-separated "
            f"{'field' if len(fields) == 1 else 'fields'}, and a set needs a name, a description and genes.",
            "Give a file in the GMT format, as MSigDB offers them.",
            f"{name}, row {number}",
        )
    return fields[0], genes


def members(gene_sets: Iterable[GeneSet], genes: pd.DataFrame) -> dict[str, frozenset[str]]:
    """Return name of a set → the ids of its genes in a cohort.

    A gene belongs to a set that lists its id, its symbol, or another name of a human gene with the same current symbol.
    Sets whose genes are numbers are sets of Entrez numbers if `are_entrez` finds that they are. A probe with several
    symbols belongs to the sets of each.

    Args:
        gene_sets: The sets of a file.
        genes: Index gene id, column ``symbol``.
    """
    every, human = tuple(gene_sets), have_human_names(genes)
    entrez = human and are_entrez(gene for one in every for gene in one.genes)
    ids: dict[str, set[str]] = {}
    for gene, name in names_of(genes).items():
        for key in {str(gene).upper(), name.upper(), *comparable(name, human=human)}:
            ids.setdefault(key, set()).add(str(gene))
    return {one.name: frozenset(_members_of(one, ids, human=human, entrez=entrez)) for one in every}


def _members_of(one: GeneSet, ids: dict[str, set[str]], *, human: bool, entrez: bool) -> Iterable[str]:
    for gene in one.genes:
        for key in {gene.upper(), *comparable(gene, human=human, entrez=entrez)}:
            yield from ids.get(key, ())
