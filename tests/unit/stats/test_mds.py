"""Multidimensional scaling agrees with limma's plotMDS."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from genereport.stats.mds import leading_differences, scale_distances

REFERENCE = Path(__file__).parents[2] / "reference"


@pytest.mark.parametrize("selection", ["pairwise", "common"])
def test_samples_lie_where_limma_places_them(selection: str) -> None:
    x = pd.read_csv(REFERENCE / "mds_input.csv", index_col=0).T.to_numpy()
    expected = pd.read_csv(REFERENCE / "mds.csv").query("selection == @selection")
    found = scale_distances(leading_differences(x, 20, pairwise=selection == "pairwise"))
    for axis, name in enumerate("xy"):
        column = expected[name].to_numpy()
        column = column * np.sign(column[np.abs(column).argmax()])  # the sign of an axis is arbitrary
        np.testing.assert_allclose(found.coordinates[:, axis], column, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(found.shares[axis], expected[f"share_{name}"].iloc[0], rtol=1e-10)


@given(arrays(float, (5, 3), elements=st.floats(-100, 100)))
def test_distances_in_a_space_of_the_same_dimension_are_kept(x: np.ndarray) -> None:
    squared = ((x[:, None] - x) ** 2).sum(axis=2)
    placed = scale_distances(squared, 3).coordinates
    np.testing.assert_allclose(((placed[:, None] - placed) ** 2).sum(axis=2), squared, atol=1e-6)


def test_equal_samples_lie_on_one_point() -> None:
    found = scale_distances(leading_differences(np.ones((4, 6))))
    np.testing.assert_array_equal(found.coordinates, 0.0)
    np.testing.assert_array_equal(found.shares, 0.0)
