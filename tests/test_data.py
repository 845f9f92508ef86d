"""The bundled list is well formed and cited; the bibliography can be printed."""

from __future__ import annotations

import pytest

from genereport.cohort.annotation import load_markers, probes
from genereport.report.bibliography import by_identifier, library, reference

MARKERS = load_markers()


def test_every_entry_is_cited_and_identified() -> None:
    assert len(MARKERS) > 100
    assert MARKERS["symbol"].is_unique
    assert (MARKERS["hgnc_id"].str.fullmatch(r"HGNC:\d+")).all()
    assert (MARKERS["entrez_id"].str.fullmatch(r"\d+")).all()
    assert set(MARKERS["direction"]) == {"ALL", "AML", "B-ALL", "T-ALL"}
    evidence = set(MARKERS["evidence"].str.split(";").explode())
    assert evidence == {"Golub50", "immunophenotype", "fusion/driver"}


def test_probes_belong_to_one_gene_each() -> None:
    listed = probes(MARKERS)
    assert listed.index.is_unique
    assert len(listed) > 120


def test_every_source_is_in_the_bibliography() -> None:
    for identifier in set(MARKERS["source"].str.split(";").explode()):
        assert identifier in by_identifier()


@pytest.mark.parametrize("key", list(library().entries))
def test_every_reference_can_be_printed_and_found(key: str) -> None:
    entry = reference(key)
    assert library().entries[key].fields["year"] in entry.text
    assert entry.link or "isbn" in library().entries[key].fields
    assert "{" not in entry.text
    assert "--" not in entry.text
