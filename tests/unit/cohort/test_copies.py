"""Near-copies are found whatever the scale, and nothing else is taken for one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from genereport.cohort.copies import identical, near_copies
from genereport.cohort.reader import read_cohort
from genereport.settings import resolve

RNG = np.random.default_rng(5)
GENES = RNG.normal(8, 2, 400)


def noisy(spread: float, samples: int = 20) -> np.ndarray:
    return np.asarray(GENES + np.random.default_rng(6).normal(0, spread, (samples, 400)))


@pytest.mark.parametrize(
    "scale",
    [lambda x: x, lambda x: 2**x, lambda x: np.round(2**x), lambda x: x - x.mean(axis=0), lambda x: 2**x - 300],
    ids=["log2", "intensity", "counts", "ratio", "negative intensity"],
)
def test_copies_with_a_little_noise(scale) -> None:  # type: ignore[no-untyped-def]
    values = noisy(0.7)
    values[13] = values[4] + 1e-9
    values[17] = np.round(values[2], 3)
    values[19] = values[17] - 1e-9
    values = scale(values)
    values[:, 5] = np.nan
    values[[4, 13], 6] = np.nan
    assert near_copies(values[:, np.arange(400) != 5]) == [[2, 17, 19], [4, 13]]


def test_one_huge_gene_makes_no_copies() -> None:
    values = noisy(0.7)
    values[:, 0] = 1e9
    assert near_copies(values) == []
    values[:, 0] = np.where(np.arange(20) < 10, 1e9, 1.0)
    assert near_copies(values) == []


def test_genes_that_differ_much_more_than_samples_make_no_copies() -> None:
    values = noisy(0.01)
    assert np.corrcoef(values)[0, 1] > 0.9999
    assert near_copies(values) == []


def test_a_panel_of_a_few_genes_has_identical_samples_only() -> None:
    values = np.repeat([[1.0, 5.0, 9.0], [1.1, 5.1, 9.1]], [2, 1], axis=0)
    assert near_copies(values) == []
    assert identical(values) == [[0, 1]]


def test_more_samples_than_a_chunk() -> None:
    values = noisy(0.7, samples=600)
    values[599] = values[3] + 1e-9
    values[300] = values[290] + 1e-9
    assert near_copies(values) == [[3, 599], [290, 300]]


@pytest.mark.parametrize("name", ["golub", "alon", "khan", "cervical"])
def test_public_cohorts_hold_no_near_copies(name: str, shared_cohorts: Path) -> None:
    cohort = read_cohort(resolve(environment={}, overrides={"cohort": {"study": shared_cohorts / name}}))
    assert near_copies(cohort.expression.to_numpy()) == []


def test_the_simulated_cohort_holds_no_near_copies() -> None:
    assert near_copies(read_cohort(resolve(environment={})).expression.to_numpy()) == []
