"""Codes for missing values and impossible ones are found where they are no measurements, and nowhere else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genereport.cohort.impossible import (
    describe_codes,
    describe_impossible,
    find_codes,
    find_impossible,
    require_plausible,
)
from genereport.errors import CohortError

RNG = np.random.default_rng(3)
LOGS = RNG.normal(8, 2, (10, 300)).clip(2, 15)


@pytest.mark.parametrize("code", [-99.0, 999.0, 9999.0, -666.0, -999.0])
def test_a_code_among_logarithms_is_found(code: float) -> None:
    values = LOGS.copy()
    values[2, 5] = code
    assert np.argwhere(find_codes(values)).tolist() == [[2, 5]]


def test_the_same_numbers_are_measurements_among_intensities() -> None:
    values = np.rint(RNG.lognormal(7, 1.5, (10, 300)))
    values[0, 0], values[0, 1] = 999.0, 9999.0
    assert not find_codes(values).any()
    values[0, 2] = -99.0  # the only negative one
    assert np.argwhere(find_codes(values)).tolist() == [[0, 2]]
    with_background = values - 300
    assert not find_codes(np.where(with_background == -399, -99.0, with_background)).any()


def test_a_code_that_is_far_more_frequent_than_its_neighbours_is_found() -> None:
    values = np.rint(RNG.lognormal(7, 1.5, (10, 300)))
    values[:, :12] = 9999.0
    assert find_codes(values).sum() == np.count_nonzero(values == 9999)


@given(st.integers(0, 2**32 - 1))
def test_ordinary_values_hold_no_code(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for values in (rng.normal(8, 2, (6, 200)), rng.poisson(rng.lognormal(4, 1.5, 200), (6, 200)).astype(float)):
        assert not find_codes(values).any()


def test_codes_are_named_with_their_place() -> None:
    values = LOGS.copy()
    values[2, 5] = values[3, 5] = 999.0
    frame = pd.DataFrame(values, index=[f"s{i}" for i in range(10)], columns=[f"g{j}" for j in range(300)])
    (finding,) = describe_codes(frame, find_codes(values))
    assert finding.code == "GR326"
    assert "999 (2 times), for example in gene g5 of sample s2, gene g5 of sample s3" in finding.message


def test_a_few_impossible_values_are_named_and_many_are_refused() -> None:
    shares = RNG.uniform(0, 1, (10, 300))
    shares[0, 0] = 1.7
    frame = pd.DataFrame(shares)
    (finding,) = describe_impossible(frame, find_impossible(shares, "beta"), "beta", "shares")
    assert finding.code == "GR327"
    assert ": 1.7, for example in gene 0 of sample 0" in finding.message
    shares[1] = 1.7
    with pytest.raises(CohortError, match="GR226"):
        describe_impossible(frame, find_impossible(shares, "beta"), "beta", "shares")


@pytest.mark.parametrize("factor", [1e299, 1e-300])
def test_values_that_nothing_measures_are_refused_in_few_digits(factor: float) -> None:
    with pytest.raises(CohortError, match="GR224") as caught:
        require_plausible(LOGS * factor)
    assert len(str(caught.value)) < 300
