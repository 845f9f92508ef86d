"""Adjusted p-values against R's p.adjust, and the order they must keep."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genereport.stats.multiplicity import benjamini_hochberg, bonferroni, holm

REFERENCE = Path(__file__).parents[1] / "reference"
METHODS = (bonferroni, holm, benjamini_hochberg)

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

pvalues = st.lists(st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.01, 0.05, 1.0, float("nan")])), max_size=40)


# R: p.adjust(p, "bonferroni"), "holm", "BH". Largest deviation 0: the same operations in the same order.
@pytest.mark.parametrize("method", METHODS)
def test_adjustment_equals_rs(method) -> None:  # type: ignore[no-untyped-def]
    table = pd.read_csv(REFERENCE / "adjusted.csv")
    np.testing.assert_allclose(method(table["p"].to_numpy()), table[method.__name__], rtol=1e-15)


@given(p=pvalues)
def test_methods_are_ordered_by_what_they_promise(p: list[float]) -> None:
    p = np.array(p, dtype=float)
    present = ~np.isnan(p)
    by_bonferroni, by_holm, by_bh = (method(p)[present] for method in METHODS)
    assert (by_holm <= by_bonferroni).all()
    assert (by_bh <= by_holm).all()
    assert (by_bh >= p[present]).all()
    assert (by_bonferroni <= 1).all()


@pytest.mark.parametrize("method", METHODS)
@given(p=pvalues)
def test_smaller_p_has_no_larger_adjusted_p(method, p: list[float]) -> None:  # type: ignore[no-untyped-def]
    p = np.array(p, dtype=float)
    order = np.argsort(p)[: np.count_nonzero(~np.isnan(p))]
    assert (np.diff(method(p)[order]) >= 0).all()


@pytest.mark.parametrize("method", METHODS)
@given(p=pvalues)
def test_missing_p_is_not_counted(method, p: list[float]) -> None:  # type: ignore[no-untyped-def]
    p = np.array(p, dtype=float)
    present = ~np.isnan(p)
    found = method(p)
    np.testing.assert_array_equal(found[present], method(p[present]))
    assert np.isnan(found[~present]).all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("p", [[], [float("nan")] * 3, [0.2]])
def test_few_or_no_p_are_left_alone(method, p: list[float]) -> None:  # type: ignore[no-untyped-def]
    np.testing.assert_array_equal(method(np.array(p, dtype=float)), p)
