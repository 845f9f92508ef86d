"""Figures of merit agree with scikit-learn's, also under bootstrap weights."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as oracle

from genereport.learn.metrics import confusion, label_metrics, score_metrics


def draw(classes: int, n: int, seed: int, ties: bool = False) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.arange(n) % classes)
    raw = rng.gamma(1.0, size=(n, classes)) + 0.8 * np.eye(classes)[truth]
    shares = raw / raw.sum(axis=1, keepdims=True)
    return truth, np.round(shares, 1) if ties and classes == 2 else shares


@pytest.mark.parametrize("classes", [2, 4])
def test_label_metrics_equal_scikit_learns(classes: int) -> None:
    truth, shares = draw(classes, 40, seed=classes)
    predicted = shares.argmax(axis=1)
    average = {"average": "binary" if classes == 2 else "macro"}
    found = label_metrics(confusion(truth, predicted, classes))
    expected = {
        "accuracy": oracle.accuracy_score(truth, predicted),
        "balanced_accuracy": oracle.balanced_accuracy_score(truth, predicted),
        "f1": oracle.f1_score(truth, predicted, **average),
        "precision": oracle.precision_score(truth, predicted, **average),
        "recall": oracle.recall_score(truth, predicted, **average),
        "mcc": oracle.matthews_corrcoef(truth, predicted),
    }
    assert {name: float(found[name]) for name in expected} == pytest.approx(expected, rel=1e-12)
    if classes == 2:
        assert found["specificity"] == pytest.approx(oracle.recall_score(truth, predicted, pos_label=0))


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("ties", [False, True])
def test_score_metrics_equal_scikit_learns(classes: int, ties: bool) -> None:
    truth, shares = draw(classes, 50, seed=classes + 10, ties=ties)
    found = score_metrics(truth, shares)
    if classes == 2:
        expected = (
            oracle.roc_auc_score(truth, shares[:, 1]),
            oracle.average_precision_score(truth, shares[:, 1]),
            oracle.brier_score_loss(truth, shares[:, 1]),
        )
    else:
        onehot = np.eye(classes)[truth]
        expected = (
            oracle.roc_auc_score(truth, shares, multi_class="ovr"),
            oracle.average_precision_score(onehot, shares, average="macro"),
            ((onehot - shares) ** 2).sum(axis=1).mean(),
        )
    assert [float(found[name]) for name in ("roc_auc", "average_precision", "brier")] == pytest.approx(
        expected, rel=1e-12
    )


@given(st.integers(0, 10_000))
def test_a_weight_counts_a_sample_that_often(seed: int) -> None:
    truth, shares = draw(2, 25, seed, ties=True)
    counts = np.random.default_rng(seed).integers(0, 4, 25).astype(float)
    counts[[np.flatnonzero(truth == 0)[0], np.flatnonzero(truth == 1)[0]]] += 1
    rows = np.repeat(np.arange(25), counts.astype(int))
    weighted = score_metrics(truth, shares, np.stack([counts, np.ones(25)]))
    repeated = score_metrics(truth[rows], shares[rows])
    assert {name: value[0] for name, value in weighted.items()} == pytest.approx(
        {name: float(value) for name, value in repeated.items()}, rel=1e-12
    )


def test_what_is_undefined_is_missing_not_zero() -> None:
    always_reference = label_metrics(confusion(np.array([0, 0, 1]), np.array([0, 0, 0]), 2))
    assert np.isnan(always_reference["precision"])
    assert (always_reference["f1"], always_reference["mcc"], always_reference["recall"]) == (0, 0, 0)
    assert np.isnan(score_metrics(np.array([1, 1]), np.array([[0.2, 0.8], [0.4, 0.6]]))["roc_auc"])
