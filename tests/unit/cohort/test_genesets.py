"""GMT files."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from genereport.cohort.genesets import GeneSet, read_gmt
from genereport.errors import CohortError

GOOD = "HALLMARK_A\thttp://x\tCD19\tCD79A\tCD19\t\n\nHALLMARK_B\t\tMPO\r\n"


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "sets.gmt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("pack", [str.encode, lambda text: gzip.compress(text.encode())])
def test_sets_are_read_gzipped_or_not(tmp_path: Path, pack) -> None:  # type: ignore[no-untyped-def]
    source, sets = read_gmt(write(tmp_path, pack(GOOD)))
    assert sets == (GeneSet("HALLMARK_A", ("CD19", "CD79A")), GeneSet("HALLMARK_B", ("MPO",)))
    assert (source.role, source.name) == ("gene_sets", "sets.gmt")


@pytest.mark.parametrize(
    ("content", "code", "hint"),
    [
        ("", "GR102", "empty"),
        (b"\x00\xff\xfe\x01", "GR103", "binary"),
        (gzip.compress(GOOD.encode(), mtime=0)[:-6], "GR104", "damaged"),
        ("A\tx\tCD19\nB\tx\n", "GR124", "sets.gmt, row 2"),
        ("just words\n", "GR124", "1 tab-separated field,"),
        ("A\tx\t\t\n", "GR124", "row 1"),
        ("\tx\tCD19\n", "GR124", "row 1"),
        ("A\tx\tCD19\n\nA\ty\tMPO\n", "GR125", "row 1 and row 3"),
    ],
)
def test_what_is_no_gmt_is_refused(tmp_path: Path, content: str | bytes, code: str, hint: str) -> None:
    with pytest.raises(CohortError, match=code) as refusal:
        read_gmt(write(tmp_path, content))
    assert hint in str(refusal.value)
