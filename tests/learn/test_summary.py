"""Estimates and their intervals: which method, which numbers, and what happens at the edge."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from genereport.learn.metrics import METRICS
from genereport.learn.summary import PER_FOLD, Doubt, cross_validated, fold_figures, on_independent_set

CODES = np.repeat([0, 1], [27, 11])


def doubt(seed: int = 0) -> Doubt:
    return Doubt.draw(CODES, 0.95, 500, np.random.default_rng(seed))


def probabilities(errors: list[int]) -> np.ndarray:
    sure = np.where(CODES == 1, 0.9, 0.1)
    sure[errors] = 1 - sure[errors]
    return np.column_stack([1 - sure, sure])


def split_rows() -> list[np.ndarray]:
    return [np.r_[np.arange(f, 27, 5), 27 + np.arange(f, 11, 5)] for f in range(5)]


def summarised(errors: list[int]):  # type: ignore[no-untyped-def]
    found = probabilities(errors)
    per_split = [fold_figures(CODES[rows], found[rows]) for rows in split_rows()]
    by_fold = {name: np.array([figures[name] for figures in per_split]) for name in PER_FOLD}
    return by_fold, cross_validated(by_fold, CODES, found[None], 0.25, doubt())


def test_means_over_folds_carry_the_corrected_interval() -> None:
    by_fold, estimates = summarised([0, 30])
    values = by_fold["accuracy"]
    error = np.sqrt(values.var(ddof=1) * (1 / 5 + 0.25))
    low = values.mean() - stats.t.ppf(0.975, 4) * error
    assert estimates["accuracy"].value == pytest.approx(values.mean())
    assert estimates["accuracy"].interval.low == pytest.approx(low, rel=1e-12)
    assert estimates["accuracy"].interval.high == 1.0
    assert estimates["accuracy"].method == "Nadeau-Bengio"


def test_a_perfect_cross_validation_never_claims_certainty() -> None:
    _, estimates = summarised([])
    assert list(estimates) == list(METRICS)
    for name, estimate in estimates.items():
        assert estimate.interval != (1.0, 1.0), name
    low, _ = proportion_confint(38, 38, method="wilson")
    assert estimates["accuracy"].interval.low == pytest.approx(low)
    assert estimates["accuracy"].method == "not estimable over folds; pooled Wilson"
    assert 0.7 < estimates["balanced_accuracy"].interval.low < low
    assert estimates["f1"].method == "not estimable"
    assert np.isnan(estimates["f1"].interval.low)


def test_the_independent_set_uses_wilson_delong_and_the_bootstrap() -> None:
    estimates = on_independent_set(CODES, probabilities([0, 30]), doubt())
    low, high = proportion_confint(36, 38, method="wilson")
    assert estimates["accuracy"].interval == pytest.approx((low, high))
    assert estimates["recall"].interval == pytest.approx(proportion_confint(10, 11, method="wilson"))
    assert {name: estimate.method for name, estimate in estimates.items()} == {
        "accuracy": "Wilson",
        "balanced_accuracy": "Wilson-MOVER",
        "f1": "bootstrap",
        "precision": "bootstrap",
        "recall": "Wilson",
        "specificity": "Wilson",
        "mcc": "bootstrap",
        "roc_auc": "DeLong",
        "average_precision": "bootstrap",
        "brier": "bootstrap",
    }


def test_every_interval_holds_its_estimate() -> None:
    for errors in ([], [0], [0, 1, 2, 28, 30], list(range(0, 38, 3))):
        for estimate in on_independent_set(CODES, probabilities(errors), doubt()).values():
            low, high = estimate.interval
            assert np.isnan(low) or low <= estimate.value <= high
