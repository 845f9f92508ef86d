"""The bootstrap as counts."""

from __future__ import annotations

import numpy as np
import pytest

from genereport.stats.bootstrap import mean_of_groups, paired_difference, percentile_interval, resample_counts

STRATA = np.repeat([0, 1, 2], [20, 11, 3])


def test_counts_keep_the_size_of_every_stratum() -> None:
    counts = resample_counts(STRATA, np.random.default_rng(0), 500)
    sizes = counts @ np.eye(3)[STRATA]
    np.testing.assert_array_equal(sizes, np.tile([20.0, 11.0, 3.0], (500, 1)))
    np.testing.assert_allclose(counts.mean(axis=0), 1, atol=0.2)


def test_percentile_interval_takes_the_quantiles_of_what_is_defined() -> None:
    # R: quantile(0:200, c(0.05, 0.95)) = 10, 190
    values = np.r_[np.nan, np.arange(201.0), np.nan]
    assert percentile_interval(values, 0.9) == pytest.approx((10, 190))


@pytest.mark.parametrize("values", [[], [np.nan, np.nan], [1.0, 1.0, 1.0], [1.0, np.nan]])
def test_resamples_that_do_not_vary_are_not_an_interval(values: list[float]) -> None:
    assert np.isnan(percentile_interval(np.array(values))).all()


def test_bootstrap_covers_the_mean() -> None:
    # Percentile intervals of 60 normal values fall a little short of 95 %; 1,000 data sets know it to ± 1.4 %.
    rng = np.random.default_rng(9)
    counts = resample_counts(np.zeros(60), rng, 1000)
    intervals = [percentile_interval(counts @ sample / 60) for sample in rng.normal(3, 1, size=(1000, 60))]
    assert 0.92 < np.mean([low <= 3 <= high for low, high in intervals]) < 0.97


def test_counts_are_settled_by_their_generator() -> None:
    one, same, other = (resample_counts(STRATA, np.random.default_rng(seed), 20) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_mean_of_groups_is_that_of_the_resampled_values() -> None:
    rng = np.random.default_rng(3)
    values, counts = rng.random(34), resample_counts(STRATA, rng, 5)
    for found, row in zip(mean_of_groups(values, STRATA, counts), counts.astype(int), strict=True):
        drawn, groups = np.repeat(values, row), np.repeat(STRATA, row)
        assert found == pytest.approx(np.mean([drawn[groups == level].mean() for level in range(3)]))


def test_paired_difference_has_the_spread_of_stratified_means() -> None:
    # The variance of a mean over k groups of the mean of n_g drawn values is Σ var_g / n_g / k², var_g dividing by n_g.
    rng = np.random.default_rng(5)
    strata = np.repeat([0, 1], [60, 40])
    earlier, later = (rng.random(100) < share for share in (0.7, 0.9))
    gap = later.astype(float) - earlier
    counts = resample_counts(strata, rng, 40_000)
    resampled = [mean_of_groups(right.astype(float), strata, counts) for right in (earlier, later)]
    center = np.mean([gap[strata == group].mean() for group in (0, 1)])
    found = paired_difference(*resampled)
    error = np.sqrt(sum(gap[strata == group].var() / (strata == group).sum() for group in (0, 1))) / 2
    assert found.high - found.low == pytest.approx(2 * 1.96 * error, rel=0.03)
    assert (found.low + found.high) / 2 == pytest.approx(center, abs=0.1 * error)
    moved = paired_difference(*resampled, moved=0.01)
    assert moved == pytest.approx((found.low + 0.01, found.high + 0.01))


def test_one_sample_that_differs_leaves_no_difference_among_the_possible() -> None:
    counts = resample_counts(STRATA, np.random.default_rng(2), 2000)
    right, wrong = np.ones(34), np.r_[0.0, np.ones(33)]
    found = paired_difference(mean_of_groups(right, STRATA, counts), mean_of_groups(wrong, STRATA, counts))
    assert found.low < -1 / 60
    assert found.high == 0


def test_equal_figures_have_no_interval_of_their_difference() -> None:
    values = np.random.default_rng(1).random(50)
    assert np.isnan(paired_difference(values, values)).all()
