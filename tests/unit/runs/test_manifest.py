"""A manifest is checked as a whole, and says where it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from genereport.errors import SettingsError
from genereport.locations import Remote
from genereport.runs.manifest import read_manifest


def written(folder: Path, text: str, name: str = "manifest.tsv") -> Path:
    path = folder / name
    path.write_text(text.replace(" | ", "\t"), encoding="utf-8")
    return path


def test_rows_become_settings(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "\ufeffname | expression | labels | label_column | preprocess.floor | evaluation.effort | biomarkers.file\n"
        "one | a/m.tsv | /b/s.tsv | 3 | 100 | quick | marks.tsv\n\n"
        "two | c.tsv | | | | |\n",
    )
    one, two = read_manifest(path)
    settings = one.settings(["seed=7", "evaluation.effort=thorough"], {"out": tmp_path / "o" / "report.pdf"})
    assert settings.cohort.expression == tmp_path / "a" / "m.tsv"
    assert settings.cohort.labels == Path("/b/s.tsv")
    assert settings.cohort.label_column == "3"
    assert settings.preprocess.floor == 100
    assert settings.evaluation.effort == "quick"
    assert settings.biomarkers.file == tmp_path / "marks.tsv"
    assert settings.seed == 7
    assert settings.run.out == tmp_path / "o" / "report.pdf"
    assert (two.name, two.line) == ("two", 4)
    assert two.settings([], {}).evaluation.effort == "standard"


def test_a_study_file_counts_less_than_its_row(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "study.toml").write_text('seed = 3\n[cohort]\nexpression = "m.tsv"\n[preprocess]\nfloor = 50\n')
    (entry,) = read_manifest(written(tmp_path, "name,study,preprocess.floor\nx,s,60\n", "m.csv"))
    settings = entry.settings(["seed=4", "preprocess.floor=70"], {})
    assert (settings.seed, settings.preprocess.floor) == (4, 60)
    assert settings.cohort.expression == tmp_path / "s" / "m.tsv"


HEAD = "name | study\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no column 'name'"),
        (HEAD, "has no cohorts"),
        ("study\ns\n", "line 1.*no column 'name'"),
        ("name | study | study\na | b | c\n", "more than once: cohort.study"),
        ("name | study | cohort.study\na | b | c\n", "more than once: cohort.study"),
        (
            "name | study | preprocess.flor\na | b | 1\n",
            r"no setting 'preprocess.flor'. Did you mean 'preprocess.floor'",
        ),
        ("name | study | run.out\na | b | c\n", "column 'run.out' is not allowed"),
        (HEAD + "a | b | c\n", "line 2.*3 cells, but the header has only 2"),
        (HEAD + " | b\n", "line 2.*no name"),
        (HEAD + "a | b\nA | c\n", "lines 2 and 3.*share the folder 'A'"),
        (HEAD + "a | \n", "either a study or an expression"),
        ("name | study | expression\na | b | c\n", "either a study or an expression"),
        ("name | study | preprocess.floor\na | b | low\n", "line 2, cohort 'a', setting 'preprocess.floor'"),
        ('name | study\n"a | b\n', "line cannot be read"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=problem) as refusal:
        read_manifest(written(tmp_path, text))
    assert refusal.value.code == "GR634"
    assert "manifest.tsv" in refusal.value.where


@pytest.mark.parametrize(
    "name", ["..", "a/b", ".a", "a b", "-a", "a.", "ä", "index.html", "Index.TSV", "a" * 33, "a\x1fb"]
)
def test_names_that_are_no_safe_folder_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be the name of a folder"):
        read_manifest(written(tmp_path, f"name | study\n{name} | b\n"))


def test_a_manifest_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "binary.tsv").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "none.tsv", tmp_path / "binary.tsv", tmp_path):
        with pytest.raises(SettingsError) as refusal:
            read_manifest(path)
        assert refusal.value.code == "GR634"


def test_places_are_written_as_in_a_study_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "a $b"
    folder.mkdir()
    monkeypatch.setenv("DATA", "d")
    monkeypatch.delenv("NOWHERE", raising=False)
    address = "https://ann:pa$$word@host/s.tsv?k=v"
    rows = f"name,study,expression,labels\none,,$DATA/m.tsv,{address}\ntwo,https://host/m.tsv,,\nthree,s,,\n"
    one, two, three = (entry.settings([], {}).cohort for entry in read_manifest(written(folder, rows, "m.csv")))
    assert (one.expression, one.labels) == (folder / "d" / "m.tsv", Remote(address.replace("$$", "$")))
    assert (two.study, three.study) == (Remote("https://host/m.tsv"), folder / "s")
    with pytest.raises(SettingsError, match=r"GR634.*line 2.*'NOWHERE'"):
        read_manifest(written(folder, "name,study\nx,$NOWHERE/s\n", "m.csv"))
