"""Gene sets against R: phyper, fisher.test, binom.test, limma's rankSumTestWithCorrelation and cameraPR.

Reference values: Rscript tests/reference/sets.R.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from genereport.stats.enrichment import over_representation, rank_shift, sign_agreement
from tests.unit.stats.references import close, reference


def test_over_representation_is_that_of_r() -> None:
    for row in reference("sets_counts").itertuples():
        member = np.arange(row.universe) < row.size
        significant = np.r_[np.arange(row.size) < row.hits, np.arange(row.universe - row.size) < row.drawn - row.hits]
        found = over_representation(member, significant)
        assert found.hits == row.hits
        close(found.p, row.p, atol=0)
        close(found.p, row.fisher, rtol=1e-9)
        assert found.expected == pytest.approx(row.size * row.drawn / row.universe)


def test_odds_ratios_of_empty_cells() -> None:
    member, nobody = np.array([True, True, False, False]), np.zeros(4, dtype=bool)
    assert over_representation(member, member).odds_ratio == np.inf
    assert np.isnan(over_representation(member, nobody).odds_ratio)
    assert over_representation(member, np.array([True, False, True, False])).odds_ratio == 1


def test_sign_test_is_that_of_r() -> None:
    for row in reference("sets_signs").itertuples():
        found = sign_agreement(row.agreeing, row.total)
        close(found.p, row.p)
        assert found.interval.low <= found.share <= found.interval.high
    assert np.isnan(sign_agreement(0, 0).p)


def test_rank_test_is_that_of_limma() -> None:
    table = reference("sets_statistics")
    for row in reference("sets_ranks").itertuples():
        member = (np.arange(300) >= row.first - 1) & (np.arange(300) < row.last)
        found = rank_shift(table[row.kind].to_numpy(float), member, row.correlation)
        close(found.p_lower, row.less)
        close(found.p_higher, row.greater)
        close(found.p, min(1, row.camera))


@given(st.integers(0, 2**32 - 1))
def test_order_changes_nothing_and_sign_swaps_the_sides(seed: int) -> None:
    rng = np.random.default_rng(seed)
    statistic, member = rng.normal(size=40).round(1), np.arange(40) < 9
    base, order = rank_shift(statistic, member), rng.permutation(40)
    close(rank_shift(statistic[order], member[order]), base)
    mirrored = rank_shift(-statistic, member)
    close(mirrored, (1 - base.auc, base.p_higher, base.p_lower))
    close(rank_shift(np.exp(statistic), member), base)


def test_p_is_uniform_for_sets_of_independent_genes() -> None:
    rng = np.random.default_rng(2)
    member = np.arange(400) < 60
    p = [rank_shift(rng.normal(size=400), member, 0.0).p for _ in range(800)]
    assert stats.kstest(p, "uniform").pvalue > 1e-3
    assert rank_shift(np.arange(400.0), member, 0.1).p > rank_shift(np.arange(400.0), member, 0.0).p
