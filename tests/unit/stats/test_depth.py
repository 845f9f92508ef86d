"""Thinned counts are those of shallower samples, and a sample is thinned alike wherever it occurs."""

from __future__ import annotations

import numpy as np
import pytest

from genereport.learn.libraries import fit_depth
from genereport.stats.depth import common_depth, compare_depths, thin_counts


def drawn(seed: int, depth: float, samples: int = 400) -> np.ndarray:
    rng = np.random.default_rng(seed)
    mean = depth * np.array([0.5, 2.0, 10.0, 50.0, 400.0])
    return rng.poisson(rng.gamma(5, mean / 5, (samples, 5))).astype(float)


def test_thinned_counts_have_mean_and_variance_of_shallower_samples() -> None:
    # The depth of a sample must not depend on the genes that are looked at, so many other genes make up most of it.
    other = np.full((400, 1), 1e6)
    deep = np.hstack([drawn(1, 4.0), 4 * other])
    thinned, shallow = thin_counts(deep, 1e6)[:, :5], drawn(2, 1.0)
    error = np.sqrt(shallow.var(axis=0) * 2 / 400)
    assert (np.abs(thinned.mean(axis=0) - shallow.mean(axis=0)) < 4 * error).all()
    np.testing.assert_allclose(thinned.std(axis=0), shallow.std(axis=0), rtol=0.2)
    assert np.mean(thinned[:, 0] == 0) == pytest.approx(np.mean(shallow[:, 0] == 0), abs=0.1)


def test_a_sample_is_thinned_alike_alone_and_shallow_samples_stay() -> None:
    counts = drawn(3, 1.0, 6)
    thinned = thin_counts(counts, 300.0)
    np.testing.assert_array_equal(thinned[[4]], thin_counts(counts[[4]], 300.0))
    shallow = counts.sum(axis=1) <= 300
    np.testing.assert_array_equal(thinned[shallow], counts[shallow])
    assert (thinned <= counts).all()


def test_fractions_and_missing_counts() -> None:
    counts = np.array([[100.5, 99.5, np.nan, 0.0]])
    thinned = thin_counts(counts, 50.0)
    assert np.isnan(thinned[0, 2])
    np.testing.assert_allclose(np.mod(thinned[0, :2], 1), 0.125)
    assert thinned[0, 3] == 0


def test_depth_goes_with_the_class_only_if_the_classes_differ_clearly() -> None:
    codes = np.repeat([0, 1], 10)
    rng = np.random.default_rng(4)
    alike = rng.uniform(0.7, 1.4, 20)
    assert not compare_depths(alike, codes).differ
    assert compare_depths(np.where(codes == 1, 2, 1) * alike, codes).differ
    assert not compare_depths(np.where(codes == 1, 1.2, 1) + 0.01 * alike, codes).differ  # apart, but by 20 % only
    assert not compare_depths(alike, np.zeros(20, dtype=np.intp)).differ
    assert not compare_depths(np.ones(20), codes).differ


def test_one_failed_library_does_not_take_the_counts_of_the_others() -> None:
    depth = np.array([3.0, 90.0, 100.0, 110.0, 300.0, 320.0, 340.0, 5.0])
    assert common_depth(depth, np.repeat([0, 1], 4)) == 90.0


@pytest.mark.parametrize(
    ("rule", "factor", "thinned"), [("none", 4, 0), ("auto", 4, 1), ("auto", 1, 0), ("always", 1, 1)]
)
def test_when_counts_are_thinned(rule: str, factor: int, thinned: int) -> None:
    counts = drawn(5, 1.0, 12)
    counts[6:] *= factor
    depth = fit_depth(counts, np.repeat([0, 1], 6), rule)
    assert depth == thinned * common_depth(counts.sum(axis=1), np.repeat([0, 1], 6))
