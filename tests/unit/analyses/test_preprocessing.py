"""What each scale becomes, and that no array depends on another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from genereport.analyses.preprocessing.stage import PreprocessingStage
from genereport.analyses.quality.stage import QualityStage
from genereport.cohort.model import Cohort, Scale, ScaleName
from genereport.errors import CohortError
from genereport.settings import PreprocessSettings
from tests.factory import make_cohort


def with_values(values: np.ndarray, scale: ScaleName) -> Cohort:
    cohort = make_cohort(train=(3, 3), genes=values.shape[1], informative=1)
    cohort.expression.iloc[:, :] = values
    return replace(cohort, scale=Scale(scale, "given"))


def run(cohort: Cohort, **settings: object):  # type: ignore[no-untyped-def]
    return PreprocessingStage(PreprocessSettings(**settings)).run(cohort)  # type: ignore[arg-type]


def intensities() -> np.ndarray:
    values = np.random.default_rng(1).normal(600, 800, size=(6, 40)).round()
    values[:, 0] = [-3, 12, 99, 50, -700, 100]  # all at the floor: cannot be tested
    values[0, 1], values[1, 2] = 20_000, -5
    return values


def test_intensities_with_values_below_zero_get_floor_cap_and_log2() -> None:
    values = intensities()
    prepared, result = run(with_values(values, "intensity"), array_scaling="none", expressed="none")
    assert (result.floor, result.cap, result.log, result.testable, result.untestable) == (100, 16_000, "log2", 39, 1)
    assert (result.expression_rule, result.unexpressed) == ("none", 0)
    assert result.untestable_genes == ("g000",)
    np.testing.assert_array_equal(prepared.expression, np.log2(np.clip(values, 100, 16_000))[:, 1:])
    assert result.floored == pytest.approx((values < 100).mean())
    assert result.capped == pytest.approx(1 / values.size)


def test_arrays_are_described_as_they_were_read_and_as_they_were_prepared() -> None:
    cohort = with_values(intensities(), "intensity")
    prepared, result = run(cohort, array_scaling="none", expressed="none")
    assert result.classes == cohort.classes
    pd.testing.assert_frame_equal(result.arrays_read, QualityStage().run(cohort).arrays)
    np.testing.assert_allclose(result.arrays["q50"], prepared.expression.median(axis=1))


def test_positive_intensities_are_not_floored() -> None:
    values = np.abs(intensities()) + 1
    prepared, result = run(with_values(values, "intensity"), array_scaling="none")
    assert (result.floor, result.cap) == (None, None)
    np.testing.assert_array_equal(prepared.expression, np.log2(values))


@pytest.mark.parametrize("scale", ["log2", "ratio"])
def test_logarithms_are_used_as_they_are(scale: ScaleName) -> None:
    values = np.random.default_rng(2).normal(size=(6, 20))
    prepared, result = run(with_values(values, scale))
    np.testing.assert_array_equal(prepared.expression, values)
    assert (result.log, result.array_scaling) == ("none", "none")


def test_counts_become_log2_counts_per_million() -> None:
    values = np.random.default_rng(3).poisson(20, size=(6, 30)).astype(float)
    prepared, result = run(with_values(values, "counts"))
    sizes = result.libraries.sizes["effective_size"].to_numpy()
    prior = 2 * sizes / sizes.mean()  # edgeR's cpm(y, log = TRUE, prior.count = 2)
    expected = np.log2((values + prior[:, None]) / (sizes + 2 * prior)[:, None] * 1e6)
    np.testing.assert_allclose(prepared.expression, expected, rtol=1e-12)
    assert result.log == "log2 CPM"


@pytest.mark.parametrize("scaling", ["stable_genes", "standardise", "quantile"])
def test_scaled_arrays_share_their_location_and_depend_on_themselves_alone(scaling: str) -> None:
    values = np.random.default_rng(4).normal(8, 1, (6, 200)) + np.arange(6)[:, None]
    prepared, result = run(with_values(values, "log2"), array_scaling=scaling)
    medians = prepared.expression.median(axis=1)
    np.testing.assert_allclose(medians, medians.iloc[0], atol=0.5 if scaling == "stable_genes" else 0.02)
    assert result.scaled_by == (100 if scaling == "stable_genes" else 200)
    if scaling != "stable_genes":
        spreads = stats.median_abs_deviation(values, axis=1, scale="normal")
        assert result.location == pytest.approx(np.median(np.median(values, axis=1)))
        assert result.spread == pytest.approx(np.median(spreads), rel=1e-4)
    cohort = with_values(values, "log2")
    sets = ["train"] * 5 + ["test"]
    held = replace(cohort, samples=cohort.samples.assign(set=sets))
    other = values.copy()
    other[5] = np.random.default_rng(5).normal(3, 9, 200)
    changed = replace(with_values(other, "log2"), samples=held.samples)
    first, second = (run(each, array_scaling=scaling)[0].expression.iloc[:5] for each in (held, changed))
    np.testing.assert_array_equal(first, second)


def test_values_become_logarithms_of_base_2_whatever_their_base() -> None:
    logs = np.random.default_rng(2).normal(8, 2, (6, 20))
    for scale, values, log in (("ln", logs * np.log(2), "from ln"), ("log10", logs * np.log10(2), "from log10")):
        prepared, result = run(with_values(values, scale))
        np.testing.assert_allclose(prepared.expression, logs, rtol=1e-12)
        assert (result.log, result.value_unit, result.array_scaling) == (log, "log2", "none")


def test_shares_of_methylation_become_m_values() -> None:
    values = np.random.default_rng(2).uniform(0, 1, (6, 20))
    values[0, 0] = 0.0
    prepared, result = run(with_values(values, "beta"))
    kept = np.clip(values, 0.001, 0.999)
    np.testing.assert_allclose(prepared.expression, np.log2(kept / (1 - kept)))
    assert (result.log, result.value_unit) == ("M-value", "M")


def test_transcripts_per_million_become_logarithms_of_one_more() -> None:
    values = np.random.default_rng(2).exponential(9, (6, 20))
    prepared, result = run(with_values(values, "tpm"))
    np.testing.assert_allclose(prepared.expression, np.log2(values + 1))
    assert (result.log, result.floor) == ("log2(x + 1)", None)


def test_standardised_values_are_left_alone_and_are_in_standard_deviations() -> None:
    values = stats.zscore(np.random.default_rng(2).exponential(1, (6, 20)), axis=0)
    prepared, result = run(with_values(values, "standardised"))
    np.testing.assert_array_equal(prepared.expression, values)
    assert (result.log, result.value_unit, result.array_scaling) == ("none", "SD", "none")


def test_a_count_of_zero_in_every_sample_is_not_tested_although_libraries_differ() -> None:
    values = np.random.default_rng(3).poisson(20, size=(6, 30)).astype(float) * [[1], [1], [1], [4], [4], [4]]
    values[:, 5] = 0
    _, result = run(with_values(values, "counts"))
    assert result.untestable_genes == ("g005",)


@pytest.mark.parametrize("setting", ["floor", "cap"])
def test_floor_and_cap_belong_to_intensities_alone(setting: str) -> None:
    with pytest.raises(CohortError, match=f"GR225.*preprocess.{setting}"):
        run(with_values(np.random.default_rng(2).normal(8, 2, (6, 20)), "log2"), **{setting: 4.0})


def test_a_gene_at_the_floor_in_nearly_every_array_is_set_aside_and_counted() -> None:
    values = np.random.default_rng(1).lognormal(7, 1, size=(6, 60)) + 150
    values[:, 0] = [-5, 20, 900, 800, 3, 50]  # above the floor in two of six; the smaller class has three
    values[:, 1] = [-5, 20, 9, 800, 300, 500]
    values[:, 2:6] = [[-90], [-80], [-70], [60], [50], [40]]
    prepared, result = run(with_values(values, "intensity"), array_scaling="none")
    assert (result.expression_rule, result.fewest_expressed) == ("above_floor", 3)
    assert result.unexpressed_genes == ("g000",)
    assert result.untestable_genes == ("g002", "g003", "g004", "g005")
    assert "g001" in prepared.expression
    _, dudoit = run(with_values(values, "intensity"), array_scaling="none", expressed="fold_range")
    clipped = np.clip(values, 100, 16_000)
    kept = (clipped.max(axis=0) > 5 * clipped.min(axis=0)) & (np.ptp(clipped, axis=0) > 500)
    assert dudoit.testable == kept.sum()


def test_no_expressed_gene_is_refused() -> None:
    values = np.full((6, 30), 20.0)
    values[0, :], values[1] = 500.0, -1.0
    with pytest.raises(CohortError, match=r"GR204.*above_floor"):
        run(with_values(values, "intensity"))


def test_testability_is_judged_before_array_scaling() -> None:
    values = np.random.default_rng(6).normal(8, 1, (6, 30))
    values[:, 7] = 4.0  # per-array standardisation would turn it into a varying gene
    _, result = run(with_values(values, "log2"), array_scaling="standardise")
    assert result.untestable_genes == ("g007",)


def test_control_probes_are_set_aside() -> None:
    cohort = make_cohort(train=(3, 3), genes=30)
    cohort.genes.loc[["g003", "g004"], "control"] = True
    prepared, result = run(cohort)
    assert result.controls == 2
    assert not {"g003", "g004"} & set(prepared.expression.columns)


@pytest.mark.parametrize(
    ("scale", "settings", "code"),
    [
        ("intensity", {"floor": -1.0, "cap": 10.0}, "GR205"),
        ("counts", {}, "GR205"),
        ("intensity", {"floor": 9e9, "cap": 9e9}, "GR204"),
    ],
)
def test_what_has_no_logarithm_or_no_variance_is_refused(
    scale: ScaleName, settings: dict[str, float], code: str
) -> None:
    with pytest.raises(CohortError, match=code):
        run(with_values(intensities(), scale), **settings)


def test_probes_of_a_gene_become_their_median_where_that_is_asked_for() -> None:
    cohort = make_cohort(train=(4, 4), test=(1, 1), genes=7)
    symbols = ["ONE", "TWO", "TWO", "TWO", "", "TWO", ""]
    cohort = replace(cohort, genes=cohort.genes.assign(symbol=symbols))
    prepared, result = run(cohort, collapse="median")
    assert list(prepared.expression.columns) == ["g000", "TWO", "g004", "g006"]
    assert list(prepared.genes.index) == list(prepared.expression.columns)
    assert prepared.genes.loc["TWO", "symbol"] == "TWO"
    expected = cohort.expression[["g001", "g002", "g003", "g005"]].median(axis=1)
    np.testing.assert_allclose(prepared.expression["TWO"], expected)
    assert (result.collapse, result.several, result.testable) == ("median", 1, 4)
    untouched, told = run(cohort)
    assert untouched.expression.shape == (10, 7)
    assert (told.collapse, told.several) == ("none", 1)


def test_the_genes_that_each_step_sets_aside_add_up() -> None:
    cohort = with_values(intensities(), "intensity")
    controls = np.arange(40) < 3
    cohort = replace(
        cohort,
        genes=cohort.genes.assign(control=controls),
        set_aside=(("no gene", 5), ("repeated", 0), ("empty", 2)),
    )
    cohort.expression.iloc[:, 5] = 20.0
    _, result = run(cohort, array_scaling="none")
    steps = result.steps
    assert list(steps.index) == ["file", "no gene", "empty", "control", "constant", "unexpressed"]
    assert steps["genes"].tolist()[:5] == [0, 5, 2, 3, 1]
    assert steps["left"].tolist() == (47 - steps["genes"].cumsum()).tolist()
    assert steps["left"].iloc[-1] == result.testable
    assert steps.loc["unexpressed", "genes"] == result.unexpressed
