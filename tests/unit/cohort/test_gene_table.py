"""The bundled table of human genes, and what names in it stand for."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from genereport.cohort.gene_table import are_entrez, are_human, comparable, load_genes, resolve_name
from genereport.resources import folder

REFERENCE = Path(__file__).resolve().parents[2] / "reference" / "genes.csv"


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return pd.read_csv(folder("data") / "genes.tsv.gz", sep="\t", dtype=str, keep_default_na=False)


def test_the_table_is_tidy_and_small(table: pd.DataFrame) -> None:
    raw = (folder("data") / "genes.tsv.gz").read_bytes()
    assert len(raw) < 1_500_000
    assert raw[4:8] == bytes(4), "the time of packing is not in the file"
    assert gzip.decompress(raw).decode("utf-8").count("\r") == 0
    assert table["symbol"].is_unique
    assert table["symbol"].tolist() == sorted(table["symbol"])
    assert table["symbol"].str.upper().is_unique
    assert table["hgnc_id"].str.fullmatch(r"HGNC:[1-9]\d*").all()
    assert table["hgnc_id"].is_unique
    assert table["ensembl_id"].str.fullmatch(r"(ENSG\d{11})?").all()
    assert table["entrez_id"].str.fullmatch(r"([1-9]\d*)?").all()
    assert table["entrez_id"][table["entrez_id"] != ""].is_unique


def test_counts_in_the_notes_are_those_of_the_table(table: pd.DataFrame) -> None:
    notes = (folder("data") / "genes.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(\w+)` \|.*\| ([\d,]+) \| ", notes, flags=re.MULTILINE))
    assert told == {name: f"{int((table[name] != '').sum()):,}" for name in table}
    previous = table["previous"].str.upper().str.split("|").explode()
    shared = previous[previous != ""].drop_duplicates().size - sum(map(bool, load_genes().previous.values()))
    assert f"{shared} former symbols of several genes" in notes
    assert f"{len(table):,} human genes" in notes


def test_ids_and_names_agree_with_bioconductor() -> None:
    """tests/reference/genes.R: every Ensembl id, and what else the table knows, stands for the same gene."""
    theirs = pd.read_csv(REFERENCE, dtype=str, keep_default_na=False)
    known = load_genes().entrez
    ours = [
        known.get(name, "") if kind == "entrezid" else resolve_name(name).symbol
        for kind, name in zip(theirs["kind"], theirs["id"], strict=True)
    ]
    table = theirs.assign(ours=ours)
    found = table[table["ours"] != ""]
    assert found.groupby("kind").size().to_dict() == {"alias": 62, "ensembl": 100, "entrezid": 93}
    same = [
        symbol in {resolve_name(name).symbol for name in listed.split("|")}
        for symbol, listed in zip(found["ours"], found["symbol"], strict=True)
    ]
    assert all(same)


@pytest.mark.parametrize(
    ("name", "symbol", "rule"),
    [
        ("TP53", "TP53", "current"),
        ("c1orf112", "FIRRM", "previous"),
        ("SEPT2", "SEPTIN2", "previous"),  # also an alias of SEPTIN6
        ("DEC1", "DELEC1", "previous"),  # also an alias of BHLHE40
        ("MLL", "KMT2A", "previous"),
        ("p53", "TP53", "alias"),
        ("SIP", "", "ambiguous"),
        ("ENSG00000141510", "TP53", "ensembl"),
        ("ENSG00000141510.18", "TP53", "ensembl"),
        ("ENSG00000112096.18", "SOD2", "ensembl"),  # replaced by ENSG00000291237
        ("ENSG00000175658", "", "ambiguous"),  # two genes of HGNC have it
        ("ENSG99999999999", "", "unknown"),
        ("ENSMUSG00000059552", "", "unknown"),
        ("1007_s_at", "", "unknown"),
    ],
)
def test_what_a_name_stands_for(name: str, symbol: str, rule: str) -> None:
    assert resolve_name(name) == (symbol, rule)


def test_a_current_symbol_is_never_replaced() -> None:
    genes = load_genes()
    also_former = [name for name in genes.previous if name in genes.current]
    assert len(also_former) > 100
    assert all(resolve_name(name).rule == "current" for name in also_former)


def test_numbers_are_entrez_only_if_that_is_proven() -> None:
    numbers = sorted(load_genes().entrez, key=int)
    assert are_entrez(numbers[::7])
    assert are_entrez(
        [*numbers[::7], *(str(990_000_000 + row) for row in range(1000))]
    )  # genes that are not in the table
    assert not are_entrez(map(str, range(1, 12_001)))  # row numbers
    assert not are_entrez(map(str, range(1, 12_001, 3)))  # row numbers of a filtered file; 75 % are Entrez numbers
    assert not are_entrez(numbers[:50])
    assert not are_entrez([*numbers[::7], "TP53"])
    assert not are_entrez([])


def test_which_names_are_human() -> None:
    symbols = list(load_genes().current.values())[:1000]
    assert are_human(symbols)
    assert are_human([*symbols, *(f"AC{row:06}.1" for row in range(1000))])  # clones without a symbol
    assert not are_human([name.capitalize() for name in symbols])  # as mouse genes are written
    assert not are_human([f"g{row}" for row in range(100)])
    assert not are_human([])


def test_names_are_compared_by_current_symbols() -> None:
    assert comparable("March3", human=True) == comparable("MARCHF3", human=True) == ("MARCHF3",)
    assert comparable("March3", human=False) == ("MARCH3",)
    assert comparable("7157", human=True) == ("7157",)
    assert comparable("7157", human=True, entrez=True) == ("TP53",)
    assert comparable("SEPT2 /// XYZ1", human=True) == ("SEPTIN2", "XYZ1")
    assert comparable("SIP", human=True) == ("SIP",)


def test_the_table_loads_fast_and_only_when_it_is_needed() -> None:
    code = (
        "import time, genereport.cohort.reader\nfrom genereport.cohort.gene_table import load_genes\n"
        "assert load_genes.cache_info().currsize == 0\nstart = time.process_time()\nload_genes()\n"
        "print(time.process_time() - start)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 1  # about 0.2 s
