"""Decision curves against the package dcurves, and their limits against R."""

from __future__ import annotations

import numpy as np
import pytest

from genereport.stats.decision import decision_curve, longest_run
from tests.unit.stats.references import close, reference


@pytest.mark.parametrize("case", ["common", "rare", "ties"])
def test_net_benefit_is_that_of_dcurves(case: str) -> None:
    """``python tests/reference/decision.py``, with dcurves 1.1.7."""
    samples = reference("decision_samples").query("case == @case")
    expected = reference("decision_curves").query("case == @case")
    found = decision_curve(
        samples["p"].to_numpy(), samples["positive"].to_numpy() == 1, expected["threshold"].to_numpy()
    )
    close(found.net_benefit, expected["model"])
    close(found.all, expected["all"])


@pytest.mark.parametrize("case", ["fair", "extreme", "moderate"])
def test_limits_are_those_of_r(case: str) -> None:
    """``Rscript tests/reference/recalibration.R``: both rates by ``prop.test``, and their limits combined."""
    samples = reference("recalibration_samples").query("case == @case")
    expected = reference("decision_limits").query("case == @case")
    found = decision_curve(samples["p"].to_numpy(), samples["y"].to_numpy() == 1, expected["threshold"].to_numpy())
    for name, column in (("net_benefit", "net"), ("low", "low"), ("high", "high")):
        close(getattr(found, name), expected[column])


def test_a_perfect_separation_has_an_interval_and_the_best_net_benefit() -> None:
    positive = np.arange(30) >= 20
    found = decision_curve(np.where(positive, 0.9, 0.1), positive, np.array([0.5]))
    assert found.net_benefit == pytest.approx(1 / 3)
    assert found.low < 1 / 3 - 0.05
    assert found.high == pytest.approx(1 / 3)


def test_the_limits_hold_the_true_net_benefit_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(8)
    positive = np.arange(60) < 25
    rates = np.array([0.85, 0.1])  # of the positive and of the negative samples that are acted on
    truth = 25 / 60 * rates[0] - 35 / 60 * rates[1]
    held = 0
    for _ in range(400):
        acted = rng.random(60) < np.where(positive, *rates)
        found = decision_curve(np.where(acted, 0.6, 0.4), positive, np.array([0.5]))
        held += int(found.low[0] <= truth <= found.high[0])
    assert 0.92 <= held / 400 <= 0.985


def test_the_longest_run_is_the_first_of_equal_ones_or_none() -> None:
    thresholds = np.array([0.2, 0.4, 0.6, 0.8])
    assert np.isnan(longest_run(thresholds, np.zeros(4), -thresholds)).all()
    assert longest_run(thresholds, np.array([1.0, 0.0, 1.0, -1.0]), -thresholds) == (0.2, 0.2)
    assert longest_run(thresholds, np.array([1.0, 0.0, 1.0, 1.0]), thresholds - 0.7) == (0.6, 0.8)
