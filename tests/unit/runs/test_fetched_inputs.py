"""Whether a report is what it would be, when its inputs are fetched."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import fsspec
import pytest

from genereport.runs.fingerprint import Fingerprint, changes, fingerprint
from genereport.settings import Settings, resolve

MATRIX, SETS = "memory://ann:secret@inputs/m.tsv?v=1", "memory://inputs/sets.gmt"


@pytest.fixture
def files() -> Iterator[fsspec.AbstractFileSystem]:
    memory = fsspec.filesystem("memory")
    memory.pipe({"/ann:secret@inputs/m.tsv?v=1": b"1", "/ann:secret@inputs/m.tsv?v=2": b"2", "/inputs/sets.gmt": b"3"})
    yield memory
    memory.store.clear()


def settings(matrix: str = MATRIX) -> Settings:
    return resolve(environment={}, assignments=[f"cohort.expression={matrix}", f"biomarkers.gene_sets={SETS}"])


def made() -> Fingerprint:
    return fingerprint(settings(), {"memory://inputs/m.tsv": hashlib.sha256(b"1").hexdigest()})


def test_what_is_fetched_again_and_is_the_same_has_not_changed(files: fsspec.AbstractFileSystem) -> None:
    assert list(changes(made(), settings())) == []
    assert "secret" not in made().model_dump_json()
    assert "v=1" not in made().model_dump_json()


def test_other_content_is_noticed_though_the_address_is_told_alike(files: fsspec.AbstractFileSystem) -> None:
    earlier = made()
    assert list(changes(earlier, settings(MATRIX.replace("v=1", "v=2")))) == ["memory://inputs/m.tsv has changed"]
    files.pipe("/inputs/sets.gmt", b"4")
    assert list(changes(earlier, settings())) == ["memory://inputs/sets.gmt has changed"]


def test_what_cannot_be_fetched_is_told(files: fsspec.AbstractFileSystem) -> None:
    earlier = made()
    files.rm("/inputs/sets.gmt")
    (told,) = changes(earlier, settings())
    assert told.startswith(
        "memory://inputs/sets.gmt cannot be read (The file cannot be fetched: the file does not exist"
    )
