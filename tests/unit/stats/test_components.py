"""Principal components against R's prcomp and their definition."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genereport.stats.components import Pca, principal_components

REFERENCE = Path(__file__).parents[2] / "reference"

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


def draw(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    n, p = rng.integers(2, 12, size=2)
    return rng.normal(5, 2, size=(n, p))


# R: prcomp(t(x[1:genes, ])). Largest deviations: sdev 1.1e-15, rotation 1.2e-14 (absolute; axes have unit length).
@pytest.mark.parametrize("genes", [30, 5])
def test_components_equal_prcomps_up_to_sign(genes: int) -> None:
    x = pd.read_csv(REFERENCE / "expression.csv").filter(regex="^g").to_numpy()[:, :genes]
    table = pd.read_csv(REFERENCE / "components.csv").query("genes == @genes")
    rotation = table.pivot_table(index="component", columns="gene", values="loading").to_numpy()
    found = principal_components(x)
    signs = np.sign((found.axes * rotation).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(np.sqrt(found.variance), table.groupby("component")["sdev"].first(), rtol=1e-12)
    np.testing.assert_allclose(found.axes, signs * rotation, atol=1e-12)


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10**6))
def test_scores_and_axes_give_the_values_back(seed: int) -> None:
    x = draw(seed)
    found = principal_components(x)
    np.testing.assert_allclose(found.mean + found.project(x) @ found.axes, x, atol=1e-12)


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10**6))
def test_axes_are_orthonormal_and_variances_are_those_of_the_scores(seed: int) -> None:
    x = draw(seed)
    found = principal_components(x)
    np.testing.assert_allclose(found.axes @ found.axes.T, np.eye(len(found.axes)), atol=1e-12)
    np.testing.assert_allclose(found.project(x).var(axis=0, ddof=1), found.variance, rtol=1e-9)
    assert (np.diff(found.variance) <= 0).all()


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10**6))
def test_largest_loading_of_every_axis_is_positive(seed: int) -> None:
    axes = principal_components(draw(seed)).axes
    assert (axes.max(axis=1) >= np.abs(axes).max(axis=1)).all()


@pytest.mark.parametrize("offset", [0, 1e8, 1e12])
def test_at_most_n_minus_one_components_whatever_the_rounding_of_the_mean(offset: float) -> None:
    x = offset + np.random.default_rng(8).normal(size=(6, 50))
    assert len(principal_components(x).variance) <= 5


@pytest.mark.parametrize(
    ("share", "needed"), [(0.1, 1), (0.5, 1), (0.500001, 2), (0.8, 2), (0.95, 3), (1.0, 4), (0.999999, 4)]
)
def test_needed_is_the_first_count_that_reaches_the_share(share: float, needed: int) -> None:
    pca = Pca(np.zeros(4), np.eye(4), np.array([5.0, 3.0, 1.5, 0.5]))
    assert pca.needed(share) == needed


@pytest.mark.parametrize("shape", [(5, 3), (5, 0)])
def test_values_without_variance_have_no_components(shape: tuple[int, int]) -> None:
    found = principal_components(np.ones(shape))
    assert found.axes.shape == (0, shape[1])
    assert found.needed(0.95) == 0
