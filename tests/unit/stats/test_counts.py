"""Filter, normalisation factors and counts per million, against edgeR.

Reference values: Rscript tests/reference/counts.R. Largest relative deviation seen: 2e-15; the filter is equal.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genereport.stats.counts import TmmOptions, apply_tmm, filter_by_expr, fit_tmm, library_sizes, log_cpm, tmm_factors
from tests.unit.stats.references import DEPTHS, close, counted, reference

KINDS = ["whole", "fractional", "sparse"]


def sample() -> pd.DataFrame:
    return reference("counts_input").query("kind == 'whole'")


def design(*columns: str) -> np.ndarray:
    return np.column_stack([np.ones(12), *(sample()[column] for column in columns)]).astype(float)


FILTERS = {
    "two": lambda: {"groups": sample()["two"]},
    "three": lambda: {"groups": sample()["three"]},
    "design": lambda: {"design": np.eye(3)[sample()["three"]]},
    "age": lambda: {"design": design("two", "age")},
    "origin": lambda: {"design": design("age")[:, 1:]},  # edgeR adds the intercept
    "none": dict,
    "sizes": lambda: {"groups": sample()["two"], "lib_sizes": DEPTHS},
    "lenient": lambda: {"groups": sample()["two"], "min_count": 3, "min_total_count": 5},
    "large": lambda: {"groups": sample()["two"], "large_n": 3, "min_prop": 0.5},
}
FACTORS = {
    "plain": {},
    "sizes": {"lib_sizes": DEPTHS},
    "unweighted": {"options": TmmOptions(weighted=False)},
    "trimmed": {"options": TmmOptions(log_ratio_trim=0.1, sum_trim=0.2)},
    "cutoff": {"options": TmmOptions(abundance_cutoff=-10)},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", FILTERS)
def test_the_genes_kept_are_those_of_edger(kind: str, case: str) -> None:
    expected = reference("counts_filter").query("kind == @kind")[case]
    np.testing.assert_array_equal(filter_by_expr(counted(kind), **FILTERS[case]()), expected == 1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", FACTORS)
def test_the_factors_are_those_of_edger(kind: str, case: str) -> None:
    expected = reference("counts_factors").query("kind == @kind")[case]
    close(tmm_factors(counted(kind), **FACTORS[case]), expected, rtol=1e-13)


@pytest.mark.parametrize("kind", KINDS)
def test_of_two_samples_either_may_be_the_reference(kind: str) -> None:
    expected = reference("counts_factors").query("kind == @kind")["pair"]
    close(tmm_factors(counted(kind)[2:4]), expected[:2], rtol=1e-13)


@pytest.mark.parametrize("kind", ["whole", "fractional"])
def test_further_samples_have_the_factor_of_edger_against_the_frozen_reference(kind: str) -> None:
    counts = counted(kind)
    frozen = fit_tmm(counts[:8])
    expected = reference("counts_factors").query("kind == @kind")["frozen"]
    close(apply_tmm(frozen, counts), expected, rtol=1e-13)
    close(apply_tmm(frozen, counts[:8]), tmm_factors(counts[:8]), rtol=0)


def test_log_counts_per_million_are_those_of_edger() -> None:
    whole, fractional = counted("whole"), counted("fractional")
    found = {
        "whole": log_cpm(whole),
        "fractional": log_cpm(fractional, fractional.sum(axis=1) * tmm_factors(fractional)),
        "prior": log_cpm(whole, whole.sum(axis=1) * tmm_factors(whole), prior_count=0.25),
        "frozen": log_cpm(whole[8:], mean_lib_size=float(whole[:8].sum(axis=1).mean())),
    }
    for case, part in reference("counts_log_cpm").groupby("case"):
        close(found[str(case)], part.filter(regex=r"^g\d"), rtol=1e-13)


def test_with_the_mean_of_the_training_samples_further_samples_stand_alone() -> None:
    counts = counted("whole")
    mean = float(counts[:8].sum(axis=1).mean())
    together = log_cpm(counts, mean_lib_size=mean)
    np.testing.assert_array_equal(together[:8], log_cpm(counts[:8]))
    np.testing.assert_array_equal(together[[9]], log_cpm(counts[[9]], mean_lib_size=mean))
    np.testing.assert_array_equal(together[[9, 9]], log_cpm(counts[[9, 9]], mean_lib_size=mean))
    assert np.abs(log_cpm(counts[8:]) - together[8:]).max() > 1e-3


def draw(seed: int, genes: int = 60) -> np.ndarray:
    """Five samples, overdispersed; whole or fractional."""
    rng = np.random.default_rng(seed)
    rate = np.exp(rng.normal(3, 2, genes)) * rng.uniform(0.2, 4, (5, 1))
    counts = rng.negative_binomial(3, 3 / (3 + rate)).astype(float)
    counts[:, 0] += 1
    return np.round(counts * rng.uniform(0.5, 1.5, counts.shape), 3) if seed % 2 else counts


@given(st.integers(0, 10_000))
def test_factors_have_geometric_mean_1_and_do_not_depend_on_the_order(seed: int) -> None:
    counts = draw(seed)
    factors = tmm_factors(counts)
    assert np.log(factors).mean() == pytest.approx(0, abs=1e-12)
    order = np.random.default_rng(seed).permutation
    genes, samples = order(counts.shape[1]), order(len(counts))
    close(tmm_factors(counts[:, genes]), factors, rtol=1e-12)
    close(tmm_factors(counts[samples]), factors[samples], rtol=1e-12)


@given(st.integers(0, 10_000))
def test_a_further_sample_does_not_depend_on_the_others(seed: int) -> None:
    train, new = draw(seed), draw(seed + 1)
    frozen = fit_tmm(train)
    together = apply_tmm(frozen, np.vstack([new, train]))
    np.testing.assert_array_equal(together[:5], np.concatenate([apply_tmm(frozen, row[None]) for row in new]))
    np.testing.assert_array_equal(together[5:], tmm_factors(train))


@given(st.integers(0, 10_000), st.sampled_from([2.0, 8.0]))
def test_depth_alone_changes_neither_factor_nor_filter(seed: int, times: float) -> None:
    counts = draw(seed)
    deeper, unweighted = counts * times, TmmOptions(weighted=False)
    close(tmm_factors(deeper, options=unweighted), tmm_factors(counts, options=unweighted), rtol=1e-12)
    np.testing.assert_array_equal(
        filter_by_expr(deeper, min_count=10 * times, min_total_count=15 * times), filter_by_expr(counts)
    )


def test_a_gene_that_takes_up_a_library_is_allowed_for() -> None:
    counts = np.tile(np.linspace(50, 500, 40), (4, 1))
    counts[3, 7] += counts[3].sum()
    factors = tmm_factors(counts)
    effective = counts.sum(axis=1) * factors
    close(effective, np.full(4, effective[0]))


def test_samples_without_common_genes_have_no_ratio() -> None:
    close(tmm_factors(np.array([[5.0, 0, 0], [0, 3, 4]])), [1, 1])
    close(tmm_factors(np.array([[5.0, 2, 9]])), [1])
    close(tmm_factors(np.array([[5.0], [3]])), [1, 1])
    close(tmm_factors(np.zeros((2, 3)), np.array([10.0, 20])), [1, 1])


def test_what_is_no_count_is_refused() -> None:
    counts = counted("whole")
    for wrong in (-1.0, np.nan, np.inf):
        changed = counts.copy()
        changed[2, 5] = wrong
        with pytest.raises(ValueError, match="finite and not negative"):
            tmm_factors(changed)
    changed = counts.copy()
    changed[2] = 0
    with pytest.raises(ValueError, match="positive"):
        log_cpm(changed)
    with pytest.raises(ValueError, match="one library size"):
        filter_by_expr(counts, lib_sizes=np.ones(3))
    with pytest.raises(ValueError, match="the reference has 160"):
        apply_tmm(fit_tmm(counts), counts[:, 1:])


def test_library_sizes_do_not_depend_on_the_order_of_the_genes() -> None:
    counts = counted("fractional")
    np.testing.assert_array_equal(library_sizes(counts), library_sizes(counts[:, ::-1]))


def test_real_cohorts_have_the_factors_of_edger(shared_cohorts: Path) -> None:
    """The same in R: filterByExpr(x, group = class), then calcNormFactors of the genes kept."""
    counts = pd.read_csv(shared_cohorts / "cervical" / "counts.tsv", sep="\t", index_col=0).to_numpy(float).T
    keep = filter_by_expr(counts, groups=np.arange(58) < 29)
    assert keep.sum() == 188
    close(tmm_factors(counts[:, keep])[:4], [1.002923, 0.8999673, 0.9857194, 0.877774], rtol=1e-6)
    table = pd.read_csv(shared_cohorts / "srp254919" / "salmon.merged.gene_counts.tsv", sep="\t")
    counts = table.iloc[:, 2:].to_numpy(float).T
    keep = filter_by_expr(counts, groups=np.arange(6) < 3)
    assert keep.sum() == 669
    expected = [0.9185343, 1.499752, 1.422671, 1.395226, 0.3782835, 0.9667601]
    close(tmm_factors(counts[:, keep]), expected, rtol=1e-6)
