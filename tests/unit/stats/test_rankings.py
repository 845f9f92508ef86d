"""Likeness of gene lists against R's phyper and the package rbo, the example of the paper, and its bounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genereport.stats.rankings import compare_rankings, jaccard, meeting_depths, random_overlaps, rank_biased_overlap
from tests.unit.stats.references import reference

lists = st.permutations(range(12)).flatmap(lambda items: st.integers(1, 12).map(lambda n: np.array(items[:n])))
shares = st.floats(0.05, 0.99)


def rbo(first: np.ndarray, second: np.ndarray, persistence: float) -> float:
    return rank_biased_overlap(meeting_depths(first, second), len(first), len(second), persistence)


# R: sum(dhyper(k, b, n - b, a) * k / (a + b - k)), phyper(shared - 1, b, n - b, a, lower.tail = FALSE)
def test_jaccard_equals_rs_hypergeometric_distribution() -> None:
    for row in reference("rankings_jaccard").itertuples():
        found = jaccard(row.first, row.second, row.shared, row.universe)
        assert found.value == row.shared / (row.first + row.second - row.shared)
        assert found.expected == pytest.approx(row.expected, rel=1e-10)
        # SciPy's tail loses digits where the universe is 1,000 times the overlap
        assert found.p == pytest.approx(row.p, rel=1e-8)


# Python: rbo.RankingSimilarity(first, second).rbo_ext(p=persistence), rbo 0.1.3
def test_rank_biased_overlap_equals_the_package_rbo() -> None:
    for row in reference("rankings_rbo").itertuples():
        first, second = (np.array(text.split(), dtype=int) for text in (str(row.first), str(row.second)))
        assert rbo(first, second, row.persistence) == pytest.approx(row.rbo, rel=1e-10, abs=1e-14)


def test_worked_by_hand() -> None:
    # ⟨a b c⟩ and ⟨b a d⟩ at p = 1/2: X = 0, 2, 2; (1−p)/p Σ X_d/d p^d = 0 + 1/4 + 1/12, and 2/3 p³ = 1/12
    assert rbo(np.array([0, 1, 2]), np.array([1, 0, 3]), 0.5) == pytest.approx(5 / 12)


def test_the_first_twenty_carry_the_weight_that_the_setting_says() -> None:
    # Webber et al., equation 21: 1 − p^(d−1) + (1−p)/p · d · (ln 1/(1−p) − Σ p^i/i, i < d)
    p, d = 0.95, 20
    rest = np.log(1 / (1 - p)) - sum(p**i / i for i in range(1, d))
    assert 1 - p ** (d - 1) + (1 - p) / p * d * rest == pytest.approx(0.85, abs=0.005)


@given(first=lists, second=lists, persistence=shares)
def test_overlap_is_symmetric_and_between_0_and_1(first: np.ndarray, second: np.ndarray, persistence: float) -> None:
    found = rbo(first, second, persistence)
    assert found == pytest.approx(rbo(second, first, persistence), abs=1e-12)
    assert -1e-12 <= found <= 1
    if not set(first) & set(second):
        assert found == 0


@given(items=lists, persistence=shares)
def test_equal_lists_overlap_wholly(items: np.ndarray, persistence: float) -> None:
    assert rbo(items, items, persistence) == pytest.approx(1)
    assert jaccard(len(items), len(items), len(items), 12).value == 1


@given(first=lists, second=lists, seed=st.integers(0, 1000))
def test_names_of_the_items_do_not_matter(first: np.ndarray, second: np.ndarray, seed: int) -> None:
    names = np.random.default_rng(seed).permutation(12)
    assert rbo(names[first], names[second], 0.9) == pytest.approx(rbo(first, second, 0.9), abs=1e-12)


def test_a_difference_at_the_top_weighs_more() -> None:
    items = np.arange(20)
    top, bottom = items.copy(), items.copy()
    top[0], bottom[19] = 99, 99
    assert rbo(items, top, 0.9) < rbo(items, bottom, 0.9)


def test_random_lists_are_as_alike_as_the_hypergeometric_says() -> None:
    # At depth d two random lists share d²/n items in the mean, so the mean agreement there is d/n
    n, length, p = 40, 10, 0.8
    depth = np.arange(1, length + 1)
    expected = (1 - p) / p * (depth / n * p**depth).sum() + length / n * p**length
    drawn = random_overlaps(length, length, n, p, np.random.default_rng(1), 20_000)
    assert drawn.mean() == pytest.approx(expected, abs=5 * drawn.std() / np.sqrt(20_000))


def test_equal_lists_are_never_reached_by_chance_and_draws_repeat() -> None:
    items = np.arange(20)
    found, again = (compare_rankings(items, items, 1000, 0.9, np.random.default_rng(7), 99) for _ in range(2))
    assert found == again
    assert found.value == pytest.approx(1)
    assert found.p == 0.01


def test_an_empty_list_is_like_nothing() -> None:
    empty, items = np.array([], dtype=int), np.arange(3)
    assert np.isnan(compare_rankings(empty, items, 10, 0.9, np.random.default_rng(0))).all()
    assert np.isnan(jaccard(0, 3, 0, 10)).all()
