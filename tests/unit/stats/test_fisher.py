"""Fisher's exact test of 2 × k tables agrees with R and, for k = 2, with SciPy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from genereport.stats import fisher
from genereport.stats.fisher import fisher_2_by_k

REFERENCE = pd.read_csv(Path(__file__).parents[2] / "reference" / "fisher.csv")


@pytest.mark.parametrize("row", range(len(REFERENCE)))
def test_it_agrees_with_r(row: int) -> None:
    """``Rscript tests/reference/fisher.R``."""
    each = REFERENCE.iloc[row]
    inside, totals = (np.array([int(number) for number in each[name].split()]) for name in ("inside", "totals"))
    np.testing.assert_allclose(fisher_2_by_k(inside, totals), each["p"], rtol=1e-9)


def test_two_groups_agree_with_scipy() -> None:
    for a, b in ((0, 5), (3, 1), (8, 0), (4, 4)):
        expected = stats.fisher_exact([[a, b], [9 - a, 6 - b]]).pvalue
        np.testing.assert_allclose(fisher_2_by_k(np.array([a, b]), np.array([9, 6])), expected, rtol=1e-9)


def test_without_events_nothing_is_found() -> None:
    assert fisher_2_by_k(np.array([0, 0, 0]), np.array([4, 5, 6])) == pytest.approx(1)


def test_too_many_tables_are_tested_group_by_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fisher, "MOST_TABLES", 20)
    first = stats.fisher_exact([[6, 3], [2, 13]]).pvalue
    assert fisher_2_by_k(np.array([6, 2, 1]), np.array([8, 8, 8])) == pytest.approx(3 * first)
