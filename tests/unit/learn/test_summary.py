"""Estimates and their intervals: which method, which numbers, and what happens at the edge."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from genereport.learn.metrics import LABEL_METRICS, METRICS, label_metrics
from genereport.learn.summary import (
    PER_FOLD,
    POOLED,
    Estimate,
    IntervalConfig,
    counted,
    cross_validated,
    fold_figures,
    linearised,
    on_independent_set,
    over_folds,
)
from genereport.stats.intervals import by_recalls, mean_of_proportions

CODES = np.repeat([0, 1], [27, 11])


def doubt(seed: int = 0) -> IntervalConfig:
    return IntervalConfig.draw(CODES, 0.95, 500, np.random.default_rng(seed))


def probabilities(errors: list[int]) -> np.ndarray:
    sure = np.where(CODES == 1, 0.9, 0.1)
    sure[errors] = 1 - sure[errors]
    return np.column_stack([1 - sure, sure])


def split_rows() -> list[np.ndarray]:
    return [np.r_[np.arange(f, 27, 5), 27 + np.arange(f, 11, 5)] for f in range(5)]


def summarised(errors: list[int]) -> tuple[dict[str, np.ndarray], dict[str, Estimate]]:
    found = probabilities(errors)
    per_split = [fold_figures(CODES[rows], found[rows]) for rows in split_rows()]
    by_fold = {name: np.array([figures[name] for figures in per_split]) for name in PER_FOLD}
    counts = np.stack([counted(CODES[rows], found[rows]) for rows in split_rows()])[None]
    return by_fold, cross_validated(by_fold, counts, 0.25, 0.95)


def test_means_over_folds_carry_the_corrected_interval() -> None:
    by_fold, estimates = summarised([0, 1, 5, 10, 28, 30])
    values = by_fold["accuracy"]
    error = np.sqrt(values.var(ddof=1) * (1 / 5 + 0.25))
    half = stats.t.ppf(0.975, 4) * error
    assert estimates["accuracy"].value == pytest.approx(values.mean())
    assert estimates["accuracy"].interval.low == pytest.approx(values.mean() - half, rel=1e-12)
    assert estimates["accuracy"].interval.high == min(1, values.mean() + half)
    assert {estimates[name].method for name in ("accuracy", *POOLED)} == {"Nadeau-Bengio"}


def draw(seed: int, classes: int, repeats: int = 3) -> np.ndarray:
    """Confusion matrices of folds of six samples a class."""
    rng = np.random.default_rng(seed)
    shares = np.eye(classes) * rng.uniform(0, 4) + rng.dirichlet(np.ones(classes), classes)
    shares /= shares.sum(axis=1, keepdims=True)
    rows = [rng.multinomial(6, share, size=(repeats, 5)) for share in shares]
    return np.stack(rows, axis=2).astype(float)


@pytest.mark.parametrize("classes", [2, 3])
def test_what_folds_say_of_a_pooled_figure_adds_up_to_it(classes: int) -> None:
    counts = draw(1, classes)
    for name in LABEL_METRICS:
        np.testing.assert_allclose(
            linearised(name, counts).mean(axis=1), label_metrics(counts.sum(axis=1))[name], atol=1e-7
        )
    for name in ("accuracy", "balanced_accuracy", "recall"):  # linear in the counts, so they are the folds' own figures
        np.testing.assert_allclose(linearised(name, counts), label_metrics(counts)[name], atol=1e-7)


def test_what_folds_say_of_f1_is_its_derivative() -> None:
    counts = draw(2, 2)[:1]
    pooled = counts[0].sum(axis=0)
    hit, wrong = pooled[1, 1], pooled[0, 1] + pooled[1, 0]
    f1 = 2 * hit / (2 * hit + wrong)
    # dF1 = (2 wrong dhit − 2 hit dwrong) / (2 hit + wrong)²
    own = counts[0]
    moved = (2 * wrong * own[:, 1, 1] - 2 * hit * (own[:, 0, 1] + own[:, 1, 0])) / (2 * hit + wrong) ** 2
    np.testing.assert_allclose(linearised("f1", counts)[0], f1 + 5 * moved, atol=1e-7)


def test_a_perfect_cross_validation_never_claims_certainty() -> None:
    _, estimates = summarised([])
    assert list(estimates) == list(METRICS)
    for name, estimate in estimates.items():
        assert estimate.interval != (1.0, 1.0), name
    low, _ = proportion_confint(38, 38, method="wilson")
    assert estimates["accuracy"].interval.low == pytest.approx(low)
    assert estimates["accuracy"].method == "not estimable over folds; pooled Wilson"
    for name in LABEL_METRICS:
        assert estimates[name].method.startswith("not estimable over folds; pooled Wilson")
        assert estimates[name].interval.low < estimates[name].interval.high == 1
    assert 0.7 < estimates["balanced_accuracy"].interval.low < low
    assert estimates["roc_auc"].method == "not estimable"
    assert np.isnan(estimates["roc_auc"].interval.low)


def test_folds_that_happen_to_agree_claim_no_more_than_the_number_of_samples_allows() -> None:
    pooled = np.array([[27.0, 0], [1, 10]])
    values = np.array([0.6, 1, 1, 1, 1])
    shaky, steady = (over_folds("balanced_accuracy", v, pooled, 0.25, 0.95) for v in (values, 0.945 + values / 100))
    assert shaky.method == "Nadeau-Bengio"
    assert steady.method == "narrower over folds; pooled Wilson-MOVER"
    assert steady.interval == mean_of_proportions(np.array([27.0, 10]), np.array([27.0, 11]))


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 10_000), classes=st.integers(2, 4))
def test_intervals_of_one_table_do_not_contradict_one_another(seed: int, classes: int) -> None:
    counts = draw(seed, classes)
    by_fold = {name: label_metrics(counts)[name].ravel() for name in PER_FOLD if name in LABEL_METRICS}
    rest = {name: np.full(15, 0.2) for name in PER_FOLD if name not in LABEL_METRICS}
    estimates = cross_validated(by_fold | rest, counts, 0.25, 0.95)
    pooled = counts.sum(axis=1).mean(axis=0)
    for name in LABEL_METRICS:
        low, high = estimates[name].interval
        if np.isnan(low):
            assert np.isnan(estimates[name].value)  # precision of a class that is never predicted
            continue
        assert (-1 if name == "mcc" else 0) <= low <= estimates[name].value + 1e-9
        assert estimates[name].value - 1e-9 <= high <= 1
        assert low < high
        if not name.startswith("acc"):
            wide = np.clip(by_recalls(lambda moved, name=name: label_metrics(moved)[name], pooled), -1, 1)
            assert high - low >= wide[1] - max(wide[0], -1 if name == "mcc" else 0) - 1e-9
    figures = [estimates[name].interval for name in ("balanced_accuracy", "f1", "mcc")]
    if (pooled == np.diag(np.diagonal(pooled))).all():
        assert {interval.high for interval in figures} == {1.0}
        assert max(interval.low for interval in figures) < 1


@pytest.mark.parametrize("pooled", [np.array([[20.0, 7], [3, 8]]), np.array([[27.0, 0], [0, 11]])])
def test_counted_intervals_rest_on_the_same_recalls(pooled: np.ndarray) -> None:
    hits, totals = np.diagonal(pooled), pooled.sum(axis=1)

    def interval(name: str) -> tuple[float, float]:
        return by_recalls(lambda moved: label_metrics(moved)[name], pooled)

    assert interval("balanced_accuracy") == pytest.approx(mean_of_proportions(hits, totals))
    assert interval("recall") == pytest.approx(proportion_confint(hits[1], totals[1], method="wilson"))
    assert interval("specificity") == pytest.approx(proportion_confint(hits[0], totals[0], method="wilson"))
    corners = [
        np.array([[n * a, n * (1 - a)], [m * (1 - b), m * b]])
        for n, m in [totals]
        for a in proportion_confint(hits[0], totals[0], method="wilson")
        for b in proportion_confint(hits[1], totals[1], method="wilson")
    ]
    for name in ("f1", "precision", "mcc"):  # within what the limits of both recalls at once would allow
        reached = label_metrics(np.stack(corners))[name]
        low, high = interval(name)
        assert reached.min() - 0.02 <= low < high <= max(1, reached.max())


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


def test_everything_right_on_the_independent_set_is_no_certainty_either() -> None:
    estimates = on_independent_set(CODES, probabilities([]), doubt())
    for name in POOLED:
        assert estimates[name].method == "not estimable by the bootstrap; Wilson-MOVER"
        assert estimates[name].interval.low < estimates[name].interval.high == 1
