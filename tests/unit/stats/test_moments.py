"""Moments against R and exact arithmetic."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from genereport.stats import moments as kernel
from genereport.stats.moments import group_moments
from tests.unit.stats.references import NEARLY_CONSTANT, genes_of, reference

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


# R: tapply(x[gene, ], four, mean, na.rm = TRUE), and var. R's own variance of gene 122 is off by 0.8 %: see below.
@pytest.mark.parametrize("moment", ["n", "mean", "variance"])
def test_moments_equal_rs(expression: pd.DataFrame, moment: str) -> None:
    found = getattr(group_moments(genes_of(expression), expression["four"].to_numpy(), 4), moment).T
    expected = reference("moments")[moment].to_numpy().reshape(-1, 4)
    kept = np.arange(len(found)) != NEARLY_CONSTANT
    np.testing.assert_allclose(found[kept], expected[kept], rtol=1e-14)


@pytest.mark.parametrize("offset", [0, 1e6, -1e12])
def test_variance_equals_exact_arithmetic_on_a_large_offset(offset: float) -> None:
    x = offset + np.random.default_rng(1).normal(size=(30, 1))
    exact = [Fraction(value) for value in x[:, 0].tolist()]
    centre = sum(exact) / 30
    variance = sum((value - centre) ** 2 for value in exact) / 29
    found = group_moments(x, np.zeros(30, dtype=int), 1)
    assert found.variance[0, 0] == pytest.approx(float(variance), rel=1e-13)
    assert found.mean[0, 0] == pytest.approx(float(centre), rel=1e-15)


def test_variance_of_a_nearly_constant_gene_equals_exact_arithmetic(expression: pd.DataFrame) -> None:
    part = genes_of(expression)[expression["four"] == 0, NEARLY_CONSTANT]
    exact = [Fraction(value) for value in part.tolist()]
    centre = sum(exact) / len(exact)
    variance = sum((value - centre) ** 2 for value in exact) / (len(exact) - 1)
    found = group_moments(part[:, None], np.zeros(len(part), dtype=int), 1)
    assert found.variance[0, 0] == pytest.approx(float(variance), rel=1e-13)


@pytest.mark.parametrize("beyond", [-100, -99, -1, 0, 1, 101])
def test_blocks_leave_no_seam(beyond: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "_CACHED", 700)  # 100 columns of 7 values
    rng = np.random.default_rng(100 + beyond)
    x, codes = rng.normal(size=(7, 100 + beyond)), np.array([0, 1, 0, 1, 0, 1, 1])
    assert sum(len(range(*block.indices(x.shape[1]))) for block in kernel.blocks(x)) == x.shape[1]
    found = group_moments(x, codes, 2)
    for group in (0, 1):
        np.testing.assert_allclose(found.mean[group], x[codes == group].mean(axis=0), rtol=1e-10, atol=1e-14)
        np.testing.assert_allclose(found.variance[group], x[codes == group].var(axis=0, ddof=1), rtol=1e-12)


def test_block_size_changes_nothing(monkeypatch: pytest.MonkeyPatch, expression: pd.DataFrame) -> None:
    x, codes = genes_of(expression), expression["three"].to_numpy()
    whole = group_moments(x, codes, 3)
    monkeypatch.setattr(kernel, "_CACHED", 1)
    monkeypatch.setattr(kernel, "_FEWEST", 7)
    np.testing.assert_allclose(np.stack(group_moments(x, codes, 3)), np.stack(whole), rtol=1e-14)


def test_groups_without_enough_values_are_missing() -> None:
    x = np.array([[1.0, np.nan], [3.0, np.nan], [5.0, 7.0]])
    found = group_moments(x, np.array([0, 0, 1]), 3)
    np.testing.assert_array_equal(found.n, [[2, 0], [1, 1], [0, 0]])
    np.testing.assert_array_equal(found.mean, [[2, np.nan], [5, 7], [np.nan, np.nan]])
    np.testing.assert_array_equal(found.variance, [[2, np.nan], [np.nan, np.nan], [np.nan, np.nan]])
    np.testing.assert_array_equal(found.average(), [3, 7])


def test_no_samples_have_no_moments() -> None:
    found = group_moments(np.empty((0, 3)), np.empty(0, dtype=int), 2)
    assert np.isnan(found.mean).all()
    assert np.isnan(found.average()).all()
