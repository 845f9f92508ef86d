"""Parquet files: a matrix in either orientation, ids in the index or in a column, a sample sheet."""

from __future__ import annotations

import builtins
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from genereport.cohort.tables import read_table

FRAME = pd.DataFrame({"S1": [1.5, np.nan, 3], "S2": [4, 5, 6]}, index=pd.Index(["G1", "G2", "G3"], name="gene"))


def frames(study) -> tuple[pd.DataFrame, pd.DataFrame]:
    expression = pd.DataFrame(study.values, index=pd.Index(study.genes, name="gene"), columns=study.samples)
    return expression, pd.DataFrame({"class": pd.Categorical(study.labels)}, index=study.samples)


def test_a_cohort_in_either_orientation(study) -> None:
    expression, sheet = frames(study)
    expression.to_parquet(study.folder / "genes.parquet")
    expression.T.to_parquet(study.folder / "samples.bin")
    sheet.to_parquet(study.folder / "sheet.parquet")
    for name in ("genes.parquet", "samples.bin"):
        named = {"expression": study.folder / name, "labels": study.folder / "sheet.parquet"}
        cohort = study.read(study=None, **named)
        np.testing.assert_array_equal(cohort.expression[study.genes].to_numpy(), study.values.T)
        assert cohort.samples["class"].tolist() == study.labels


@pytest.mark.parametrize(
    "written",
    [
        lambda frame, path: frame.to_parquet(path),
        lambda frame, path: frame.rename_axis(None).to_parquet(path),
        lambda frame, path: frame.reset_index().to_parquet(path, index=False),
        lambda frame, path: frame.assign(gene=frame.index).reset_index(drop=True).to_parquet(path, index=False),
    ],
    ids=["index", "unnamed index", "first column", "last column"],
)
def test_the_ids_are_found(tmp_path: Path, written) -> None:
    path = tmp_path / "m.parquet"
    written(FRAME, path)
    table = read_table(path, "expression")
    assert table.header[0] in ("gene", "")
    assert table.strings([0])[0].tolist() == ["G1", "G2", "G3"]
    np.testing.assert_array_equal(table.numbers([1, 2]), FRAME.to_numpy())


def test_single_precision_keeps_its_values(tmp_path: Path) -> None:
    values = np.array([0.1, 7, np.nan], dtype=np.float32)
    pd.DataFrame({"id": ["a", "b", "c"], "x": values}).to_parquet(tmp_path / "m.parquet", index=False)
    np.testing.assert_array_equal(
        read_table(tmp_path / "m.parquet", "expression").numbers([1])[:, 0], values.astype(float)
    )
    assert read_table(tmp_path / "m.parquet", "labels").strings([1])[1].tolist() == ["0.1", "7", ""]


def test_whole_numbers_dates_and_truth_values_of_a_sheet(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "id": [1, 2],
            "age": pd.array([41, None], dtype="Int64"),
            "when": pd.to_datetime(["2021-03-01", None]),
            "smoker": [True, False],
        }
    )
    frame.to_parquet(tmp_path / "s.parquet", index=False)
    found = read_table(tmp_path / "s.parquet", "labels").strings([0, 1, 2, 3])
    assert found.to_numpy().tolist() == [["1", "41", "2021-03-01", "TRUE"], ["2", "", "", "FALSE"]]


def test_without_pyarrow_the_extra_is_named(tmp_path: Path, refused, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.parquet"
    FRAME.to_parquet(path)
    load = builtins.__import__

    def without(name: str, *rest):
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return load(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    error = refused(read_table, path, "expression")
    monkeypatch.undo()
    assert error.code == "GR182"
    assert "pip install 'genereport[parquet]'" in str(error)


def test_damaged_files_and_parts_are_refused(tmp_path: Path, refused) -> None:
    path = tmp_path / "m.parquet"
    FRAME.to_parquet(path)
    (tmp_path / "cut.parquet").write_bytes(path.read_bytes()[:200])
    assert refused(read_table, tmp_path / "cut.parquet", "expression").code == "GR181"
    FRAME.iloc[:0].to_parquet(path)
    assert refused(read_table, path, "expression").code == "GR102"
