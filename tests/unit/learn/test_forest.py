"""The fast forest is scikit-learn's forest."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier

from genereport.learn.forest import Forest


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("weights", [None, "balanced"])
@pytest.mark.parametrize(("n", "p"), [(30, 50), (62, 2000)])
def test_trees_probabilities_and_importances_equal_scikit_learns(
    classes: int, weights: str | None, n: int, p: int
) -> None:
    x, y = make_classification(n, p, n_informative=6, n_classes=classes, random_state=p)
    y[: n // 4] = 0
    names = np.array(["ant", "bee", "cat"])[y]
    ours = Forest(40, weights, random_state=7).fit(x, names)
    theirs = RandomForestClassifier(40, class_weight=weights, random_state=7).fit(x, names)
    np.testing.assert_array_equal(ours.predict_proba(x), theirs.predict_proba(x))
    np.testing.assert_array_equal(ours.predict(x), theirs.predict(x))
    np.testing.assert_array_equal(ours.feature_importances_, theirs.feature_importances_)
    for mine, other in zip(ours.estimators_, theirs.estimators_, strict=True):
        np.testing.assert_array_equal(mine.tree_.threshold, other.tree_.threshold)
        np.testing.assert_array_equal(mine.tree_.feature, other.tree_.feature)


def test_it_comes_back_equal_from_its_stored_state() -> None:
    x, y = make_classification(30, 20, random_state=1)
    forest = Forest(25, random_state=3).fit(x, y)
    again = copy.deepcopy(forest)
    np.testing.assert_array_equal(again.predict_proba(x), forest.predict_proba(x))
    np.testing.assert_array_equal(again.feature_importances_, forest.feature_importances_)
    assert copy.deepcopy(Forest(25)).n_estimators == 25


@pytest.mark.parametrize(("column", "value"), [("left_child", 10**6), ("right_child", 0), ("feature", 20)])
def test_trees_that_would_read_beyond_their_arrays_are_refused(column: str, value: int) -> None:
    x, y = make_classification(30, 20, random_state=1)
    state = Forest(5, random_state=3).fit(x, y).__getstate__()
    state["nodes_"][column][0] = value
    with pytest.raises(ValueError, match="a tree"):
        Forest().__setstate__(state)


def test_it_refuses_what_scikit_learn_refuses() -> None:
    with pytest.raises(ValueError, match="NaN"):
        Forest(10).fit(np.full((4, 2), np.nan), [0, 0, 1, 1])
