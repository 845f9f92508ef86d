"""Elimination in Gram space ranks as scikit-learn's does."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import make_classification
from sklearn.feature_selection import RFE
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import parametrize_with_checks

from genereport.learn.filters import VarianceFilter, WelchFilter
from genereport.learn.rfe import GramRFE
from genereport.stats.ttests import welch_t


@parametrize_with_checks([GramRFE(), WelchFilter(), VarianceFilter()])
def test_scikit_learn_conventions(estimator, check) -> None:  # type: ignore[no-untyped-def]
    check(estimator)


@pytest.mark.parametrize("classes", [2, 3, 4])
@pytest.mark.parametrize(("n", "p"), [(30, 200), (60, 20)])
@pytest.mark.parametrize("c", [0.01, 1.0])
def test_the_whole_path_equals_scikit_learns(classes: int, n: int, p: int, c: float) -> None:
    x, y = make_classification(
        n, p, n_informative=8, n_redundant=0, n_classes=classes, n_clusters_per_class=1, random_state=classes * n
    )
    oracle = RFE(SVC(kernel="linear", C=c), n_features_to_select=1, step=1).fit(x, y)
    np.testing.assert_array_equal(GramRFE(1, C=c).fit(x, y).ranking_, oracle.ranking_)


def test_any_number_of_features_is_read_off_the_same_path() -> None:
    x, y = make_classification(40, 100, n_informative=8, random_state=1)
    fits = [GramRFE(k).fit(x, y) for k in (5, 20)]
    np.testing.assert_array_equal(fits[0].ranking_, fits[1].ranking_)
    assert [fit.get_support().sum() for fit in fits] == [5, 20]
    assert (fits[1].get_support() >= fits[0].get_support()).all()


def test_class_names_and_order_do_not_matter() -> None:
    x, y = make_classification(40, 100, n_informative=8, random_state=2)
    named = np.where(y == 0, "zebra", "ant")
    np.testing.assert_array_equal(GramRFE(1).fit(x, y).ranking_, GramRFE(1).fit(x, named).ranking_)


def test_variance_filter_drops_the_flattest_share_and_every_constant() -> None:
    x = np.random.default_rng(0).normal(size=(20, 10)) * np.r_[np.zeros(3), np.arange(1, 8)]
    np.testing.assert_array_equal(VarianceFilter(0.5).fit(x).get_support(), np.arange(10) >= 5)
    np.testing.assert_array_equal(VarianceFilter(0.0).fit(x).get_support(), np.arange(10) >= 3)


@pytest.mark.parametrize("classes", [2, 3])
def test_welch_filter_ranks_what_is_constant_in_a_class_by_the_test_that_there_is(classes: int) -> None:
    x, y = np.random.default_rng(2).normal(size=(18, 60)), np.arange(18) % classes
    x[:, 7] = 0.1 + 2.3 * y  # nothing varies within the classes
    x[:, 8] += 5 * y
    x[y == 0, 8] = -0.7
    x[:, 9] = 4.2
    fitted = WelchFilter(2).fit(x, y)
    assert np.flatnonzero(fitted.get_support()).tolist() == [7, 8]
    assert fitted.pvalues_[7] == 0
    groups = [x[y == number, 8] for number in range(classes)]
    expected = stats.ttest_ind(*groups, equal_var=False) if classes == 2 else stats.f_oneway(*groups)
    assert fitted.pvalues_[8] == pytest.approx(expected.pvalue, rel=1e-10)
    assert np.isnan(fitted.pvalues_[9])


def test_welch_filter_keeps_the_smallest_p_values_and_prefers_any_to_none() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(20, 30)), np.repeat([0, 1], 10)
    x[:, 4] = 1.0  # constant: no p-value
    fitted = WelchFilter(5).fit(x, y)
    expected = np.argsort(np.where(np.isnan(p := welch_t(x, y).p), 2, p))[:5]
    np.testing.assert_array_equal(np.flatnonzero(fitted.get_support()), np.sort(expected))
    assert np.isnan(fitted.pvalues_[4])
    assert not WelchFilter(29).fit(x, y).get_support()[4]
