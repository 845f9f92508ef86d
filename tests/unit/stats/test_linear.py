"""Linear models against R: t.test, oneway.test, lm and limma's lmFit with contrasts.

Reference values: Rscript tests/reference/linear.R. Largest relative deviation seen: 4e-13 (p of F).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genereport.stats.linear import fit_linear, independent_columns, linear_test
from genereport.stats.ttests import paired_t, student_t, welch_t
from tests.unit.stats.references import close, design, linear_case, reference, values


@pytest.mark.parametrize("matrix", ["spread", "gaps"])
def test_student_t_is_that_of_r(matrix: str) -> None:
    x, codes = values(matrix), reference("linear_input")["two"].to_numpy()[:18]
    expected = reference("linear_tests").query("matrix == @matrix")
    found = student_t(x, codes)
    close(found.t, expected["student_t"])
    close(found.p, expected["student_p"])
    close(found.ci_low, expected["student_low"])
    complete = expected["genefilter_t"].notna().to_numpy()
    close(found.t[complete], expected["genefilter_t"][complete])
    close(found.p[complete], expected["genefilter_p"][complete])


@pytest.mark.parametrize("matrix", ["spread", "gaps"])
def test_paired_t_is_that_of_r(matrix: str) -> None:
    x = values(matrix)
    expected = reference("linear_tests").query("matrix == @matrix")
    found = paired_t(x[1::2] - x[::2], np.nanmean(x, axis=0))
    for column, part in (("t", found.t), ("df", found.df), ("p", found.p), ("high", found.ci_high)):
        close(part, expected[f"paired_{column}"])


def test_paired_t_is_the_linear_model_with_a_term_per_pair() -> None:
    x = values("spread")
    fit = fit_linear(x, *design("~ paired + C(patient)", "paired"))
    paired, blocked = paired_t(x[1::2] - x[::2], x.mean(axis=0)), linear_test(fit)
    close(blocked.t[0], paired.t, rtol=1e-12)
    close(blocked.p[0], paired.p, rtol=1e-11)
    close(fit.df, paired.df)


def test_two_groups_are_students_t_and_three_the_classical_f() -> None:
    x = values("spread")
    expected = reference("linear_tests").query("matrix == 'spread'")
    two = linear_test(fit_linear(x, *design("~ two", "two")))
    close(two.t[0], expected["student_t"])
    close(two.p[0], expected["student_p"])
    close(two.ci_low[0], expected["student_low"])
    three = linear_test(fit_linear(x, *linear_case("three")[1:]))
    close(three.f, expected["f"])
    close(three.f_p, expected["f_p"])


def test_covariates_are_those_of_lm() -> None:
    expected = reference("linear_lm")
    x = values("spread")[:, :40]
    fit = fit_linear(x, *design("~ two + centre + age", "two"))
    test = linear_test(fit)
    for part, column in (
        (fit.estimate, "estimate"),
        (test.t, "t"),
        (test.p, "p"),
        (test.ci_low, "low"),
        (test.ci_high, "high"),
    ):
        close(part[0], expected[column])
    matrix, _ = design("~ C(three) + age", "age")
    test = linear_test(fit_linear(x, matrix, np.eye(4)[:, 1:3]))
    close(test.f, expected["f"])
    close(test.f_p, expected["f_p"])


@pytest.mark.parametrize("case", ["two", "three", "covariate", "blocked", "gaps"])
def test_contrasts_are_those_of_limma(case: str) -> None:
    x, matrix, contrasts = linear_case(case)
    fit = fit_linear(x, matrix, contrasts)
    for number, expected in reference("linear_limma").query("case == @case").groupby("contrast"):
        close(fit.estimate[number - 1], expected["estimate"])
        close(fit.unscaled[number - 1], expected["unscaled"])
        # limma calls the sigma of a gene without residual degrees of freedom NA, too
        close(np.sqrt(fit.variance), expected["sigma"])
        close(fit.df, expected["df"])
        close(fit.average, expected["average"])


def test_a_contrast_that_the_rows_left_cannot_tell_is_missing() -> None:
    x = np.arange(12.0).reshape(6, 2)
    x[:3, 1] = np.nan
    fit = fit_linear(x, np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]]), np.array([[0.0], [1.0]]))
    assert np.isnan(fit.estimate[0]).tolist() == [False, True]
    assert np.isnan(linear_test(fit).p[0]).tolist() == [False, True]
    assert fit.df.tolist() == [4, 2]


def test_dependent_columns_are_found_in_their_order_and_refused() -> None:
    one, group = np.ones(6), np.array([0.0, 0, 0, 1, 1, 1])
    matrix = np.column_stack([one, group, 1 - group, [0.0, 1, 0, 1, 0, 1]])
    assert independent_columns(matrix) == [0, 1, 3]
    with pytest.raises(ValueError, match="dependent"):
        fit_linear(np.zeros((6, 1)), matrix, np.eye(4))


def test_an_essentially_constant_gene_has_no_test() -> None:
    x = np.full((8, 1), 8.1) + np.array([0, 1e-15] * 4)[:, None]
    assert np.isnan(linear_test(fit_linear(x, *design("~ two", "two", rows=range(3, 11)))).p).all()


@given(st.integers(0, 2**32 - 1), st.floats(-50, 50), st.floats(0.1, 10))
def test_shift_scale_and_order_change_nothing(seed: int, shift: float, scale: float) -> None:
    rng = np.random.default_rng(seed)
    x, codes = rng.normal(size=(11, 7)), rng.permutation(np.repeat([0, 1], [5, 6]))
    genes, samples = rng.permutation(7), rng.permutation(11)
    for test in (student_t, welch_t):
        base = test(x, codes)
        moved = test((shift + scale * x)[np.ix_(samples, genes)], codes[samples])
        close(moved.p, base.p[genes], rtol=1e-7)
        close(moved.difference, scale * base.difference[genes], rtol=1e-7, atol=1e-12)


@given(st.integers(0, 2**32 - 1))
def test_intervals_hold_zero_just_when_p_is_above_one_minus_the_confidence(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, codes = (
        rng.normal(size=(9, 20)) + np.arange(20) * 0.1 * (np.arange(9) > 4)[:, None],
        (np.arange(9) > 4).astype(int),
    )
    for found in (student_t(x, codes), welch_t(x, codes)):
        outside = (found.ci_low > 0) | (found.ci_high < 0)
        assert np.array_equal(outside, found.p < 0.05)


def test_p_is_uniform_when_nothing_differs() -> None:
    from scipy import stats

    rng = np.random.default_rng(7)
    x, codes = rng.normal(size=(12, 4000)), np.repeat([0, 1], [5, 7])
    assert stats.kstest(student_t(x, codes).p, "uniform").pvalue > 1e-3
    frame = pd.DataFrame({"class": codes, "age": rng.normal(size=12)})
    matrix = np.column_stack([np.ones(12), frame])
    assert stats.kstest(linear_test(fit_linear(x, matrix, np.eye(3)[:, 1:2])).p[0], "uniform").pvalue > 1e-3


def weighted() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Values of 300 genes, a design of three columns, weights of which one in twenty is 0, contrasts."""
    rng = np.random.default_rng(3)
    weights = rng.gamma(2, 1, (10, 300)) * (rng.random((10, 300)) > 0.05)
    weights[:5, 7] = 0  # one class is left
    weights[2:, 8] = 0  # fewer values than columns
    weights[:, 9] = 0
    design = np.column_stack([np.ones(10), np.arange(10) >= 5, rng.normal(50, 10, 10)])
    return rng.normal(8, 2, (10, 300)), design, weights, np.array([[0.0, 0, 1], [1, 0, -1], [0, 1, 0]])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("correlated", [False, True])
def test_weighted_fits_in_stacks_are_those_of_single_genes(correlated: bool) -> None:
    x, design, weights, contrasts = weighted()
    correlation = np.where(np.eye(10) == 1, 1.0, 0.3) if correlated else None
    found = fit_linear(x, design, contrasts, correlation=correlation, weights=weights)
    for gene in (0, 1, 7, 8, 9, 150, 299):
        alone = fit_linear(x[:, [gene]], design, contrasts, correlation=correlation, weights=weights[:, [gene]])
        for whole, part in zip(found[:3] + found[4:], alone[:3] + alone[4:], strict=True):
            close(whole[..., gene], part[..., 0])
    assert np.isnan(found.estimate[0, 7:10]).all()
    assert np.isfinite(found.estimate[1, 7:9]).all()
    assert np.isnan(found.estimate[:, 9]).all()
    assert np.isnan(found.mean_square[7:10]).all()
    assert np.isfinite(np.delete(found.estimate, [7, 8, 9], axis=1)).all()


def test_a_weighted_fit_solves_the_normal_equations() -> None:
    x, design, weights, contrasts = weighted()
    found = fit_linear(x, design, contrasts, weights=weights)
    for gene in (0, 1, 150, 299):
        used = weights[:, gene] > 0
        root = np.sqrt(weights[used, gene])
        scaled = root[:, None] * design[used]
        coefficients, squares, *_ = np.linalg.lstsq(scaled, root * x[used, gene])
        spread = np.linalg.inv(scaled.T @ scaled)
        close(found.estimate[:, gene], contrasts.T @ coefficients, rtol=1e-8)
        close(found.unscaled[:, gene] ** 2, np.diag(contrasts.T @ spread @ contrasts), rtol=1e-8)
        close(found.variance[gene], squares[0] / (used.sum() - 3), rtol=1e-8)
