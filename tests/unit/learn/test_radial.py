"""The radial machine equals scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import parametrize_with_checks

from genereport.learn.calibration import Calibrated
from genereport.learn.estimators import dump_estimator, load_estimator
from genereport.learn.radial import RadialSVC


@parametrize_with_checks([RadialSVC()])
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
    assert (ours.predict(x) == stock.predict(x)).mean() > 0.97
    np.testing.assert_allclose(ours._gamma, stock._gamma)


def test_the_machine_can_be_stored() -> None:
    x, y = _samples(60, 2)
    model = Calibrated(RadialSVC()).fit(x, y)
    loaded = load_estimator("svm.skops", dump_estimator(model))
    np.testing.assert_array_equal(loaded.predict_proba(x), model.predict_proba(x))
