"""Welch's t against R's t.test, and the symmetries it must have; Student's and paired t are in test_linear.py."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from genereport.stats.multiplicity import benjamini_hochberg, bonferroni, holm
from genereport.stats.ttests import welch_t
from tests.unit.stats.references import draw, genes_of, golub, reference

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


# R: t.test(x[gene, target], x[gene, !target]). Largest deviations: t 1.4e-15, df 8.5e-16, p 7.9e-14, limits 2.2e-14.
@pytest.mark.parametrize(
    ("field", "column"), [("t", "t"), ("df", "df"), ("p", "p"), ("ci_low", "low"), ("ci_high", "high")]
)
def test_welch_t_equals_rs_t_test(expression: pd.DataFrame, field: str, column: str) -> None:
    found = getattr(welch_t(genes_of(expression), expression["two"].to_numpy()), field)
    np.testing.assert_allclose(found, reference("welch_t")[column], rtol=1e-12)


def test_reference_reaches_the_far_tail() -> None:
    assert reference("welch_t")["p"].min() < 1e-60


def test_difference_and_average_equal_limmas(expression: pd.DataFrame) -> None:
    # R: lmFit(x, cbind(1, two))$coefficients[, "two"], rowMeans(x, na.rm = TRUE). The difference of two means of size m
    # carries their rounding, ε m.
    x = genes_of(expression)
    found, expected = welch_t(x, expression["two"].to_numpy()), reference("welch_t")
    np.testing.assert_allclose(found.average, expected["average"], rtol=1e-14)
    rounding = 20 * np.finfo(float).eps * np.abs(expected["average"])
    off = np.abs(found.difference - expected["limma_logfc"])
    assert (off[expected["t"].notna()] <= rounding[expected["t"].notna()]).all()


def test_welch_t_equals_multtests(expression: pd.DataFrame) -> None:
    # R: mt.teststat(x, two, test = "t"), which rounds the means once more than t.test does: 2e-9 where the spread is
    # 1e-6 of the mean (genes 81 to 90), 2e-13 elsewhere. It gives nothing for the tiny values of gene 128.
    found, expected = welch_t(genes_of(expression), expression["two"].to_numpy()).t, reference("welch_t")["multtest_t"]
    small_spread = np.isin(np.arange(200), np.arange(80, 90))
    usual = expected.notna() & ~np.isnan(found) & ~small_spread
    assert usual.sum() > 150
    np.testing.assert_allclose(found[usual], expected[usual], rtol=1e-10)
    np.testing.assert_allclose(found[small_spread], expected[small_spread], rtol=1e-8)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.999])
def test_interval_of_any_confidence_equals_scipys(confidence: float) -> None:
    x, codes = draw(3)
    found = welch_t(x, codes, confidence)
    test = stats.ttest_ind(x[codes == 1], x[codes == 0], equal_var=False, nan_policy="omit")
    limits = test.confidence_interval(confidence)
    np.testing.assert_allclose([found.ci_low, found.ci_high], [limits.low, limits.high], rtol=1e-10)


@pytest.mark.parametrize("sizes", [(0, 5), (1, 5), (0, 0), (1, 1)])
def test_a_group_of_fewer_than_two_is_not_tested(sizes: tuple[int, int]) -> None:
    codes = np.repeat([0, 1], sizes)
    x = np.random.default_rng(5).normal(size=(len(codes), 3))
    np.testing.assert_array_equal(welch_t(x, codes).p, np.full(3, np.nan))


def test_no_genes_give_no_tests() -> None:
    codes = np.array([0, 0, 1, 1])
    assert all(field.shape == (0,) for field in welch_t(np.empty((4, 0)), codes))


def test_a_gene_missing_in_one_group_still_has_an_average() -> None:
    x = np.array([[1.0], [3.0], [np.nan], [np.nan]])
    assert welch_t(x, np.array([0, 0, 1, 1])).average == [2.0]


def test_rows_of_other_groups_are_ignored() -> None:
    x, codes = draw(6)
    more = np.vstack([x, np.full((2, 9), 1e3)])
    found = welch_t(more, np.r_[codes, 2, 2])
    np.testing.assert_array_equal(np.stack(found), np.stack(welch_t(x, codes)))


@pytest.mark.parametrize("scale", [1e-120, 1e-80, 1e80, 1e120])
def test_df_neither_underflows_nor_overflows(scale: float) -> None:
    x, codes = draw(7)
    np.testing.assert_allclose(welch_t(x * scale, codes).df, welch_t(x, codes).df, rtol=1e-10)


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10**6))
def test_order_of_genes_and_samples_does_not_matter(seed: int) -> None:
    x, codes = draw(seed)
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(12), rng.permutation(9)
    found = np.stack(welch_t(x[np.ix_(rows, columns)], codes[rows]))
    np.testing.assert_allclose(found, np.stack(welch_t(x, codes))[:, columns], rtol=1e-9, atol=1e-12)


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10**6), shift=st.floats(-100, 100), scale=st.floats(1e-3, 1e3))
def test_shift_and_scale_leave_t_and_p_alone(seed: int, shift: float, scale: float) -> None:
    x, codes = draw(seed)
    before, after = welch_t(x, codes), welch_t(scale * (x + shift), codes)
    np.testing.assert_allclose(after.t, before.t, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose([after.df, after.p], [before.df, before.p], rtol=1e-9)
    np.testing.assert_allclose(after.difference, scale * before.difference, rtol=1e-9, atol=1e-10 * scale)


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10**6))
def test_swapping_the_groups_flips_the_sign(seed: int) -> None:
    x, codes = draw(seed)
    one, other = welch_t(x, codes), welch_t(x, 1 - codes)
    np.testing.assert_array_equal([other.difference, other.t], [-one.difference, -one.t])
    np.testing.assert_array_equal([other.ci_low, other.ci_high], [-one.ci_high, -one.ci_low])
    np.testing.assert_allclose([other.df, other.p], [one.df, one.p], rtol=1e-14)


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10**6), column=st.integers(0, 8))
def test_a_missing_gene_does_not_touch_the_others(seed: int, column: int) -> None:
    x, codes = draw(seed)
    before = np.stack(welch_t(x, codes))
    x[:, column] = np.nan
    after = np.stack(welch_t(x, codes))
    assert np.isnan(after[:, column]).all()
    np.testing.assert_array_equal(np.delete(after, column, axis=1), np.delete(before, column, axis=1))


def test_golub_equals_r(shared_cohorts: Path) -> None:
    # R: tests/reference/golub.R. Largest deviations: t 4e-16, df 1.3e-15, p and adjusted p 8.5e-15.
    values, codes = golub(shared_cohorts / "golub")
    control = values.columns.str.startswith("AFFX")
    varying = (values.max() > values.min()).to_numpy()
    tested = values.loc[:, ~control & varying]
    found = welch_t(tested.to_numpy(), codes)
    adjusted = bonferroni(found.p)
    counts = reference("golub_counts").iloc[0]
    assert (control.sum(), (~control & ~varying).sum(), tested.shape[1]) == (58, 1033, 6038)
    assert (counts["controls"], counts["untestable"], counts["tested"], counts["bonferroni"]) == (58, 1033, 6038, 67)
    assert (adjusted < 0.05).sum() == 67
    assert np.sort(adjusted)[67] == pytest.approx(counts["next_bonferroni"], rel=1e-10)
    assert round(counts["next_bonferroni"], 6) == 0.050015
    table = reference("golub").set_index("probe")
    frame = pd.DataFrame(
        {
            "t": found.t,
            "df": found.df,
            "p": found.p,
            "bonferroni": adjusted,
            "holm": holm(found.p),
            "benjamini_hochberg": benjamini_hochberg(found.p),
        },
        index=tested.columns,
    )
    pd.testing.assert_frame_equal(frame.loc[table.index], table[frame.columns], check_names=False, rtol=1e-10, atol=0)


def test_p_is_uniform_without_differences() -> None:
    x, codes = np.random.default_rng(20).normal(size=(60, 5000)), np.arange(60) % 2
    assert stats.kstest(welch_t(x, codes).p, "uniform").pvalue > 0.01
