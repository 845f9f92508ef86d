"""Stored results read back equal."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace

import pandas as pd
import pytest

from genereport.results import Analysis, Skipped
from tests.analyses import four_class, nasty, two_class, without_independent_set
from tests.report import synthetic


def same(one: object, other: object) -> None:
    assert type(one) is type(other)
    if isinstance(one, pd.DataFrame):
        # Text may be of another dtype in memory; its values, and every number, are equal.
        pd.testing.assert_frame_equal(one, other, check_dtype=False, check_index_type=False)  # type: ignore[arg-type]
    elif is_dataclass(one):
        for field in fields(one):
            same(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, dict):
        assert one == other
    else:
        assert one == other


@pytest.mark.parametrize("analysis", [two_class, without_independent_set, four_class, nasty], ids=lambda f: f.__name__)
def test_every_result_survives_storage(analysis) -> None:  # type: ignore[no-untyped-def]
    made = analysis()
    text = made.to_json()
    read = Analysis.from_json(text)
    assert read.to_json() == text
    same(read.differential, made.differential)
    same(read.models, made.models)
    same(read.biomarkers, made.biomarkers)
    same(read.quality, made.quality)


@pytest.mark.parametrize(
    "analysis",
    [synthetic.two_class, synthetic.without_independent_set, synthetic.four_class],
    ids=lambda made: made.__name__,
)
def test_a_result_of_realistic_size_reads_back_with_equal_types(analysis) -> None:  # type: ignore[no-untyped-def]
    made = analysis()
    read = Analysis.from_json(made.to_json())
    for stage in fields(made):
        one, other = getattr(made, stage.name), getattr(read, stage.name)
        if not is_dataclass(one):
            assert one == other
            continue
        for field in fields(one):
            ours, theirs = getattr(one, field.name), getattr(other, field.name)
            if isinstance(ours, pd.DataFrame):
                pd.testing.assert_frame_equal(ours, theirs)
            else:
                assert ours == theirs


def test_a_skipped_stage_stays_skipped() -> None:
    made = replace(two_class(), models=Skipped("There is nothing to compare."))
    assert Analysis.from_json(made.to_json()).models == made.models


def test_missing_numbers_are_null_not_nan() -> None:
    assert "NaN" not in two_class().to_json().replace('"NaN"', "")
