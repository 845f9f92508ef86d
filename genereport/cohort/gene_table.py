"""The bundled table of human genes: what a gene is called today.

The table is HGNC's, with Entrez numbers of NCBI; ``data/genes.md`` says where it comes from. It is loaded when the
first name is looked up, in about 0.2 s. Names are looked up without regard to case.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable
from functools import cache
from typing import Literal, NamedTuple

from genereport.resources import folder

TABLE = "the bundled table of human genes (HGNC, June 2026)"
"""How messages call the table."""

SEPARATOR = " /// "
"""Separates the symbols of a probe that measures several genes, as in the annotation files of GEO."""

Rule = Literal["current", "previous", "alias", "ensembl", "ambiguous", "unknown"]

_ENSEMBL = re.compile(r"(ENSG\d{11})(?:\.\d+)?")
_HUMAN = 0.4
"""Smallest share of known names that shows a file to be of human genes; of mouse symbols about 1 % are known."""
_NEARLY_ALL = 0.9
_FEWEST_NUMBERS = 100
_DENSEST = 0.5
_BEYOND_ROWS = 1_000_000
"""No matrix has so many rows; about one in ten Entrez numbers is larger."""


class Resolved(NamedTuple):
    """The gene that a name stands for.

    Attributes:
        symbol: Its current symbol; empty if the name is unknown or may stand for several genes.
        rule: How it was found.
    """

    symbol: str
    rule: Rule


class GeneTable(NamedTuple):
    """The table of human genes, as it is looked up.

    Attributes:
        current: Symbol in upper case → symbol as HGNC writes it.
        previous: Former symbol in upper case → current symbol, empty if several genes had it.
        aliases: Alias in upper case → current symbol, empty if several genes have it.
        ensembl: Ensembl id without version → current symbol.
        entrez: Entrez number → current symbol.
    """

    current: dict[str, str]
    previous: dict[str, str]
    aliases: dict[str, str]
    ensembl: dict[str, str]
    entrez: dict[str, str]


@cache
def load_genes() -> GeneTable:
    """Load the bundled table."""
    table = GeneTable({}, {}, {}, {}, {})
    text = gzip.decompress((folder("data") / "genes.tsv.gz").read_bytes()).decode("utf-8")
    for line in text.splitlines()[1:]:
        symbol, _, ensembl, entrez, previous, aliases, others = line.split("\t")
        table.current[symbol.upper()] = symbol
        table.entrez[entrez] = symbol
        for names, ids in ((previous, table.previous), (aliases, table.aliases)):
            _add(ids, names.upper(), symbol)
        _add(table.ensembl, f"{ensembl}|{others}" if others else ensembl, symbol)
    for ids in (table.entrez, table.previous, table.aliases, table.ensembl):
        ids.pop("", None)
    return table


def _add(known: dict[str, str], names: str, symbol: str) -> None:
    """Add names that stand for a symbol; a name of several genes stands for none."""
    for name in names.split("|"):
        known[name] = symbol if known.get(name, symbol) == symbol else ""


@cache
def resolve_name(name: str) -> Resolved:
    """Return the gene that a symbol or an Ensembl id stands for.

    A current symbol stands for its gene, whatever else it was before. A former symbol of one gene stands for this gene,
    even if it is an alias of others, since files hold official symbols. An alias stands for a gene if it is the alias
    of no other.

    Args:
        name: A name of one gene.

    Example:
        >>> resolve_name("tp53"), resolve_name("SEPT2"), resolve_name("ENSG00000141510.18")
        (Resolved(symbol='TP53', rule='current'), ..., Resolved(symbol='TP53', rule='ensembl'))
        >>> resolve_name("SEPT2").symbol, resolve_name("p53").rule, resolve_name("SIP").rule
        ('SEPTIN2', 'alias', 'ambiguous')
    """
    table, upper = load_genes(), name.upper()
    if upper in table.current:
        return Resolved(table.current[upper], "current")
    found = _ENSEMBL.fullmatch(name)
    if found:
        symbol = table.ensembl.get(found[1])
        return Resolved(symbol or "", "unknown" if symbol is None else "ensembl" if symbol else "ambiguous")
    rules: tuple[tuple[Rule, dict[str, str]], ...] = (("previous", table.previous), ("alias", table.aliases))
    for rule, known in rules:
        if upper in known:
            return Resolved(known[upper], rule if known[upper] else "ambiguous")
    return Resolved("", "unknown")


def are_human(names: Iterable[str]) -> bool:
    """Return whether names are those of human genes: at least 40 % are symbols, in HGNC's case, or Ensembl ids.

    Args:
        names: Symbols or ids; empty ones, and all but the first of equal ones, are left out of the count.
    """
    distinct = {part for name in names for part in name.split(SEPARATOR) if part}
    known = sum(_is_official(name) for name in distinct)
    return bool(distinct) and known >= _HUMAN * len(distinct)


def _is_official(name: str) -> bool:
    table, found = load_genes(), _ENSEMBL.fullmatch(name)
    if found:
        return found[1] in table.ensembl
    return table.current.get(name.upper()) == name or (name.isupper() and name in table.previous)


def are_entrez(ids: Iterable[str]) -> bool:
    """Return whether ids are proven to be Entrez numbers of human genes.

    All must be whole numbers. Either at least 100 of them are given, 90 % are known, and they leave out more numbers
    than they take, as row numbers do not; or 60 % are known, and 1 % are larger than any row number.

    Args:
        ids: Ids of genes.
    """
    every = set(ids)
    if not every or not all(name.isascii() and name.isdigit() for name in every):
        return False
    numbers = sorted(map(int, every))
    known = sum(name in load_genes().entrez for name in every) / len(every)
    sparse = len(numbers) < _DENSEST * (numbers[-1] - numbers[0] + 1)
    large = sum(number > _BEYOND_ROWS for number in numbers)
    proven = known >= _NEARLY_ALL and sparse and len(numbers) >= _FEWEST_NUMBERS
    return proven or (known >= 0.6 and large >= 0.01 * len(numbers) and large > 1)


def comparable(name: str, *, human: bool, entrez: bool = False) -> tuple[str, ...]:
    """Return what a name of a gene or probe is compared by: current symbols in upper case, else the name itself.

    All comparisons of names use this function: markers, gene sets, and their plan.

    Args:
        name: A symbol or an id; several symbols, separated by ``///``, are compared each by itself.
        human: Whether it is the name of a human gene; other names are compared as they are written.
        entrez: Whether a number is the Entrez number of a human gene.

    Example:
        >>> comparable("SEPT2", human=True), comparable("HLA-A /// HLA-H", human=True), comparable("Sept2", human=False)
        (('SEPTIN2',), ('HLA-A', 'HLA-H'), ('SEPT2',))
    """
    parts = name.split(SEPARATOR)
    if entrez:
        parts = [load_genes().entrez.get(part, part) for part in parts]
    return tuple((resolve_name(part).symbol or part if human else part).upper() for part in parts)
