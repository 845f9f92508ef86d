"""The list of classifiers, and how one's own joins it."""

from __future__ import annotations

import pickle
from importlib import metadata
from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from genereport.errors import SettingsError
from genereport.learn import models
from genereport.learn.models import (
    CLASSIFIERS,
    NETWORK_KEYS,
    Classifier,
    distinct,
    installed_models,
    own_model,
    preference,
)
from genereport.settings import ModelSettings
from genereport.types import FLOOR

CODES = np.arange(24) % 2
X = np.random.default_rng(1).normal(size=(24, 6)) + CODES[:, None]


@pytest.mark.parametrize("classifier", CLASSIFIERS, ids=lambda c: c.name)
@pytest.mark.parametrize("weights", ["none", "balanced"])
@pytest.mark.parametrize("classes", [2, 3])
def test_each_gives_probabilities(classifier: Classifier, weights: str, classes: int) -> None:
    settings = ModelSettings(trees=10, class_weight=weights)
    codes = np.arange(24) % classes
    fitted = classifier.build(settings, codes, 3).fit(X, codes)
    probabilities = fitted.predict_proba(X)
    assert probabilities.shape == (24, classes)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


def test_simpler_models_are_preferred_and_the_floor_is_never_named() -> None:
    order = preference((*CLASSIFIERS, own_model("mine", LinearSVC())))
    assert order[0] == ("shrunken_centroids", "selected")
    assert order[-1] == ("mine", "selected")
    assert FLOOR not in order


def test_ones_own_is_cloned_and_seeded() -> None:
    theirs = ExtraTreesClassifier(5)
    own = own_model("extra_trees", theirs)
    first, second = (own.build(ModelSettings(), CODES, seed) for seed in (1, 2))
    assert (first.random_state, second.random_state) == (1, 2)
    assert theirs.random_state is None


def test_every_part_of_ones_own_is_seeded_and_it_travels_to_processes() -> None:
    own = own_model("nested", make_pipeline(PCA(3, svd_solver="randomized"), ExtraTreesClassifier(5)))
    first = pickle.loads(pickle.dumps(own)).build(ModelSettings(), CODES, 4).fit(X, CODES)  # noqa: S301
    assert {first[0].random_state, first[1].random_state} == {4}
    again = own.build(ModelSettings(), CODES, 4).fit(X, CODES)
    np.testing.assert_array_equal(again.predict_proba(X), first.predict_proba(X))


def test_a_model_that_is_left_out_of_the_comparison_cannot_be_named() -> None:
    few = tuple(classifier for classifier in CLASSIFIERS if classifier.name == "svm_rbf")
    assert preference(few) == (("svm_rbf", "selected"), *NETWORK_KEYS)


def test_scores_without_probabilities_are_calibrated() -> None:
    fitted = own_model("linear_svm", LinearSVC()).build(ModelSettings(), CODES, 1).fit(X, CODES)
    assert fitted.predict_proba(X).shape == (24, 2)


@pytest.mark.parametrize(
    ("name", "estimator", "features"),
    [
        ("ridge", Ridge(), ("selected",)),
        ("Has Blanks", LinearSVC(), ("selected",)),
        ("svm_rbf", LinearSVC(), ("selected",)),
        ("mlp_selected", LinearSVC(), ("selected",)),
        ("mine", LinearSVC(), ("components",)),
        ("mine", LinearSVC(), ()),
    ],
)
def test_what_cannot_join_is_refused(name: str, estimator: Any, features: tuple[str, ...]) -> None:
    with pytest.raises(SettingsError, match="GR006"):
        own_model(name, estimator, features)


def test_a_name_joins_once() -> None:
    with pytest.raises(SettingsError, match="Another model has this name"):
        distinct((*CLASSIFIERS, own_model("mine", LinearSVC()), own_model("mine", LinearSVC())))


def neighbours() -> KNeighborsClassifier:
    return KNeighborsClassifier(3)


def test_installed_packages_offer_models_by_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = metadata.EntryPoint("neighbours", "tests.unit.learn.test_models:neighbours", models.ENTRY_POINTS)
    monkeypatch.setattr(models.metadata, "entry_points", lambda group: [entry] if group == models.ENTRY_POINTS else [])
    (found,) = installed_models()
    assert found.name == "neighbours"
    assert isinstance(found.build(ModelSettings(), CODES, 1), KNeighborsClassifier)
