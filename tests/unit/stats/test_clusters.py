"""Two clusters are the best of all divisions, wherever the search begins."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from genereport.stats.clusters import two_clusters


def within(values: np.ndarray, high: np.ndarray) -> float:
    return sum(float(((part - part.mean()) ** 2).sum()) for part in (values[high], values[~high]))


@pytest.mark.parametrize("seed", range(8))
def test_no_other_division_has_a_smaller_sum_of_squares(seed: int) -> None:
    values = np.random.default_rng(seed).normal(0, 1, 9).round(1)
    found = two_clusters(values)
    masks = [np.isin(np.arange(9), chosen) for size in range(1, 9) for chosen in combinations(range(9), size)]
    assert within(values, found.high) == pytest.approx(min(within(values, mask) for mask in masks))
    assert values[found.high].min() > values[~found.high].max()
    assert found.gap == pytest.approx(values[found.high].mean() - values[~found.high].mean())
    assert found.separation == pytest.approx(found.gap / np.sqrt(within(values, found.high) / 7))


def test_places_are_0_and_1_at_the_medians() -> None:
    found = two_clusters(np.array([0.0, 1, 2, 10, 11, 12]))
    assert found.place == pytest.approx([-0.1, 0, 0.1, 0.9, 1, 1.1])
    assert 0.5 < two_clusters(np.array([0.0, 1, 2, 6.1, 10, 11, 12])).place[3] < 0.6


def test_equal_numbers_are_no_clusters() -> None:
    found = two_clusters(np.full(5, 3.0))
    assert (found.gap, found.separation, found.high.any()) == (0.0, 0.0, False)
    assert two_clusters(np.array([1.0, 1.0, 2.0])).separation == np.inf
