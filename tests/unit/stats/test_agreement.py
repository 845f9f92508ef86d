"""Lin's concordance against epiR, and what it must do to shifted, stretched and swapped values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from genereport.stats.agreement import Agreement, agreement
from tests.unit.stats.references import reference

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

values = st.lists(st.tuples(st.integers(-20, 20), st.integers(-20, 20)), min_size=3, max_size=30).map(
    lambda pairs: np.array(pairs, dtype=float).T
)


# R: epiR 2.0.57, epi.ccc(second, first, ci = "z-transform", conf.level = confidence); cor
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
@pytest.mark.parametrize("case", ["close", "shifted", "stretched", "loose", "opposed", "few"])
def test_equals_epir(case: str, confidence: float) -> None:
    pairs = reference("agreement_pairs").query("case == @case")
    expected = reference("agreement").query("case == @case and confidence == @confidence").iloc[0]
    found = agreement(pairs["first"].to_numpy(), pairs["second"].to_numpy(), confidence)
    assert found.pairs == len(pairs)
    np.testing.assert_allclose(found[1:], expected[list(Agreement._fields[1:])].astype(float), rtol=1e-10)


@given(pair=values)
def test_swapped_values_turn_the_bias_round(pair: np.ndarray) -> None:
    found, swapped = agreement(*pair), agreement(*pair[::-1])
    np.testing.assert_allclose(swapped[:6], found[:6], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(swapped[6:], [-found.bias, -found.above, -found.below], atol=1e-9)


@given(pair=values)
def test_concordance_is_no_better_than_correlation(pair: np.ndarray) -> None:
    found = agreement(*pair)
    assume(not np.isnan(found.pearson))
    assert abs(found.concordance) <= abs(found.pearson) + 1e-12
    assert 0 <= found.same_sign <= 1
    if not np.isnan(found.low):
        assert -1 <= found.low <= found.concordance + 1e-12
        assert found.concordance - 1e-12 <= found.high <= 1


def test_equal_values_agree_wholly() -> None:
    x = np.array([-1.0, 0, 2, 5])
    found = agreement(x, x)
    assert found[:2] == (4, 1)
    assert (found.pearson, found.same_sign, found.bias, found.below, found.above) == (1, 1, 0, 0, 0)
    assert np.isnan([found.low, found.high]).all()


def test_missing_values_are_left_out_and_too_few_say_nothing() -> None:
    x, y = np.array([1.0, np.nan, 3, 4]), np.array([1.5, 2, np.nan, 5])
    assert agreement(x, y).pairs == 2
    assert np.isnan(agreement(x[:2], y[:2])[1:]).all()
    assert np.isnan(agreement(np.ones(3), np.ones(3)).concordance)
