"""Fisher's exact test of many tables against SciPy's of one, and what comes of it gene by gene."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from genereport.cohort.missing import fisher_p, missingness
from tests.factory import make_cohort


@pytest.mark.parametrize(("size", "samples"), [(12, 24), (3, 11), (30, 41), (1, 5)])
def test_fisher_equals_scipy(size: int, samples: int) -> None:
    tables = np.array([(a, a + b) for a in range(size + 1) for b in range(samples - size + 1)])
    expected = [
        stats.fisher_exact([[a, size - a], [total - a, samples - size - total + a]]).pvalue for a, total in tables
    ]
    np.testing.assert_allclose(fisher_p(tables[:, 0], tables[:, 1], size, samples), expected, rtol=1e-10)


def test_genes_with_gaps_are_tested_and_adjusted() -> None:
    cohort = make_cohort(train=(10, 10), test=(3, 3), genes=20)
    values = cohort.expression.to_numpy().copy()
    values[:8, 0] = np.nan  # 8 of 10 and none
    values[8:12, 1] = np.nan  # 2 and 2
    values[20:, 2] = np.nan  # of the independent set alone
    found = missingness(replace(cohort, expression=cohort.expression * 0 + values))
    assert found.genes.index.tolist() == ["g000", "g001"]
    assert found.genes[["A", "B"]].to_numpy().tolist() == [[0.8, 0.0], [0.2, 0.2]]
    p = [stats.fisher_exact([[8, 2], [0, 10]]).pvalue, 1.0]
    np.testing.assert_allclose(found.genes["P.Value"], p)
    np.testing.assert_allclose(found.genes["adj.P.Val"], stats.false_discovery_control(p))
    assert found.found.index.tolist() == ["g000"]
    np.testing.assert_allclose(found.shares, [10 / 200, 2 / 200])
    shares = np.isnan(values[:20]).mean(axis=1)
    assert found.p == pytest.approx(stats.kruskal(shares[:10], shares[10:]).pvalue)


def test_each_of_several_classes_is_tested_against_the_others() -> None:
    cohort = make_cohort(train=(8, 8, 8), genes=10)
    cohort.expression.iloc[8:15, 0] = np.nan
    found = missingness(cohort)
    assert found.genes["P.Value"].item() == pytest.approx(3 * stats.fisher_exact([[7, 1], [0, 16]]).pvalue)


def test_nothing_missing_is_nothing_tested() -> None:
    found = missingness(make_cohort())
    assert len(found.genes) == len(found.found) == 0
    assert np.isnan(found.p)
    assert found.shares.tolist() == [0, 0]
