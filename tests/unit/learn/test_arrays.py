"""Arrays come to one scale without that the floor, or genes that differ, make other genes differ."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genereport.learn.arrays import ArrayRule, Scaling, expressed_genes, fewest_expressed, fit_arrays
from genereport.stats.ttests import welch_t

FLOOR = float(np.log2(100))
N = 20


def floored(seed: int, brighter: float = 0.0, different: int = 0, genes: int = 1000) -> tuple[np.ndarray, np.ndarray]:
    """Logarithms of floored intensities of two classes, and the classes; the first genes are 4 times higher in one.

    Args:
        seed: Of the draws.
        brighter: How much brighter the arrays of the second class are, log2.
        different: Genes that differ.
        genes: In all.
    """
    rng = np.random.default_rng(seed)
    codes = np.repeat([0, 1], N)
    signal = rng.normal(7.5, 2, genes) + rng.normal(0, 0.4, (2 * N, genes))
    signal[:, :different] += 2 * codes[:, None]
    bright = rng.normal(0, 0.3, 2 * N) + brighter * codes
    raw = 2 ** (signal + bright[:, None]) + rng.normal(20, 30, signal.shape)
    return np.log2(np.clip(raw, 100, 16_000)), codes


def share_below(values: np.ndarray, codes: np.ndarray, alpha: float = 0.05) -> float:
    p = welch_t(values, codes).p
    return float(np.mean(p[~np.isnan(p)] < alpha))


def test_fewest_expressed_follows_filter_by_expr() -> None:
    # edgeR::filterByExpr: MinSampleSize + tol, of n > 10: 10 + (n - 10) * 0.7
    sizes = [(3, 3, 3), (11, 27, 11), (10, 10, 10), (20, 30, 17), (1, 5, 1)]
    for smallest, other, expected in sizes:
        codes = np.repeat([0, 1], [smallest, other])
        assert fewest_expressed(codes) == expected
        assert fewest_expressed(1 - codes) == expected


def test_a_brighter_class_makes_no_gene_significant_through_the_floor() -> None:
    rule = ArrayRule("stable_genes", "above_floor", FLOOR)
    naive, honest = [], []
    for seed in range(4):
        logged, codes = floored(seed, brighter=1.0)
        arrays = fit_arrays(logged, codes, rule)
        honest.append(share_below(arrays.scaled(logged)[:, arrays.expressed], codes))
        spread = logged.std(axis=1, keepdims=True)
        naive.append(share_below((logged - logged.mean(axis=1, keepdims=True)) / spread, codes))
    assert np.mean(naive) > 0.3
    assert np.mean(honest) < 0.08


def test_genes_that_differ_hand_nothing_on_to_the_others() -> None:
    logged, codes = floored(1, different=100)
    for scaling, low, high in (("stable_genes", 0.0, 0.08), ("standardise", 0.2, 1.0)):
        arrays = fit_arrays(logged, codes, ArrayRule(scaling, "above_floor", FLOOR))  # type: ignore[arg-type]
        others = arrays.expressed[arrays.expressed >= 100]
        assert low <= share_below(arrays.scaled(logged)[:, others], codes) <= high


def test_a_gene_at_the_floor_is_the_same_in_all_arrays() -> None:
    logged, codes = floored(2, brighter=0.7)
    for scaling in ("stable_genes", "standardise", "quantile"):
        arrays = fit_arrays(logged, codes, ArrayRule(scaling, "above_floor", FLOOR))  # type: ignore[arg-type]
        scaled = arrays.scaled(logged)
        assert np.nanmin(scaled) == arrays.floor
        assert len(np.unique(scaled[logged <= FLOOR][~np.isnan(scaled[logged <= FLOOR])])) == 1
        kept = np.count_nonzero(scaled > arrays.floor + 1e-9, axis=0)
        assert (kept[arrays.expressed] >= fewest_expressed(codes)).all()


def test_one_dark_array_does_not_raise_the_floor_of_all() -> None:
    logged, codes = floored(6)
    rule = ArrayRule("stable_genes", "above_floor", FLOOR)
    before = fit_arrays(logged, codes, rule)
    logged[7] = np.maximum(logged[7] - 4, FLOOR)
    after = fit_arrays(logged, codes, rule)
    assert after.floor == pytest.approx(before.floor, abs=0.2)
    assert len(after.expressed) > 0.9 * len(before.expressed)  # type: ignore[arg-type]


@given(st.integers(0, 2**32 - 1), st.sampled_from(["stable_genes", "standardise", "quantile"]))
def test_labels_and_other_arrays_have_no_part(seed: int, scaling: Scaling) -> None:
    logged, codes = floored(seed % 1000, genes=80)
    rule = ArrayRule(scaling, "above_floor", FLOOR)
    arrays = fit_arrays(logged, codes, rule)
    again = fit_arrays(logged, np.random.default_rng(seed).permutation(codes), rule)
    np.testing.assert_array_equal(arrays.expressed, again.expressed)
    scaled = arrays.scaled(logged)
    np.testing.assert_array_equal(scaled, again.scaled(logged))
    np.testing.assert_array_equal(arrays.scaled(logged[3:4]), scaled[3:4])


def test_a_constant_brightness_of_an_array_changes_nothing_where_there_is_no_floor() -> None:
    rng = np.random.default_rng(5)
    logged, codes = rng.normal(8, 1, (12, 300)), np.repeat([0, 1], 6)
    arrays = fit_arrays(logged, codes, ArrayRule("stable_genes"))
    moved = arrays.scaled(logged + rng.normal(0, 3, (12, 1)))
    np.testing.assert_allclose(moved, arrays.scaled(logged), atol=1e-9)


def test_where_no_gene_passes_every_gene_that_varies_counts() -> None:
    logged = np.full((6, 4), FLOOR)
    logged[0, :3] = FLOOR + 1
    codes = np.repeat([0, 1], 3)
    rule = ArrayRule("none", "above_floor", FLOOR)
    arrays = fit_arrays(logged, codes, rule)
    assert expressed_genes(logged, arrays._replace(expressed=None), codes, rule).tolist() == []  # type: ignore[union-attr]
    assert arrays.expressed.tolist() == [0, 1, 2]  # type: ignore[union-attr]


def test_missing_values_are_passed_over() -> None:
    logged, codes = floored(3, genes=200)
    logged[::3, ::5] = np.nan
    for scaling in ("stable_genes", "standardise", "quantile"):
        arrays = fit_arrays(logged, codes, ArrayRule(scaling, "above_floor", FLOOR))  # type: ignore[arg-type]
        scaled = arrays.scaled(logged)
        np.testing.assert_array_equal(np.isnan(scaled[:, arrays.expressed]), np.isnan(logged[:, arrays.expressed]))


@pytest.mark.parametrize("scaling", ["none", "stable_genes"])
def test_no_samples_are_no_trouble(scaling: Scaling) -> None:
    logged, codes = floored(4, genes=50)
    assert fit_arrays(logged, codes, ArrayRule(scaling)).scaled(logged[:0]).shape == (0, 50)
