from __future__ import annotations

import pandas as pd
import pytest

from genereport.cohort.levels import has_levels, level_text, natural_order, variants


@pytest.mark.parametrize(
    "levels",
    [
        ["t2", "t10", "t10b", "t11"],
        ["-1", "0.5", "2", "10", "1e3"],
        [0.5, 2.0, 10.0],
        ["0", "5", "ALL", "AML", "normal"],
        ["day 0", "day 0.5", "day 7"],
        ["t02", "t2"],
    ],
)
def test_natural_order(levels: list[object]) -> None:
    assert natural_order([*levels[::-1], *levels]) == levels


def test_numbers_print_as_they_were_written() -> None:
    assert [level_text(level) for level in (2.0, 2.5, 20240116.0, "2.0")] == ["2", "2.5", "20240116", "2.0"]


def test_levels_that_differ_in_case_and_blanks_only() -> None:
    texts = pd.Series(["Control"] + ["control"] * 3 + ["CON TROL", "case", "case "])
    assert variants(texts) == [{"control": 3, "CON TROL": 1, "Control": 1}, {"case": 1, "case ": 1}]
    assert variants(pd.Series(["a", "b"])) == []


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (["x", "y"] * 6, True),
        ([f"p{i}" for i in range(12)], False),
        ([1.0, 2.0] * 6, True),
        ([float(i % 11) for i in range(24)], False),
        ([f"c{i % 11}" for i in range(24)], True),
    ],
)
def test_covariates_with_levels(column: list[object], expected: bool) -> None:
    assert has_levels(pd.Series(column)) is expected
