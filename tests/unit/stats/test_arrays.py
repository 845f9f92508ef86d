"""Location and spread of arrays, and normal scores, against R and their own definitions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from genereport.stats.arrays import array_moments, has_different_values, normal_scores
from tests.unit.stats.references import genes_of, reference

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


def standardise(x: np.ndarray) -> np.ndarray:
    location, spread = array_moments(x)
    return np.asarray((x - location[:, None]) / spread[:, None])


# R: scale(x, median, mad), qnorm((rank(x) - 0.5) / m). Near the median the subtraction leaves few digits.
@pytest.mark.parametrize(("column", "scaling"), [("robust", standardise), ("normal", normal_scores)])
def test_scaled_arrays_equal_rs(expression: pd.DataFrame, column: str, scaling) -> None:  # type: ignore[no-untyped-def]
    found = scaling(genes_of(expression)[:6, :120])
    np.testing.assert_allclose(found.ravel(), reference("arrays")[column], rtol=1e-11)


def test_a_constant_array_has_no_spread_whatever_rounding_makes_of_its_mean() -> None:
    floored = np.full((2, 100), np.log2(100))  # its plain standard deviation is 9e-16, not 0
    location, spread = array_moments(floored)
    np.testing.assert_array_equal(location, np.full(2, np.log2(100)))
    np.testing.assert_array_equal(spread, np.zeros(2))


def test_the_standard_deviation_stands_in_where_most_values_of_an_array_are_the_same() -> None:
    x = np.array([[6.0, 6.0, 6.0, 8.0, 10.0]])
    location, spread = array_moments(x)
    np.testing.assert_array_equal(location, [6])
    np.testing.assert_allclose(spread, [np.std(x[0])], rtol=1e-15)


def test_missing_values_are_left_out() -> None:
    x = np.array([[1.0, np.nan, 2.0, 4.0], [5.0, 3.0, np.nan, 9.0]])
    for found, of in zip(np.transpose(array_moments(x)), x, strict=True):
        np.testing.assert_array_equal(found, np.ravel(array_moments(of[~np.isnan(of)][None])))


def test_arrays_with_few_values_have_normal_scores() -> None:
    found = normal_scores(np.array([[np.nan, np.nan], [1.0, np.nan]]))
    np.testing.assert_array_equal(found, [[np.nan, np.nan], [0, np.nan]])


@pytest.mark.parametrize("scaling", [standardise, normal_scores])
def test_an_array_is_scaled_by_its_own_values_alone(scaling) -> None:  # type: ignore[no-untyped-def]
    x = np.random.default_rng(2).normal(size=(5, 30))
    np.testing.assert_array_equal(scaling(x)[2:3], scaling(x[2:3]))


def test_varies_looks_at_present_values_only() -> None:
    x = np.array([[1.0, 1.0, np.nan, np.nan, 0.1], [1.0, 2.0, 1.0, np.nan, 0.1], [1.0, 1.0, 1.0, np.nan, 0.1]])
    np.testing.assert_array_equal(has_different_values(x), [False, True, False, False, False])
    np.testing.assert_array_equal(has_different_values(x[:0]), np.zeros(5, dtype=bool))
