"""The bundled marker list, the bibliography and the checklists are whole, and agree with each other."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from pybtex.database import Entry

from genereport.cohort.annotation import load_markers, probes
from genereport.report.bibliography import by_identifier, library, reference
from genereport.report.checklists import checklists
from genereport.resources import folder

COLUMNS = ["symbol", "name", "hgnc_id", "entrez_id", "probes", "direction", "evidence", "source", "remark"]
EVIDENCE = {"Golub50", "immunophenotype", "fusion/driver", "expression-study"}
NUMBERS = {
    "TRIPOD+AI": "1 2 3a 3b 3c 4 5a 5b 6a 6b 6c 7 8a 8b 8c 9a 9b 9c 10 11 12a 12b 12c 12d 12e 12f 12g 13 14 15 16 17 "
    "18a 18b 18c 18d 18e 18f 19 20a 20b 20c 21 22 23a 23b 24 25 26 27a 27b 27c",
    "REMARK": " ".join(map(str, range(1, 21))),
    "MIAME": " ".join(map(str, range(1, 7))),
}
"""Items of the checklists as their papers number them."""
WITHOUT_IDENTIFIER: set[str] = set()
"""Entries for which there is neither a DOI nor an address nor an ISBN."""


@pytest.fixture(scope="module")
def markers() -> pd.DataFrame:
    return load_markers()


def each(column: pd.Series) -> pd.Series:
    return column.str.split(";").explode()


def test_the_file_is_tidy() -> None:
    text = (folder("data") / "biomarkers.tsv").read_bytes().decode("ascii")
    lines = text.split("\n")
    assert "\r" not in text
    assert lines.pop() == ""
    assert lines[0].split("\t") == COLUMNS
    rows = [line.split("\t") for line in lines[1:]]
    assert {len(row) for row in rows} == {len(COLUMNS)}
    assert all(cell == cell.strip() for row in rows for cell in row)
    symbols = [row[0] for row in rows]
    assert symbols == sorted(set(symbols))


def test_every_cell_but_the_remark_is_filled(markers: pd.DataFrame) -> None:
    assert (markers.drop(columns="remark") != "").all(axis=None)
    assert len(markers) == 112


def test_identifiers_have_their_form_and_are_unique(markers: pd.DataFrame) -> None:
    assert markers["hgnc_id"].str.fullmatch(r"HGNC:[1-9]\d*").all()
    assert markers["entrez_id"].str.fullmatch(r"[1-9]\d*").all()
    assert markers["hgnc_id"].is_unique
    assert markers["entrez_id"].is_unique
    assert each(markers["source"]).str.fullmatch(r"PMID:\d+|DOI:10\.\d{4,9}/\S+").all()


def test_directions_and_evidence_come_from_closed_sets(markers: pd.DataFrame) -> None:
    assert set(markers["direction"]) == {"ALL", "AML", "B-ALL", "T-ALL"}
    assert set(each(markers["evidence"])) <= EVIDENCE
    for column in ("evidence", "source", "probes"):
        lists = markers[column].str.split(";")
        assert (lists.map(len) == lists.map(set).map(len)).all(), column


def test_a_probe_belongs_to_one_gene(markers: pd.DataFrame) -> None:
    listed = probes(markers)
    assert listed.index.is_unique
    assert listed.index.str.fullmatch(r"[A-Z]+\d+(-[A-Z]+\d+)?(_\w+)?_at").all()
    assert len(listed) == 136


def test_golub50_are_25_probes_of_either_class(markers: pd.DataFrame) -> None:
    """48 genes; CD79A and LYZ have further probes that are not among the 50."""
    golub = markers[markers["evidence"].str.contains("Golub50")].set_index("symbol")
    assert golub["direction"].value_counts().to_dict() == {"ALL": 24, "AML": 24}
    assert golub["source"].str.contains("PMID:10521349").all()
    per_class = each(golub["probes"]).groupby(golub["direction"].reindex(each(golub["probes"]).index).to_numpy()).size()
    assert (per_class["ALL"] - 1, per_class["AML"] - 3) == (25, 25)


def test_probes_are_those_of_the_array(markers: pd.DataFrame, shared_cohorts) -> None:
    path = shared_cohorts / "golub" / "data_set_ALL_AML_train.csv"
    array = pd.read_csv(path, usecols=["Gene Accession Number"], dtype=str).squeeze().str.strip()
    assert set(probes(markers).index) <= set(array)


def test_every_source_is_in_the_bibliography_and_in_the_notes(markers: pd.DataFrame) -> None:
    notes = (folder("data") / "biomarkers.md").read_text(encoding="utf-8")
    for source in each(markers["source"]).unique():
        assert source in by_identifier()
        assert f"`{source}`" in notes
    for evidence in EVIDENCE:
        assert f"`{evidence}`" in notes


def test_counts_in_the_notes_are_those_of_the_list(markers: pd.DataFrame) -> None:
    notes = (folder("data") / "biomarkers.md").read_text(encoding="utf-8")
    told = {name: int(n) for name, n in re.findall(r"^\| `(\S+)` \| (\d+) \|", notes, flags=re.MULTILINE)}
    counted = each(markers["evidence"]).value_counts()
    assert told == {name: int(counted.get(name, 0)) for name in EVIDENCE}
    assert f"{len(markers)} genes" in notes
    assert f"{len(probes(markers))}" in notes


@pytest.mark.parametrize("key", list(library().entries))
def test_an_entry_is_whole_and_prints(key: str) -> None:
    entry: Entry = library().entries[key]
    assert re.fullmatch(r"[a-z]+\d{4}", key)
    assert key.endswith(entry.fields["year"])
    assert entry.persons["author"]
    if entry.type == "article":
        assert {"journal", "volume", "pages"} <= set(entry.fields)
    identified = {"doi", "url", "isbn"} & set(entry.fields)
    assert identified or key in WITHOUT_IDENTIFIER
    printed = reference(key)
    assert not re.search(r"[{}\\`]|--", printed.text)
    assert printed.link.startswith("https://") or "isbn" in entry.fields


def test_dois_are_bare_and_unique() -> None:
    dois = [entry.fields["doi"] for entry in library().entries.values() if "doi" in entry.fields]
    assert all(re.fullmatch(r"10\.\d{4,9}/\S+", doi) for doi in dois)
    assert len(dois) == len({doi.lower() for doi in dois})


def test_isbns_have_their_check_digit() -> None:
    isbns = [entry.fields["isbn"] for entry in library().entries.values() if "isbn" in entry.fields]
    for isbn in isbns:
        digits = [int(digit) for digit in isbn.replace("-", "")]
        assert len(digits) == 13
        assert sum(digits[::2]) % 10 == -3 * sum(digits[1::2]) % 10


def test_checklists_have_the_items_of_their_papers_in_their_order() -> None:
    found = {checklist.name: [item.number for item in checklist.item] for checklist in checklists().checklist}
    assert found == {name: numbers.split() for name, numbers in NUMBERS.items()}
    assert [len(numbers) for numbers in found.values()] == [52, 20, 6]


def test_checklists_are_worded_evenly_and_cite_the_bibliography() -> None:
    assert all(reason.endswith(".") for reason in checklists().reasons.values())
    for checklist in checklists().checklist:
        assert set(checklist.cite) <= set(library().entries)
        topics = [item.topic for item in checklist.item]
        assert len(topics) == len(set(topics))
        for item in checklist.item:
            assert not item.topic.endswith("."), item.number
            for text in filter(None, (item.author, item.remark, item.not_applicable)):
                assert text[0].isupper(), text
                assert text.endswith("."), text


def test_every_condition_of_the_checklists_has_a_reason_and_is_used() -> None:
    used = {condition for checklist in checklists().checklist for item in checklist.item for condition in item.unless}
    assert used == set(checklists().reasons)
