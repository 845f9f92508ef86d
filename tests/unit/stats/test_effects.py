"""Hedges' g against R's pt, metafor and simulation, and the symmetries it must have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from genereport.stats.effects import Standardised, hedges_g
from genereport.stats.moments import Moments, group_moments
from genereport.types import Array

REFERENCE = Path(__file__).parents[2] / "reference"

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


@pytest.fixture(scope="module")
def expected() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "effects_hedges.csv")


@pytest.fixture(scope="module")
def found() -> Standardised:
    table = pd.read_csv(REFERENCE / "effects_expression.csv")
    return hedges_g(group_moments(table.filter(regex="^g").to_numpy(dtype=float), table["two"].to_numpy(), 2))


def draw(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Twelve samples of nine genes in two groups, a few values missing."""
    rng = np.random.default_rng(seed)
    x = rng.normal(8, rng.uniform(0.5, 3, size=9), size=(12, 9))
    x[rng.random(x.shape) < 0.05] = np.nan
    return x, np.arange(12) % 2


def standardised(x: np.ndarray, codes: np.ndarray, confidence: float = 0.95) -> np.ndarray:
    return np.stack(hedges_g(group_moments(x, codes, 2), confidence))


def noncentralities(t: Array, df: Array, confidence: float = 0.95) -> tuple[Array, Array]:
    """The limits that belong to observed t, on the scale of the noncentrality."""
    n = np.stack([(df + 2) // 2, df + 2 - (df + 2) // 2])
    root = np.sqrt(n.prod(axis=0) / n.sum(axis=0))
    limits = hedges_g(Moments(n, np.stack([0 * t, t / root]), np.ones_like(n)), confidence)
    return limits.ci_low * root, limits.ci_high * root


# R: the formula, and metafor's escalc(measure = "SMD"). Largest deviations 1.1e-15 and 6.5e-15.
@pytest.mark.parametrize("column", ["g", "metafor_g"])
def test_g_equals_rs(found: Standardised, expected: pd.DataFrame, column: str) -> None:
    np.testing.assert_allclose(found.g, expected[column], rtol=1e-13)


# R: uniroot(function(ncp) pt(t, df, ncp) - goal). Largest deviation 2.4e-11: pt stops at an error of 1e-12.
def test_interval_equals_rs(found: Standardised, expected: pd.DataFrame) -> None:
    usual = ~(expected["t"].abs() > 1000)
    assert (~usual).sum() == 1
    for limit, column in ((found.ci_low, "low"), (found.ci_high, "high")):
        np.testing.assert_allclose(limit[usual], expected.loc[usual, column], rtol=1e-10)
        np.testing.assert_allclose(limit[~usual], expected.loc[~usual, column], rtol=1e-6)  # see effects._FAR


def test_limits_equal_rs_for_any_t_and_df() -> None:
    # R: as above, |t| up to 300; beyond 37, where pt stops, a sum. Largest deviations 1.7e-11, and 5e-14 from the sum.
    table = pd.read_csv(REFERENCE / "effects_limits.csv")
    low, high = noncentralities(table["t"].to_numpy(dtype=float), table["df"].to_numpy(dtype=float))
    np.testing.assert_allclose(low, table["low"], rtol=1e-10, atol=1e-11)
    np.testing.assert_allclose(high, table["high"], rtol=1e-10, atol=1e-11)
    far = table["t"].abs() > 37
    assert far.sum() == 14
    np.testing.assert_allclose(np.stack([low, high])[:, far], table.loc[far, ["low", "high"]].T, rtol=1e-12)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.99, 0.9999, 0.999999])
def test_limits_of_any_confidence_leave_out_their_share(confidence: float) -> None:
    t, df = (grid.ravel() for grid in np.meshgrid(np.r_[-999, -30, -3, -1e-6, 0, 2, 70, 400], [2.0, 3, 8, 60, 4000]))
    low, high = noncentralities(t, df, confidence)
    tail = (1 - confidence) / 2
    np.testing.assert_allclose(stats.nct.cdf(t, df, high), tail, rtol=1e-8)
    np.testing.assert_allclose(stats.nct.cdf(-t, df, -low), tail, rtol=1e-8)


def test_limits_go_on_where_the_approximation_takes_over() -> None:
    df = np.array([2.0, 5, 36, 998])
    exact, approximate = noncentralities(np.full(4, 999.999), df), noncentralities(np.full(4, 1000.0), df)
    np.testing.assert_allclose(np.stack(approximate) / 1000, np.stack(exact) / 999.999, rtol=1e-5)


@pytest.mark.parametrize("t", [1e7, 1e14])
def test_far_limits_are_those_of_the_standard_deviation(t: float) -> None:
    df = np.array([2.0, 5, 36, 998])
    low, high = noncentralities(np.full(4, t), df)
    np.testing.assert_allclose(low / t, np.sqrt(stats.chi2.ppf(0.025, df) / df), rtol=1e-11)
    np.testing.assert_allclose(high / t, np.sqrt(stats.chi2.isf(0.025, df) / df), rtol=1e-11)


def test_interval_covers_at_its_level() -> None:
    rng = np.random.default_rng(8)
    x, codes = rng.normal(size=(9, 20_000)), np.arange(9) % 2
    x[codes == 1] += 1.5
    _, low, high = standardised(x, codes, 0.9)
    assert np.mean(low > 1.5) == pytest.approx(0.05, abs=0.006)
    assert np.mean(high < 1.5) == pytest.approx(0.05, abs=0.006)


def test_g_is_unbiased_in_small_samples() -> None:
    rng = np.random.default_rng(9)
    x, codes = rng.normal(size=(9, 40_000)), np.arange(9) % 2
    x[codes == 1] += 0.8
    assert standardised(x, codes)[0].mean() == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize("sizes", [(0, 5), (1, 5), (5, 1), (0, 0), (1, 1)])
def test_a_group_of_fewer_than_two_has_no_g(sizes: tuple[int, int]) -> None:
    codes = np.repeat([0, 1], sizes)
    assert np.isnan(standardised(np.random.default_rng(5).normal(size=(len(codes), 3)), codes)).all()


def test_constant_genes_have_no_g() -> None:
    x = np.column_stack([np.full(10, 8.0), np.zeros(10), 8.0 + np.arange(10) % 2, 1e6 + 1e-9 * (np.arange(10) // 5)])
    assert np.isnan(standardised(x, np.arange(10) % 2)).all()


def test_no_genes_give_no_g() -> None:
    assert standardised(np.empty((4, 0)), np.array([0, 0, 1, 1])).shape == (3, 0)


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10**6))
def test_order_of_genes_and_samples_does_not_matter(seed: int) -> None:
    x, codes = draw(seed)
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(12), rng.permutation(9)
    found = standardised(x[np.ix_(rows, columns)], codes[rows])
    np.testing.assert_allclose(found, standardised(x, codes)[:, columns], rtol=1e-9, atol=1e-12)


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10**6), shift=st.floats(-100, 100), scale=st.floats(1e-3, 1e3))
def test_shift_and_scale_leave_g_alone(seed: int, shift: float, scale: float) -> None:
    x, codes = draw(seed)
    np.testing.assert_allclose(standardised(scale * (x + shift), codes), standardised(x, codes), rtol=1e-8, atol=1e-11)


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10**6))
def test_swapping_the_groups_flips_the_sign(seed: int) -> None:
    x, codes = draw(seed)
    (g, low, high), other = standardised(x, codes), standardised(x, 1 - codes)
    np.testing.assert_array_equal(other, [-g, -high, -low])
    assert ((low < g) & (g < high)).all()


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10**6), column=st.integers(0, 8))
def test_a_missing_gene_does_not_touch_the_others(seed: int, column: int) -> None:
    x, codes = draw(seed)
    before = standardised(x, codes)
    x[:, column] = np.nan
    after = standardised(x, codes)
    assert np.isnan(after[:, column]).all()
    np.testing.assert_array_equal(np.delete(after, column, axis=1), np.delete(before, column, axis=1))
