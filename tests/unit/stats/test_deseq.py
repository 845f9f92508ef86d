"""DESeq2's tests of counts against DESeq2.

Reference values: Rscript tests/reference/deseq.R. Size factors, and all that follows from given dispersions, agree to
rounding or to where DESeq2 stops: its fit of a gene ends when the deviance changes by less than 1e-8. Its search for a
dispersion ends when the log likelihood rises by less than 1e-6; where it takes more than 100 steps, DESeq2 takes the
best of a grid, whose points are 12 % apart. So single dispersions differ by up to 7 %, and all later numbers by the
small change of the trend that follows. `test_no_dispersion_of_deseq2_is_more_likely` shows on which side the optimum
is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from genereport.stats.deseq import Deseq, deseq, filter_by_mean, likelihood_ratio, size_factors
from genereport.stats.dispersion_prior import prior_variance
from genereport.stats.dispersions import fit_prior, fitted_means, shrink
from genereport.stats.negbin import fit_negative_binomial, log_likelihood
from genereport.stats.outliers import cook_distances
from genereport.stats.profile import DispersionProfile
from tests.unit.stats.references import close, genes_of, reference

ROWS = {"few": [0, 2, 4, 1, 3, 5], "tiny": [0, 2, 1, 3], "rising": list(range(8))}
CASES = ["two", "plain", "three", "age", "unit", "few", "tiny", "rising"]
SETTLED = [case for case in CASES if case not in ("age", "unit")]
"""Cases whose design divides the samples into groups, so that DESeq2 fits the means for the dispersions exactly."""


def samples(case: str) -> pd.DataFrame:
    return reference("deseq_input").iloc[ROWS.get(case, list(range(18)))]


@cache
def counts_of(case: str) -> np.ndarray:
    """Samples × genes with a count in these samples."""
    if case == "rising":
        return reference("deseq_rising").to_numpy(float)
    counts = genes_of(samples(case)).astype(float)
    return counts[:, counts.any(axis=0)]


def design_of(case: str) -> tuple[np.ndarray, np.ndarray]:
    """Model matrix, and the contrasts of `deseq_genes`."""
    sheet = samples(case)
    one, two = np.ones((len(sheet), 1)), sheet[["two"]].to_numpy(float)
    if case == "three":
        pairs = np.array([[0.0, 0, 0], [1, 0, -1], [0, 1, 1]])
        return np.hstack([one, np.eye(3)[sheet["three"]][:, 1:]]), pairs
    more = {"age": sheet[["age"]].to_numpy(float), "unit": np.eye(9)[sheet["unit"] - 1][:, 1:]}
    matrix = np.hstack([one, more[case], two] if case in more else [one, two]).astype(float)
    return matrix, np.eye(matrix.shape[1])[:, [-1]]


@cache
def found_in(case: str) -> Deseq:
    return deseq(counts_of(case), *design_of(case))


def expected_of(case: str, pair: int = 1) -> pd.DataFrame:
    return reference("deseq_genes").query("case == @case and pair == @pair")


def summary_of(case: str) -> pd.Series[float]:
    return reference("deseq_cases").set_index("case").T[case]


def replaced(case: str) -> np.ndarray:
    """Genes whose outliers are replaced; their dispersions belong to other counts."""
    return np.asarray(found_in(case).replaced.any(axis=0))


def test_size_factors_are_those_of_deseq2() -> None:
    counts = counts_of("two")
    close(size_factors(counts), reference("deseq_sizes")["ratio"], rtol=1e-13)
    sparse = counts.copy()
    sparse[np.arange(counts.shape[1]) % 18, np.arange(counts.shape[1])] = 0
    close(size_factors(sparse), reference("deseq_sizes")["poscounts"], rtol=1e-13)


def test_a_sample_without_counts_has_no_size_factor() -> None:
    with pytest.raises(ValueError, match="a sample has no counts"):
        size_factors(np.array([[0.0, 0.0], [1.0, 2.0]]))


@pytest.mark.parametrize("case", CASES)
def test_no_dispersion_of_deseq2_is_more_likely(case: str) -> None:
    counts, (design, _) = counts_of(case), design_of(case)
    found, theirs = found_in(case).dispersions, expected_of(case)["own"].to_numpy()
    profile = DispersionProfile(counts, fitted_means(counts, design, size_factors(counts)), design)
    gain = profile.value(np.log(found.own)) - profile.value(np.log(theirs))
    judged = ~replaced(case)
    # 1e-3: where the likelihood is flat at the start, both stay there, each by a rule of its own
    assert gain[judged].min() > -1e-3
    assert np.mean(np.abs(found.own / theirs - 1)[judged] < 1e-3) > 0.7


@pytest.mark.parametrize("case", [case for case in CASES if case != "two"])  # its outliers were replaced since
def test_the_trend_and_the_prior_are_those_of_deseq2_at_its_dispersions(case: str) -> None:
    own, mean = expected_of(case)["own"].to_numpy(), expected_of(case)["mean"].to_numpy()
    design, _ = design_of(case)
    prior = fit_prior(own, mean, len(design) - design.shape[1])
    expected = summary_of(case)
    close([prior.trend.asymptote, prior.trend.extra], expected[["asymptote", "extra"]], rtol=1e-9)
    close(prior.spread, expected["spread"], rtol=1e-9)
    if case != "tiny":  # up to three residual degrees of freedom DESeq2 draws random numbers
        close(prior.variance, expected["variance"], rtol=1e-9)
    assert prior.trend.parametric is (case != "rising")


@pytest.mark.parametrize("case", CASES)
def test_shrunken_dispersions_are_those_of_deseq2_at_its_own(case: str) -> None:
    counts, (design, _), expected = counts_of(case), design_of(case), expected_of(case)
    profile = DispersionProfile(counts, fitted_means(counts, design, size_factors(counts)), design)
    prior, summary = found_in(case).dispersions.prior, summary_of(case)
    trend = prior.trend._replace(asymptote=summary["asymptote"], extra=summary["extra"])
    prior = prior._replace(trend=trend, variance=summary["variance"], spread=summary["spread"])
    found = shrink(expected["own"].to_numpy(), expected["mean"].to_numpy(), profile, prior)
    kept = ~replaced(case)
    close(found.trend, expected["trend"], rtol=1e-12)
    np.testing.assert_array_equal(found.outlying[kept], expected["outlying"][kept] == 1)
    away = np.abs(found.shrunken / expected["shrunken"] - 1)[kept]
    assert away.quantile(0.98) < 2e-3
    assert case not in SETTLED or away.max() < 5e-3


@pytest.mark.parametrize("case", CASES)
def test_coefficients_and_errors_are_those_of_deseq2_at_its_dispersions(case: str) -> None:
    design, contrasts = design_of(case)
    for pair in range(contrasts.shape[1]):
        expected = expected_of(case, pair + 1)
        counts = counts_of(case) if case == "plain" else found_in(case).counts
        fit = fit_negative_binomial(counts, design, size_factors(counts_of(case)), expected["final"].to_numpy())
        log_fold = contrasts[:, pair] @ fit.coefficients / np.log(2)
        error = np.sqrt(np.einsum("k,klp,l->p", contrasts[:, pair], fit.covariance, contrasts[:, pair])) / np.log(2)
        away = np.abs(log_fold - expected["log_fold"]) / expected["error"]
        settled = fit.converged
        assert away[settled].quantile(0.98) < (1e-5 if case in SETTLED else 2e-3)
        assert (np.abs(error / expected["error"] - 1)[settled]).quantile(0.98) < 1e-4


@pytest.mark.parametrize("case", CASES)
def test_the_whole_agrees_with_deseq2(case: str) -> None:
    found, summary = found_in(case), summary_of(case)
    if case == "plain":  # what `deseq` finds there is the case "two"
        return
    close([found.dispersions.prior.trend.asymptote, found.dispersions.prior.spread], summary.iloc[[0, 3]], rtol=0.06)
    for pair in range(len(found.p)):
        expected = expected_of(case, pair + 1)
        close(found.mean, expected["mean"], rtol=1e-12)
        np.testing.assert_array_equal(np.isnan(found.p[pair]), expected["p"].isna())
        assert np.abs(found.error[pair] / expected["error"] - 1).quantile(0.97) < 0.025
        z = expected["log_fold"] / expected["error"]
        assert np.abs(found.z[pair] - z).quantile(0.97) < 0.03 + 0.01 * np.abs(z).max()


@pytest.mark.parametrize("case", CASES)
def test_the_filter_is_that_of_deseq2(case: str) -> None:
    expected = expected_of(case)
    found = filter_by_mean(expected["p"].to_numpy(), expected["mean"].to_numpy(), alpha=0.05)
    close(found.adjusted, expected["adjusted"], rtol=1e-12)
    close(found.threshold, summary_of(case)["threshold"], rtol=1e-12)


def test_distances_are_those_of_deseq2() -> None:
    counts, (design, _) = counts_of("three"), design_of("three")
    dispersion = expected_of("three")["final"].to_numpy()
    fit = fit_negative_binomial(counts, design, size_factors(counts), dispersion)
    found, expected = cook_distances(counts, design, size_factors(counts), fit), genes_of(reference("deseq_cooks"))
    away = np.abs(found / expected - 1)[expected > 1e-3]
    assert np.quantile(away, 0.98) < 1e-4  # the others belong to genes with hardly any count, where DESeq2 stops early


def test_outlying_counts_of_few_samples_leave_a_gene_without_p_value_and_of_many_are_replaced() -> None:
    assert found_in("three").outlying.sum() == 19
    assert not found_in("three").replaced.any()
    assert found_in("two").replaced.any(axis=0).sum() == 20
    assert not found_in("two").outlying.any()


def test_the_likelihood_ratio_is_that_of_deseq2() -> None:
    counts = counts_of("three")
    expected = reference("deseq_ratio").assign(mean=found_in("three").mean)
    design, contrasts = design_of("three")
    final = expected_of("three")["final"].to_numpy()
    found = found_in("three")
    fit = fit_negative_binomial(counts, design, found.sizes, final)
    same = found._replace(fit=fit, dispersions=found.dispersions._replace(final=final), outlying=np.zeros(240, bool))
    test = likelihood_ratio(same, design, contrasts)
    assert test.df == 2
    close(test.statistic, expected["statistic"], rtol=1e-5, atol=1e-5)
    close(test.p, expected["p"], rtol=1e-4)
    # for a model with only an intercept DESeq2 takes a mean, which is less likely, so that its statistic is larger
    above = expected["mean"] > 1  # below, the limit of the fitted means matters
    assert (expected["default"] >= test.statistic - 1e-5)[above].all()


def test_likelihoods_are_those_of_scipy() -> None:
    rng = np.random.default_rng(4)
    counts, mean, alpha = rng.poisson(20, (5, 4)).astype(float), rng.uniform(5, 40, (5, 4)), np.array([1e-6, 0.1, 1, 9])
    expected = np.asarray(stats.nbinom.logpmf(counts, 1 / alpha, 1 / (1 + alpha * mean)))
    close(log_likelihood(counts, mean, alpha), expected.sum(axis=0), rtol=1e-8)


@pytest.mark.parametrize("df", [1, 2, 3, 5])
@pytest.mark.parametrize("variance", [0.5, 1.5, 3.0])
def test_the_prior_variance_is_found_again(df: int, variance: float) -> None:
    # DESeq2's estimateDispersionsPriorVar finds 0.54 to 0.56, 1.38 to 1.50 and 2.87 to 2.91 for df 1, 2 and 3
    rng = np.random.default_rng(8)
    residual = rng.normal(0, variance**0.5, 20_000) + np.log(rng.chisquare(df, 20_000) / df)
    spread = stats.median_abs_deviation(residual, scale="normal")
    assert prior_variance(residual, spread, df) == pytest.approx(variance, rel=0.15)


@pytest.mark.parametrize("seed", range(4))
def test_neither_the_order_of_genes_nor_the_direction_matters(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mean = np.geomspace(5, 2000, 40) * rng.uniform(0.3, 3, (6, 1))
    counts = rng.negative_binomial(5, 5 / (5 + mean)).astype(float) + 1
    design, contrast = np.column_stack([np.ones(6), np.arange(6) > 2]).astype(float), np.array([[0.0], [1.0]])
    turned = np.column_stack([np.ones(6), np.arange(6) < 3]).astype(float)
    order = rng.permutation(40)
    one, two = deseq(counts, design, contrast), deseq(counts[:, order], turned, contrast)
    np.testing.assert_allclose(two.z, -one.z[:, order], atol=1e-4)


def test_a_gene_that_only_scatters_like_poisson_counts_has_the_smallest_dispersion() -> None:
    counts = np.array([[10.0, 10.0, 50.0], [11.0, 9.0, 500.0], [9.0, 10.0, 90.0], [10.0, 11.0, 700.0]])
    found = deseq(counts, np.ones((4, 1)), np.ones((1, 1)), np.ones(4)).dispersions
    assert found.own[0] == 1e-8
    assert found.own[2] > 0.1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda counts: counts + 0.5, "whole numbers"),
        (lambda counts: -counts, "none of them negative"),
        (lambda counts: counts * np.array([0.0, 1, 1]), "genes without counts"),
        (lambda counts: counts[:1], "residual degrees of freedom"),
        (lambda counts: np.full((4, 3), 10.0), "more than Poisson counts"),
    ],
)
def test_what_cannot_be_tested_is_refused(change: Callable[[np.ndarray], np.ndarray], message: str) -> None:
    counts = change(np.array([[10.0, 20, 30], [11, 25, 90], [9, 21, 40], [14, 20, 10]]))
    with pytest.raises(ValueError, match=message):
        deseq(counts, np.ones((len(counts), 1)), np.ones((1, 1)))
