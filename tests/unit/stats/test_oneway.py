"""Welch's one-way test against R's oneway.test and genefilter, and the symmetries it must have."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from genereport.stats.oneway import classical_f, welch_f
from genereport.stats.ttests import welch_t
from tests.unit.stats.references import NEARLY_CONSTANT, close, draw, genes_of, reference, values

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


# R: oneway.test(x[gene, ] ~ factor(codes), var.equal = FALSE). Largest deviations: f 8.8e-16, df2 4.9e-16, p 1.4e-14.
@pytest.mark.parametrize("groups", [3, 4])
@pytest.mark.parametrize("field", ["f", "df1", "df2", "p"])
def test_welch_f_equals_rs_oneway_test(expression: pd.DataFrame, groups: int, field: str) -> None:
    table = reference("welch_f").query("groups == @groups").reset_index(drop=True)
    codes = expression["three" if groups == 3 else "four"].to_numpy()
    found = getattr(welch_f(genes_of(expression), codes, groups), field)
    assert np.isnan(found[NEARLY_CONSTANT])  # oneway.test has no such guard and reports rounding as variance
    compared = table["f"].notna() & (np.arange(200) != NEARLY_CONSTANT)
    np.testing.assert_allclose(found[compared], table[field][compared], rtol=1e-12)
    assert np.isnan(found[table["f"].isna()]).all()


@pytest.mark.parametrize("groups", [3, 4])
@pytest.mark.parametrize("field", ["f", "p"])
def test_welch_f_equals_genefilters(expression: pd.DataFrame, groups: int, field: str) -> None:
    # R: rowFtests(x, factor(codes), var.equal = FALSE), genes without missing values
    table = reference("welch_f").query("groups == @groups").reset_index(drop=True)
    codes = expression["three" if groups == 3 else "four"].to_numpy()
    found = getattr(welch_f(genes_of(expression), codes, groups), field)
    compared = table["genefilter_f"].notna() & ~np.isnan(found)
    assert compared.sum() > 150
    np.testing.assert_allclose(found[compared], table[f"genefilter_{field}"][compared], rtol=1e-12)


# R: oneway.test(x[gene, ] ~ factor(three), var.equal = TRUE), linear.R. Largest deviation 3e-13.
@pytest.mark.parametrize("matrix", ["spread", "gaps"])
def test_classical_f_equals_rs_oneway_test(matrix: str) -> None:
    three = reference("linear_input")["three"].to_numpy()[:18]
    expected = reference("linear_tests").query("matrix == @matrix")
    close(classical_f(values(matrix), three, 3), expected["f_p"])


def test_classical_f_judges_a_constant_group_and_needs_variance_in_some() -> None:
    rng = np.random.default_rng(0)
    x, codes = rng.normal(size=(9, 4)), np.repeat([0, 1, 2], 3)
    x[:3, 0] = 1.3
    x[:, 1] = 1.3 * codes
    x[:, 2] = np.where(codes == 2, np.nan, x[:, 2])
    x[:, 3] = 8.1
    found = classical_f(x, codes, 3)
    assert found[0] == pytest.approx(stats.f_oneway(x[:3, 0], x[3:6, 0], x[6:, 0]).pvalue, rel=1e-12)
    assert np.isnan(found[1:]).all()


def test_welch_f_of_two_groups_is_the_square_of_welch_t() -> None:
    x, codes = draw(4)
    t, f = welch_t(x, codes), welch_f(x, codes, 2)
    np.testing.assert_allclose(f.f, t.t**2, rtol=1e-10)
    np.testing.assert_allclose([f.df2, f.p], [t.df, t.p], rtol=1e-10)


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10**6), shift=st.floats(-100, 100), scale=st.floats(1e-3, 1e3))
def test_welch_f_does_not_depend_on_names_of_groups_or_units(seed: int, shift: float, scale: float) -> None:
    x, _ = draw(seed)
    codes = np.arange(12) % 3
    before, after = welch_f(x, codes, 3), welch_f(scale * (x + shift), (codes + 1) % 3, 3)
    np.testing.assert_allclose([after.f, after.df2, after.p], [before.f, before.df2, before.p], rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("sizes", [(0, 5), (1, 5), (0, 0), (1, 1)])
def test_a_group_of_fewer_than_two_is_not_tested(sizes: tuple[int, int]) -> None:
    codes = np.repeat([0, 1], sizes)
    x = np.random.default_rng(5).normal(size=(len(codes), 3))
    np.testing.assert_array_equal(welch_f(x, codes, 2).p, np.full(3, np.nan))


def test_no_genes_give_no_tests() -> None:
    assert all(field.shape == (0,) for field in welch_f(np.empty((4, 0)), np.array([0, 0, 1, 1]), 2))


def test_p_is_uniform_without_differences() -> None:
    x, codes = np.random.default_rng(20).normal(size=(60, 5000)), np.arange(60) % 3
    assert stats.kstest(welch_f(x, codes, 3).p, "uniform").pvalue > 0.01
