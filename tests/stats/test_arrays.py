"""Scaling of arrays against R and its own definition."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from genereport.stats.arrays import normal_scores, standardise_arrays, varies
from tests.stats.references import genes_of, reference

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


# R: scale(x), qnorm((rank(x) - 0.5) / m). A standardised value beside 0 has few digits left: largest deviation 6e-13.
@pytest.mark.parametrize(("column", "scaling"), [("standard", standardise_arrays), ("normal", normal_scores)])
def test_scaled_arrays_equal_rs(expression: pd.DataFrame, column: str, scaling) -> None:  # type: ignore[no-untyped-def]
    found = scaling(genes_of(expression)[:6, :120])
    np.testing.assert_allclose(found.ravel(), reference("arrays")[column], rtol=1e-11)


def test_a_constant_array_becomes_zeros_whatever_rounding_makes_of_its_mean() -> None:
    floored = np.full((2, 100), np.log2(100))  # its plain standard deviation is 9e-16, not 0
    np.testing.assert_array_equal(standardise_arrays(floored), np.zeros((2, 100)))


@pytest.mark.parametrize("scaling", [standardise_arrays, normal_scores])
def test_arrays_with_few_values_scale_quietly(scaling) -> None:  # type: ignore[no-untyped-def]
    found = scaling(np.array([[np.nan, np.nan], [1.0, np.nan]]))
    np.testing.assert_array_equal(found, [[np.nan, np.nan], [0, np.nan]])


@pytest.mark.parametrize("scaling", [standardise_arrays, normal_scores])
def test_an_array_is_scaled_by_its_own_values_alone(scaling) -> None:  # type: ignore[no-untyped-def]
    x = np.random.default_rng(2).normal(size=(5, 30))
    np.testing.assert_array_equal(scaling(x)[2:3], scaling(x[2:3]))


def test_varies_looks_at_present_values_only() -> None:
    x = np.array([[1.0, 1.0, np.nan, np.nan, 0.1], [1.0, 2.0, 1.0, np.nan, 0.1], [1.0, 1.0, 1.0, np.nan, 0.1]])
    np.testing.assert_array_equal(varies(x), [False, True, False, False, False])
    np.testing.assert_array_equal(varies(x[:0]), np.zeros(5, dtype=bool))
