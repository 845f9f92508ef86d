"""The stability of gene sets: its value by other routes, its variance by the jackknife, its interval by simulation."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from genereport.stats.stability import stability

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

sets = arrays.arrays(bool, st.tuples(st.integers(2, 8), st.integers(2, 12))).filter(lambda z: z.any() and not z.all())


def nested(sets: int, rng: np.random.Generator) -> np.ndarray:
    """Sets of 3 to 15 genes from the top of a ranking of 60 that varies a little."""
    sizes = rng.integers(3, 16, size=(sets, 1))
    return (np.arange(60) + rng.normal(0, 2, size=(sets, 60))).argsort(axis=1).argsort(axis=1) < sizes


def test_index_worked_by_hand() -> None:
    # Frequencies 1, 2/3, 1/3, 0: sample variances 0, 1/3, 1/3, 0, mean 1/6; half of the genes chosen: 1/4 at random.
    chosen = np.array([[1, 1, 0, 0], [1, 0, 1, 0], [1, 1, 0, 0]], dtype=bool)
    assert stability(chosen).value == pytest.approx(1 - (1 / 6) / (1 / 4), rel=1e-14)


def test_variance_worked_by_hand() -> None:
    # Sets of 1, 1 and 2 of 4 genes, frequencies 1, 1/3, 0, 0: k̄/d = 1/3, random 2/9, index 1 − (1/12)/(2/9) = 5/8.
    chosen = np.array([[1, 0, 0, 0], [1, 0, 0, 0], [1, 1, 0, 0]], dtype=bool)
    # Φ̂ᵢ = 9/2 (Σ z p̂ / 4 − kᵢ/12 + 5/16 (kᵢ/6 − kᵢ/4 + 2/3)): brackets 1/4 − 1/12 + 5/16 · 7/12 = 67/192 (twice)
    # and 1/3 − 1/6 + 5/16 · 1/2 = 62/192. Squared deviations from their mean: (5/192)² · 2/3.
    error = np.sqrt(4 / 9 * (9 / 2) ** 2 * (5 / 192) ** 2 * 2 / 3)
    found = stability(chosen, 0.95)
    assert found.value == pytest.approx(5 / 8, rel=1e-14)
    assert found.low == pytest.approx(5 / 8 - 1.959963984540054 * error, rel=1e-12)
    assert found.high == pytest.approx(5 / 8 + 1.959963984540054 * error, rel=1e-12)


@given(seed=st.integers(0, 10**6), size=st.integers(1, 9))
def test_of_sets_of_equal_size_it_is_the_mean_of_kunchevas_index(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    chosen = rng.permuted(np.tile(np.arange(10) < size, (6, 1)), axis=1)
    chance = size**2 / 10
    pairs = [((a & b).sum() - chance) / (size - chance) for a, b in combinations(chosen, 2)]
    assert stability(chosen).value == pytest.approx(np.mean(pairs), abs=1e-12)


# The reverse sign within the variance, as in the R code of its authors, gives 3.5 times the error here.
@pytest.mark.parametrize("seed", range(3))
def test_error_equals_the_jackknifes(seed: int) -> None:
    chosen = nested(400, np.random.default_rng(seed))
    without = np.array([stability(np.delete(chosen, i, axis=0)).value for i in range(len(chosen))])
    jackknife = np.sqrt((len(chosen) - 1) * without.var())
    found = stability(chosen, 0.6826894921370859)
    assert found.high - found.value == pytest.approx(jackknife, rel=0.01)


def test_interval_holds_the_stability_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    truth = stability(nested(60_000, rng)).value
    found = np.array([stability(nested(100, rng)) for _ in range(1500)])
    assert ((found[:, 1] <= truth) & (truth <= found[:, 2])).mean() == pytest.approx(0.95, abs=0.02)


def test_random_sets_have_no_stability() -> None:
    found = stability(np.random.default_rng(1).random((300, 500)) < 0.1)
    assert found.low <= 0 <= found.high
    assert found.value == pytest.approx(0, abs=0.005)


@given(chosen=sets)
def test_bounds(chosen: np.ndarray) -> None:
    index, low, high = stability(chosen)
    assert -1 / (len(chosen) - 1) - 1e-12 <= index <= 1
    assert np.isnan(low) == np.isnan(high)
    assert np.isnan(low) or low <= index <= high <= 1


@given(chosen=sets, seed=st.integers(0, 10**6))
def test_order_of_sets_and_genes_does_not_matter(chosen: np.ndarray, seed: int) -> None:
    rng = np.random.default_rng(seed)
    mixed = rng.permutation(rng.permutation(chosen, axis=0), axis=1)
    np.testing.assert_allclose(stability(mixed), stability(chosen), rtol=1e-9, atol=1e-9)


@given(chosen=sets)
def test_leaving_out_is_as_stable_as_choosing(chosen: np.ndarray) -> None:
    np.testing.assert_allclose(stability(~chosen), stability(chosen), rtol=1e-9, atol=1e-9)


@given(chosen=sets)
def test_higher_confidence_is_wider(chosen: np.ndarray) -> None:
    narrow, wide = stability(chosen, 0.8), stability(chosen, 0.99)
    assert np.isnan(narrow.low) or (wide.low < narrow.low and narrow.high <= wide.high)


@pytest.mark.parametrize("row", [[True, False, False], [True, True, False]])
@pytest.mark.parametrize("number", [2, 7])
def test_equal_sets_are_entirely_stable_with_no_interval(row: list[bool], number: int) -> None:
    found = stability(np.tile(row, (number, 1)))
    assert found.value == 1
    assert np.isnan(found[1:]).all()


@pytest.mark.parametrize(
    "chosen", [np.zeros((4, 3)), np.ones((4, 3)), np.array([[1, 0, 1]]), np.zeros((0, 3)), np.zeros((3, 0))]
)
def test_undefined(chosen: np.ndarray) -> None:
    assert np.isnan(stability(chosen.astype(bool))).all()
