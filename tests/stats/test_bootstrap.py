"""The bootstrap as counts."""

from __future__ import annotations

import numpy as np
import pytest

from genereport.stats.bootstrap import percentile_interval, resample_counts

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
