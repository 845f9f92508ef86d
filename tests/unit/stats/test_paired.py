"""Paired comparisons of two classifiers against R's binom.test and pROC, and the symmetries they must have."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genereport.stats.paired import DelongTest, McNemar, delong_test, mcnemar_exact
from genereport.stats.roc import auc, delong_interval
from tests.unit.stats.references import reference

CASES = ("continuous", "tied", "coarse", "unbalanced", "opposed", "alike")

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

answers = st.lists(st.tuples(st.booleans(), st.booleans()), max_size=40).map(
    lambda pairs: np.array(pairs, dtype=bool).reshape(-1, 2).T
)


@st.composite
def samples(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two scores with many ties, at least two samples of either kind."""
    positive = np.array([False, False, True, True, *draw(st.lists(st.booleans(), max_size=20))])
    score = st.lists(st.integers(-5, 5), min_size=len(positive), max_size=len(positive))
    return np.array(draw(score)) / 2, np.array(draw(score)) / 2, positive


# R: binom.test(first_only, first_only + second_only)$p.value. Largest deviation 3.7e-15.
def test_mcnemar_equals_rs_binomial_test() -> None:
    for row in reference("paired_mcnemar").itertuples():
        first = np.repeat([True, False, True, False], [row.first_only, row.second_only, 4, 3])
        second = np.repeat([False, True, True, False], [row.first_only, row.second_only, 4, 3])
        found = mcnemar_exact(first, second)
        assert found[:2] == (row.first_only, row.second_only)
        assert found.p == pytest.approx(row.p, rel=1e-12)


def test_mcnemar_worked_by_hand() -> None:
    first = np.array([True, True, True, True, True, False, True])
    second = np.array([False, False, False, False, True, True, True])
    assert mcnemar_exact(first, second) == McNemar(4, 1, pytest.approx(2 * (1 + 5) / 32))


@given(pair=answers)
def test_mcnemar_is_symmetric(pair: np.ndarray) -> None:
    first, second = pair
    found, swapped = mcnemar_exact(first, second), mcnemar_exact(second, first)
    assert (found.first_only, found.second_only, found.p) == (swapped.second_only, swapped.first_only, swapped.p)
    assert mcnemar_exact(~first, ~second).p == found.p
    assert 0 < found.p <= 1


@given(pair=answers)
def test_mcnemar_looks_only_where_they_differ(pair: np.ndarray) -> None:
    assert mcnemar_exact(*pair) == mcnemar_exact(*pair[:, pair[0] != pair[1]])


def test_mcnemar_without_any_difference() -> None:
    right = np.array([True, False, True])
    assert mcnemar_exact(right, right) == McNemar(0, 0, 1.0)


# R: roc.test(roc1, roc2, paired = TRUE, method = "delong", conf.level = confidence).
# Largest deviation 2.7e-12, of a limit near 0.
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
@pytest.mark.parametrize("case", CASES)
def test_delong_equals_procs(case: str, confidence: float) -> None:
    table = reference("paired_scores").query("case == @case")
    expected = reference("paired_delong").query("case == @case and confidence == @confidence").iloc[0]
    found = delong_test(
        table["first"].to_numpy(), table["second"].to_numpy(), table["positive"].to_numpy() == 1, confidence
    )
    np.testing.assert_allclose(found, expected[list(DelongTest._fields)].astype(float), rtol=1e-10)


@given(sample=samples())
def test_delong_of_swapped_scores_has_the_other_sign(sample: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    first, second, positive = sample
    found, swapped = delong_test(first, second, positive), delong_test(second, first, positive)
    expected = (-found.difference, -found.high, -found.low, -found.z, found.p)
    np.testing.assert_array_equal(swapped, expected)


@given(sample=samples())
def test_delong_of_the_other_kind_has_the_other_sign(sample: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    first, second, positive = sample
    found, other = delong_test(first, second, positive), delong_test(first, second, ~positive)
    expected = (-found.difference, -found.high, -found.low, -found.z, found.p)
    np.testing.assert_allclose(other, expected, rtol=1e-9, atol=1e-9)


@given(sample=samples(), seed=st.integers(0, 10**6))
def test_order_of_samples_does_not_matter(sample: tuple[np.ndarray, np.ndarray, np.ndarray], seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(sample[0]))
    found = delong_test(*(values[order] for values in sample))
    np.testing.assert_allclose(found, delong_test(*sample), rtol=1e-9, atol=1e-9)


@given(sample=samples())
def test_delong_bounds(sample: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    first, second, positive = sample
    found = delong_test(first, second, positive)
    assert found.difference == auc(first, positive) - auc(second, positive)
    if not np.isnan(found.low):
        assert found.low < found.difference < found.high
        assert (found.p < 0.05) == (found.low > 0 or found.high < 0)
    assert np.isnan(found.p) or 0 <= found.p <= 1


@given(sample=samples())
def test_delong_against_a_constant_score_is_the_interval_of_the_area(
    sample: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    first, _, positive = sample
    found = delong_test(first, np.zeros(len(first)), positive)
    limits = np.clip(np.array([found.low, found.high]) + 0.5, 0, 1)
    np.testing.assert_allclose(limits, delong_interval(first, positive), atol=1e-12)


@given(sample=samples())
def test_delong_of_equal_rankings_has_no_interval(sample: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    first, _, positive = sample
    found = delong_test(first, np.exp(first), positive)
    assert (found.difference, found.z, found.p) == (0, 0, 1)
    assert np.isnan([found.low, found.high]).all()


def test_delong_is_not_estimable_where_a_difference_does_not_vary() -> None:
    perfect = np.arange(4.0)
    found = delong_test(perfect, -perfect, np.array([False, False, True, True]))
    assert found.difference == 1
    assert np.isnan(found[1:]).all()


@pytest.mark.parametrize("positive", [[True, True, True], [False, False, False], []])
def test_one_kind_alone_has_no_areas(positive: list[bool]) -> None:
    values = np.arange(float(len(positive)))
    assert np.isnan(delong_test(values, -values, np.array(positive, dtype=bool))).all()


def test_delong_needs_two_of_either_kind() -> None:
    found = delong_test(np.array([1.0, 2, 3]), np.array([2.0, 1, 3]), np.array([True, False, False]))
    assert found.difference == -0.5
    assert np.isnan(found[1:]).all()
