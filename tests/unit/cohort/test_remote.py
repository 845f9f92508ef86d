"""Cohorts that are fetched are the same as cohorts that are read."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import fsspec
import pandas as pd
import pytest

from genereport.cohort.markers import read_knowledge
from genereport.errors import CohortError
from genereport.settings import resolve
from tests.serving import Served, served

MARKERS = b"symbol\tdirection\nG1\ta\n"
SETS = b"FIRST\tx\tG1\tG2\n"


@pytest.fixture
def server(study) -> Iterator[Served]:  # type: ignore[no-untyped-def]
    study.columns["set"] = ["train"] * 18 + ["test"] * 6
    files = {
        "expression.tsv.gz": gzip.compress(study.matrix().encode()),
        "samples.tsv": study.sheet().encode(),
        "mine.tsv": MARKERS,
        "sets.gmt": SETS,
    }
    with served(files) as offer:
        yield offer


def test_a_fetched_cohort_is_the_one_that_is_read(study, server: Served) -> None:  # type: ignore[no-untyped-def]
    local = study.write().read()
    fetched = study.read(
        f"cohort.expression={server.address}/expression.tsv.gz",
        f"cohort.labels={server.address}/samples.tsv?raw=1",
        study=None,
    )
    pd.testing.assert_frame_equal(fetched.expression, local.expression)
    pd.testing.assert_frame_equal(fetched.samples, local.samples)
    assert [source.name for source in fetched.sources] == ["expression.tsv.gz", "samples.tsv"]
    assert fetched.sources[1].sha256 == local.sources[1].sha256
    assert sorted(server.asked) == ["/expression.tsv.gz", "/samples.tsv?raw=1"]


def test_a_matrix_as_the_study_needs_its_sheet_named(study, server: Served) -> None:  # type: ignore[no-untyped-def]
    named = (f"cohort.study={server.address}/expression.tsv.gz", f"cohort.labels={server.address}/samples.tsv")
    assert study.read(*named, study=None).layout == "matrix"
    refusal = study.refusal(named[0], study=None)
    assert refusal.code == "GR112"
    assert "--labels" in str(refusal)


def test_golubs_layout_is_recognised_from_afar(study) -> None:  # type: ignore[no-untyped-def]
    rows = [["Gene Description", "Gene Accession Number", *study.samples]]
    rows += [["d", gene, *map(str, row)] for gene, row in zip(study.genes, study.values.tolist(), strict=True)]
    files = fsspec.filesystem("memory")
    files.pipe("/golub/train.csv", "".join(",".join(row) + "\n" for row in rows).encode())
    files.pipe("/golub/actual.csv", study.sheet().replace("\t", ",").encode())
    named = ("cohort.expression=memory://golub/train.csv", "cohort.labels=memory://golub/actual.csv")
    assert study.read(*named, study=None).layout == "golub"
    assert study.refusal(named[0], study=None).code == "GR112"


def test_markers_and_gene_sets_are_fetched_too(server: Served) -> None:
    named = [f"biomarkers.file={server.address}/mine.tsv", f"biomarkers.gene_sets={server.address}/sets.gmt"]
    knowledge = read_knowledge(resolve(environment={}, assignments=named).biomarkers, ("a", "b"))
    assert knowledge.markers["symbol"].tolist() == ["G1"]
    assert [each.name for each in knowledge.gene_sets] == ["FIRST"]
    assert [source.name for source in knowledge.sources] == ["mine.tsv", "sets.gmt"]


@pytest.mark.parametrize("way", ["cut/", "500/", "none/../gone-"])
def test_half_a_matrix_is_never_read(study, server: Served, way: str) -> None:  # type: ignore[no-untyped-def]
    refusal = study.refusal(
        f"cohort.expression={server.address}/{way}expression.tsv.gz",
        f"cohort.labels={server.address}/samples.tsv",
        study=None,
    )
    assert isinstance(refusal, CohortError)
    assert refusal.code == "GR129"
