"""Conditions on the columns of a sample sheet."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from genereport.cohort.sample_filter import apply_filter
from genereport.errors import CohortError

SHEET = pd.DataFrame(
    {
        "stage": ["0", "I", "II", None, "0"],
        "age": [30.0, 61.0, 45.0, 50.0, np.nan],
        "tumour size": ["large", "small", None, "small", "large"],
        "tumor.grade": [1.0, 2.0, 3.0, 2.0, 1.0],
    }
)


@pytest.mark.parametrize(
    ("condition", "rows"),
    [
        ('stage != "0"', [1, 2]),
        ('"0" != stage', [1, 2]),
        ("stage == 0", [0, 4]),
        ('not stage == "0"', [1, 2]),
        ('stage in ["I", "II"]', [1, 2]),
        ('stage not in ["I", "II"]', [0, 4]),
        ('not (stage in ["I"])', [0, 2, 4]),
        ("age > 45", [1, 3]),
        ("45 < age", [1, 3]),
        ("age >= 45 and age < 61", [2, 3]),
        ("45 <= age < 61", [2, 3]),
        ('age == "30"', [0]),
        ("age in (30, 45.0)", [0, 2]),
        ("age != -1", [0, 1, 2, 3]),
        ('`tumour size` == "small"', [1, 3]),
        ('`tumour size` == "small" or age < 40', [0, 1, 3]),
        ('stage == "0" or tumor.grade == 2', [0, 1, 3, 4]),
        ('not (stage == "0" and age > 40)', [0, 1, 2]),
        ('not (stage == "I" or age > 60)', [0, 2]),
    ],
)
def test_samples_that_satisfy_a_condition(condition: str, rows: list[int]) -> None:
    assert np.flatnonzero(apply_filter(condition, SHEET).holds).tolist() == rows


def test_a_missing_value_satisfies_neither_a_comparison_nor_its_negation() -> None:
    found = apply_filter('stage == "0"', SHEET)
    opposite = apply_filter('not stage == "0"', SHEET)
    assert not (found.holds | opposite.holds)[3]
    assert found.unknown.tolist() == opposite.unknown.tolist() == [False, False, False, True, False]
    # the other side decides where it can
    assert apply_filter('stage == "0" or age == 50', SHEET).holds[3]
    assert not apply_filter('stage == "0" and age == 51', SHEET).unknown[3]


@pytest.mark.parametrize(
    ("condition", "problem"),
    [
        ('stage = "0"', "cannot be read"),
        ("", "cannot be read"),
        ("stage", "'stage' has no meaning"),
        ("stage == I", "'I' has no meaning"),
        ("stage == None", "'None' has no meaning"),
        ("stage is 0", "'0' has no meaning"),
        ("stage in 'I'", "has no meaning"),
        ("stage == ['I']", "has no meaning"),
        ("'I' in stage", "has no meaning"),
        ('"0" == "0"', "has no meaning"),
        ("`tumour size` + 1 > 2", "'`tumour size` + 1' has no meaning"),
        ("len(stage) > 1", "'len(stage)' has no meaning"),
        ('__import__("os").system("true") == 0', "has no meaning"),
        ('(stage == "0") & (age > 3)', "has no meaning"),
        ("stage > 1", "holds text, such as '0'"),
        ('age > "old"', "holds numbers, and 'old' is none"),
        ("age == 1 or " * 300 + "age == 1", "more than 1,000 characters"),
        ("(" * 400 + "age == 1" + ")" * 400, "cannot be read"),
        ("age == " + "-" * 900 + "1", "too many levels"),
    ],
)
def test_anything_else_is_refused(condition: str, problem: str) -> None:
    with pytest.raises(CohortError) as error:
        apply_filter(condition, SHEET)
    assert (error.value.code, error.value.where) == ("GR160", "cohort.filter")
    assert problem in error.value.problem


def test_an_unknown_column_is_refused_by_name() -> None:
    with pytest.raises(CohortError) as error:
        apply_filter('Stage != "0"', SHEET)
    assert (error.value.code, error.value.remedy) == ("GR161", "Did you mean 'stage'?")


def test_values_that_no_sample_has_are_named() -> None:
    found = apply_filter('`tumour size` != "Large" and stage not in ["0", "IV"]', SHEET)
    assert found.absent == (
        "No sample has 'Large' in the column 'tumour size', but 'large' occurs.",
        "No sample has 'IV' in the column 'stage'.",
    )
    assert apply_filter("age == 30", SHEET).absent == ()
