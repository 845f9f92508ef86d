"""Conformal p-values and how many small ones are to be expected."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from genereport.stats.conformal import allowed, conformal_p, expected_outside, outside_p


@given(arrays(float, st.integers(1, 60), elements=st.floats(-9, 9)), arrays(float, 7, elements=st.floats(-9, 9)))
def test_p_is_the_share_of_the_reference_that_is_as_large(reference: np.ndarray, new: np.ndarray) -> None:
    expected = [(1 + sum(reference >= value)) / (len(reference) + 1) for value in new]
    np.testing.assert_allclose(conformal_p(reference, new), expected)


@given(st.integers(1, 500), st.floats(0.001, 0.5))
def test_a_value_beyond_the_kth_largest_and_no_other_is_below_alpha(n: int, alpha: float) -> None:
    k = allowed(n, alpha)
    assert k == sum(rank / (n + 1) < alpha for rank in range(1, n + 2))
    assert expected_outside(n, 10, alpha) <= 10 * alpha


def test_too_few_training_samples_let_nothing_be_told() -> None:
    assert allowed(19, 0.05) == 0
    assert allowed(20, 0.05) == 1
    assert outside_p(0, 10, 5, 0.05) == outside_p(3, 10, 5, 0.05) == 1.0


@pytest.mark.parametrize(("outside", "n", "m"), [(1, 38, 34), (3, 38, 34), (2, 60, 5)])
def test_the_number_outside_is_as_often_as_large_as_in_a_simulation(outside: int, n: int, m: int) -> None:
    rng = np.random.default_rng(7)
    drawn = rng.exponential(size=(20_000, n + m))
    limit = np.sort(drawn[:, :n], axis=1)[:, -allowed(n, 0.05)]
    counts = (drawn[:, n:] > limit[:, None]).sum(axis=1)
    assert outside_p(outside, n, m, 0.05) == pytest.approx((counts >= outside).mean(), abs=0.01)
    assert expected_outside(n, m, 0.05) == pytest.approx(counts.mean(), rel=0.05)
