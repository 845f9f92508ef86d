"""Logistic recalibration against statsmodels' generalised linear models."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from genereport.stats.recalibration import recalibration
from tests.unit.stats.references import reference


def drawn(seed: int, n: int = 80, slope: float = 0.6, intercept: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, n)
    return special.expit(logits), rng.random(n) < special.expit(intercept + slope * logits)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([0.3, 1.0, 1.6]))
def test_estimates_and_limits_are_those_of_statsmodels(seed: int, slope: float) -> None:
    p, positive = drawn(seed, slope=slope)
    found = recalibration(p, positive, 0.9)
    logits, family = special.logit(p), sm.families.Binomial()
    large = sm.GLM(positive.astype(float), np.ones(len(p)), family=family, offset=logits).fit(tol=1e-12)
    both = sm.GLM(positive.astype(float), sm.add_constant(logits), family=family).fit(tol=1e-12)
    assert found.intercept == pytest.approx(large.params[0], abs=1e-8)
    assert found.slope == pytest.approx(both.params[1], abs=1e-8)
    np.testing.assert_allclose(found.intercept_interval, large.conf_int(0.1)[0], atol=1e-6)
    np.testing.assert_allclose(found.slope_interval, both.conf_int(0.1)[1], atol=1e-6)
    assert found.reason == ""


def test_a_perfect_separation_has_an_intercept_and_no_slope() -> None:
    positive = np.arange(20) >= 10
    found = recalibration(np.linspace(0.1, 0.9, 20), positive)
    assert np.isfinite(found.intercept)
    assert np.isnan([found.slope, *found.slope_interval]).all()
    assert "separate" in found.reason
    assert np.isnan(recalibration(np.linspace(0.9, 0.1, 20), positive).slope)


def test_what_cannot_be_estimated_is_said_and_never_infinite() -> None:
    p, positive = drawn(1)
    few = np.zeros(len(p), dtype=bool)
    few[:4] = True
    for probabilities, truth, why in (
        (np.where(p > 0.9, 1.0, p), positive, "exactly 0 or 1"),
        (p, few, "too few"),
        (np.full(len(p), 0.4), positive, "all the same"),
    ):
        found = recalibration(probabilities, truth)
        assert why in found.reason
        assert np.isnan(found.slope)
        assert not np.isinf([found.intercept, *found.intercept_interval, *found.slope_interval]).any()


@pytest.mark.parametrize("row", range(6))
def test_estimates_and_limits_are_those_of_rms(row: int) -> None:
    """``Rscript tests/reference/recalibration.R``: glm, ``rms::val.prob``, and ``rms::robcov`` for groups."""
    expected = reference("recalibration").iloc[row]
    samples = reference("recalibration_samples").query("case == @expected.case")
    p, positive = samples["p"].to_numpy(), samples["y"].to_numpy() == 1
    found = recalibration(p, positive, expected.confidence)
    assert found.slope == pytest.approx(expected.val_prob_slope, rel=1e-7)
    for name in ("intercept", "slope"):
        assert getattr(found, name) == pytest.approx(expected[name], rel=1e-9)
        limits = expected[[f"{name}_low", f"{name}_high"]].to_numpy(float)
        np.testing.assert_allclose(getattr(found, f"{name}_interval"), limits, rtol=1e-7)
    grouped = recalibration(p, positive, expected.confidence, samples["unit"].to_numpy() - 1)
    assert grouped.slope == found.slope
    robust = [expected[name] for name in ("robust_intercept_low", "robust_intercept_high", "robust_low", "robust_high")]
    np.testing.assert_allclose([*grouped.intercept_interval, *grouped.slope_interval], robust, rtol=1e-6)
