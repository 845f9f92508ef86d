"""The annotated study file: it says the defaults, all of them, and reads like a file."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genereport.settings import Settings, fields, resolve, setting_names
from genereport.settings.template import WIDTH, study_text, toml


def uncommented(text: str) -> str:
    return re.sub(r"^#(?=\w+ = )", "", text, flags=re.MULTILINE)


def test_without_the_comment_signs_it_says_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "study.toml"
    for text in (study_text({}), uncommented(study_text({}))):
        file.write_text(text)
        assert resolve(file, {}) == Settings()


def test_every_setting_stands_there_once_in_the_order_of_the_settings() -> None:
    content = tomllib.loads(uncommented(study_text({})))
    names = [
        f"{head}.{key}" if key else head
        for head, values in content.items()
        for key in (values if isinstance(values, dict) else [""])
    ]
    assert names == setting_names()


def test_every_setting_is_explained_by_its_own_documentation() -> None:
    prose = " ".join(line.removeprefix("# ") for line in study_text({}).splitlines() if line.startswith("# "))
    for name, field in fields().items():
        assert field.description, name
        assert " ".join(field.description.split()) in prose, name
    for section in {name.partition(".")[0] for name in setting_names()} - {"seed"}:
        assert " ".join(str(Settings.model_fields[section].annotation.__doc__).split()) in prose, section


def test_it_reads_like_a_file() -> None:
    lines = study_text({}).splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert not any(line != line.rstrip() for line in lines)
    text = "\n".join(lines)
    assert '#effort = "standard"         # quick | standard | thorough' in text
    assert "#genes = 50                  # at least 2" in text
    assert '#floor = ""                  # a number' in text
    assert '#file = ""                   # a path or an address' in text
    assert "#hidden = [32, 16]\n" in text


def test_what_is_given_is_not_commented_out(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    given = {"seed": 7, "cohort.expression": "a b.tsv", "report.title": 'A "B" \\ C', "biomarkers.circular": ("x",)}
    file.write_text(study_text(given, file.name))
    settings = resolve(file, {})
    assert (settings.seed, settings.cohort.expression) == (7, tmp_path / "a b.tsv")
    assert (settings.report.title, settings.biomarkers.circular) == ('A "B" \\ C', ("x",))
    assert "genereport build mine.toml" in file.read_text()


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_reads_back(text: str) -> None:
    assert tomllib.loads(f"value = {toml(text)}")["value"] == text


@pytest.mark.parametrize("value", [True, 0.001, -1, 1e-300, [1, 2], ["a", "b"], []])
def test_values_read_back(value: object) -> None:
    assert tomllib.loads(f"value = {toml(value)}")["value"] == value
