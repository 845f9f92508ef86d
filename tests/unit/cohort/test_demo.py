"""The demo is the simulated cohort, written in Golub's layout, and reads back as such."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from genereport.cohort.demo import write_demo
from genereport.cohort.model import Cohort
from genereport.cohort.reader import read_cohort
from genereport.cohort.simulate import Plan, simulated_cohort
from genereport.errors import OutputError
from genereport.settings import resolve

PLAN = Plan(genes=400)
FILES = [
    "data_set_ALL_AML_train.csv",
    "data_set_ALL_AML_independent.csv",
    "actual.csv",
    "samples.tsv",
    "study.toml",
    "README.txt",
]
MATRICES = FILES[:2]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "new" / "cohort"
    assert write_demo(folder, 1999, PLAN) == [folder / name for name in FILES]
    return folder


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return simulated_cohort(1999, PLAN)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def table(path: Path) -> tuple[list[str], pd.DataFrame]:
    header, *rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8")))
    return header, pd.DataFrame(rows)


def refusal(folder: Path) -> OutputError:
    with pytest.raises(OutputError) as caught:
        write_demo(folder, plan=PLAN)
    return caught.value


def test_nothing_else_is_written(demo: Path) -> None:
    assert sorted(path.name for path in demo.iterdir()) == sorted(FILES)


def test_what_is_read_back_is_the_simulated_cohort(demo: Path, cohort: Cohort) -> None:
    read = read_cohort(resolve(demo / "study.toml", environment={}))
    assert read.simulated
    assert (read.layout, read.classes, read.scale.name) == ("golub", cohort.classes, cohort.scale.name)
    samples, genes = cohort.expression.index, cohort.expression.columns
    pd.testing.assert_frame_equal(read.expression.loc[samples, genes], cohort.expression, check_names=False)
    pd.testing.assert_frame_equal(read.samples.loc[samples, cohort.samples.columns], cohort.samples, check_names=False)
    known = ["description", "control"]
    pd.testing.assert_frame_equal(read.genes.loc[genes, known], cohort.genes[known], check_names=False)


def test_a_folder_is_recognised_without_its_study_file(demo: Path) -> None:
    read = read_cohort(resolve(environment={}, overrides={"cohort": {"study": demo}}))
    assert read.simulated


@pytest.mark.parametrize("name", MATRICES)
def test_calls_follow_their_values(demo: Path, name: str) -> None:
    header, body = table(demo / name)
    assert header[:2] == ["Gene Description", "Gene Accession Number"]
    assert set(header[3::2]) == {"call"}
    values = body.iloc[:, 2::2].to_numpy().astype(int)
    calls = body.iloc[:, 3::2].to_numpy()
    assert values[calls == "A"].max() < values[calls == "M"].min()
    assert values[calls == "M"].max() < values[calls == "P"].min()
    assert {str(call) for call in np.unique(calls)} == {"A", "M", "P"}
    assert (calls == "M").mean() < 0.25


def test_joining_by_position_would_be_wrong(demo: Path) -> None:
    patients = table(demo / "actual.csv")[1][0].tolist()
    columns = [name for matrix in MATRICES for name in table(demo / matrix)[0][2::2]]
    assert patients == [str(number) for number in range(1, 73)]
    assert sorted(columns, key=int) == patients
    cancer = dict(zip(*table(demo / "actual.csv")[1].to_numpy().T, strict=True))
    moved = [cancer[by_id] != cancer[by_position] for by_id, by_position in zip(columns, patients, strict=True)]
    assert sum(moved) >= 10


def test_the_study_file_says_the_defaults_but_for_what_the_demo_is(demo: Path, tmp_path: Path) -> None:
    text = (demo / "study.toml").read_text(encoding="utf-8")
    study = tmp_path / "study.toml"
    study.write_text(re.sub(r"^#(?=\w+ = )", "", text, flags=re.MULTILINE), encoding="utf-8")
    as_written, all_lines = resolve(demo / "study.toml", environment={}), resolve(study, environment={})
    assert as_written.cohort.study == demo
    assert as_written.model_copy(update={"cohort": all_lines.cohort}) == all_lines
    assert as_written.preprocess == resolve(environment={}).preprocess
    assert "simulated" in str(as_written.report.title)


def test_the_readme_says_that_it_is_simulated(demo: Path) -> None:
    assert "SIMULATED" in (demo / "README.txt").read_text(encoding="utf-8").splitlines()[0]


def test_the_seed_decides_every_byte(demo: Path, tmp_path: Path) -> None:
    write_demo(tmp_path / "again", 1999, PLAN)
    write_demo(tmp_path / "other", 2000, PLAN)
    assert contents(tmp_path / "again") == contents(demo)
    assert contents(tmp_path / "other")[MATRICES[0]] != contents(demo)[MATRICES[0]]
    assert not any(b"\r" in content for content in contents(demo).values())


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_there_stays_and_none_is_added(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    error = refusal(tmp_path)
    assert error.code == "GR401"
    assert name in error.problem
    assert contents(tmp_path) == {name: b"mine"}


def test_other_files_in_the_folder_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert len(write_demo(tmp_path, plan=PLAN)) == len(FILES)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_nothing_is_written_through_a_dangling_link(tmp_path: Path) -> None:
    folder = tmp_path / "cohort"
    folder.mkdir()
    (folder / "actual.csv").symlink_to(tmp_path / "elsewhere")
    assert refusal(folder).code == "GR401"
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path / "file", tmp_path / "file" / "below", tmp_path / ("x" * 300)):
        assert refusal(folder).code == "GR402"
    assert contents(tmp_path) == {"file": b"mine"}


def test_files_that_would_not_be_known_as_simulated_are_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="too few are invented"):
        write_demo(tmp_path, plan=Plan(genes=300))
    assert contents(tmp_path) == {}
