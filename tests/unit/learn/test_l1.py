"""L1-penalised logistic regression against R's glmnet, and the conditions that every minimum meets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import check_estimator

from genereport.learn.l1 import L1LogisticRegression

REFERENCE = Path(__file__).parents[2] / "reference"
CASES = [
    (case, C, weight)
    for case in ("two", "noise", "three", "four")
    for C in (0.3, 1.0, 5.0)
    for weight in ("none", "balanced")
]

# Rscript tests/reference/lasso.R ../shared/cohorts/khan/expression.tsv ../shared/cohorts/khan/samples.tsv
KHAN_LABELS = "111111111111111111111113333333333333333333323222212222300000000"
KHAN_LOSS = 0.139027953979


def draw(seed: int, classes: int, genes: int = 60, effect: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = np.arange(24) % classes
    x = rng.normal(size=(24, genes))
    x[:, :5] += effect * rng.normal(size=(classes, 5))[y]
    return x, y


@pytest.mark.parametrize(("case", "C", "weight"), CASES)
def test_coefficients_are_those_of_glmnet(case: str, C: float, weight: str) -> None:
    # glmnet stops at a relative change of 1e-14 of the deviance; the digits of the coefficients are about half as many.
    samples = pd.read_csv(REFERENCE / "lasso_samples.csv").query("case == @case")
    listed = pd.read_csv(REFERENCE / "lasso.csv").query("case == @case and C == @C and weight == @weight")
    x, y = samples.filter(regex=r"^g\d").to_numpy(), samples["class"].to_numpy()
    fitted = L1LogisticRegression(C, None if weight == "none" else weight).fit(x, y)
    expected = listed.pivot_table(index="class", columns="gene", values="value").reindex(columns=range(41)).fillna(0)
    assert list(expected.index) == list(fitted.classes_[-len(expected) :])
    np.testing.assert_allclose(fitted.coef_, expected.iloc[:, 1:], atol=1e-5)
    intercepts = expected[0] - (expected[0].mean() if len(expected) > 1 else 0)
    np.testing.assert_allclose(fitted.intercept_, intercepts, atol=1e-5)


def test_labels_of_a_real_cohort_are_those_of_a_converged_glmnet(shared_cohorts: Path) -> None:
    samples = pd.read_csv(shared_cohorts / "khan" / "samples.tsv", sep="\t", index_col=0)
    x = pd.read_csv(shared_cohorts / "khan" / "expression.tsv", sep="\t", index_col=0).T.loc[samples.index].to_numpy()
    labels, codes = np.unique(samples["class"], return_inverse=True)
    found = np.empty((len(x), len(labels)))
    for fold in range(5):
        held = np.arange(len(x)) % 5 == fold
        scaled = (x - x[~held].mean(axis=0)) / x[~held].std(axis=0)
        found[held] = L1LogisticRegression().fit(scaled[~held], codes[~held]).predict_proba(scaled[held])
    assert "".join(map(str, found.argmax(axis=1))) == KHAN_LABELS
    assert -np.log(found[np.arange(len(x)), codes]).mean() == pytest.approx(KHAN_LOSS, rel=1e-5)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    classes=st.integers(2, 4),
    C=st.floats(0.02, 20),
    genes=st.sampled_from([1, 8, 60, 300]),
    effect=st.sampled_from([0.0, 1.0, 4.0]),
    weight=st.sampled_from([None, "balanced"]),
)
def test_the_minimum_meets_its_conditions(
    seed: int, classes: int, C: float, genes: int, effect: float, weight: str | None
) -> None:
    x, y = draw(seed, classes, max(genes, 5), effect)
    x, y = x[:-3, :genes], y[:-3]
    fitted = L1LogisticRegression(C, weight).fit(x, y)
    assert fitted.gap_ <= 1e-8
    sizes = np.bincount(y)
    weights = (len(y) / (classes * sizes))[y] if weight else np.ones(len(y))
    residuals = weights[:, None] * (np.eye(classes)[y] - fitted.predict_proba(x))
    residuals = residuals[:, -len(fitted.coef_) :]
    # The gap bounds how far these can be off by its square root alone.
    near = 1e-3 * max(1, 1 / C)
    np.testing.assert_allclose(residuals.sum(axis=0), 0, atol=near)  # the intercepts are not penalised
    gradient = C * (residuals.T @ x)
    assert (np.abs(gradient) <= 1 + near * C).all()
    used = np.abs(fitted.coef_) > 1e-3
    if classes == 2:
        np.testing.assert_allclose(gradient[used], np.sign(fitted.coef_[used]), atol=near * C + 1e-2)


@pytest.mark.parametrize("classes", [2, 3])
def test_one_gene_without_a_penalty_to_speak_of_is_plain_logistic_regression(classes: int) -> None:
    x, y = draw(3, classes, genes=5, effect=0.3)
    ours = L1LogisticRegression(C=1e5).fit(x[:, :2], y)
    plain = LogisticRegression(C=np.inf, tol=1e-10, max_iter=10_000).fit(x[:, :2], y)
    np.testing.assert_allclose(ours.predict_proba(x[:, :2]), plain.predict_proba(x[:, :2]), atol=1e-4)


def test_a_strong_penalty_leaves_the_shares_of_the_classes() -> None:
    x, y = draw(1, 3)
    fitted = L1LogisticRegression(C=1e-6).fit(x[:-4], y[:-4])
    assert not fitted.coef_.any()
    np.testing.assert_allclose(fitted.predict_proba(x[:1]), [np.bincount(y[:-4]) / 20])


def test_the_place_of_the_intercept_does_not_matter() -> None:
    x, y = draw(2, 2)
    one, other = L1LogisticRegression().fit(x, y), L1LogisticRegression().fit(x + 3, y)
    np.testing.assert_allclose(one.predict_proba(x), other.predict_proba(x + 3), atol=1e-4)


def test_classes_that_one_gene_separates_and_genes_that_are_copies_end_too() -> None:
    y = np.repeat([0, 1], 8)
    x = np.column_stack([np.where(y, 5.0, -5.0), np.where(y, 5.0, -5.0), np.zeros(16)])
    fitted = L1LogisticRegression(C=1000).fit(x, y)
    assert fitted.gap_ <= 1e-8
    assert (fitted.predict(x) == y).all()
    assert fitted.coef_[0, 2] == 0


def test_it_is_an_estimator_of_scikit_learn() -> None:
    check_estimator(L1LogisticRegression())


def test_few_samples_that_are_told_apart_at_once_do_not_carry_it_away() -> None:
    """The loss is flat far away from where the classes are told apart: a step that leads there must not be taken."""
    for seed in range(120):
        x, y = draw(seed, 2 + seed % 2, genes=30, effect=6.0)
        rows = np.r_[0 : 8 + seed % 8]
        assert L1LogisticRegression(C=10).fit(x[rows], y[rows]).gap_ <= 1e-8
