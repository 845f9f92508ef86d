"""Pieces of the prior; as a whole it is held against limma in test_ebayes.py."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from genereport.stats.prior import natural_spline, trigamma_inverse
from tests.unit.stats.references import close


@given(st.floats(1e-9, 1e9))
def test_trigamma_inverse_is_one(x: float) -> None:
    close(special.polygamma(1, trigamma_inverse(x)), x, rtol=1e-6 if not 1e-6 < x < 1e7 else 1e-12)


def test_the_natural_spline_is_straight_outside_and_bends_at_its_knots() -> None:
    knots = np.array([0.0, 1, 3, 4])
    outside = natural_spline(np.array([4.0, 5, 6, 7, -3, -2, -1, 0]), knots)
    np.testing.assert_allclose(np.diff(outside[:4], n=2, axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(np.diff(outside[4:], n=2, axis=0), 0, atol=1e-12)
    assert np.linalg.matrix_rank(natural_spline(np.linspace(0, 4, 30), knots)) == 4
