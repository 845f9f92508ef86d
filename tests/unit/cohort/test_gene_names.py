"""Symbols from ids, outdated symbols, and names that became dates."""

from __future__ import annotations

import pandas as pd
import pytest

from genereport.analyses.biomarkers.matching import match_markers
from genereport.cohort.gene_names import current_symbols, have_human_names, with_gene_names
from genereport.cohort.gene_table import load_genes
from genereport.cohort.genesets import GeneSet, members
from genereport.cohort.spreadsheet import possible_genes
from tests.unit.cohort.conftest import Study


def frame(*ids: str, symbols: dict[str, str] | None = None, descriptions: dict[str, str] | None = None) -> pd.DataFrame:
    index = pd.Index(ids, name="gene", dtype=str)
    columns = {
        "symbol": [(symbols or {}).get(gene, "") for gene in ids],
        "description": [(descriptions or {}).get(gene, "") for gene in ids],
    }
    return pd.DataFrame(columns, index=index, dtype=str).assign(control=False)


def told(genes: pd.DataFrame) -> dict[str, str]:
    return {finding.code: finding.message for finding in with_gene_names(genes).findings}


def test_ensembl_ids_get_symbols_and_copies_on_y_do_not() -> None:
    genes = frame(
        "ENSG00000141510.18",
        "ENSG00000205755.12",
        "ENSG00000205755.12_PAR_Y",
        "ENSGR0000205755.6",
        "ENSG00000112096",
        "ENSG00000291237",
        "ENSG99999999999",
    )
    named = with_gene_names(genes)
    assert named.genes["symbol"].tolist() == ["TP53", "CRLF2", "", "", "SOD2", "SOD2", ""]
    assert named.genes.index.equals(genes.index)
    (finding,) = named.findings
    assert finding.code == "GR380"
    assert "4 genes got their symbols by their Ensembl ids" in finding.message
    assert "1 id is not in the table: 'ENSG99999999999'" in finding.message
    assert "2 ids of copies on the Y chromosome got no symbol" in finding.message
    assert "1 symbol is shared by several ids, whose rows stay apart: 'SOD2'" in finding.message


def test_symbols_of_the_file_take_precedence_and_ensembl_ids_are_no_symbols() -> None:
    genes = frame(
        "ENSG00000168385",
        "ENSG00000141510",
        "ENSG00000136997",
        symbols={"ENSG00000168385": "SEPT2", "ENSG00000136997": "ENSG00000136997"},
    )
    assert with_gene_names(genes).genes["symbol"].tolist() == ["SEPT2", "TP53", "MYC"]
    assert "SEPT2 (SEPTIN2)" in told(genes)["GR381"]


def test_entrez_numbers_get_symbols_if_they_are_proven() -> None:
    numbers = sorted(load_genes().entrez, key=int)[::50]
    genes = frame(*numbers, "999999999", symbols={"7157": "7157"})
    named = with_gene_names(genes)
    assert named.genes["symbol"].tolist() == [*(load_genes().entrez[number] for number in numbers), ""]
    assert "which are Entrez numbers" in named.findings[0].message
    assert (with_gene_names(frame(*map(str, range(1, 500)))).genes["symbol"] == "").all()


@pytest.mark.parametrize(
    ("ids", "symbols"),
    [
        (("TP53|7157", "MYC|4609", "?|999999999", "SLC35E2|9906"), ["TP53", "MYC", "", "SLC35E2"]),
        (("?|4609", "TP53|7157"), ["MYC", "TP53"]),
        (("ENSG00000141510.18_TP53", "ENSG00000136997|MYC"), ["TP53", "MYC"]),
        (("ENSG00000205755.12_CRLF2", "ENSG00000205755.12_PAR_Y_CRLF2", "ENSG00000136997.1_MYC"), ["CRLF2", "", "MYC"]),
    ],
)
def test_ids_that_hold_symbols(ids: tuple[str, ...], symbols: list[str]) -> None:
    named = with_gene_names(frame(*ids))
    assert named.genes["symbol"].tolist() == symbols
    assert "parts of their ids" in named.findings[0].message or "part of its id" in named.findings[0].message


def test_descriptions_that_are_symbols() -> None:
    """GTEx's GCT files hold Ensembl ids, and symbols as descriptions."""
    genes = frame("ENSG00000141510.16", "ENSG00000168385.14", descriptions={
        "ENSG00000141510.16": "TP53", "ENSG00000168385.14": "SEPT2",
    })  # fmt: skip
    assert with_gene_names(genes).genes["symbol"].tolist() == ["TP53", "SEPT2"]
    words = frame("TP53", "MYC", descriptions={"TP53": "tumor protein p53", "MYC": "MYC proto-oncogene"})
    assert with_gene_names(words).genes["symbol"].tolist() == ["", ""]
    assert with_gene_names(words).findings == ()


def test_outdated_and_ambiguous_symbols_are_named_and_kept() -> None:
    genes = frame("TP53", "MLL", "SEPT2", "p53", "SIP", "MYC", "EGFR", "KRAS")
    named = with_gene_names(genes)
    assert (named.genes["symbol"] == "").all()
    (finding,) = named.findings
    assert "2 former symbols such as MLL (KMT2A), SEPT2 (SEPTIN2)" in finding.message
    assert "1 alias such as p53 (TP53)" in finding.message
    assert "'SIP'" in finding.message


def test_genes_of_another_species_are_left_alone_with_one_note() -> None:
    genes = frame("ENSMUSG00000059552", "ENSMUSG00000022346", symbols={"ENSMUSG00000059552": "Trp53"})
    named = with_gene_names(genes)
    pd.testing.assert_frame_equal(named.genes, genes)
    assert [finding.code for finding in named.findings] == ["GR382"]
    assert "of mouse (ENSMUSG…)" in named.findings[0].message
    assert not have_human_names(genes)


def test_nothing_is_said_of_names_that_are_of_no_known_kind() -> None:
    genes = frame("1007_s_at", "1053_at", "AFFX-BioB-5_at")
    assert with_gene_names(genes).findings == ()
    assert with_gene_names(frame("Trp53", "Myc", "Actb")).findings == ()
    assert with_gene_names(frame("gi|15", "gi|29", "gi|83")).findings == ()


HUMAN = ("TP53", "MYC", "EGFR", "KRAS", "MARCH5")


def test_dates_are_repaired_where_one_gene_is_possible(study: Study) -> None:
    study.genes[:] = [f"X{row}" for row in range(30)]
    study.genes[:22] = [
        *list(load_genes().current.values())[:16],
        "1-Mar",
        "2-Sep",
        "1-Dec",
        "5-Mar",
        "MARCH5",
        "2.31E+13",
    ]
    cohort = study.write().read()
    symbols = cohort.genes["symbol"]
    assert symbols[["2-Sep", "1-Dec"]].tolist() == ["SEPTIN2", "DELEC1"]
    assert symbols[["1-Mar", "5-Mar", "2.31E+13"]].tolist() == ["1-Mar", "5-Mar", "2.31E+13"]
    assert set(study.genes) == set(cohort.genes.index)
    (message,) = study.found("GR356")
    assert "for 2 of them" in message
    assert "'2-Sep' is SEPTIN2, '1-Dec' is DELEC1" in message
    assert "'1-Mar' (of human genes MARCHF1 or MTARC1), '5-Mar' (of human genes MARCHF5), '2.31E+13'" in message


def test_symbols_are_repaired_beside_ids() -> None:
    genes = frame(
        *(f"p{row}" for row in range(7)),
        symbols=dict(zip([f"p{row}" for row in range(6)], [*HUMAN, "7-Sep"], strict=True)),
    )
    named = with_gene_names(genes).genes["symbol"]
    assert named.tolist() == [*HUMAN, "SEPTIN7", ""]


@pytest.mark.parametrize(
    ("date", "genes"),
    [
        ("2-Sep", ("SEPTIN2",)),
        ("02-Sep-2021", ("SEPTIN2",)),
        ("Sep-02", ("SEPTIN2",)),
        ("2021-09-02 00:00:00", ("SEPTIN2",)),
        ("09/09/2021", ("SEPTIN9",)),
        ("03/09/2021", ("MARCHF9", "SEPTIN3")),  # 3 September, or 9 March
        ("3-Mar", ("MARCHF3",)),
        ("1-Mar", ("MARCHF1", "MTARC1")),
        ("2001-13-02", ()),
        ("Sep-2001", ()),
        ("4-Oct", ()),
        ("2.31E+13", ()),
    ],
)
def test_genes_that_may_have_become_a_date(date: str, genes: tuple[str, ...]) -> None:
    assert possible_genes(date) == genes


def test_gene_sets_are_compared_by_current_symbols() -> None:
    numbers = sorted(load_genes().entrez, key=int)[::40]
    sets = (GeneSet("old", ("SEPTIN2", "MLL", "tp53", "NOTHING")), GeneSet("ids", ("ENSG00000136997",)))
    genes = frame("SEPT2", "KMT2A", "TP53", "MYC", "HLA-A /// HLA-H")
    assert members(sets, genes) == {"old": frozenset({"SEPT2", "KMT2A", "TP53"}), "ids": frozenset({"MYC"})}
    assert members([GeneSet("one of them", ("HLA-A",))], genes) == {"one of them": frozenset({"HLA-A /// HLA-H"})}
    symbols = [load_genes().entrez[number] for number in numbers]
    assert members([GeneSet("entrez", tuple(numbers))], frame(*symbols)) == {"entrez": frozenset(symbols)}


def test_gene_sets_of_other_species_are_compared_as_they_are_written() -> None:
    sets = (GeneSet("mouse", ("March5", "Trp53")), GeneSet("human", ("MARCHF5", "TRP53")))
    found = members(sets, frame("March5", "Trp53", "Actb", "Myc"))
    assert found == {"mouse": frozenset({"March5", "Trp53"}), "human": frozenset({"Trp53"})}


def test_markers_are_compared_by_current_symbols() -> None:
    listed = pd.DataFrame({"symbol": ["MLL", "SEPTIN2", "MYC", "MARCHF5"], "probes": ""})
    genes = frame("KMT2A", "SEPT2", "x_at", "TP53", "EGFR", symbols={"x_at": "MYC /// PVT1"})
    genes["symbol"] = genes["symbol"].where(genes["symbol"] != "", genes.index)
    assert match_markers(genes, listed).to_dict() == {"KMT2A": 0, "SEPT2": 1, "x_at": 2}
    assert current_symbols(genes) == {"SEPT2": "SEPTIN2"}


def test_an_entry_that_is_called_as_the_gene_comes_before_one_of_another_name() -> None:
    listed = pd.DataFrame({"symbol": ["SEPT2", "SEPTIN2"], "probes": ""})
    assert match_markers(frame("SEPTIN2", "TP53"), listed).to_dict() == {"SEPTIN2": 1}
    assert match_markers(frame("SEPT2", "TP53"), listed).to_dict() == {"SEPT2": 0}
    assert match_markers(frame("NEDD5", "TP53"), listed).to_dict() == {"NEDD5": 1}
    assert match_markers(frame("Nedd5", "Trp53"), listed).to_dict() == {}
    assert current_symbols(frame("Nedd5", "Trp53")) == {}
