"""Welch's tests against R's t.test and oneway.test, and the symmetries they must have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from genereport.stats.multiplicity import benjamini_hochberg, bonferroni, holm
from genereport.stats.oneway import welch_f
from genereport.stats.tails import t_quantile, two_sided_p, upper_f
from genereport.stats.ttests import welch_t
from tests.stats.references import golub

REFERENCE = Path(__file__).parents[1] / "reference"
NEARLY_CONSTANT = 121  # column of gene 122

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


def reference(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / f"{name}.csv")


@pytest.fixture(scope="module")
def expression() -> pd.DataFrame:
    return reference("expression")


def values(expression: pd.DataFrame) -> np.ndarray:
    return expression.filter(regex="^g").to_numpy()


def draw(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Twelve samples of nine genes in two groups, a few values missing."""
    rng = np.random.default_rng(seed)
    x = rng.normal(8, rng.uniform(0.5, 3, size=9), size=(12, 9))
    x[rng.random(x.shape) < 0.05] = np.nan
    return x, np.arange(12) % 2


# R: t.test(x[gene, target], x[gene, !target]). Largest deviations: t 1.4e-15, df 8.5e-16, p 7.9e-14, limits 2.2e-14.
@pytest.mark.parametrize(
    ("field", "column"), [("t", "t"), ("df", "df"), ("p", "p"), ("ci_low", "low"), ("ci_high", "high")]
)
def test_welch_t_equals_rs_t_test(expression: pd.DataFrame, field: str, column: str) -> None:
    found = getattr(welch_t(values(expression), expression["two"].to_numpy()), field)
    np.testing.assert_allclose(found, reference("welch_t")[column], rtol=1e-12)


def test_reference_reaches_the_far_tail() -> None:
    assert reference("welch_t")["p"].min() < 1e-60


def test_difference_and_average_equal_limmas(expression: pd.DataFrame) -> None:
    # R: lmFit(x, cbind(1, two))$coefficients[, "two"], rowMeans(x, na.rm = TRUE). The difference of two means of size m
    # carries their rounding, ε m.
    x = values(expression)
    found, expected = welch_t(x, expression["two"].to_numpy()), reference("welch_t")
    np.testing.assert_allclose(found.average, expected["average"], rtol=1e-14)
    rounding = 20 * np.finfo(float).eps * np.abs(expected["average"])
    off = np.abs(found.difference - expected["limma_logfc"])
    assert (off[expected["t"].notna()] <= rounding[expected["t"].notna()]).all()


def test_welch_t_equals_multtests(expression: pd.DataFrame) -> None:
    # R: mt.teststat(x, two, test = "t"), which rounds the means once more than t.test does: 2e-9 where the spread is
    # 1e-6 of the mean (genes 81 to 90), 2e-13 elsewhere. It gives nothing for the tiny values of gene 128.
    found, expected = welch_t(values(expression), expression["two"].to_numpy()).t, reference("welch_t")["multtest_t"]
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


# R: oneway.test(x[gene, ] ~ factor(codes), var.equal = FALSE). Largest deviations: f 8.8e-16, df2 4.9e-16, p 1.4e-14.
@pytest.mark.parametrize("groups", [3, 4])
@pytest.mark.parametrize("field", ["f", "df1", "df2", "p"])
def test_welch_f_equals_rs_oneway_test(expression: pd.DataFrame, groups: int, field: str) -> None:
    table = reference("welch_f").query("groups == @groups").reset_index(drop=True)
    codes = expression["three" if groups == 3 else "four"].to_numpy()
    found = getattr(welch_f(values(expression), codes, groups), field)
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
    found = getattr(welch_f(values(expression), codes, groups), field)
    compared = table["genefilter_f"].notna() & ~np.isnan(found)
    assert compared.sum() > 150
    np.testing.assert_allclose(found[compared], table[f"genefilter_{field}"][compared], rtol=1e-12)


def test_welch_f_of_two_groups_is_the_square_of_welch_t() -> None:
    x, codes = draw(4)
    t, f = welch_t(x, codes), welch_f(x, codes, 2)
    np.testing.assert_allclose(f.f, t.t**2, rtol=1e-10)
    np.testing.assert_allclose([f.df2, f.p], [t.df, t.p], rtol=1e-10)


def test_t_is_accurate_in_the_far_tail_and_beside_zero() -> None:
    # R: 2 * pt(-t, df), t from 1e-12 to 1e5, p down to 1e-300. Largest deviation 3.3e-14.
    table = reference("tails_t")
    np.testing.assert_allclose(two_sided_p(table["t"].to_numpy(), table["df"].to_numpy()), table["p"], rtol=1e-12)


def test_f_is_accurate_in_the_far_tail_and_beside_zero() -> None:
    # R: pf(f, df1, df2, lower.tail = FALSE). Largest deviation 4.9e-14.
    table = reference("tails_f")
    found = upper_f(*(table[name].to_numpy() for name in ("f", "df1", "df2")))
    np.testing.assert_allclose(found, table["p"], rtol=1e-12)


@pytest.mark.parametrize("sizes", [(0, 5), (1, 5), (0, 0), (1, 1)])
def test_a_group_of_fewer_than_two_is_not_tested(sizes: tuple[int, int]) -> None:
    codes = np.repeat([0, 1], sizes)
    x = np.random.default_rng(5).normal(size=(len(codes), 3))
    for p in (welch_t(x, codes).p, welch_f(x, codes, 2).p):
        np.testing.assert_array_equal(p, np.full(3, np.nan))


def test_no_genes_give_no_tests() -> None:
    codes = np.array([0, 0, 1, 1])
    assert all(
        field.shape == (0,) for field in (*welch_t(np.empty((4, 0)), codes), *welch_f(np.empty((4, 0)), codes, 2))
    )


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


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10**6), shift=st.floats(-100, 100), scale=st.floats(1e-3, 1e3))
def test_welch_f_does_not_depend_on_names_of_groups_or_units(seed: int, shift: float, scale: float) -> None:
    x, _ = draw(seed)
    codes = np.arange(12) % 3
    before, after = welch_f(x, codes, 3), welch_f(scale * (x + shift), (codes + 1) % 3, 3)
    np.testing.assert_allclose([after.f, after.df2, after.p], [before.f, before.df2, before.p], rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("test", ["t", "f"])
def test_p_is_uniform_without_differences(test: str) -> None:
    rng = np.random.default_rng(20)
    x, codes = rng.normal(size=(60, 5000)), np.arange(60) % (2 if test == "t" else 3)
    p = welch_t(x, codes).p if test == "t" else welch_f(x, codes, 3).p
    assert stats.kstest(p, "uniform").pvalue > 0.01


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


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
@pytest.mark.parametrize(("low", "high"), [(1, 36), (1, 1e6), (7, 7.5), (4, np.inf)])
def test_interpolated_quantiles_are_those_of_scipy(confidence: float, low: float, high: float) -> None:
    df = 1 / np.random.default_rng(3).uniform(1 / high, 1 / low, 1000)
    np.testing.assert_allclose(t_quantile(confidence, df), stats.t.ppf((1 + confidence) / 2, df), rtol=1e-12)


def test_quantiles_of_one_df_and_of_missing_ones() -> None:
    df = np.array([7.0, np.nan, 7.0])
    np.testing.assert_allclose(t_quantile(0.95, df), [2.364624251592785, np.nan, 2.364624251592785], rtol=1e-14)
    assert np.isnan(t_quantile(0.95, np.full(3, np.nan))).all()
