"""Predicted probabilities: what is compared, what is said of it, and what is drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import special

from genereport.analyses.models.result import Models
from genereport.analyses.probabilities.figures import draw_calibration, draw_named
from genereport.analyses.probabilities.result import Probabilities
from genereport.analyses.probabilities.stage import read_outcome
from genereport.analyses.result import Skipped
from genereport.analysis import Analysis
from genereport.report.document import Figure, Table
from genereport.stats.recalibration import recalibration
from tests import analyses
from tests.unit.report.synthetic import four_class, two_class, without_independent_set
from tests.unit.report.words import blocks, table, words


def result_of(analysis: Analysis) -> Probabilities:
    assert isinstance(analysis.probabilities, Probabilities)
    return analysis.probabilities


def changed(analysis: Analysis, **changes: object) -> Analysis:
    return analysis.with_results(probabilities=replace(result_of(analysis), **changes))  # type: ignore[arg-type]


def named(result: Probabilities, which: str) -> object:
    return result.recalibration.query("model == @result.model and features == @result.features and set == @which")


# results


@pytest.mark.parametrize("make", [two_class, without_independent_set, four_class])
def test_each_sample_enters_once_with_its_mean_probability(make) -> None:  # type: ignore[no-untyped-def]
    made = make()
    result, models = result_of(made), made.models
    for which, size in (("cv", models.train), ("test", models.test)):
        own = models.predictions.query("set == @which and model == @result.model and features == @result.features")
        samples = result.samples[result.samples["set"] == which]
        assert len(samples) == size
        for level in result.classes:
            expected = own.groupby("sample", sort=False)[f"p_{level}"].mean()
            np.testing.assert_allclose(samples[f"p_{level}"], expected.loc[samples.index])
        shares = samples[[f"p_{level}" for level in result.classes]]
        predicted = shares.idxmax(axis=1).str.removeprefix("p_")
        assert ((predicted == samples["class"]) == (samples["correct"] == "yes")).all()
        if size:
            assert result.sets.loc[which, "errors"] == (samples["correct"] == "no").sum()


def test_calibration_counts_every_sample_once() -> None:
    made = two_class()
    for (_, _, which), bins in result_of(made).bins.groupby(["model", "features", "set"]):
        assert bins["n"].sum() == {"cv": made.models.train, "test": made.models.test}[which]
        assert (bins["observed"] * bins["n"]).sum() == pytest.approx({"cv": 11, "test": 14}[which])
        assert ((bins["ci_low"] <= bins["observed"]) & (bins["observed"] <= bins["ci_high"])).all()
        assert bins["predicted"].is_monotonic_increasing


@pytest.mark.parametrize("make", [two_class, four_class])
def test_the_recalibration_is_that_of_the_mean_probabilities(make) -> None:  # type: ignore[no-untyped-def]
    result = result_of(make())
    table = result.recalibration
    assert list(table.loc[: result.named_rows - 1, "model"]) == [result.model] * result.named_rows
    assert len(table) == 12 * result.named_rows
    for which, samples in result.samples.groupby("set"):
        for row in named(result, which).itertuples():  # type: ignore[attr-defined]
            positive = (samples["class"] == row[4]).to_numpy()
            expected = recalibration(samples[f"p_{row[4]}"].to_numpy(), positive)
            np.testing.assert_allclose(row.slope, expected.slope)
            np.testing.assert_allclose((row.intercept_low, row.intercept_high), expected.intercept_interval)
            assert row.events == positive.sum()


def test_verdicts_are_those_of_the_intervals() -> None:
    table = result_of(two_class()).recalibration
    for row in table.itertuples():
        level = "too low" if row.intercept_low > 0 else "too high" if row.intercept_high < 0 else "right"
        spread = "too moderate" if row.slope_low > 1 else "too extreme" if row.slope_high < 1 else "right"
        assert row.level == ("" if np.isnan(row.intercept) else level)
        assert row.spread == ("" if np.isnan(row.slope) else spread)
        assert bool(row.reason) == np.isnan(row.slope)


def test_net_benefit_is_counted_by_hand() -> None:
    result = result_of(two_class())
    samples = result.samples.query("set == 'test'")
    for at in (0.1, 0.5, 0.8):
        acted = samples["p_AML"] >= at
        true, false = (acted & (samples["class"] == name) for name in ("AML", "ALL"))
        row = result.decision.query("set == 'test' and abs(threshold - @at) < 1e-9").iloc[0]
        assert row["net_benefit"] == pytest.approx((true.sum() - false.sum() * at / (1 - at)) / len(samples))
        assert row["all"] == pytest.approx((14 - 20 * at / (1 - at)) / len(samples))
        assert row["ci_low"] < row["net_benefit"] <= row["ci_high"]


def test_the_useful_thresholds_are_contiguous_and_better_than_both() -> None:
    result = result_of(two_class())
    for which, row in result.sets.iterrows():
        curve = result.decision[result.decision["set"] == which]
        inside = curve[curve["threshold"].between(row["useful_from"] - 1e-9, row["useful_to"] + 1e-9)]
        assert len(inside) > 1
        assert (inside["net_benefit"] > inside["all"].clip(lower=0)).all()


def test_samples_of_one_patient_are_taken_account_of_and_said_to_be() -> None:
    made = analyses.paired()
    result = result_of(made)
    assert result.grouped_by == "patient"
    assert "correlation of samples of the same patient" in words(made, "probabilities", "methods")
    assert "they treat the samples as independent" in words(made, "probabilities", "methods")
    assert result_of(two_class()).grouped_by == ""
    assert "robust" not in words(two_class(), "probabilities", "methods")


def test_several_classes_have_no_decision_curve_and_the_report_says_so() -> None:
    made = four_class()
    assert result_of(made).decision.empty
    assert not result_of(made).has_decision
    assert "decision_curve" not in made.tables
    assert "between two classes and is not applicable to more." in words(made, "probabilities")
    assert "net benefit" not in words(made, "probabilities", "methods")


def test_predictions_are_read_in_the_order_of_the_samples() -> None:
    models = two_class().models
    assert isinstance(models, Models)
    outcome = read_outcome(models, "cv")
    assert {part.shape for part in outcome.probabilities.values()} == {(10, 38, 2)}
    first = models.predictions.query("set == 'cv' and model == 'svm_rbf' and features == 'all' and repeat == 3")
    assert list(first["sample"]) == list(outcome.samples)
    np.testing.assert_array_equal(outcome.probabilities["svm_rbf", "all"][2], first[["p_ALL", "p_AML"]])


# words


def test_what_cannot_be_estimated_is_said_with_its_reason() -> None:
    made = two_class()
    rows = result_of(made).recalibration.copy()
    rows.loc[0, ["slope", "slope_low", "slope_high"]] = np.nan
    rows.loc[0, ["spread", "reason"]] = ["", "The probabilities separate the classes."]
    told = words(changed(made, recalibration=rows), "probabilities")
    assert "neither too extreme nor too moderate, is not estimable in cross-validation and " in told
    assert "In cross-validation, the probabilities separate the classes." in told


def test_a_miscalibration_is_said_where_the_interval_shows_it() -> None:
    made = two_class()
    rows = result_of(made).recalibration.assign(level="right", spread="right", reason="")
    told = words(changed(made, recalibration=rows), "probabilities")
    assert ", where they are" not in told
    wrong = words(changed(made, recalibration=rows.assign(level="too low", spread="too extreme")), "probabilities")
    assert wrong.count("where they are too low") == wrong.count("where they are too extreme") == 2


def test_no_useful_threshold_is_said() -> None:
    made = two_class()
    none = result_of(made).sets.assign(useful_from=np.nan, useful_to=np.nan)
    told = words(changed(made, sets=none), "probabilities")
    assert "on none at no threshold in cross-validation and at no threshold on the independent set." in told


def test_without_an_independent_set_nothing_is_said_of_one() -> None:
    made = without_independent_set()
    for block in ("body", "methods"):
        assert "independent set" not in words(made, "probabilities", block)
        assert "independent samples" not in words(made, "probabilities", block)


def test_the_table_of_all_models_is_on_paper_for_several_classes_only() -> None:
    for make, printed in ((two_class, 0), (four_class, 8)):
        shown = next(block for block in blocks(make(), "probabilities") if isinstance(block, Table))
        assert shown.printed == printed
        assert len(shown.rows) == len(result_of(make()).recalibration)
    head, *_ = table(two_class(), "probabilities", "recalibration")
    assert "Class" not in head


def test_without_models_there_are_no_probabilities() -> None:
    made = analyses.three_against_three()
    assert isinstance(made.probabilities, Skipped)
    assert words(made, "probabilities", "methods") == ""


# figures


@pytest.mark.parametrize(("make", "panels"), [(two_class, 3), (without_independent_set, 3), (four_class, 2)])
def test_the_named_model_is_drawn_as_it_is(make, panels: int) -> None:  # type: ignore[no-untyped-def]
    result = result_of(make())
    axes = draw_named(result).figure.axes
    assert len(axes) == panels
    own = result.bins.query("model == @result.model and features == @result.features")
    dots = np.concatenate([line.get_xydata() for line in axes[0].lines[1:]])
    np.testing.assert_allclose(dots, own[["predicted", "observed"]])
    marks = [line for line in axes[1].lines if line.get_linestyle() == "None"]
    assert sum(len(line.get_xdata()) for line in marks) == len(result.samples)
    wrong = result.samples[result.samples["correct"] == "no"]
    assert {text.get_text() for text in axes[1].texts} <= set(wrong.index)
    for which, curve in result.decision.groupby("set", sort=False):
        drawn = [line.get_ydata() for line in axes[2].lines]
        assert any(np.array_equal(y, curve["net_benefit"]) for y in drawn), which
        assert any(np.array_equal(y, curve["all"]) for y in drawn), which


@pytest.mark.parametrize("make", [two_class, four_class])
def test_calibration_shows_every_bin_with_its_interval(make) -> None:  # type: ignore[no-untyped-def]
    result = result_of(make())
    bins = result.bins.query("set == 'cv' and features != 'all' and model != 'majority_class'")
    panels = [axes for axes in draw_calibration(result).figure.axes if axes.get_visible()]
    dots = np.concatenate([line.get_xydata() for axes in panels for line in axes.lines[1:]])
    np.testing.assert_allclose(np.sort(dots, axis=0), np.sort(bins[["predicted", "observed"]].to_numpy(), axis=0))


def test_figures_of_all_models_are_on_the_screen_only() -> None:
    shown = {block.id: block.on_paper for block in blocks(two_class(), "probabilities") if isinstance(block, Figure)}
    assert shown == {"fig-named-probabilities": True, "fig-calibration": False}


def test_samples_that_are_copies_of_each_other_do_not_narrow_the_intervals() -> None:
    rng = np.random.default_rng(3)
    p = special.expit(rng.normal(0, 1.5, 400))
    positive = rng.random(400) < p
    alone = recalibration(p, positive)
    twice = recalibration(np.repeat(p, 2), np.repeat(positive, 2), groups=np.repeat(np.arange(400), 2))
    assert twice.slope == pytest.approx(alone.slope)
    widths = [each.slope_interval.high - each.slope_interval.low for each in (alone, twice)]
    assert widths[1] == pytest.approx(widths[0], rel=0.1)
