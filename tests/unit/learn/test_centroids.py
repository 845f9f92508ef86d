"""Nearest shrunken centroids against numbers worked by hand and R's pamr, and what must hold of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.utils.estimator_checks import check_estimator

from genereport.learn.centroids import ShrunkenCentroids

REFERENCE = Path(__file__).parents[2] / "reference"
GENES = [f"g{number}" for number in range(1, 16)]

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


def reference(name: str, **case: str) -> pd.DataFrame:
    table = pd.read_csv(REFERENCE / f"{name}.csv")
    return table[(table[list(case)] == pd.Series(case)).all(axis=1)]


def draw(seed: int, classes: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Thirty samples of twelve genes; the first class is twice as large, and each has a gene of its own."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.r_[np.arange(30 - 30 // (classes + 1)) % classes, np.zeros(30 // (classes + 1), dtype=int)])
    return rng.normal(8, rng.uniform(0.3, 2, size=12), size=(30, 12)) + 1.5 * np.eye(classes, 12)[y], y


def largest_distance(x: np.ndarray, y: np.ndarray) -> float:
    """The largest |d_ik|, one gene and one class at a time."""
    labels, sizes = np.unique(y, return_counts=True)
    parts = [x[y == label] for label in labels]
    s = np.sqrt(sum(((part - part.mean(axis=0)) ** 2).sum(axis=0) for part in parts) / (len(x) - len(labels)))
    return max(
        abs(part[:, i].mean() - x[:, i].mean()) / np.sqrt(1 / n - 1 / len(x)) / (s[i] + np.median(s))
        for part, n in zip(parts, sizes, strict=True)
        for i in range(x.shape[1])
    )


def test_two_classes_worked_by_hand() -> None:
    # Means 2, 6 and 8, 4; overall 4 and 6. Squares within 2 and 18, over n − k = 2: s 1 and 3, median s₀ = 2.
    x = np.array([[1.0, 5], [3, 11], [6, 4], [6, 4]])
    found = ShrunkenCentroids(threshold=1).fit(x, ["ill", "ill", "well", "well"])
    np.testing.assert_array_equal(found.classes_, ["ill", "well"])
    np.testing.assert_allclose(found.overall_, [4, 6])
    np.testing.assert_allclose(found.spread_, [1 + 2, 3 + 2])
    np.testing.assert_allclose(found.priors_, [0.5, 0.5])
    # m = √(1/2 − 1/4) = 1/2, so d = ∓2/(3/2) = ∓4/3 and ±2/(5/2) = ±4/5; less the threshold of 1: ∓1/3 and 0.
    np.testing.assert_allclose(found.centroids_, [[4 - 1.5 / 3, 6], [4 + 1.5 / 3, 6]])
    # At 5: δ = (1.5/3)² = 1/4 and (0.5/3)² = 1/36, and both have −2 log 1/2 and what the second gene adds.
    well = 1 / (1 + np.exp(-(1 / 4 - 1 / 36) / 2))
    np.testing.assert_allclose(found.predict_proba([[5, 100]]), [[1 - well, well]])
    assert found.predict([[5, 100]]) == ["well"]


@pytest.mark.parametrize(
    ("prior", "priors", "extra"),
    [
        ("training", [0.2, 0.2, 0.6], [3.2188758249, 3.2188758249, 1.0216512475]),  # −2 log π
        ("uniform", [1 / 3, 1 / 3, 1 / 3], [2.1972245773, 2.1972245773, 2.1972245773]),
    ],
)
def test_three_classes_worked_by_hand(prior: str, priors: list[float], extra: list[float]) -> None:
    x = np.array([[0.0, 2, 7], [10, 2, 7], [4, 0, 5], [5, 3, 7], [6, 6, 9]])
    found = ShrunkenCentroids(threshold=0.5, prior=prior).fit(x, [1, 2, 3, 3, 3])
    # Squares within 2, 18 and 8, over n − k = 2: s 1, 3 and 2, median s₀ = 2.
    np.testing.assert_allclose(found.overall_, [5, 2.6, 7])
    np.testing.assert_allclose(found.spread_, [3, 5, 4])
    np.testing.assert_allclose(found.priors_, priors)
    # m = √(1 − 1/5) = 0.8944271910 twice and √(1/3 − 1/5) = 0.3651483717. Gene 1: d = ∓5 / (0.8944271910 · 3) =
    # ∓1.8633899812, less 0.5 is ∓1.3633899812, times 2.6832815730 is ∓3.6583592135. Gene 2: d = −0.6 / 4.4721359550
    # = −0.1341640786 twice and 0.4 / 1.8257418584 = 0.2190890230: all within 0.5. Gene 3: all 0.
    near, far = 5 - 3.6583592135, 5 + 3.6583592135
    np.testing.assert_allclose(found.centroids_, [[near, 2.6, 7], [far, 2.6, 7], [5, 2.6, 7]], rtol=1e-9)
    # At 4: (4 − 1.3416407865)² / 9 = 0.7852081898, (4 − 8.6583592135)² / 9 = 2.4111456180, (4 − 5)² / 9.
    scores = np.array([0.7852081898, 2.4111456180, 0.1111111111]) + extra
    expected = np.exp(-scores / 2) / np.exp(-scores / 2).sum()
    np.testing.assert_allclose(found.predict_proba([[4, -3, 20]]), [expected], rtol=1e-8)


# R: pamr.train(list(x, y), prior), pamr.predict(type = "posterior") and "centroid". Largest deviation 2.7e-15.
@pytest.mark.parametrize("prior", ["training", "uniform"])
@pytest.mark.parametrize("case", ["two", "three", "four"])
def test_probabilities_and_centroids_equal_pamrs(case: str, prior: str) -> None:
    train, test = (reference("centroids_samples", case=case, role=role) for role in ("train", "test"))
    chances = reference("centroids_probabilities", case=case, prior=prior)
    centroids = reference("centroids", case=case)
    for threshold, part in chances.groupby("threshold"):
        found = ShrunkenCentroids(threshold, prior).fit(train[GENES].to_numpy(), train["class"].to_numpy(dtype=object))
        expected = part.pivot_table(index="sample", columns="class", values="probability")
        np.testing.assert_allclose(found.predict_proba(test[GENES].to_numpy()), expected, rtol=1e-10)
        learned = centroids[centroids["threshold"] == threshold]
        expected = learned.pivot_table(index="class", columns="gene", values="centroid")
        np.testing.assert_allclose(found.centroids_, expected, rtol=1e-12)
        np.testing.assert_allclose(found.spread_, learned.groupby("gene")["spread"].first(), rtol=1e-12)


@pytest.mark.parametrize("case", ["two", "three", "four"])
def test_largest_threshold_equals_pamrs(case: str) -> None:
    train = reference("centroids_samples", case=case, role="train")
    expected = reference("centroids", case=case)["threshold"].max()
    assert largest_distance(train[GENES].to_numpy(), train["class"].to_numpy()) == pytest.approx(expected, rel=1e-12)


@pytest.mark.filterwarnings("default::RuntimeWarning")
@pytest.mark.parametrize("threshold", [None, 0.0, 1.0])
def test_it_is_an_estimator_of_scikit_learn(threshold: float | None) -> None:
    check_estimator(ShrunkenCentroids(threshold))


@given(seed=st.integers(0, 10**6), classes=st.integers(2, 5))
def test_beyond_the_largest_distance_only_the_priors_count(seed: int, classes: int) -> None:
    x, y = draw(seed, classes)
    found = ShrunkenCentroids(largest_distance(x, y) * (1 + 1e-9)).fit(x, y)
    np.testing.assert_array_equal(found.centroids_, np.tile(found.overall_, (classes, 1)))
    np.testing.assert_allclose(found.priors_, np.bincount(y) / len(y))
    np.testing.assert_allclose(found.predict_proba(x), np.tile(found.priors_, (len(x), 1)), rtol=1e-12)


@given(seed=st.integers(0, 10**6), classes=st.integers(2, 5))
def test_unshrunken_centroids_are_the_class_means(seed: int, classes: int) -> None:
    x, y = draw(seed, classes)
    found = ShrunkenCentroids(threshold=0).fit(x, y)
    np.testing.assert_allclose(found.centroids_, pd.DataFrame(x).groupby(y).mean(), rtol=1e-12)


@given(seed=st.integers(0, 10**6))
def test_a_larger_threshold_leaves_fewer_genes_and_nearer_centroids(seed: int) -> None:
    x, y = draw(seed)
    fits = [ShrunkenCentroids(threshold).fit(x, y) for threshold in (0, 0.5, 1, 2, 4)]
    gaps = np.abs([found.centroids_ - found.overall_ for found in fits])
    assert (np.diff(gaps, axis=0) <= 1e-12).all()


@given(seed=st.integers(0, 10**6), classes=st.integers(2, 5), threshold=st.floats(0, 4))
def test_renamed_classes_permute_what_is_learned(seed: int, classes: int, threshold: float) -> None:
    x, y = draw(seed, classes)
    names = np.random.default_rng(seed).permutation(classes)
    plain, renamed = (ShrunkenCentroids(threshold).fit(x, labels) for labels in (y, names[y]))
    np.testing.assert_allclose(renamed.centroids_[names], plain.centroids_, rtol=1e-10)
    np.testing.assert_allclose(renamed.predict_proba(x)[:, names], plain.predict_proba(x), rtol=1e-8)


@given(seed=st.integers(0, 10**6))
def test_units_and_order_of_genes_do_not_matter(seed: int) -> None:
    x, y = draw(seed)
    order = np.random.default_rng(seed).permutation(12)
    plain, other = ShrunkenCentroids(1.0).fit(x, y), ShrunkenCentroids(1.0).fit(3 * x[:, order] - 7, y)
    np.testing.assert_allclose(other.centroids_, 3 * plain.centroids_[:, order] - 7, rtol=1e-9)
    np.testing.assert_allclose(other.predict_proba(3 * x[:, order] - 7), plain.predict_proba(x), rtol=1e-7)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_threshold_is_the_largest_with_the_fewest_errors(seed: int) -> None:
    x, y = draw(seed)
    found = ShrunkenCentroids(random_state=seed).fit(x, y)
    thresholds = np.linspace(0, largest_distance(x, y), 30)
    folds = StratifiedKFold(min(10, np.bincount(y).min()), shuffle=True, random_state=seed)
    errors = [np.sum(cross_val_predict(ShrunkenCentroids(value), x, y, cv=folds) != y) for value in thresholds]
    best = thresholds[np.flatnonzero(np.array(errors) == min(errors)).max()]
    assert found.threshold_ == pytest.approx(best, abs=1e-9)
    np.testing.assert_allclose(found.predict_proba(x), ShrunkenCentroids(best).fit(x, y).predict_proba(x), rtol=1e-9)


def test_same_seed_same_model() -> None:
    x, y = draw(4)
    first = ShrunkenCentroids(random_state=5).fit(x, y)
    np.testing.assert_array_equal(clone(first).fit(x, y).centroids_, first.centroids_)


def test_one_gene_that_tells_the_classes_apart_is_found_among_noise() -> None:
    rng = np.random.default_rng(9)
    x, y = rng.normal(size=(40, 200)), np.arange(40) % 2
    x[:, 17] += 10 * y
    found = ShrunkenCentroids().fit(x, y)
    np.testing.assert_array_equal(np.flatnonzero((found.centroids_ != found.overall_).any(axis=0)), [17])
    assert (found.predict(x) == y).all()


def test_a_class_of_one_sample_leaves_nothing_to_choose_from() -> None:
    x, y = draw(2)
    y[y == 2] = 0
    y[0] = 2
    assert ShrunkenCentroids().fit(x, y).threshold_ == 0


def test_genes_constant_within_the_classes_are_classified_all_the_same() -> None:
    x, y = np.repeat([[0.0, 1], [1, 1]], 3, axis=0), np.repeat([0, 1], 3)
    found = ShrunkenCentroids().fit(x, y)
    np.testing.assert_array_equal(found.spread_, [1, 1])
    np.testing.assert_array_equal(found.predict(x), y)


def test_one_class_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2 classes"):
        ShrunkenCentroids().fit(np.eye(3), [1, 1, 1])
