"""The machine of squared hinge loss is that of liblinear, also while genes are eliminated."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import make_classification
from sklearn.feature_selection import RFE
from sklearn.multiclass import OneVsOneClassifier
from sklearn.svm import LinearSVC

from genereport.learn.primal import Machine
from genereport.learn.rfe import GramRFE
from genereport.rules import ONE_BY_ONE


def _liblinear(C: float) -> LinearSVC:
    return LinearSVC(C=C, dual=False, tol=1e-10, max_iter=100_000)


def _noisy(n: int, p: int, classes: int = 2) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(n + p)
    y = np.arange(n) % classes
    x = rng.normal(size=(n, p))
    x[:, :5] += y[:, None] / 2
    return (x - x.mean(axis=0)) / x.std(axis=0), y


@pytest.mark.parametrize(("n", "p"), [(40, 90), (150, 60), (400, 60)])
@pytest.mark.parametrize("c", [0.01, 1.0])
def test_the_whole_path_equals_that_of_scikit_learn_with_liblinear(n: int, p: int, c: float) -> None:
    x, y = _noisy(n, p)
    oracle = RFE(_liblinear(c), n_features_to_select=1, step=1).fit(x, y)
    np.testing.assert_array_equal(GramRFE(1, c, "squared_hinge").fit(x, y).ranking_, oracle.ranking_)


def test_with_several_classes_the_path_is_that_of_one_against_one() -> None:
    x, y = _noisy(90, 30, classes=3)

    def importance(fitted: OneVsOneClassifier) -> np.ndarray:
        return sum(machine.coef_[0] ** 2 for machine in fitted.estimators_)

    oracle = RFE(OneVsOneClassifier(_liblinear(1.0)), n_features_to_select=1, importance_getter=importance).fit(x, y)
    np.testing.assert_array_equal(GramRFE(1, 1.0, "squared_hinge").fit(x, y).ranking_, oracle.ranking_)


def test_a_share_at_a_time_is_a_fractional_step() -> None:
    """scikit-learn takes the share of all features; here it is that of those left, until half are left."""
    x, y = _noisy(120, 40)
    ranking = GramRFE(5, 1.0, "squared_hinge", share=0.1).fit(x, y).ranking_
    np.testing.assert_array_equal(np.sort(ranking), np.arange(1, 41))
    weights = _liblinear(1.0).fit(x, y).coef_[0] ** 2
    assert set(np.flatnonzero(ranking > 36)) == set(np.argsort(weights)[:4])
    half = np.flatnonzero(ranking <= 20)
    oracle = RFE(_liblinear(1.0), n_features_to_select=1, step=1).fit(x[:, half], y)
    np.testing.assert_array_equal(ranking[half], oracle.ranking_)


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
def test_the_last_ones_follow_one_by_one_whatever_the_share(loss: str) -> None:
    x, y = _noisy(30, 2 * ONE_BY_ONE + 40)
    ranking = GramRFE(5, 1.0, loss, share=0.3).fit(x, y).ranking_
    left = np.flatnonzero(ranking <= ONE_BY_ONE)
    np.testing.assert_array_equal(ranking[left], GramRFE(5, 1.0, loss).fit(x[:, left], y).ranking_)


def test_weights_of_samples_are_those_of_liblinear() -> None:
    x, y = _noisy(60, 10)
    shares = np.random.default_rng(1).uniform(0.2, 3, 60)
    expected = _liblinear(0.7).fit(x, y, sample_weight=shares)
    found = Machine(x, y == 1, 0.7, shares)
    np.testing.assert_allclose(found.weights, expected.coef_[0], atol=1e-7)
    np.testing.assert_allclose(found.intercept, expected.intercept_[0], atol=1e-7)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(6, 60), st.integers(3, 30), st.floats(0.01, 10), st.booleans())
def test_the_machine_stays_at_its_minimum(seed: int, n: int, p: int, c: float, tied: bool) -> None:
    rng = np.random.default_rng(seed)
    positive = np.arange(n) % 2 == 1
    x = rng.normal(size=(n, p)) + positive[:, None] * rng.normal(size=p)
    if tied:
        x = np.round(x)
        x[:, -1] = x[:, 0]  # equal genes, and samples that lie on the margin together
    machine, left = Machine(x, positive, c), np.arange(p)
    for gene in rng.integers(0, 2**31, p - 2):
        place = gene % len(left)
        machine.eliminate(int(place))
        left[place] = left[-1]
        left = left[:-1]
    signs = np.where(positive, 1.0, -1.0)
    ones = np.column_stack([np.ones(n), x[:, left]])
    w = np.r_[machine.intercept, machine.weights]
    slope = w - 2 * c * ((signs * np.maximum(1 - signs * (ones @ w), 0)) @ ones)
    scale = 2 * c * np.abs(signs @ np.column_stack([np.ones(n), x])).max() + 1
    assert np.abs(slope).max() <= 1e-6 * scale


def test_classes_that_can_be_told_apart_and_constant_genes_are_no_problem() -> None:
    x, y = make_classification(50, 30, n_informative=8, class_sep=6, random_state=3)
    x[:, 4] = 0.0
    ranking = GramRFE(1, 1.0, "squared_hinge").fit(x, y).ranking_
    assert ranking[4] == 30
