"""Moderated statistics against limma 3.54.1.

Reference values: Rscript tests/reference/linear.R. Largest relative deviations seen: p 3.8e-13, B 4.2e-12, d0 2.1e-15.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from genereport.stats.ebayes import moderate
from genereport.stats.linear import fit_linear
from genereport.stats.multiplicity import bonferroni
from tests.unit.stats.references import DESIGNS, close, golub, linear_case, reference


@pytest.mark.parametrize("case", DESIGNS)
def test_moderated_statistics_are_those_of_limma(case: str) -> None:
    options = {name: name in case for name in ("trend", "robust")}
    found = moderate(fit_linear(*linear_case(case)), **options)
    for number, expected in reference("linear_limma").query("case == @case").groupby("contrast"):
        close(found.prior.df, expected["d0"].fillna(np.inf))
        close(found.prior.variance, expected["s0"])
        close(found.variance, expected["posterior"])
        close(found.df, expected["df_total"])
        close(found.t[number - 1], expected["t"])
        close(found.p[number - 1], expected["p"], atol=0)
        close(found.b[number - 1], expected["b"])
    if case not in ("gaps", "robust gaps"):  # there limma takes one correlation of the contrasts for all genes
        close(found.f, expected["f"])
        close(found.f_p, expected["f_p"], atol=0)


def test_without_scatter_beyond_chance_the_prior_is_endless_and_every_variance_is_it() -> None:
    found = moderate(fit_linear(*linear_case("endless")))
    assert np.isinf(found.prior.df).all()
    np.testing.assert_array_equal(found.variance, found.prior.variance)
    np.testing.assert_array_equal(found.df, np.full(150, 150 * 15))


def test_robust_moderation_gives_outliers_less_of_the_prior() -> None:
    found = moderate(fit_linear(*linear_case("robust")), robust=True)
    outliers = np.arange(19, 150, 20)
    rest = np.setdiff1d(np.arange(150), outliers)
    assert found.prior.df[outliers].max() < found.prior.overall / 2
    assert np.median(found.prior.df[rest]) > 0.99 * found.prior.overall
    assert found.prior.overall > moderate(fit_linear(*linear_case("robust"))).prior.overall


def test_a_gene_without_residual_degrees_of_freedom_borrows_all_of_the_prior() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(6, 50)) * np.sqrt(3 / rng.chisquare(3, 50))
    x[[1, 2, 4, 5], 0] = np.nan
    found = moderate(fit_linear(x, np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]]), np.array([[0.0], [1]])))
    assert found.df[0] == found.prior.overall
    assert found.variance[0] == found.prior.variance[0]
    assert np.isfinite(found.t[0, 0])


def test_what_cannot_be_moderated_is_refused() -> None:
    fit = fit_linear(*linear_case("two"))
    with pytest.raises(ValueError, match="not supported"):
        moderate(fit, trend=True, robust=True)
    saturated = fit_linear(np.ones((2, 3)), np.eye(2), np.array([[-1.0], [1]]))
    with pytest.raises(ValueError, match="no gene"):
        moderate(saturated)


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 100))
def test_scale_and_order_change_no_p_value(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(10, 30)) * np.sqrt(4 / rng.chisquare(4, 30))
    matrix, contrast = np.column_stack([np.ones(10), np.repeat([0, 1], 5)]), np.array([[0.0], [1]])
    genes, samples = rng.permutation(30), rng.permutation(10)
    base = moderate(fit_linear(x, matrix, contrast))
    moved = moderate(fit_linear(3 + scale * x[np.ix_(samples, genes)], matrix[samples], contrast))
    close(moved.p[0], base.p[0][genes], rtol=1e-6)
    assert np.all(moved.variance > 0)


def test_moderated_p_is_uniform_when_nothing_differs() -> None:
    rng = np.random.default_rng(11)
    x = rng.normal(size=(8, 5000)) * np.sqrt(4 / rng.chisquare(4, 5000))
    found = moderate(fit_linear(x, np.column_stack([np.ones(8), np.repeat([0, 1], 4)]), np.array([[0.0], [1]])))
    assert stats.kstest(found.p[0], "uniform").pvalue > 1e-3
    assert abs(found.prior.overall - 4) < 0.5


@pytest.mark.parametrize("rows", ["tested", "all"])
def test_golub_keeps_75_genes_but_67_when_constant_rows_spoil_the_prior(rows: str, shared_cohorts: Path) -> None:
    # R: tests/reference/golub.R. Two thirds of the prior degrees of freedom and nearly all of the prior variance are
    # lost to the 1,050 rows without variance: true variances are drawn towards too small a value with too little force.
    table, codes = golub(shared_cohorts / "golub")
    x = table.to_numpy()
    if rows == "tested":
        x = x[:, ~table.columns.str.startswith("AFFX") & (x.max(axis=0) > x.min(axis=0))]
    found = moderate(fit_linear(x, np.column_stack([np.ones(38), codes]), np.array([[0.0], [1]])))
    expected = reference("golub_limma").set_index("rows").loc[rows]
    assert x.shape[1] == expected["genes"]
    close(found.prior.overall, expected["d0"])
    close(found.prior.variance[0], expected["s0"])
    close(np.nanmin(found.p), expected["smallest"], atol=0)
    assert (bonferroni(found.p[0]) < 0.05).sum() == expected["bonferroni"] == {"tested": 75, "all": 67}[rows]
    assert round(found.prior.overall, 3) == {"tested": 1.383, "all": 0.481}[rows]


def test_genes_without_residual_variance_get_the_priors_as_in_limma() -> None:
    # R: x <- outer(1:30, 1:12, function(g, s) sin(7 * g + 3 * s * s)); two <- rep(0:1, each = 6)
    #    x[1, ] <- 2 + 3 * two; x[2, ] <- 5 - two; x[3, two == 0] <- 1; f <- eBayes(lmFit(x, model.matrix(~two)))
    #    f$t[1:3, 2]; f$p.value[1:3, 2]; f$df.prior; f$s2.prior; f$s2.post[1]
    gene, sample, two = np.arange(1, 31), np.arange(1, 13), np.repeat([0, 1], 6)
    x = np.sin(7 * gene + 3 * (sample * sample)[:, None])
    x[:, 0], x[:, 1], x[two == 0, 2] = 2 + 3 * two, 5 - two, 1
    fit = fit_linear(x, np.column_stack([np.ones(12), two]), np.array([[0.0], [1.0]]))
    found = moderate(fit)
    close(found.t[0, :3], [103.27159161307931, -34.423863871026484, -3.4784856675544753])
    close(found.p[0, :3], [1.9150423672970356e-17, 2.4469673446899065e-12, 0.0053455080202643489], rtol=1e-9)
    close([found.prior.overall, found.prior.variance[0]], [0.73872412136731636, 0.036802085392902965])
    close(found.variance[:2], [0.0025316404341054663] * 2)


def test_genes_that_are_left_out_change_nothing_for_the_others() -> None:
    x, matrix, contrasts = linear_case("three")
    fit = fit_linear(x, matrix, contrasts)
    genes = np.arange(x.shape[1]) % 3 > 0
    some, alone = moderate(fit, genes=genes), moderate(fit_linear(x[:, genes], matrix, contrasts))
    for part, own in zip(some[:-1], alone[:-1], strict=True):
        close(part[..., genes], own)
        assert np.isnan(part[..., ~genes]).all()
    assert some.prior.overall == alone.prior.overall
