"""Counts, covariates and quantiles as the sheet and the files have them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from matplotlib.text import Text
from pydantic import TypeAdapter
from scipy import stats

from genereport.analyses.quality.figures import describe_flow, draw_flow, has_flow
from genereport.analyses.quality.result import Quality
from genereport.analyses.quality.stage import QualityStage
from genereport.cohort.model import Exclusion
from genereport.cohort.reader import read_cohort
from genereport.errors import Finding
from genereport.settings import resolve
from tests.factory import make_cohort


def test_counts_and_quantiles() -> None:
    cohort = make_cohort(train=(6, 4), test=(2, 3), genes=30)
    cohort.expression.iloc[0, :3] = np.nan
    cohort.expression.iloc[1, 0] = -1.0
    result = QualityStage().run(cohort)
    assert result.counts.to_dict() == {"train": {"A": 6, "B": 4}, "test": {"A": 2, "B": 3}, "all": {"A": 8, "B": 7}}
    assert (result.train, result.test) == (10, 5)
    assert (result.samples, result.genes, result.missing) == (15, 30, 3)
    assert result.minimum == -1.0
    assert result.nonpositive == 1 / (15 * 30 - 3)
    expected = np.nanquantile(cohort.expression.iloc[0], 0.25)
    assert result.arrays["q25"].iloc[0] == expected
    assert result.arrays["missing"].iloc[0] == 0.1


def test_samples_that_were_left_out_are_counted_by_reason_and_class() -> None:
    cohort = replace(
        make_cohort(train=(6, 4), genes=5),
        excluded=(
            Exclusion("named", ("x1", "x2"), ("A", "C"), "named by cohort.exclude"),
            Exclusion("unlisted", ("x3",), ("",), "no row in 's.tsv'"),
        ),
    )
    result = QualityStage().run(cohort)
    flow = result.flow
    assert (flow.offered, flow.left_out) == (13, 3)
    assert flow.steps.reset_index().to_numpy().tolist() == [
        ["named", "named by cohort.exclude", 2, 11],
        ["unlisted", "no row in 's.tsv'", 1, 10],
    ]
    assert flow.excluded.loc["x2"].tolist() == ["C", "named", "named by cohort.exclude"]
    assert has_flow(result)
    described = describe_flow(result)["steps"]
    assert described == [
        ("named by cohort.exclude", 2, [("A", 1), ("C", 1)]),
        ("no row in 's.tsv'", 1, []),
    ]
    texts = [text.get_text() for text in draw_flow(result).figure.findobj(Text) if text.get_text()]
    assert texts == [
        "Samples in the files: 13",
        "2 left out: named by cohort.exclude",
        "A 1, C 1",
        "1 left out: no row in 's.tsv'",
        "Analysed: 10",
        "A 6, B 4",
    ]


def test_the_flow_is_drawn_only_if_there_is_something_to_see() -> None:
    whole = QualityStage().run(make_cohort(train=(6, 4), genes=5))
    assert not has_flow(whole)
    assert (whole.flow.offered, whole.flow.left_out, len(whole.flow.excluded)) == (10, 0, 0)
    again = TypeAdapter(Quality).validate_json(TypeAdapter(Quality).dump_json(whole))
    assert len(again.flow.steps) == 0
    two = QualityStage().run(make_cohort(train=(6, 4), test=(2, 1), genes=5))
    texts = [text.get_text() for text in draw_flow(two).figure.findobj(Text) if text.get_text()]
    boxes = ["Samples in the files: 13", "Training set: 10", "A 6, B 4", "Independent set: 3", "A 2, B 1"]
    assert texts == boxes


def test_covariates_are_counted_by_class_and_identifiers_left_out() -> None:
    cohort = make_cohort(train=(4, 4))
    cohort.samples["centre"] = ["x", "y"] * 4
    cohort.samples["patient"] = [f"p{number}" for number in range(8)]
    table = QualityStage().run(cohort).covariates
    assert set(table.index) == {"centre"}
    assert table.loc[table["level"] == "x", ["A", "B"]].to_numpy().tolist() == [[2, 2]]


def test_samples_without_a_value_are_a_level_of_their_own() -> None:
    cohort = make_cohort(train=(4, 4), test=(2, 2))
    cohort.samples["sex"] = ["F", "M", "F", "M", np.nan, np.nan, np.nan, "F", "F", np.nan, "M", "M"]
    cohort.samples["state"] = ["unknown", np.nan] * 6
    table = QualityStage().run(cohort).covariates
    rows = [list(row) for row in table.loc["sex"].to_numpy()]
    assert rows == [
        ["F", "train", 2, 1],
        ["M", "train", 2, 0],
        ["unknown", "train", 0, 3],
        ["F", "test", 1, 0],
        ["M", "test", 0, 2],
        ["unknown", "test", 1, 0],
    ]
    assert list(table.loc["state", "level"]) == ["unknown", "unknown (no value)"] * 2


def test_covariates_are_tested_by_their_known_and_their_missing_values() -> None:
    cohort = make_cohort(train=(10, 10), test=(2, 2))
    cohort.samples["sex"] = ["F", "M"] * 5 + [np.nan] * 8 + ["F", "M"] * 3
    cohort.samples["age"] = [float(20 + place) for place in range(24)]
    cohort.samples["patient"] = [f"p{place}" for place in range(24)]
    cohort = replace(cohort, findings=(Finding("GR313", "warning", "sex", "Missing."),))
    found = QualityStage().run(cohort).associations
    assert list(found.index) == ["sex", "age"]
    sex, age = found.loc["sex"], found.loc["age"]
    assert (sex["levels"], sex["known"], sex["missing"], sex["finding"]) == (2, 12, 8, "GR313")
    np.testing.assert_allclose(sex["p"], stats.fisher_exact([[5, 1], [5, 1]]).pvalue)
    np.testing.assert_allclose(sex["p_missing"], stats.fisher_exact([[0, 8], [10, 2]]).pvalue)
    assert age["test"] == "Kruskal–Wallis test"
    np.testing.assert_allclose(age["p"], stats.kruskal(range(10), range(10, 20)).pvalue)
    assert np.isnan(age["p_missing"])


def test_levels_stand_in_their_natural_order_and_measurements_are_left_out() -> None:
    cohort = make_cohort(train=(12, 12))
    cohort.samples["batch"] = [1.0, 2.0, 10.0, 2.0] * 6
    cohort.samples["day"] = ["d10", "d9"] * 12
    cohort.samples["age"] = [40.0 + position // 2 for position in range(24)]
    table = QualityStage().run(cohort).covariates
    assert list(zip(table.index, table["level"], strict=True)) == [
        ("batch", "1"),
        ("batch", "2"),
        ("batch", "10"),
        ("day", "d9"),
        ("day", "d10"),
    ]


def test_missing_values_that_go_with_the_class_are_counted(cases: Path) -> None:
    files = {"expression": cases / "missclass" / "x.tsv", "labels": cases / "missclass" / "s.tsv"}
    cohort = read_cohort(resolve(environment={}, overrides={"cohort": files}))
    found = QualityStage().run(cohort).missingness
    assert (found.gaps, found.genes, found.alpha) == (106, 106, 0.05)
    assert found.by_class["samples"].to_dict() == {"a": 12, "b": 12}
    assert found.by_class["genes"].to_dict() == {"a": 1, "b": 105}
    gaps = cohort.expression.isna()
    for name in "ab":
        lacking = gaps[cohort.samples["class"] == name].to_numpy().mean()
        np.testing.assert_allclose(found.by_class.loc[name, "missing"], lacking)
    assert found.p < 1e-4
    (message,) = [each.message for each in cohort.findings if each.code == "GR322"]
    assert "in 106 genes of 106 with gaps" in message
