"""TSV files: exact numbers, and text that no spreadsheet runs."""

from __future__ import annotations

import copy
import csv
import json
import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genereport import frames
from genereport.frames import _encode_frame
from genereport.report.composition import compose
from genereport.runs.results import TableError, read_results, refer_to_tables
from genereport.runs.tables import _guard_cells, read_cells, write_table, write_tables
from tests.analyses import nasty, two_class


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_numbers_read_back_equal(numbers: list[float]) -> None:
    text = pd.DataFrame({"x": numbers}).pipe(_guard_cells).to_csv(sep="\t", index=False)
    assert [float(line) for line in text.splitlines()[1:]] == numbers


@given(st.text(max_size=8), st.floats(allow_nan=False))
def test_text_is_guarded_and_numbers_never(text: str, number: float) -> None:
    guarded = _guard_cells(pd.DataFrame({"text": [text], "number": [number]}))
    runs = text.lstrip("'").startswith(("=", "+", "-", "@", "\t", "\r"))
    assert guarded["text"].iloc[0] == (f"'{text}" if runs else text)
    assert guarded["number"].iloc[0] == number


def test_no_cell_of_a_hostile_cohort_starts_a_formula(tmp_path: Path) -> None:
    write_tables(nasty(), tmp_path / "tables")
    for path in sorted((tmp_path / "tables").glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file, delimiter="\t"):
                for cell in row:
                    assert not cell.startswith(("=", "+", "@")), (path.name, cell)
                    assert not cell.startswith("-") or _number(cell), (path.name, cell)


def _number(cell: str) -> bool:
    return bool(np.isfinite(float(cell)))


def test_missing_numbers_are_na_as_in_r(tmp_path: Path) -> None:
    write_tables(two_class(), tmp_path / "tables")
    text = (tmp_path / "tables" / "signature.tsv").read_text()
    assert "\tNA\t" in text
    assert "\r" not in text


CELLS = st.one_of(st.none(), st.text(max_size=6), st.sampled_from(["NA", "=1", "'=1", "''-", "'", "\ta", "inf"]))
NUMBERS = st.one_of(st.floats(), st.sampled_from([math.nan, math.inf, -math.inf, -0.0, 5e-324, 1e22]))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(CELLS, NUMBERS, st.integers(-(2**53), 2**53), st.booleans()), min_size=1, max_size=6))
def test_results_that_refer_to_tables_read_back_exactly(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str | None, float, int, bool]]
) -> None:
    data = tmp_path_factory.mktemp("data")
    frame = pd.DataFrame(rows, columns=["=text", "-number", "count", "flag"])
    frame = frame.astype({"=text": "str", "-number": float, "count": "int64", "flag": bool})
    whole = json.loads(json.dumps({"part": {"table": _encode_frame(frame)}}))
    (data / "tables").mkdir()
    write_table(frame, data / "tables" / "one.tsv")
    stored = refer_to_tables(copy.deepcopy(whole), data / "tables")
    held = stored["part"]["table"]["columns"]
    if not any("\r" in (text or "") for text, *_ in rows):  # which the module csv writes without quotes
        assert "values" not in held["-number"]
        assert "values" not in held["count"]
    (data / "results.json").write_text(json.dumps(stored))
    assert json.dumps(read_results(data)) == json.dumps(whole)


def test_large_tables_are_compressed_and_equal(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": np.arange(9) / 7, "y": list("abcdefghi")})
    for name in ("plain.tsv", "packed.tsv.gz", "again.tsv.gz"):
        write_table(frame, tmp_path / name)
    packed = (tmp_path / "packed.tsv.gz").read_bytes()
    assert packed == (tmp_path / "again.tsv.gz").read_bytes()
    assert read_cells(packed) == read_cells((tmp_path / "plain.tsv").read_bytes())
    pd.testing.assert_frame_equal(
        pd.read_csv(tmp_path / "packed.tsv.gz", sep="\t"), pd.read_csv(tmp_path / "plain.tsv", sep="\t")
    )


def test_the_report_names_the_file_of_a_large_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "MOST_ROWS", 100)
    analysis = two_class()
    write_tables(analysis, tmp_path / "tables")
    files = {path.name for path in (tmp_path / "tables").iterdir()}
    assert "differential.tsv.gz" in files
    assert "findings.tsv" in files
    named = set(re.findall(r"tables/([\w.]+\.tsv(?:\.gz)?)", str(compose(analysis))))
    assert "differential.tsv.gz" in named
    assert named <= files


@pytest.mark.parametrize("change", ["altered", "missing", "elsewhere", "cut"])
def test_a_table_that_is_not_the_one_referred_to_is_refused(tmp_path: Path, change: str) -> None:
    frame = pd.DataFrame({"x": [1.5, 2.5]})
    (tmp_path / "tables").mkdir()
    path = tmp_path / "tables" / "one.tsv"
    write_table(frame, path)
    stored = refer_to_tables({"part": json.loads(json.dumps(_encode_frame(frame)))}, path.parent)
    if change == "elsewhere":
        stored["tables"]["one"]["file"] = "../one.tsv"
    elif change == "missing":
        path.unlink()
    else:
        path.write_text("x\n1.5\n3.5\n" if change == "altered" else "x\n1.5\t2\n")
    (tmp_path / "results.json").write_text(json.dumps(stored))
    with pytest.raises(TableError):
        read_results(tmp_path)
    if change == "altered":  # what `verify` reads, to find the printed numbers that differ
        assert read_results(tmp_path, whole=False)["part"]["columns"]["x"]["values"] == [1.5, 3.5]
