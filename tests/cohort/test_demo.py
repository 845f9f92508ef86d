"""The demo is read back as the cohort it was written from, in Golub's layout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from genereport.cohort.demo import write_demo
from genereport.cohort.reader import read_cohort
from genereport.cohort.simulate import Plan, simulated_cohort
from genereport.errors import OutputError
from genereport.settings import resolve

SMALL = Plan(genes=400)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    write_demo(tmp_path, 5, SMALL)
    read = read_cohort(resolve(tmp_path / "study.toml", {}))
    made = simulated_cohort(5, SMALL)
    assert read.simulated
    assert read.layout == "golub"
    expression = read.expression.loc[made.expression.index, made.expression.columns]
    np.testing.assert_array_equal(expression, made.expression)
    for column in ("class", "set", "subtype", "tissue", "centre", "sex"):
        assert list(read.samples.loc[made.samples.index, column]) == list(made.samples[column])
    assert list(read.genes.loc[made.genes.index, "description"]) == list(made.genes["description"])


def test_columns_are_not_in_the_order_of_the_patients(tmp_path: Path) -> None:
    write_demo(tmp_path, 5, SMALL)
    header = (tmp_path / "data_set_ALL_AML_train.csv").read_text().splitlines()[0].split(",")
    assert header[:2] == ["Gene Description", "Gene Accession Number"]
    patients = header[2::2]
    assert set(header[3::2]) == {"call"}
    assert sorted(patients, key=int) == [str(number) for number in range(1, 39)] != patients
    labels = pd.read_csv(tmp_path / "actual.csv")
    assert list(labels["patient"]) == list(range(1, 73))


def test_calls_follow_the_intensities(tmp_path: Path) -> None:
    write_demo(tmp_path, 5, SMALL)
    table = pd.read_csv(tmp_path / "data_set_ALL_AML_train.csv", header=None, skiprows=1)
    values, calls = table.iloc[:, 2::2].to_numpy(dtype=float), table.iloc[:, 3::2].to_numpy()
    assert values[calls == "A"].max() < values[calls == "P"].min()


def test_files_are_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "samples.tsv").write_text("mine")
    with pytest.raises(OutputError, match=r"GR401.*samples\.tsv"):
        write_demo(tmp_path, 5, SMALL)
    assert {path.name for path in tmp_path.iterdir()} == {"samples.tsv"}


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="GR402"):
        write_demo(tmp_path / "file" / "demo", 5, SMALL)
