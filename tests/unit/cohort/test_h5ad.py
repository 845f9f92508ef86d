"""Files of anndata, written by h5py in the layouts of versions 0.8, 0.7 and 0.6."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from genereport.cohort.new_samples import read_new_samples
from genereport.cohort.recognition import recognise
from genereport.cohort.tables import read_table
from tests.binary_files import write_frame, write_h5ad, write_values

SAMPLES = pd.Index([f"S{number}" for number in range(1, 5)])
GENES = pd.Index(["G1", "G2", "G3"], name="gene_id")
COUNTS = np.array([[5, 0, 2], [0, 7, 0], [1, 0, 0], [0, 3, 9]])
OBS = pd.DataFrame(
    {
        "class": pd.Categorical(["a", "b", None, "a"]),
        "age": pd.array([41, None, 43, 44], dtype="Int64"),
        "purity": np.array([0.1, 0.25, 1, 0.5], dtype=np.float32),
        "note": ["x", "", "y", "z"],
    },
    index=SAMPLES,
)
VAR = pd.DataFrame({"symbol": ["A", "B", "C"], "n_cells": [1, 2, 3]}, index=GENES)
EXPRESSION = pd.DataFrame(np.log2(COUNTS + 1), index=SAMPLES, columns=GENES)


def counts_of(path: Path) -> np.ndarray:
    table = read_table(path, "expression")
    assert table.header == ("", "symbol", *SAMPLES)
    assert table.strings([0, 1]).to_numpy().tolist() == [["G1", "A"], ["G2", "B"], ["G3", "C"]]
    return table.numbers([2, 3, 4, 5]).T


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("kind", [np.asarray, scipy.sparse.csr_matrix, scipy.sparse.csc_matrix])
def test_the_layer_of_counts_is_read(tmp_path: Path, kind, legacy: bool) -> None:
    obs = OBS.drop(columns="age") if legacy else OBS
    path = write_h5ad(
        tmp_path / "a.h5ad", EXPRESSION, obs, VAR, {"counts": kind(COUNTS), "scaled": COUNTS * 2.0}, legacy=legacy
    )
    np.testing.assert_array_equal(counts_of(path), COUNTS)
    np.testing.assert_array_equal(counts_of(Path(f"{path}#X")), EXPRESSION)
    np.testing.assert_array_equal(counts_of(Path(f"{path}#scaled")), COUNTS * 2)
    (finding,) = read_table(path, "expression").findings
    assert (finding.code, "'X', 'counts', 'scaled'; 'counts' was read" in finding.message) == ("GR392", True)
    sheet = read_table(path, "labels")
    assert sheet.header == ("sample", *obs.columns)
    found = sheet.strings(range(len(sheet.header))).set_axis(sheet.header, axis=1)
    assert found["sample"].tolist() == [*SAMPLES]
    assert found["class"].tolist() == ["a", "b", "", "a"]
    assert found["purity"].tolist() == ["0.1", "0.25", "1", "0.5"]
    assert found["note"].tolist() == ["x", "", "y", "z"]
    assert legacy or found["age"].tolist() == ["41", "", "43", "44"]


def test_tables_of_records(tmp_path: Path) -> None:
    """Before version 0.7 the tables were arrays of records, and the categories stood elsewhere."""
    path = tmp_path / "old.h5ad"
    with h5py.File(path, "w") as file:
        group = file.create_group("X")
        sparse = scipy.sparse.csr_matrix(COUNTS)
        group.attrs.update({"h5sparse_format": "csr", "h5sparse_shape": sparse.shape})
        for part in ("data", "indices", "indptr"):
            group[part] = getattr(sparse, part)
        names = np.array([name.encode() for name in SAMPLES])
        file["obs"] = np.rec.fromarrays([names, np.array([0, 1, -1, 0], dtype="i1")], names="index,class")
        file["uns/class_categories"] = np.array([b"a", b"b"])
        genes = np.array([name.encode() for name in GENES])
        file["var"] = np.rec.fromarrays([genes, np.array([b"A", b"B", b"C"])], names="index,symbol")
    np.testing.assert_array_equal(counts_of(path), COUNTS)
    assert read_table(path, "labels").strings([0, 1])[1].tolist() == ["a", "b", "", "a"]


def test_raw_has_its_own_genes(tmp_path: Path) -> None:
    path = write_h5ad(tmp_path / "a.h5ad", EXPRESSION.iloc[:, :1], OBS, VAR.iloc[:1])
    with h5py.File(path, "a") as file:
        group = file.create_group("raw")
        write_values(group, "X", COUNTS)
        write_frame(group, "var", VAR)
    assert read_table(path, "expression").strings([0])[0].tolist() == ["G1"]
    np.testing.assert_array_equal(counts_of(Path(f"{path}#raw")), COUNTS)


def test_it_is_a_cohort(study) -> None:
    expression = pd.DataFrame(study.values.T, index=study.samples, columns=study.genes)
    obs = pd.DataFrame({"class": study.labels, "age": range(24)}, index=study.samples)
    path = write_h5ad(study.folder / "cohort.h5ad", expression, obs, pd.DataFrame(index=pd.Index(study.genes)))
    for named in ({"study": path}, {}, {"study": None, "expression": path, "labels": path}):
        cohort = study.read(**named)
        np.testing.assert_array_equal(cohort.expression.to_numpy(), study.values.T)
        assert cohort.samples["class"].tolist() == study.labels
        assert cohort.covariates == ["age"]
    assert recognise(study.folder).label == "class"


def test_it_holds_new_samples(tmp_path: Path) -> None:
    path = write_h5ad(tmp_path / "new.h5ad", EXPRESSION, OBS, VAR, {"counts": COUNTS})
    found = read_new_samples(path, ["G3", "G1"], ["a", "b"], labels=path)
    np.testing.assert_array_equal(found.expression[["G1", "G3"]].to_numpy(), COUNTS[:, [0, 2]])
    assert found.labels.tolist() == ["a", "b", "", "a"]
    assert (found.orientation, found.extra) == ("genes × samples", 1)
    assert "GR392" in [each.code for each in found.findings]


def linked(kind: str):
    def change(file: h5py.File) -> None:
        del file["X"]
        if kind == "external":
            file["X"] = h5py.ExternalLink("/etc/passwd", "X")
        elif kind == "soft":
            file["X"] = h5py.SoftLink("/layers/other")
        else:
            file.create_dataset("X", (4, 3), dtype="i1", external=[("/etc/passwd", 0, h5py.h5f.UNLIMITED)])

    return change


def without_obs(file: h5py.File) -> None:
    del file["obs"]


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        (linked("external"), "GR185", "'X' of the file is a link"),
        (linked("soft"), "GR185", "'X' of the file is a link"),
        (linked("storage"), "GR185", "its values are in another file"),
        (without_obs, "GR183", "none of anndata"),
        (lambda file: file["var"].attrs.__setitem__("_index", "other"), "GR181", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, refused, change, code: str, said: str) -> None:
    path = write_h5ad(tmp_path / "a.h5ad", EXPRESSION, OBS, VAR)
    with h5py.File(path, "a") as file:
        change(file)
    error = refused(read_table, path, "expression")
    assert error.code == code
    assert said in error.problem


def test_single_cells_are_refused(tmp_path: Path, refused) -> None:
    cells = pd.Index([f"cell{number}" for number in range(120)])
    values = np.zeros((120, 30))
    values[:, 0] = 3
    frame = pd.DataFrame(values, index=cells, columns=[f"G{number}" for number in range(30)])
    obs, var = pd.DataFrame(index=cells), pd.DataFrame(index=frame.columns)
    sparse = {"counts": scipy.sparse.csr_matrix(values)}
    path = write_h5ad(tmp_path / "a.h5ad", frame, obs, var, sparse)
    for place in (path, Path(f"{path}#X")):
        error = refused(read_table, place, "expression")
        assert error.code == "GR184"
        assert "120 observations of 30 genes, 97% of them zero" in error.problem
        assert "pseudo-bulk" in error.remedy
