"""Study files that are begun: what is found is named, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from genereport.cohort.demo import write_demo
from genereport.cohort.reader import read_cohort
from genereport.cohort.simulate import Plan
from genereport.errors import CohortError, OutputError
from genereport.runs.study import start_study
from genereport.settings import Settings, resolve

MATRIX = "gene\tS1\tS2\ng1\t1\t2\n"
SHEET = "sample\tclass\nS1\ta\nS2\tb\n"


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in ({"expression__tsv": MATRIX, "samples__tsv": SHEET} | files).items():
        (folder / name.replace("__", ".")).write_text(content)
    return folder


def test_golubs_files_are_named_and_read_as_the_folder_is(tmp_path: Path) -> None:
    write_demo(tmp_path / "demo", plan=Plan(genes=600))
    (tmp_path / "demo" / "study.toml").unlink()
    started = start_study(tmp_path / "demo")
    assert started.file == tmp_path / "demo" / "study.toml"
    assert started.given == {
        "cohort.expression": "data_set_ALL_AML_train.csv",
        "cohort.labels": "actual.csv",
        "cohort.test_expression": "data_set_ALL_AML_independent.csv",
        "cohort.label_column": "cancer",
    }
    by_file = read_cohort(resolve(started.file, {}))
    by_folder = read_cohort(resolve(environment={}, overrides={"cohort": {"study": tmp_path / "demo"}}))
    pd.testing.assert_frame_equal(by_file.expression, by_folder.expression)
    pd.testing.assert_frame_equal(by_file.samples, by_folder.samples)
    assert by_file.sources == by_folder.sources


def test_a_matrix_elsewhere_is_named_by_its_whole_path(tmp_path: Path) -> None:
    cohort = write(tmp_path / "~a $b", expression_test__tsv=MATRIX)
    started = start_study(tmp_path / "new" / "mine.toml", cohort / "expression.tsv")
    settings = resolve(started.file, {})
    assert settings.cohort.expression == cohort / "expression.tsv"
    assert settings.cohort.labels == cohort / "samples.tsv"
    assert settings.cohort.test_expression is None
    within = start_study(tmp_path / "study.toml", cohort)
    assert within.given["cohort.expression"] == "./~a $$b/expression.tsv"
    assert resolve(within.file, {}).cohort.test_expression == cohort / "expression_test.tsv"


def test_what_is_not_clear_is_left_to_be_filled_in(tmp_path: Path) -> None:
    cohort = write(tmp_path / "c", samples__tsv="sample\tclass\tgroup\nS1\ta\tx\n")
    started = start_study(cohort)
    assert "cohort.label_column" not in started.given
    assert "'class', 'group'" in started.unclear
    empty = start_study(tmp_path / "none yet")
    assert (empty.given, empty.found, empty.unclear) == ({}, None, "")
    assert resolve(empty.file, {}) == Settings()
    (cohort / "samples.tsv").unlink()
    assert "sample sheet" in start_study(cohort / "other.toml").unclear


def test_a_table_of_contrasts_gives_the_column_of_the_class(tmp_path: Path) -> None:
    sheet = "sample\tclass\tdrug\nS1\ta\tx\nS2\ta\ty\n"
    cohort = write(tmp_path / "c", samples__tsv=sheet, planned__csv="id,variable,reference,target\none,drug,x,y\n")
    started = start_study(cohort)
    assert started.given == {
        "cohort.expression": "expression.tsv",
        "cohort.labels": "samples.tsv",
        "cohort.contrasts": "planned.csv",
    }
    assert started.unclear == ""
    assert resolve(started.file, {}).cohort.contrasts == cohort / "planned.csv"


def test_where_a_cohort_is_named_it_must_be_there(tmp_path: Path) -> None:
    for source, code in ((tmp_path, "GR112"), (tmp_path / "nowhere", "GR101")):
        with pytest.raises(CohortError, match=code):
            start_study(tmp_path / "study.toml", source)
    assert not (tmp_path / "study.toml").exists()


def test_a_study_file_is_replaced_only_by_force(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text("seed = 7\n")
    with pytest.raises(OutputError, match="GR401"):
        start_study(tmp_path / "study.toml")
    assert (tmp_path / "study.toml").read_text() == "seed = 7\n"
    start_study(tmp_path, force=True)
    assert resolve(tmp_path / "study.toml", {}) == Settings()
    assert [path.name for path in tmp_path.iterdir()] == ["study.toml"]
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="GR402"):
        start_study(tmp_path / "file" / "study.toml")
