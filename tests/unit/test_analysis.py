"""Stored results read back equal."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace

import numpy as np
import pandas as pd
import pytest

from genereport.analyses.models.result import Bundle
from genereport.analyses.result import Skipped
from genereport.analysis import Analysis
from tests.analyses import four_class, nasty, two_class, without_independent_set
from tests.unit.report import synthetic


def same(one: object, other: object, *, exact: bool = False) -> None:
    assert type(one) is type(other)
    if isinstance(one, Bundle):
        assert isinstance(other, Bundle)
        one, other = replace(one, contents={}), replace(other, contents={})  # files of their own, not part of the JSON
    if isinstance(one, pd.DataFrame):
        # Text may be of another dtype in memory; its values, and every number, are equal.
        pd.testing.assert_frame_equal(one, other, check_dtype=exact, check_index_type=exact)  # type: ignore[arg-type]
    elif isinstance(one, np.ndarray):
        np.testing.assert_array_equal(one, other, strict=True)
    elif is_dataclass(one):
        for field in fields(one):
            same(getattr(one, field.name), getattr(other, field.name), exact=exact)
    elif isinstance(one, dict):
        assert one == other
    elif isinstance(one, float):
        assert one == pytest.approx(other, rel=0, abs=0, nan_ok=True)
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
    assert list(read.results) == list(made.results)
    for field in fields(made):
        if field.name != "results":
            same(getattr(made, field.name), getattr(read, field.name), exact=True)
    for name, result in made.results.items():
        same(result, read.results[name], exact=True)


def test_a_skipped_stage_stays_skipped() -> None:
    made = two_class().with_results(models=Skipped("There is nothing to compare."))
    assert Analysis.from_json(made.to_json()).models == made.models


def test_missing_numbers_are_null_not_nan() -> None:
    json.loads(two_class().to_json(), parse_constant=pytest.fail)


def test_an_analysis_prints_as_r_would_summarise_it() -> None:
    text = str(two_class())
    assert text == repr(two_class())
    lines = text.splitlines()
    head = next(number for number, line in enumerate(lines) if "P.Bonferroni adj.P.Val" in line)
    assert lines[head].split() == "symbol logFC AveExpr t P.Value P.Bonferroni adj.P.Val B".split()  # noqa: SIM905
    first = two_class().differential.table.iloc[0]
    assert lines[head + 1].split()[0] == first.name
    assert lines[head + 1].endswith("***")
    assert "Signif. codes:  0 '***' 0.001 '**' 0.01 '*' 0.05 '.' 0.1 ' ' 1" in text
    assert "\u2212" not in text
    several = str(four_class())
    assert "(Welch F, " in several
    (head_of_several,) = (line for line in several.splitlines() if "AveExpr" in line)
    assert head_of_several.split() == "AveExpr logFC.largest largest F P.Value P.Bonferroni adj.P.Val".split()  # noqa: SIM905
    assert "logFC: " not in several


def test_the_top_table_sorts_p_values_up_and_statistics_down_by_size() -> None:
    result = two_class().differential
    assert result.top_table(5).index.tolist() == result.table.index[:5].tolist()
    assert result.top_table(len(result.table), "B")["B"].is_monotonic_decreasing
    assert result.table["B"].min() < 0
    by_size = result.top_table(len(result.table), "logFC")["logFC"].abs()
    assert by_size.is_monotonic_decreasing
    assert by_size.notna().sum() == result.table["logFC"].notna().sum()
    with pytest.raises(KeyError):
        result.top_table(3, "nothing")
