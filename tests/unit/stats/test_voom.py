"""Precision weights of log counts and the tests that use them, against limma.

Reference values: Rscript tests/reference/counts.R. Largest relative deviation seen: 6e-14 of weights, 5e-12 of a
correlation near 0, 2e-12 of t and B near 0.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from genereport.stats.block import block_matrix
from genereport.stats.counts import filter_by_expr, log_cpm, tmm_factors
from genereport.stats.ebayes import moderate
from genereport.stats.linear import LinearFit, fit_linear
from genereport.stats.voom import voom, voom_with_blocks, voom_with_quality_weights
from tests.unit.stats.references import ALL_PAIRS, close, counted, counted_design, reference, voom_matrix

TARGET = np.array([[0.0], [1.0]])


def units() -> np.ndarray:
    return reference("counts_input").query("kind == 'whole'")["unit"].to_numpy()


def sizes(counts: np.ndarray) -> np.ndarray:
    return np.asarray(counts.sum(axis=1) * tmm_factors(counts))


TWO = counted_design("two")
CORRELATION = block_matrix(units(), 0.35)


def given() -> np.ndarray:
    """Weights of samples that counts.R passes."""
    return reference("voom_arrays")["given"].to_numpy()


CASES = {
    "two": lambda: voom(counted("whole"), TWO),
    "normalised": lambda: voom(counted("whole"), TWO, sizes(counted("whole"))),
    "fractional": lambda: voom(counted("fractional"), counted_design("three"), sizes(counted("fractional")), span=0.7),
    "age": lambda: voom(counted("whole"), counted_design("two", "age")),
    "weighted": lambda: voom(counted("whole"), TWO, sample_weights=given()),
    "blocked": lambda: voom(counted("whole"), TWO, correlation=CORRELATION),
    "both": lambda: voom(counted("whole"), TWO, sample_weights=given(), correlation=CORRELATION),
    "quality": lambda: voom_with_quality_weights(counted("whole"), TWO),
    "reml": lambda: voom_with_quality_weights(counted("whole"), TWO, method="reml"),
}
"""Case of counts.R → what makes it."""


@pytest.mark.parametrize("name", CASES)
def test_the_weights_are_those_of_limma(name: str) -> None:
    close(CASES[name]().weights, voom_matrix(name, "weights"), rtol=1e-12)


@pytest.mark.parametrize("name", ["two", "fractional"])
def test_the_values_are_those_of_limma(name: str) -> None:
    close(CASES[name]().values, voom_matrix(name, "values"), rtol=1e-13)


@pytest.mark.parametrize("name", ["two", "fractional", "both"])
def test_the_trend_is_that_of_limma(name: str) -> None:
    found, expected = CASES[name](), reference("voom_trend").query("case == @name")
    close(found.x, expected["x"])
    close(found.y, expected["y"])
    close(found.line.x, expected["line_x"])
    close(found.line.y, expected["line_y"])


@pytest.mark.parametrize(("name", "column"), [("quality", "voom_quality"), ("reml", "voom_reml")])
def test_the_weights_of_samples_are_those_of_limma(name: str, column: str) -> None:
    close(CASES[name]().sample_weights, reference("voom_arrays")[column], rtol=1e-12)


def kept() -> tuple[np.ndarray, np.ndarray]:
    """The genes that the filter keeps, and effective library sizes."""
    counts = counted("whole")
    counts = counts[:, filter_by_expr(counts, groups=counted_design("two")[:, 1])]
    return counts, sizes(counts)


@pytest.mark.parametrize("quality", [False, True])
def test_both_rounds_of_the_correlation_are_those_of_limma(quality: bool) -> None:
    counts, size = kept()
    rows = reference("voom_blocks")
    expected = rows[rows["case"] == ("blocks quality" if quality else "blocks")]
    for rounds, column in ((1, "one"), (2, "two")):
        found = voom_with_blocks(
            counts, counted_design("two"), units(), size, rounds=rounds, quality=quality
        ).correlation
        assert found.consensus == pytest.approx(expected[column].iloc[0], rel=1e-12)
        close(found.atanh, expected[f"{column}_atanh"])


def fitted(name: str) -> tuple[LinearFit, bool]:
    """The fit of a case of counts.R, and whether its prior follows a trend."""
    counts, size = kept()
    two = counted_design("two")
    if name == "trend":
        return fit_linear(log_cpm(counts, size), two, TARGET), True
    if name == "three":
        of_three = voom(counts, counted_design("three"), size)
        return fit_linear(of_three.values, counted_design("three"), ALL_PAIRS, weights=of_three.weights), False
    if name.startswith("blocks"):
        found = voom_with_blocks(counts, two, units(), size, quality=name == "blocks quality")
        correlation = block_matrix(units(), found.correlation.consensus)
        return fit_linear(found.voom.values, two, TARGET, weights=found.voom.weights, correlation=correlation), False
    own = (voom if name == "voom" else voom_with_quality_weights)(counts, two, size)
    return fit_linear(own.values, two, TARGET, weights=own.weights), False


@pytest.mark.parametrize("name", reference("voom_limma")["case"].unique())
def test_the_tests_are_those_of_limma(name: str) -> None:
    fit, trend = fitted(name)
    found = moderate(fit, trend=trend)
    for row, (_, part) in enumerate(reference("voom_limma").query("case == @name").groupby("contrast")):
        for value, column in (
            (fit.estimate[row], "estimate"),
            (fit.unscaled[row], "unscaled"),
            (np.sqrt(fit.variance), "sigma"),
            (fit.df, "df"),
            (fit.average, "average"),
            (found.t[row], "t"),
            (found.df, "df_total"),
            (found.p[row], "p"),
            (found.b[row], "b"),
            (found.prior.df, "d0"),
            (found.prior.variance, "s0"),
            (found.variance, "posterior"),
        ):
            close(value, part[column])


def test_the_f_test_is_that_of_each_genes_own_model() -> None:
    fit, _ = fitted("three")
    close(fit.mean_square / fit.variance, reference("voom_f")["f"], rtol=1e-11)


def test_genes_without_counts_have_no_part_in_the_trend() -> None:
    counts, design = counted("whole"), counted_design("two")
    found = voom(counts, design)
    empty = ~counts.any(axis=0)
    assert empty.sum() >= 4
    assert len(found.x) == len(found.line.y) == (~empty).sum()
    assert np.isfinite(found.weights).all()
    assert (found.weights > 0).all()
    size = counts.sum(axis=1)
    close(voom(counts[:, ~empty], design, size).weights, found.weights[:, ~empty], rtol=1e-12)


def test_the_order_of_genes_and_samples_changes_nothing() -> None:
    counts, design = counted("fractional"), counted_design("two")
    base = voom(counts, design)
    rng = np.random.default_rng(1)
    genes, samples = rng.permutation(counts.shape[1]), rng.permutation(len(counts))
    close(voom(counts[:, genes], design).weights, base.weights[:, genes])
    close(voom(counts[samples], design[samples]).weights, base.weights[samples])


def test_genes_with_the_same_counts_in_another_order_tie() -> None:
    rng = np.random.default_rng(1)
    counts = np.array([rng.permutation([7.0, 0, 0, 1, 0.3, 12]) for _ in range(80)]).T
    x = voom(np.hstack([counts, rng.poisson(90, (6, 20))]), np.ones((6, 1))).x
    assert len(np.unique(x[:80])) == 1


def test_without_residual_degrees_of_freedom_all_weights_are_1() -> None:
    counts = counted("whole")[:2]
    found = voom(counts, np.eye(2))
    assert (found.weights == 1).all()
    assert len(found.x) == len(found.line.x) == 0
    assert (voom_with_quality_weights(counts, np.eye(2)).weights == 1).all()


def test_refusals() -> None:
    counts = counted("whole")
    with pytest.raises(ValueError, match="two genes"):
        voom(counts[:, :1], np.ones((12, 1)))
    with pytest.raises(ValueError, match="linearly dependent"):
        voom(counts, np.ones((12, 2)))
    with pytest.raises(ValueError, match="not positive everywhere"):
        voom(np.full((4, 5), 10.0), np.ones((4, 1)))
    with pytest.raises(ValueError, match="not negative"):
        voom(-counts, np.ones((12, 1)))


def test_units_that_tell_no_correlation_end_the_rounds() -> None:
    counts, design = counted("whole")[:4], np.column_stack([np.ones(4), [0, 1, 0, 1]])
    found = voom_with_blocks(counts, design, np.array([0, 0, 1, 1]))
    assert np.isnan(found.correlation.consensus)
    close(found.voom.weights, voom(counts, design).weights, rtol=0)


def test_noise_is_as_often_significant_as_it_should_be() -> None:
    """Depths differ tenfold, so that the plain logarithms have very different variances."""
    rng = np.random.default_rng(11)
    rate = np.exp(rng.normal(2, 1.5, 1500)) * np.geomspace(1, 10, 10)[:, None]
    counts = rng.negative_binomial(20, 20 / (20 + rate)).astype(float)
    design = np.column_stack([np.ones(10), np.arange(10) < 5])
    counts = counts[:, filter_by_expr(counts, groups=design[:, 1])]
    found = voom(counts, design)
    p = moderate(fit_linear(found.values, design, TARGET, weights=found.weights)).p[0]
    assert 0.02 < (p < 0.05).mean() < 0.08


def test_a_real_cohort_has_the_values_of_limma(shared_cohorts: Path) -> None:
    """filterByExpr, calcNormFactors, voom, duplicateCorrelation (one round), lmFit and eBayes for ~class."""
    counts = pd.read_csv(shared_cohorts / "cervical" / "counts.tsv", sep="\t", index_col=0)
    sheet = pd.read_csv(shared_cohorts / "cervical" / "samples.tsv", sep="\t", index_col=0).loc[counts.columns]
    design = np.column_stack([np.ones(58), sheet["class"] == "tumour"])
    x = counts.to_numpy(float).T
    x = x[:, filter_by_expr(x, groups=design[:, 1])]
    size = sizes(x)
    plain = voom(x, design, size)
    found = moderate(fit_linear(plain.values, design, TARGET, weights=plain.weights))
    assert found.prior.overall == pytest.approx(11.14675, rel=1e-6)
    assert found.prior.variance[0] == pytest.approx(0.9893591, rel=1e-6)
    assert (int((found.p * 188 < 0.05).sum()), found.p.min()) == (54, pytest.approx(2.249024743e-12, rel=1e-9))
    block = pd.factorize(sheet["patient"])[0]
    once = voom_with_blocks(x, design, block, size, rounds=1)
    assert once.correlation.consensus == pytest.approx(0.231178675152, rel=1e-10)
    correlation = block_matrix(block, once.correlation.consensus)
    fit = fit_linear(once.voom.values, design, TARGET, weights=once.voom.weights, correlation=correlation)
    p = moderate(fit).p[0]
    assert (int((p * 188 < 0.05).sum()), p.min()) == (64, pytest.approx(3.238346614e-15, rel=1e-9))
