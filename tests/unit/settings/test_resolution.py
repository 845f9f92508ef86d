"""Layers of settings, and what a wrong one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from genereport.errors import SettingsError
from genereport.locations import Remote
from genereport.settings import Settings, fields, named_inputs, place_of, read_settings, resolve, setting_names


def test_later_layers_win(tmp_path: Path) -> None:
    study = tmp_path / "study.toml"
    study.write_text('seed = 1\n[preprocess]\nfloor = 1.0\ncap = 2.0\n[report]\ntitle = "From the study"\n')
    environment = {"GENEREPORT_PREPROCESS__FLOOR": "10", "GENEREPORT_SEED": "2", "GENEREPORT_CI": "1"}
    settings = resolve(study, environment, ["preprocess.floor=100"], {"seed": 3, "report": {"title": None}})
    assert (settings.seed, settings.preprocess.floor, settings.preprocess.cap) == (3, 100.0, 2.0)
    assert settings.report.title == "From the study"


def test_paths_are_relative_to_the_study_that_names_them(tmp_path: Path) -> None:
    study = tmp_path / "study.toml"
    study.write_text('[cohort]\nexpression = "data/matrix.tsv"\n')
    assert resolve(study, {}).cohort.expression == tmp_path / "data" / "matrix.tsv"


def test_a_folder_is_read_by_its_study_file_and_one_without_by_its_layout(tmp_path: Path) -> None:
    more = {"cohort": {"reference": "ALL"}}
    assert read_settings(tmp_path, overrides=more).cohort.study == tmp_path
    assert read_settings(str(tmp_path), overrides=more).cohort.reference == "ALL"
    (tmp_path / "study.toml").write_text('seed = 5\n[cohort]\nexpression = "matrix.tsv"\n')
    for named in (tmp_path, tmp_path / "study.toml"):
        settings = read_settings(named, assignments=["preprocess.floor=7"], overrides=more)
        assert (settings.seed, settings.preprocess.floor, settings.cohort.reference) == (5, 7.0, "ALL")
        assert (settings.cohort.study, settings.cohort.expression) == (None, tmp_path / "matrix.tsv")
    assert read_settings().cohort.study is None


@pytest.mark.parametrize(
    ("assignment", "code", "hint"),
    [
        ("preproces.floor=1", "GR001", "Did you mean 'preprocess'?"),
        ("preprocess.flor=1", "GR001", "Did you mean 'preprocess.floor'?"),
        ("preprocess.floor=high", "GR002", "preprocess.floor"),
        ("evaluation.effort=heroic", "GR002", "'quick', 'standard' or 'thorough'"),
        ("preprocess.variance_quantile=1.0", "GR002", "less than 1"),
        ("floor", "GR002", "section.key=value"),
    ],
)
def test_a_wrong_setting_is_named_with_the_way_out(assignment: str, code: str, hint: str) -> None:
    with pytest.raises(SettingsError, match=code) as refusal:
        resolve(environment={}, assignments=[assignment])
    assert hint in str(refusal.value)


@pytest.mark.parametrize("content", ["[preprocess", "\xff\xfe"])
def test_an_unreadable_study_is_refused(tmp_path: Path, content: str) -> None:
    study = tmp_path / "study.toml"
    study.write_text(content, encoding="latin-1")
    with pytest.raises(SettingsError, match="GR003"):
        resolve(study, {})


def test_the_date_comes_from_the_setting_or_the_epoch_never_from_the_clock() -> None:
    epoch = {"SOURCE_DATE_EPOCH": "86400"}
    assert resolve(environment={}).report.date is None
    assert str(resolve(environment=epoch).report.date) == "1970-01-02"
    assert str(resolve(environment=epoch, assignments=["report.date=1999-10-15"]).report.date) == "1999-10-15"


def test_effort_means_repeats_unless_they_are_given() -> None:
    assert resolve(environment={}).repeats == 10
    assert resolve(environment={}, assignments=["evaluation.effort=quick"]).repeats == 1
    assert resolve(environment={}, assignments=["evaluation.repeats=3"]).repeats == 3


def test_every_setting_is_documented_in_the_schema() -> None:
    schema = Settings.model_json_schema()
    sections = [name for name in setting_names() if "." in name]
    assert len(sections) > 25
    for name in sections:
        section, key = name.split(".")
        definition = schema["properties"][section]
        definition = schema["$defs"][(definition.get("$ref") or definition["allOf"][0]["$ref"]).rsplit("/", 1)[1]]
        assert definition["properties"][key]["description"], name


def test_paths_are_expanded_wherever_they_are_written(tmp_path: Path) -> None:
    study = tmp_path / "study.toml"
    study.write_text('[cohort]\nexpression = "$SUB/m.tsv"\nlabels = "~/s.tsv"\n[run]\nout = "r.pdf"\n')
    environment = {"SUB": "data", "GENEREPORT_BIOMARKERS__FILE": "${SUB}/mine.tsv"}
    settings = resolve(study, environment, ["biomarkers.gene_sets=s$$.gmt"], {"report": {"templates": "$SUB"}})
    assert settings.cohort.expression == tmp_path / "data" / "m.tsv"
    assert settings.cohort.labels == Path.home() / "s.tsv"
    assert settings.run.out == tmp_path / "r.pdf"
    assert settings.biomarkers.file == Path("data/mine.tsv")
    assert settings.biomarkers.gene_sets == Path("s$.gmt")
    assert settings.report.templates == Path("data")


def test_a_path_object_is_taken_as_it_is() -> None:
    named = {"cohort": {"expression": Path("~/$m.tsv")}}
    assert resolve(environment={}, overrides=named).cohort.expression == Path("~/$m.tsv")


def test_addresses_are_kept_whole_and_stored_by_name() -> None:
    address = "https://ann:secret@host/data/m.tsv?token=t0ken"
    settings = resolve(environment={}, assignments=[f"cohort.expression={address}"])
    assert settings.cohort.expression == Remote(address)
    assert settings.model_dump(mode="json")["cohort"]["expression"] == "m.tsv"
    assert "secret" not in repr(settings)
    assert named_inputs(settings) == {"cohort.expression": Remote(address)}
    assert Settings.model_validate({"cohort": {"labels": "https://host/s.tsv"}}).cohort.labels == Remote(
        "https://host/s.tsv"
    )


@pytest.mark.parametrize(
    ("assignment", "code", "tells"),
    [
        ("cohort.labels=$NOWHERE/s.tsv", "GR007", "cohort.labels"),
        ("biomarkers.file=quux://host/m.tsv", "GR008", "biomarkers.file"),
        ("report.templates=https://ann:secret@host/t?k=secret", "GR008", "'https://host/t'"),
        ("run.out=s3://bucket/r.pdf", "GR008", "run.out"),
        ("cohort.expression=7", "GR002", "a path or an address"),
        ("seed=https://ann:secret@host/t?k=secret", "GR002", "'https://host/t'"),
        ("https://ann:secret@host/t", "GR002", "'https://host/t'"),
    ],
)
def test_places_that_cannot_be_used_are_refused(assignment: str, code: str, tells: str) -> None:
    with pytest.raises(SettingsError, match=code) as refusal:
        resolve(environment={}, assignments=[assignment])
    assert tells in str(refusal.value)
    assert "secret" not in str(refusal.value)


def test_the_study_itself_may_be_an_address_but_no_study_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert read_settings("https://host/m.tsv").cohort.study == Remote("https://host/m.tsv")
    with pytest.raises(SettingsError, match="GR008"):
        read_settings("https://host/study.toml")
    monkeypatch.setenv("COHORTS", str(tmp_path))
    (tmp_path / "study.toml").write_text("seed = 5\n")
    assert read_settings("$COHORTS").seed == 5


def test_the_empty_text_returns_a_setting_to_its_default(tmp_path: Path) -> None:
    study = tmp_path / "study.toml"
    study.write_text(
        '[preprocess]\nfloor = 7.0\n[report]\ntitle = "T"\ndate = 2020-01-01\n[biomarkers]\nfile = "m.tsv"\n'
    )
    unset = ["preprocess.floor=", 'report.title=""', "report.date=", "biomarkers.file="]
    settings = resolve(study, {"SOURCE_DATE_EPOCH": "0"}, unset)
    assert settings == resolve(environment={"SOURCE_DATE_EPOCH": "0"})
    assert str(settings.report.date) == "1970-01-01"
    with pytest.raises(SettingsError, match=r"selection\.genes"):
        resolve(environment={}, assignments=["selection.genes="])


def test_the_schema_offers_what_toml_can_say() -> None:
    cohort = Settings.model_json_schema()["$defs"]["CohortSettings"]["properties"]
    assert cohort["expression"]["anyOf"] == [{"type": "string"}, {"const": ""}]
    assert cohort["expression"]["default"] == ""
    assert "null" not in str(Settings.model_json_schema())


def test_settings_that_name_a_place_are_known() -> None:
    kinds = {name: place_of(field) for name, field in fields().items() if place_of(field)}
    assert kinds.pop("report.templates") == kinds.pop("run.out") == "path"
    assert set(kinds) == {
        "biomarkers.file", "biomarkers.gene_sets", "cohort.annotation", "cohort.contrasts", "cohort.expression",
        "cohort.labels", "cohort.study", "cohort.test_expression", "cohort.transcripts",
    }  # fmt: skip
    assert set(kinds.values()) == {"location"}


def test_a_study_is_called_the_same_from_wherever_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "cohort"
    folder.mkdir()
    (folder / "study.toml").write_text('[cohort]\nstudy = "."\n')
    monkeypatch.chdir(folder)
    names = [read_settings(study).model_dump(mode="json")["cohort"]["study"] for study in ("study.toml", ".", folder)]
    assert names == ["cohort"] * 3
