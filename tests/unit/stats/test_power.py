"""Smallest detectable effects are those of R and of brute force."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from genereport.stats.power import detectable_t, fewest_correct, fewest_discordant

REFERENCE = pd.read_csv(Path(__file__).resolve().parents[2] / "reference" / "power.csv")


@pytest.mark.parametrize("case", list(REFERENCE.itertuples(index=False)), ids=str)
def test_two_groups_need_the_difference_of_power_t_test(case) -> None:  # type: ignore[no-untyped-def]
    found = detectable_t(np.array([2.0 * case.n - 2]), case.level, case.power) * case.sd * np.sqrt(2 / case.n)
    assert found == pytest.approx([case.delta], rel=1e-5)


def test_with_infinite_degrees_of_freedom_it_is_the_normal_distribution() -> None:
    expected = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    assert detectable_t(np.array([np.inf]), 0.05, 0.8) == pytest.approx([expected], rel=1e-5)
    assert np.isnan(detectable_t(np.array([np.nan]), 0.05, 0.8)).all()


@pytest.mark.parametrize(
    ("n", "share", "fewest"),
    # R: qbinom(0.05, n, share, lower.tail = FALSE) + 1, which is above n if no number suffices
    [(34, 0.5, 23), (34, 0.6, 26), (34, 20 / 34, 26), (11, 0.5, 9), (11, 0.6, 10), (5, 0.5, 5), (5, 0.6, None)],
)
def test_the_fewest_right_predictions_are_those_of_the_binomial_quantile(n: int, share: float, fewest: int) -> None:
    assert fewest_correct(n, share, 0.05) == fewest
    if fewest is not None:
        assert stats.binomtest(fewest, n, share, alternative="greater").pvalue < 0.05
        assert stats.binomtest(fewest - 1, n, share, alternative="greater").pvalue >= 0.05


@pytest.mark.parametrize("alpha", [0.05, 0.01, 0.0625, 0.2])
def test_the_fewest_discordant_predictions_are_those_of_mcnemars_exact_test(alpha: float) -> None:
    found = fewest_discordant(alpha)
    assert stats.binomtest(found, found).pvalue < alpha
    assert stats.binomtest(found - 1, found - 1).pvalue >= alpha
