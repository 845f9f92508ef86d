"""TSV files: exact numbers, and text that no spreadsheet runs."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from genereport.runs.tables import _guard_cells, write_tables
from tests.analyses import nasty, two_class


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_numbers_read_back_equal(numbers: list[float]) -> None:
    text = pd.DataFrame({"x": numbers}).pipe(_guard_cells).to_csv(sep="\t", index=False)
    assert [float(line) for line in text.splitlines()[1:]] == numbers


@given(st.text(max_size=8), st.floats(allow_nan=False))
def test_text_is_guarded_and_numbers_never(text: str, number: float) -> None:
    guarded = _guard_cells(pd.DataFrame({"text": [text], "number": [number]}))
    runs = text.startswith(("=", "+", "-", "@", "\t", "\r"))
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
