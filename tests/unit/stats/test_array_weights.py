"""Weights of samples, against limma's arrayWeights.

Reference values: Rscript tests/reference/counts.R. Largest relative deviation seen: 6e-15.
"""

from __future__ import annotations

import numpy as np
import pytest

from genereport.stats.array_weights import array_weights
from tests.unit.stats.references import close, counted_design, reference, voom_matrix


def values() -> np.ndarray:
    return voom_matrix("two", "values")


def weights() -> np.ndarray:
    return voom_matrix("two", "weights")


def with_gaps() -> np.ndarray:
    changed = values()
    changed[:, 59:92] = reference("voom_gaps").iloc[:, 1:]
    return changed


def with_a_zero() -> np.ndarray:
    changed = weights()
    changed[2, 99] = 0
    return changed


def flat() -> np.ndarray:
    changed = values()
    changed[:, :3] = 5
    return changed


TWO = counted_design("two")
CASES = {
    "gene_by_gene": lambda: array_weights(values(), TWO, weights()),
    "gene_by_gene_equal": lambda: array_weights(values(), TWO),
    "gene_by_gene_gaps": lambda: array_weights(with_gaps(), TWO),
    "gene_by_gene_zero": lambda: array_weights(values(), TWO, with_a_zero()),
    "gene_by_gene_flat": lambda: array_weights(flat(), TWO, prior_genes=1),
    "reml": lambda: array_weights(values(), counted_design("two", "age"), weights(), method="reml"),
    "reml_equal": lambda: array_weights(values(), TWO, method="reml"),
    "reml_gaps": lambda: array_weights(with_gaps(), TWO, method="reml"),
    "reml_flat": lambda: array_weights(flat(), TWO, method="reml", prior_genes=1),
}
"""Column of voom_arrays.csv → what makes it."""


@pytest.mark.parametrize("name", CASES)
def test_the_weights_are_those_of_limma(name: str) -> None:
    close(CASES[name](), reference("voom_arrays")[name], rtol=1e-12)


def noise(spread: list[float], genes: int = 3000) -> np.ndarray:
    scale = np.random.default_rng(3).gamma(4, 0.25, genes)
    return np.random.default_rng(2).normal(size=(len(spread), genes)) * np.array(spread)[:, None] * scale


@pytest.mark.parametrize(("method", "off"), [("genebygene", 0.35), ("reml", 0.2)])  # the former is approximate
def test_the_precision_of_samples_is_found(method: str, off: float) -> None:
    spread = [1, 1, 2, 0.5, 1, 1, 3, 1]
    found = array_weights(noise(spread), np.column_stack([np.ones(8), np.arange(8) % 2]), method=method)
    assert np.log(found).mean() == pytest.approx(0, abs=1e-12)
    expected = np.array(spread) ** -2.0
    close(found, expected / np.exp(np.log(expected).mean()), rtol=off)


@pytest.mark.parametrize("method", ["genebygene", "reml"])
def test_equal_weights_are_no_weights(method: str) -> None:
    values, design = noise([1, 1, 2, 0.5, 1], 100), np.ones((5, 1))
    base = array_weights(values, design, np.full(values.shape, 1.0), method=method)
    close(array_weights(values, design, np.full(values.shape, 4.0), method=method), base, rtol=1e-9)
    close(array_weights(values * 1e3, design, method="genebygene"), array_weights(values, design), rtol=1e-9)


def test_the_two_methods_agree_roughly() -> None:
    values, design = noise([1, 1, 2, 0.5, 1]), np.ones((5, 1))
    close(array_weights(values, design, method="reml"), array_weights(values, design), rtol=0.3)


def test_dependent_columns_of_the_design_are_left_out() -> None:
    values, design = noise([1, 1, 2, 0.5, 1, 1], 100), np.column_stack([np.ones(6), np.arange(6) % 2])
    close(array_weights(values, design[:, [0, 1, 1, 0]]), array_weights(values, design), rtol=1e-12)


def test_too_little_to_tell_leaves_all_weights_1() -> None:
    values = noise([1, 1, 5], 50)
    assert array_weights(values[:, :1], np.ones((3, 1))).tolist() == [1, 1, 1]
    assert array_weights(values, np.column_stack([np.ones(3), [0, 1, 1]])).tolist() == [1, 1, 1]
    assert array_weights(np.zeros((4, 9)), np.ones((4, 1)), method="reml").tolist() == [1, 1, 1, 1]
    values[0, 1:] = np.nan
    assert array_weights(values, np.ones((3, 1)), method="reml").tolist() == [1, 1, 1]


@pytest.mark.parametrize("wrong", [-1.0, np.nan, np.inf])
def test_weights_that_are_none_are_refused(wrong: float) -> None:
    values = noise([1, 1, 1, 1], 20)
    weights = np.ones(values.shape)
    weights[1, 1] = wrong
    with pytest.raises(ValueError, match="finite and not negative"):
        array_weights(values, np.ones((4, 1)), weights)
