"""Adjusted p-values against R's p.adjust and qvalue, and the order they must keep."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genereport.stats.multiplicity import benjamini_hochberg, benjamini_yekutieli, bonferroni, holm, storey

REFERENCE = Path(__file__).parents[2] / "reference"
METHODS = (bonferroni, holm, benjamini_hochberg)
ALL = (*METHODS, benjamini_yekutieli, lambda p: storey(p).q)

CASES = ("mixed", "none", "strong", "few", "coarse")

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

pvalues = st.lists(st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.01, 0.05, 1.0, float("nan")])), max_size=40)


def cases() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "effects_storey.csv")


# R: p.adjust(p, "bonferroni"), "holm", "BH". Largest deviation 0: the same operations in the same order.
@pytest.mark.parametrize("method", METHODS)
def test_adjustment_equals_rs(method) -> None:  # type: ignore[no-untyped-def]
    table = pd.read_csv(REFERENCE / "adjusted.csv")
    np.testing.assert_allclose(method(table["p"].to_numpy()), table[method.__name__], rtol=1e-15)


# R: p.adjust(p, "BY"). Largest deviation 3e-16: R sums 1/i with extended precision.
@pytest.mark.parametrize("case", CASES)
def test_benjamini_yekutieli_equals_rs(case: str) -> None:
    table = cases().query("case == @case")
    np.testing.assert_allclose(benjamini_yekutieli(table["p"].to_numpy()), table["by"], rtol=1e-14)


# R: qvalue(p, pi0.method = "bootstrap"). Largest deviation 2.8e-16, of pi0 0.
@pytest.mark.parametrize("case", CASES)
def test_q_and_share_of_nulls_equal_qvalues(case: str) -> None:
    table = cases().query("case == @case")
    found = storey(table["p"].to_numpy())
    assert found.pi0 == pytest.approx(table["pi0"].iloc[0], rel=1e-14)
    np.testing.assert_allclose(found.q, table["q"], rtol=1e-14)


@given(p=pvalues)
def test_methods_are_ordered_by_what_they_promise(p: list[float]) -> None:
    p = np.array(p, dtype=float)
    present = ~np.isnan(p)
    by_bonferroni, by_holm, by_bh = (method(p)[present] for method in METHODS)
    assert (by_holm <= by_bonferroni).all()
    assert (by_bh <= by_holm).all()
    assert (by_bh >= p[present]).all()
    assert (by_bonferroni <= 1).all()


@given(p=pvalues)
def test_benjamini_yekutieli_is_never_below_benjamini_hochberg(p: list[float]) -> None:
    p = np.array(p, dtype=float)
    present = ~np.isnan(p)
    adjusted = benjamini_yekutieli(p)[present]
    assert (adjusted >= benjamini_hochberg(p)[present]).all()
    assert (adjusted <= 1).all()


@given(p=pvalues)
def test_q_is_never_above_benjamini_hochberg(p: list[float]) -> None:
    p = np.array(p, dtype=float)
    present = ~np.isnan(p)
    found = storey(p)
    assert 0 < found.pi0 <= 1
    assert (found.q[present] <= benjamini_hochberg(p)[present]).all()


@given(p=pvalues, seed=st.integers(0, 10**6))
def test_order_of_p_does_not_matter(p: list[float], seed: int) -> None:
    p = np.array(p, dtype=float)
    order = np.random.default_rng(seed).permutation(len(p))
    for method in ALL:
        np.testing.assert_array_equal(method(p[order]), method(p)[order])


@pytest.mark.parametrize("p", [np.linspace(0, 1, 19), np.full(40, 0.01), np.full(40, 1.0)])
def test_nothing_is_gained_where_the_share_of_nulls_cannot_be_known(p: np.ndarray) -> None:
    assert storey(p).pi0 == 1
    np.testing.assert_array_equal(storey(p).q, benjamini_hochberg(p))


def test_share_of_nulls_is_found() -> None:
    rng = np.random.default_rng(12)
    found = storey(np.r_[rng.random(7000), rng.beta(0.1, 20, size=3000)])
    assert found.pi0 == pytest.approx(0.7, abs=0.03)


@pytest.mark.parametrize("method", ALL)
@given(p=pvalues)
def test_smaller_p_has_no_larger_adjusted_p(method, p: list[float]) -> None:  # type: ignore[no-untyped-def]
    p = np.array(p, dtype=float)
    order = np.argsort(p)[: np.count_nonzero(~np.isnan(p))]
    assert (np.diff(method(p)[order]) >= 0).all()


@pytest.mark.parametrize("method", ALL)
@given(p=pvalues)
def test_missing_p_is_not_counted(method, p: list[float]) -> None:  # type: ignore[no-untyped-def]
    p = np.array(p, dtype=float)
    present = ~np.isnan(p)
    found = method(p)
    np.testing.assert_array_equal(found[present], method(p[present]))
    assert np.isnan(found[~present]).all()


@pytest.mark.parametrize("method", ALL)
@pytest.mark.parametrize("p", [[], [float("nan")] * 3, [0.2]])
def test_few_or_no_p_are_left_alone(method, p: list[float]) -> None:  # type: ignore[no-untyped-def]
    np.testing.assert_array_equal(method(np.array(p, dtype=float)), p)
