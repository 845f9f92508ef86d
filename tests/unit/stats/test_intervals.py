"""Intervals against R, hand-worked cases, published examples, and the coverage they promise."""

from __future__ import annotations

from math import sqrt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from genereport.stats.intervals import (
    NOT_ESTIMABLE,
    Interval,
    corrected_resampled_t,
    difference_interval,
    mean_of_proportions,
    wilson,
)

REFERENCE = Path(__file__).parents[2] / "reference"
Z = 1.959963984540054  # R: qnorm(0.975)

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


def test_wilson_equals_rs_prop_test() -> None:
    # R: prop.test(successes, n, conf.level = confidence, correct = FALSE)$conf.int. Largest deviation 8.8e-15.
    table = pd.read_csv(REFERENCE / "wilson.csv")
    found = [wilson(row.successes, row.n, row.confidence) for row in table.itertuples()]
    np.testing.assert_allclose(found, table[["low", "high"]], rtol=1e-12)


@given(n=st.integers(1, 5000), data=st.data())
def test_wilson_holds_the_share_and_never_collapses(n: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, n))
    low, high = wilson(successes, n)
    assert 0 <= low <= successes / n <= high <= 1
    assert low < high


def test_wilson_of_no_samples_is_not_estimable() -> None:
    assert np.isnan(wilson(0, 0)).all()


def test_mean_of_proportions_worked_by_hand() -> None:
    # Wilson limits have closed forms at n of n, n/(n + z²) and 1, and at one half, 1/2 ∓ z/(2 √(n + z²)). MOVER
    # (Zou, Huang and Zhang 2009) adds the squares of the distances to them.
    upper_half = Z / (2 * sqrt(10 + Z**2))
    below = sqrt((1 - 10 / (10 + Z**2)) ** 2 + upper_half**2) / 2
    found = mean_of_proportions(np.array([10, 5]), np.array([10, 10]))
    assert found == pytest.approx((0.75 - below, 0.75 + upper_half / 2), rel=1e-14)


def test_mean_of_proportions_equals_newcombes_published_difference() -> None:
    # Newcombe 1998, Statistics in Medicine 17:873, method 10, 56/70 − 48/80: 0.0524 to 0.3339. A difference of two
    # proportions is twice the mean of one and the complement of the other, less one.
    low, high = mean_of_proportions(np.array([56, 80 - 48]), np.array([70, 80]))
    assert (round(2 * low - 1, 4), round(2 * high - 1, 4)) == (0.0524, 0.3339)


def test_mean_of_one_proportion_is_wilsons() -> None:
    assert mean_of_proportions(np.array([7]), np.array([9])) == pytest.approx(wilson(7, 9), rel=1e-14)


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.9, 0.7), (0.95, 0.9), (0.98, 0.6)])
@pytest.mark.parametrize("totals", [(20, 14), (27, 11), (60, 40)])
def test_mean_of_proportions_covers_as_promised(shares: tuple[float, float], totals: tuple[int, int]) -> None:
    # Exact, over all outcomes of two binomials, so no noise of a simulation: 0.941 to 0.963 for the cases here, but
    # 0.918 for shares of 0.95 and 0.9 in 20 and 14 samples, where few outcomes hold nearly all the probability.
    first, second = (np.arange(total + 1) for total in totals)
    weight = np.outer(stats.binom.pmf(first, totals[0], shares[0]), stats.binom.pmf(second, totals[1], shares[1]))
    sizes, truth = np.array(totals), sum(shares) / 2
    covered = [
        [low <= truth <= high for low, high in (mean_of_proportions(np.array([i, j]), sizes) for j in second)]
        for i in first
    ]
    assert 0.91 < (weight * np.array(covered)).sum() < 0.97


@pytest.mark.parametrize("successes", [(20, 14), (0, 0), (20, 0)])
def test_mean_of_proportions_never_collapses(successes: tuple[int, int]) -> None:
    low, high = mean_of_proportions(np.array(successes), np.array([20, 14]))
    assert 0 <= low < high <= 1


def test_mean_of_proportions_needs_samples_of_every_class() -> None:
    assert np.isnan(mean_of_proportions(np.array([3.0, 0.0]), np.array([4.0, 0.0]))).all()


def test_corrected_resampled_t_worked_by_hand() -> None:
    # s² = 0.005, J = 5, n_test/n_train = 1/4: variance (1/5 + 1/4) s² = 0.00225, t² = 40/9 with df = 4, where
    # p = 1 − sin θ (1 + cos²θ / 2), tan θ = t / 2: sin²θ = 10/19. R: qt(0.975, 4) = 2.7764451051977934.
    found = corrected_resampled_t(np.array([0.1, 0.0, 0.2, 0.1, 0.1]), test_share=0.25)
    half = 2.7764451051977934 * sqrt(0.00225)
    expected = (0.1, 0.1 - half, 0.1 + half, sqrt(40 / 9), 4, 1 - sqrt(10 / 19) * 47 / 38)
    assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("splits", "test_share", "confidence"), [(5, 1 / 4, 0.95), (50, 1 / 4, 0.9), (10, 1 / 9, 0.99)]
)
def test_corrected_resampled_t_is_nadeau_and_bengios_formula(
    seed: int, splits: int, test_share: float, confidence: float
) -> None:
    values = np.random.default_rng(seed).normal(0.02, 0.05, size=splits)
    error = np.sqrt((1 / splits + test_share) * np.var(values, ddof=1))
    law = stats.t(df=splits - 1, loc=values.mean(), scale=error)
    found = corrected_resampled_t(values, test_share, confidence)
    assert (found.low, found.high) == pytest.approx(law.interval(confidence), rel=1e-10)
    assert found.p == pytest.approx(2 * stats.t.sf(abs(values.mean() / error), splits - 1), rel=1e-10)


@pytest.mark.parametrize("values", [[], [0.9], [1.0, 1.0, 1.0], [0.1] * 10])
def test_corrected_resampled_t_without_variance_is_not_estimable(values: list[float]) -> None:
    found = corrected_resampled_t(np.array(values), 0.25)
    assert np.isnan(found[1:]).all()
    assert found.difference == pytest.approx(np.mean(values) if values else np.nan, nan_ok=True)


# Newcombe (1998), Statistics in Medicine 17:873, table II, method 10, contrasts a, b, e and g
@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((10, 10), (0, 20), 0.6791, 1.0000),
    ],
)
def test_difference_of_proportions_is_newcombes(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    share, other = first[0] / first[1], second[0] / second[1]
    found = difference_interval(other, wilson(*second), share, wilson(*first))
    assert found == pytest.approx((low, high), abs=6e-5)
    # statsmodels: confint_proportions_2indep(*first, *second, method="newcomb", compare="diff")
    expected = confint_proportions_2indep(*first, *second, method="newcomb", compare="diff")
    assert found == pytest.approx(expected, rel=1e-10, abs=1e-12)


def test_variances_of_symmetric_limits_add_up() -> None:
    found = difference_interval(0.5, Interval(0.2, 0.8), 0.9, Interval(0.5, 1.3))
    assert found == pytest.approx((0.4 - 0.5, 0.4 + 0.5))
    assert np.isnan(difference_interval(0.5, NOT_ESTIMABLE, 0.9, Interval(0.5, 1.3))).all()


@given(a=st.integers(0, 20), b=st.integers(0, 20), n=st.integers(20, 30))
def test_difference_turns_round_with_its_estimates(a: int, b: int, n: int) -> None:
    earlier, later = (a / n, wilson(a, n)), (b / n, wilson(b, n))
    found, turned = difference_interval(*earlier, *later), difference_interval(*later, *earlier)
    assert found == pytest.approx((-turned.high, -turned.low), abs=1e-12)
    assert found.low - 1e-12 <= b / n - a / n <= found.high + 1e-12
