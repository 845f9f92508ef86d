from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from genereport.cohort.model import Cohort, Scale
from genereport.cohort.shift import shifts


def cohort(values: np.ndarray, tests: int, labels: list[str] | None = None) -> Cohort:
    index = pd.Index([f"S{i}" for i in range(len(values))])
    genes = pd.Index([f"G{i}" for i in range(values.shape[1])])
    sets = ["train"] * (len(values) - tests) + ["test"] * tests
    samples = pd.DataFrame({"class": labels or ["a", "b"] * (len(values) // 2), "set": sets}, index=index)
    frame = pd.DataFrame(values, index=index, columns=genes)
    return Cohort(frame, samples, pd.DataFrame(index=genes), ("a", "b"), Scale("log2", "made"))


def smallest(found: Cohort) -> float:
    return min(shift.p for shift in shifts(found))


@pytest.fixture
def values() -> np.ndarray:
    return np.random.default_rng(5).normal(8, 2, (50, 200))


def test_arrays_of_one_kind(values: np.ndarray) -> None:
    assert smallest(cohort(values, 20)) > 0.001


def test_brighter_arrays(values: np.ndarray) -> None:
    values[30:] += 1.0
    found = shifts(cohort(values, 20))
    assert found[0].p < 1e-6
    assert found[0].test - found[0].train == pytest.approx(1.0, abs=0.3)


def test_another_batch_that_moves_some_genes_up_and_others_down(values: np.ndarray) -> None:
    values[30:, :40] += 2.0
    values[30:, 40:80] -= 2.0
    assert smallest(cohort(values, 20)) < 1e-6


def test_another_mixture_of_classes_is_no_shift(values: np.ndarray) -> None:
    labels = ["a"] * 25 + ["b"] * 5 + ["a"] * 2 + ["b"] * 18
    values[np.array(labels) == "b", :60] += 3.0
    assert smallest(cohort(values, 20, labels)) > 0.001


def test_missing_values_and_a_missing_set(values: np.ndarray) -> None:
    values[3, :50] = np.nan
    assert len(shifts(cohort(values, 20))) == 4
    assert shifts(cohort(values, 0)) == ()


def test_hardly_a_complete_gene(values: np.ndarray) -> None:
    values[3, :198] = np.nan
    assert len(shifts(cohort(values, 20))) == 1
