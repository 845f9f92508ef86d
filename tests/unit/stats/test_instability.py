"""Instability as Riley and Collins define it, and bootstrap samples that keep groups and classes."""

from __future__ import annotations

import numpy as np
import pytest

from genereport.stats.instability import bootstrap_rows, instability

ORIGINAL = np.array([0.9, 0.6, 0.2, 0.55])
BOOTSTRAP = np.array(
    [[0.8, 0.6, 0.3, 0.45], [1.0, 0.2, 0.1, 0.7], [0.95, 0.7, 0.6, 0.4], [0.7, 0.4, 0.0, 0.6], [0.9, 0.9, 0.2, 0.3]]
)


def test_the_measures_are_those_of_r() -> None:
    # R: p <- c(0.9, 0.6, 0.2, 0.55); B <- rbind(c(0.8, 0.6, 0.3, 0.45), c(1.0, 0.2, 0.1, 0.7),
    #      c(0.95, 0.7, 0.6, 0.40), c(0.7, 0.4, 0.0, 0.6), c(0.9, 0.9, 0.2, 0.3))
    #    colMeans(abs(sweep(B, 2, p))); rowMeans(abs(sweep(B, 2, p))); apply(B, 2, quantile, c(0.025, 0.5, 0.975))
    #    colMeans((B > 0.5) != rep(p > 0.5, each = 5))
    found = instability(ORIGINAL, BOOTSTRAP, ORIGINAL > 0.5, BOOTSTRAP > 0.5)
    assert found.error == pytest.approx([0.09, 0.2, 0.16, 0.14])
    assert found.by_model == pytest.approx([0.075, 0.1875, 0.175, 0.1625, 0.1375])
    assert found.changed == pytest.approx([0.0, 0.4, 0.2, 0.6])
    assert found.low == pytest.approx([0.71, 0.22, 0.01, 0.31])
    assert found.median == pytest.approx([0.9, 0.6, 0.2, 0.45])
    assert found.high == pytest.approx([0.995, 0.88, 0.57, 0.69])


def test_models_that_agree_are_stable() -> None:
    found = instability(ORIGINAL, np.tile(ORIGINAL, (3, 1)), ORIGINAL > 0.5, np.tile(ORIGINAL > 0.5, (3, 1)))
    assert not found.error.any()
    assert not found.changed.any()
    assert (found.low == found.high).all()


def test_every_class_keeps_three_different_samples() -> None:
    codes = np.repeat([0, 1, 2], [20, 4, 5])
    rng = np.random.default_rng(1)
    for _ in range(30):
        rows = bootstrap_rows(codes, None, rng)
        assert len(rows) == len(codes)
        assert all(len(set(rows[codes[rows] == code])) >= 3 for code in range(3))
    drawn = np.concatenate([bootstrap_rows(codes, None, rng) for _ in range(30)])
    assert set(drawn) == set(range(29))


def test_groups_are_drawn_whole() -> None:
    groups = np.repeat(np.arange(8), [3, 1, 2, 2, 4, 1, 2, 3])
    codes = (groups % 2).astype(np.intp)
    rows = bootstrap_rows(codes, groups, np.random.default_rng(3))
    times = np.bincount(rows, minlength=len(groups))
    for group in range(8):
        assert len(set(times[groups == group])) == 1
    assert sum(times[groups == group][0] for group in range(8)) == 8


def test_too_few_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="three different samples of each class"):
        bootstrap_rows(np.array([0, 0, 0, 1, 1]), None, np.random.default_rng(1))
