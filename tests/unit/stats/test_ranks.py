"""Rank tests against R's wilcox.test, pwilcox and pROC, and the symmetries they must have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from genereport.stats import ranks
from genereport.stats.ranks import mann_whitney_tail, rank_test
from genereport.stats.roc import auc, delong_interval

REFERENCE = Path(__file__).parents[2] / "reference"

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


@pytest.fixture(scope="module")
def expected() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "effects_ranks.csv")


@pytest.fixture(scope="module")
def found() -> ranks.RankTest:
    table = pd.read_csv(REFERENCE / "effects_expression.csv")
    return rank_test(table.filter(regex="^g").to_numpy(dtype=float), table["two"].to_numpy())


def draw(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Fourteen samples of nine genes in two groups, the last four genes with ties, a few values missing."""
    rng = np.random.default_rng(seed)
    x = rng.normal(8, rng.uniform(0.5, 3, size=9), size=(14, 9))
    x[:, 5:] = x[:, 5:].round()
    x[rng.random(x.shape) < 0.05] = np.nan
    return x, rng.permutation(np.arange(14) % 2)


# R: wilcox.test(target, reference). Largest deviation 8.9e-15, p down to 7.9e-29.
def test_p_equals_rs_wilcox_test(found: ranks.RankTest, expected: pd.DataFrame) -> None:
    np.testing.assert_allclose(found.p, expected["p"], rtol=1e-12)
    np.testing.assert_array_equal(found.exact, expected["exact"] == 1)
    assert found.exact.sum() == 58
    assert found.p[found.exact].min() < 1e-28


# R: ci.auc(roc(two, value, levels = c(0, 1), direction = "<"), method = "delong"). Largest deviation 2.9e-15.
def test_area_and_interval_equal_procs(found: ranks.RankTest, expected: pd.DataFrame) -> None:
    np.testing.assert_allclose(found.auc, expected["auc"], rtol=1e-14)
    limits = expected[["low", "high"]].where(expected["low"] < expected["high"])  # pROC gives a point without variance
    assert limits["low"].notna().sum() == 81
    np.testing.assert_allclose(np.column_stack([found.ci_low, found.ci_high]), limits, rtol=1e-12)


def test_tail_equals_rs_pwilcox() -> None:
    # R: pwilcox(u, few, many). Largest deviation 7.6e-15; from whole-number counts, 9e-16.
    table = pd.read_csv(REFERENCE / "effects_wilcoxon.csv")
    tails = [mann_whitney_tail(few, many)[u] for few, many, u in table[["few", "many", "u"]].itertuples(index=False)]
    np.testing.assert_allclose(tails, table["tail"], rtol=1e-12)


@pytest.mark.parametrize(("few", "many"), [(1, 1), (2, 3), (4, 4), (5, 12), (17, 31), (49, 49)])
def test_tail_does_not_depend_on_the_order_of_the_groups(few: int, many: int) -> None:
    tail = mann_whitney_tail(few, many)
    assert len(tail) == few * many // 2 + 1
    assert (np.diff(tail) > 0).all()
    np.testing.assert_allclose(mann_whitney_tail(many, few), tail, rtol=1e-13)


def test_p_worked_by_hand() -> None:
    # Of the 6 arrangements of 2 and 2 values, one has U = 4 and one U = 0.
    found = rank_test(np.array([[1.0], [2.0], [3.0], [4.0]]), np.array([0, 0, 1, 1]))
    assert (found.auc, found.p, found.exact) == (1.0, pytest.approx(1 / 3), True)
    assert np.isnan([found.ci_low, found.ci_high]).all()


@pytest.mark.parametrize(("sizes", "exact"), [((49, 49), True), ((50, 49), False), ((49, 50), False), ((1, 1), True)])
def test_exact_distribution_needs_fewer_than_fifty(sizes: tuple[int, int], exact: bool) -> None:
    codes = np.repeat([0, 1], sizes)
    x = np.random.default_rng(1).normal(size=(len(codes), 3))
    assert (rank_test(x, codes).exact == exact).all()
    x[0] = x[-1]
    assert not rank_test(x, codes).exact.any()  # a tie


def test_infinite_values_are_ranked() -> None:
    x = np.array([[-np.inf], [0.0], [1.0], [np.inf], [np.inf]])
    codes = np.array([0, 0, 1, 1, 0])
    finite = rank_test(np.clip(x, -9, 9), codes)
    np.testing.assert_array_equal(np.stack(rank_test(x, codes)), np.stack(finite))


@pytest.mark.parametrize("sizes", [(0, 5), (5, 0), (0, 0)])
def test_an_empty_group_is_not_tested(sizes: tuple[int, int]) -> None:
    codes = np.repeat([0, 1], sizes)
    found = rank_test(np.random.default_rng(2).normal(size=(len(codes), 3)), codes)
    assert np.isnan(np.stack(found[:4])).all()
    assert not found.exact.any()


@pytest.mark.parametrize("count", [2, 30, 120])
def test_constant_gene_has_an_area_only(count: int) -> None:
    found = rank_test(np.full((count, 1), 7.0), np.arange(count) % 2)
    assert found.auc == 0.5
    assert np.isnan([found.ci_low, found.ci_high, found.p]).all()


def test_no_genes_give_no_tests() -> None:
    assert all(field.shape == (0,) for field in rank_test(np.empty((4, 0)), np.array([0, 0, 1, 1])))


def test_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    x, codes = draw(3)
    whole = np.stack(rank_test(x, codes))
    monkeypatch.setattr(ranks, "_CELLS", 30)
    np.testing.assert_array_equal(np.stack(rank_test(x, codes)), whole)


def test_rows_of_other_groups_are_ignored() -> None:
    x, codes = draw(4)
    more = rank_test(np.vstack([x, x[:2]]), np.r_[codes, 2, 2])
    np.testing.assert_array_equal(np.stack(more), np.stack(rank_test(x, codes)))


@pytest.mark.parametrize("confidence", [0.8, 0.99])
def test_area_and_interval_are_those_of_one_curve(confidence: float) -> None:
    x, codes = draw(5)
    found = rank_test(x, codes, confidence)
    for gene, column in enumerate(x.T):
        present = ~np.isnan(column)
        sample = column[present], codes[present] == 1
        limits = delong_interval(*sample, confidence)
        assert found.auc[gene] == pytest.approx(auc(*sample), rel=1e-14)
        assert (found.ci_low[gene], found.ci_high[gene]) == pytest.approx(limits, rel=1e-12, abs=1e-15, nan_ok=True)


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10**6))
def test_order_of_genes_and_samples_does_not_matter(seed: int) -> None:
    x, codes = draw(seed)
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(14), rng.permutation(9)
    found = np.stack(rank_test(x[np.ix_(rows, columns)], codes[rows]))
    np.testing.assert_array_equal(found, np.stack(rank_test(x, codes))[:, columns])


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10**6), transform=st.sampled_from([np.exp, np.cbrt, lambda x: 3 * x - 7, lambda x: x**3]))
def test_rising_transformations_change_nothing(seed: int, transform) -> None:  # type: ignore[no-untyped-def]
    x, codes = draw(seed)
    np.testing.assert_array_equal(np.stack(rank_test(transform(x), codes)), np.stack(rank_test(x, codes)))


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10**6), by_values=st.booleans())
def test_swapping_groups_or_reversing_values_mirrors_the_area(seed: int, by_values: bool) -> None:
    x, codes = draw(seed)
    one, other = rank_test(x, codes), rank_test(-x, codes) if by_values else rank_test(x, 1 - codes)
    np.testing.assert_allclose(other.auc, 1 - one.auc, atol=1e-15)
    np.testing.assert_allclose([other.ci_low, other.ci_high], [1 - one.ci_high, 1 - one.ci_low], atol=1e-14)
    np.testing.assert_array_equal(other.p, one.p)
    np.testing.assert_array_equal(other.exact, one.exact)


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10**6))
@example(seed=76981)
def test_limits_enclose_the_area(seed: int) -> None:
    found = rank_test(*draw(seed))
    known = ~np.isnan(found.ci_low)
    assert (found.ci_low[known] >= 0).all()
    assert (found.ci_low[known] <= found.auc[known]).all()
    assert (found.auc[known] <= found.ci_high[known]).all()
    assert (found.ci_high[known] <= 1).all()
    told = ~np.isnan(found.p)
    assert ((found.p[told] > 0) & (found.p[told] <= 1)).all()
    assert (found.auc[~told & ~np.isnan(found.auc)] == 0.5).all()  # all values of a gene are tied


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10**6), column=st.integers(0, 8))
def test_a_missing_gene_does_not_touch_the_others(seed: int, column: int) -> None:
    x, codes = draw(seed)
    before = np.stack(rank_test(x, codes))
    x[:, column] = np.nan
    after = np.stack(rank_test(x, codes))
    assert np.isnan(after[:4, column]).all()
    np.testing.assert_array_equal(np.delete(after, column, axis=1), np.delete(before, column, axis=1))


def test_several_groups_are_compared_as_by_rs_kruskal_test() -> None:
    # R: kruskal.test(c(-0.5, 1, 1, 2.5, 3, 3, 7, 8), c(1, 1, 1, 2, 2, 2, 3, 3))$p.value;
    #    kruskal.test(rep(1:3, each = 4), rep(1:3, each = 4))$p.value
    values, groups = np.array([[-0.5, 1, 1, 2.5, 3, 3, 7, 8]]).T, np.array([0, 0, 0, 1, 1, 1, 2, 2])
    assert ranks.kruskal_wallis(values, groups, 3)[0] == pytest.approx(0.040712524272175338, rel=1e-12)
    apart = np.repeat([0, 1, 2], 4)
    assert ranks.kruskal_wallis(apart[:, None] * 1.7, apart, 3)[0] == pytest.approx(0.00408677143846407, rel=1e-12)


def test_groups_without_values_and_equal_values_are_not_compared_by_ranks() -> None:
    x, groups = np.random.default_rng(3).normal(size=(9, 3)), np.repeat([0, 1, 2], 3)
    x[:, 0], x[:3, 1], x[4, 2] = 5.0, np.nan, np.nan
    found = ranks.kruskal_wallis(x, groups, 3)
    assert np.isnan(found).tolist() == [True, True, False]
    known = ~np.isnan(x[:, 2])
    assert found[2] == pytest.approx(stats.kruskal(*(x[known & (groups == group), 2] for group in range(3))).pvalue)
