"""Robust locally weighted regression, against R's lowess.

Reference values: Rscript tests/reference/counts.R. Largest relative deviation seen: 6e-14.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genereport.stats.lowess import lowess
from tests.unit.stats.references import close, reference


@pytest.mark.parametrize("case", sorted(reference("counts_lowess")["case"].unique()))
def test_the_curve_is_that_of_r(case: str) -> None:
    part = reference("counts_lowess").query("case == @case")
    first = part.iloc[0]
    found = lowess(
        part["x"].to_numpy(),
        part["y"].to_numpy(),
        span=first["f"],
        iterations=int(first["iter"]),
        delta=first["delta"],
    )
    np.testing.assert_array_equal(found.x, part["line_x"])
    close(found.y, part["line_y"], rtol=1e-12)
    if case == "normal":
        close(lowess(part["x"].to_numpy(), part["y"].to_numpy(), span=0.5).y, found.y, rtol=0)


@given(st.integers(0, 1000), st.floats(0.2, 1), st.floats(-5, 5), st.floats(-5, 5))
def test_a_straight_line_stays(seed: int, span: float, slope: float, height: float) -> None:
    x = np.random.default_rng(seed).normal(size=50)
    found = lowess(x, height + slope * x, span=span)
    close(found.y, height + slope * found.x, atol=1e-9)


@given(st.integers(0, 1000))
def test_the_order_of_the_points_changes_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.poisson(3, 60).astype(float), rng.normal(size=60)
    order = rng.permutation(60)
    close(lowess(x[order], y[order], span=0.4).y, lowess(x, y, span=0.4).y, rtol=1e-9, atol=1e-9)


def test_outliers_are_left_aside() -> None:
    x = np.linspace(0, 1, 101)
    y = 3 * x
    y[::10] += 50
    close(lowess(x, y, span=0.3, iterations=5).y, 3 * x, rtol=1e-2, atol=1e-2)


def test_small_and_degenerate_inputs() -> None:
    assert lowess(np.array([2.0]), np.array([3.0])) == (2.0, 3.0)
    close(lowess(np.array([2.0, 1.0]), np.array([3.0, 5.0])).y, [5, 3])
    close(lowess(np.full(9, 4.0), np.arange(9.0)).y, np.full(9, 4.0))
    # The curve passes through all points but for rounding: it is not fitted again to the rounding.
    x, y = np.array([-2.7, -0.8, 0.81, 0.86, 1.12]), np.array([-0.25, -1.76, -1.68, 0.04, 0.56])
    close(lowess(x, y).y, y)
    with pytest.raises(ValueError, match="finite"):
        lowess(np.array([1.0, np.nan]), np.array([1.0, 2.0]))
    with pytest.raises(ValueError, match="points"):
        lowess(np.empty(0), np.empty(0))
