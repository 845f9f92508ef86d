"""What each scale becomes, and that no array depends on another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from genereport.cohort.model import Cohort, Scale, ScaleName
from genereport.errors import CohortError
from genereport.settings import PreprocessSettings
from genereport.stages.preprocessing import PreprocessingStage
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
    prepared, result = run(with_values(values, "intensity"), array_scaling="none")
    assert (result.floor, result.cap, result.log, result.testable, result.untestable) == (100, 16_000, "log2", 39, 1)
    assert result.untestable_genes == ("g000",)
    np.testing.assert_array_equal(prepared.expression, np.log2(np.clip(values, 100, 16_000))[:, 1:])
    assert result.floored == pytest.approx((values < 100).mean())
    assert result.capped == pytest.approx(1 / values.size)


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
    # edgeR/limma: log2((count + 0.5) / (library size + 1) * 1e6), as limma::voom computes it
    expected = np.log2((values + 0.5) / (values.sum(axis=1, keepdims=True) + 1) * 1e6)
    np.testing.assert_allclose(prepared.expression, expected, rtol=1e-12)
    assert result.log == "log2 CPM"


@pytest.mark.parametrize("scaling", ["standardise", "quantile"])
def test_scaled_arrays_share_location_and_spread_and_depend_on_themselves_alone(scaling: str) -> None:
    values = np.random.default_rng(4).normal(8, 1, (6, 200)) * [[1], [2], [1], [3], [1], [1]] + [
        [0],
        [5],
        [1],
        [0],
        [2],
        [0],
    ]
    prepared, result = run(with_values(values, "log2"), array_scaling=scaling)
    means = prepared.expression.mean(axis=1)
    np.testing.assert_allclose(means, means.iloc[0], atol=0.02 if scaling == "quantile" else 1e-9)
    assert result.location == pytest.approx(np.median(values.mean(axis=1)))
    assert result.spread == pytest.approx(np.median(values.std(axis=1, ddof=1)))
    other = values.copy()
    other[5] = np.random.default_rng(5).normal(3, 9, 200)
    again, changed = run(with_values(other, "log2"), array_scaling=scaling)
    back = (again.expression.iloc[:5] - changed.location) / changed.spread * result.spread + result.location
    np.testing.assert_allclose(back, prepared.expression.iloc[:5], atol=1e-9)


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
    assert (result.collapse, result.several, result.testable) == ("median", 1, 7)
    untouched, told = run(cohort)
    assert untouched.expression.shape == (10, 7)
    assert (told.collapse, told.several) == ("none", 1)
