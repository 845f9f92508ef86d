"""What simulated matrices of every kind are detected as.

``python -m tests.unit.cohort.test_kinds 200`` prints the table for 200 matrices of each kind.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from genereport.cohort.model import Cohort, Scale
from genereport.cohort.reader import read_cohort
from genereport.cohort.scale import detect_scale
from genereport.cohort.undo import undo_values
from genereport.errors import CohortError
from genereport.settings import resolve
from genereport.types import Undo
from tests.unit.cohort.kinds import (
    KINDS,
    Kind,
    arrays,
    counts,
    draw,
    mas5,
    per_million,
    quantile_normalised,
    without_batch,
)


def short(scale: Scale) -> str:
    """What a matrix was detected as, in the words of `KINDS`."""
    if scale.refused:
        return "refused"
    if scale.undo is None:
        return scale.name + ("?" if scale.sure == "ambiguous" else "")
    undo = scale.undo
    parts = [f"{undo.base:.4g}+{undo.pseudocount:g}"] if undo.base else []
    return f"{scale.name}:" + ",".join([*parts, *(["unit"] if undo.by_unit else [])])


def found(name: str, seeds: range) -> Counter[str]:
    return Counter(short(detect_scale(draw(name, seed))) for seed in seeds)


@pytest.mark.parametrize("name", KINDS)
def test_a_matrix_is_never_taken_for_another_kind(name: str) -> None:
    assert set(found(name, range(2))) <= KINDS[name][1]


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_many_matrices_are_never_taken_for_another_kind(name: str) -> None:
    assert set(found(name, range(50))) <= KINDS[name][1]


@pytest.mark.parametrize("name", [name for name, (_, allowed) in KINDS.items() if any(":" in a for a in allowed)])
def test_what_is_proven_is_undone_exactly(name: str) -> None:
    for seed in range(6):
        values = draw(name, seed)
        scale = detect_scale(values)
        if scale.undo is None:
            continue
        back = undo_values(scale.undo, values)
        assert (back >= 0).all()
        if scale.name == "counts":
            fine = back < 5000  # beyond, four decimals of a logarithm do not tell the whole number
            assert np.array_equal(back[fine], np.rint(back[fine]))
        else:
            assert np.abs(back.sum(axis=1) / 1e6 - 1).max() < 0.01
        return
    pytest.fail("none of the matrices is proven")


def read(folder: Path, values: npt.NDArray[np.float64], *assignments: str) -> Cohort:
    """Write samples × genes to files and read them; the last quarter of each class is the independent set."""
    samples = pd.Index([f"S{number:02d}" for number in range(len(values))], name="sample")
    frame = pd.DataFrame(values.T, [f"g{gene}" for gene in range(values.shape[1])], samples)
    frame.to_csv(folder / "expression.tsv", sep="\t", index_label="gene")
    numbers = np.arange(len(values))
    sheet = pd.DataFrame({"class": np.where(numbers % 2, "b", "a"), "set": np.where(numbers % 8 > 5, "test", "train")})
    sheet.set_axis(samples).to_csv(folder / "samples.tsv", sep="\t")
    return read_cohort(resolve(environment={}, assignments=[f"cohort.study={folder}", *assignments]))


def test_logarithms_of_counts_are_read_as_counts(tmp_path: Path) -> None:
    values = counts(np.random.default_rng(3), 16, 400, depth=1)
    known = read(tmp_path, values)
    found = read(tmp_path, np.log2(values + 1))
    assert found.scale.undo == Undo(2.0, 1.0)
    assert np.array_equal(found.expression, known.expression)
    (finding,) = [each for each in found.findings if each.code == "GR338"]
    assert "the values of the file are base-2 logarithms of x + 1, where x stands for counts." in finding.message
    assert "preprocess.scale=log2" in finding.message
    assert read(tmp_path, np.log2(values + 1), "preprocess.scale=counts").scale == found.scale
    assert read(tmp_path, np.log2(values + 1), "preprocess.scale=log2").expression.max(axis=None) < 30


def test_an_independent_set_that_was_not_transformed_alike_stops_the_conversion(tmp_path: Path) -> None:
    values = np.log2(counts(np.random.default_rng(3), 16, 400, depth=1) + 1)
    values[6::8] += 0.1
    values[7::8] += 0.1
    found = read(tmp_path, values)
    assert (found.scale.name, found.scale.undo) == ("log2", None)
    assert "is the logarithm of 1" in found.scale.reason


def test_counts_less_a_batch_effect_are_refused_with_a_way_out(tmp_path: Path) -> None:
    values = without_batch(np.random.default_rng(3), 16, 400, depth=1)
    with pytest.raises(CohortError, match=r"GR228.*--design '~ class \+ batch'"):
        read(tmp_path, values)
    assert read(tmp_path, values, "preprocess.scale=intensity").scale.name == "intensity"


@pytest.mark.parametrize("decimals", [4, 12])
@pytest.mark.parametrize(
    "transform",
    [
        lambda x: np.log2(x + 1),
        per_million,
        lambda x: np.log2((x + 0.5) / (x.sum(axis=1, keepdims=True) + 1) * 1e6),
        lambda x: np.log1p(per_million(x) / 100),
    ],
    ids=["log2(x + 1)", "CPM", "voom", "ln(x / 10,000 + 1)"],
)
def test_counts_of_a_public_cohort_come_back(shared_cohorts: Path, transform: Callable, decimals: int) -> None:
    frame = pd.read_csv(shared_cohorts / "cervical" / "counts.tsv", sep="\t", index_col=0)
    known = frame.to_numpy(dtype=float).T
    values = transform(known).round(decimals)
    scale = detect_scale(values)
    assert scale.name == "counts"
    assert scale.undo is not None
    back = undo_values(scale.undo, values)
    small = known < 2000
    assert np.array_equal(back[small], known[small])
    assert np.allclose(back, known, rtol=1e-3, atol=0)


@pytest.mark.parametrize(
    ("kind", "evidence"),
    [
        (quantile_normalised, "quantile-normalised, as RMA"),
        (mas5, "the mean of each array is 500, as MAS5"),
        (lambda g, n, p: arrays(g, n, p).clip(5), "the smallest value, 5, recurs"),
    ],
)
def test_traces_of_processing_are_named(kind: Kind, evidence: str) -> None:
    assert evidence in detect_scale(kind(np.random.default_rng(3), 12, 1000)).reason


def main() -> None:
    number = int(sys.argv[1])
    for name in KINDS:
        each = found(name, range(number))
        print(f"{name:38s}", ", ".join(f"{what} {times}" for what, times in each.most_common()), flush=True)


if __name__ == "__main__":
    main()
