"""The radial machine equals scikit-learn's, and its approximation comes close."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import parametrize_with_checks

from genereport.learn.calibration import Calibrated
from genereport.learn.estimators import dump_estimator, load_estimator
from genereport.learn.radial import RadialSVC


@parametrize_with_checks([RadialSVC(), RadialSVC(exact=0, landmarks=50)])
def test_scikit_learn_conventions(estimator, check) -> None:  # type: ignore[no-untyped-def]
    check(estimator)


def _samples(n: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(classes)
    y = np.arange(n) % classes
    return rng.normal(size=(n, 8)) + 0.8 * np.eye(8)[y], y


@pytest.mark.parametrize("classes", [2, 3, 4])
@pytest.mark.parametrize("weight", [None, "balanced"])
def test_scores_equal_those_of_libsvm(classes: int, weight: str | None) -> None:
    x, y = _samples(150, classes)
    train = np.r_[20:150]
    ours = RadialSVC(C=2.0, class_weight=weight).fit(x[train], y[train])
    stock = SVC(C=2.0, class_weight=weight).fit(x[train], y[train])
    # libsvm's solver stops at a tolerance of 1e-3, where rounding of the kernel may decide.
    np.testing.assert_allclose(ours.decision_function(x), stock.decision_function(x), atol=2e-3)
    assert (ours.predict(x) == stock.predict(x)).mean() > 0.97 or classes > 2
    np.testing.assert_allclose(ours._gamma, stock._gamma)


@pytest.mark.parametrize("classes", [2, 3])
def test_the_approximation_predicts_about_as_well(classes: int) -> None:
    x, y = _samples(1200, classes)
    stock = SVC().fit(x[:800], y[:800]).predict(x[800:]) == y[800:]
    approximate = RadialSVC(exact=100, landmarks=200).fit(x[:800], y[:800]).predict(x[800:]) == y[800:]
    assert approximate.mean() > stock.mean() - 0.06


def test_both_kinds_can_be_stored() -> None:
    x, y = _samples(60, 2)
    for machine in (RadialSVC(), RadialSVC(exact=10, landmarks=20)):
        model = Calibrated(machine).fit(x, y)
        loaded = load_estimator("svm.skops", dump_estimator(model))
        np.testing.assert_array_equal(loaded.predict_proba(x), model.predict_proba(x))
