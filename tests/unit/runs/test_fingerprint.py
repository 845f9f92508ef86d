"""Whether a report is what it would be is told by its inputs, settings and versions, and by nothing else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from genereport.runs import fingerprint as module
from genereport.runs.crate import sha256
from genereport.runs.fingerprint import EVENT, Fingerprint, changes, fingerprint, read_fingerprint
from genereport.settings import Settings, resolve

STUDY = '[cohort]\nstudy = "cohort"\n[biomarkers]\nfile = "markers.tsv"\n[report]\ntemplates = "house"\n'


@pytest.fixture
def study(tmp_path: Path) -> Path:
    for name in ("cohort", "house"):
        (tmp_path / name).mkdir()
    (tmp_path / "cohort" / "expression.tsv").write_text("gene\ta\n")
    (tmp_path / "cohort" / "notes.md").write_text("no table")
    (tmp_path / "markers.tsv").write_text("symbol\n")
    (tmp_path / "house" / "house.toml").write_text("")
    (tmp_path / "study.toml").write_text(STUDY)
    return tmp_path


def settings(study: Path, *assignments: str) -> Settings:
    return resolve(study / "study.toml", environment={}, assignments=assignments)


def taken(study: Path) -> Fingerprint:
    matrix = study / "cohort" / "expression.tsv"
    return fingerprint(settings(study), {str(matrix): sha256(matrix)})


def test_nothing_has_changed_right_after(study: Path) -> None:
    assert list(changes(taken(study), settings(study))) == []


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "input": (
        lambda study: (study / "cohort" / "expression.tsv").write_text("gene\tb\n"),
        "expression.tsv has changed",
    ),
    "input gone": (lambda study: (study / "cohort" / "expression.tsv").unlink(), "expression.tsv cannot be read"),
    "table added": (lambda study: (study / "cohort" / "samples.tsv").write_text(""), "other files are in "),
    "markers": (lambda study: (study / "markers.tsv").write_text("symbols\n"), "markers.tsv has changed"),
    "template": (lambda study: (study / "house" / "house.toml").write_text("#"), "house.toml has changed"),
    "template added": (lambda study: (study / "house" / "print.css").write_text(""), "print.css is new"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_has_changed_is_named(study: Path, name: str) -> None:
    change, told = CHANGES[name]
    earlier = taken(study)
    change(study)
    assert told in "\n".join(changes(earlier, settings(study)))


@pytest.mark.parametrize(
    ("assignment", "told"),
    [
        ("tests.alpha=0.01", ["setting tests.alpha was 0.05 and is now 0.01"]),
        ("run.format=html", ["setting run format was both and is now html"]),
        ("run.figures=pdf", ["setting run figures was svg and is now pdf"]),
        ("run.jobs=1", []),
        ("run.keep=3", []),
        ("run.strict=true", []),
    ],
)
def test_settings_count_as_far_as_the_files_follow_from_them(study: Path, assignment: str, told: list[str]) -> None:
    assert list(changes(taken(study), settings(study, assignment))) == told


def test_what_does_not_belong_to_the_cohort_may_come_and_go(study: Path) -> None:
    earlier = taken(study)
    (study / "cohort" / "notes.md").write_text("other words")
    (study / "study.toml").write_text(f"# a comment\n{STUDY}")
    assert list(changes(earlier, settings(study))) == []


def test_another_version_counts(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = taken(study)
    monkeypatch.setattr(module, "package_versions", lambda: {**earlier.versions, "numpy": "99"})
    assert list(changes(earlier, settings(study))) == [
        f"version of numpy was {earlier.versions['numpy']} and is now 99"
    ]


def test_the_digest_follows_from_content_and_not_from_places(
    study: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:

    moved = tmp_path_factory.mktemp("moved") / "study"
    shutil.copytree(study, moved)
    assert taken(moved).digest == taken(study).digest
    assert taken(moved).inputs != taken(study).inputs
    (moved / "markers.tsv").write_text("other")
    assert taken(moved).digest != taken(study).digest


def test_it_is_read_back_from_the_log(study: Path) -> None:
    made = taken(study)
    line = json.dumps({"seconds": 0.1, "event": EVENT, "content": made.model_dump(mode="json")})
    (study / "log.jsonl").write_text(f'{{"event": "start"}}\n{line}\n')
    assert read_fingerprint(study) == made


@pytest.mark.parametrize("content", [None, "", "no json\n", '{"event": "fingerprint"}\n', "[1]\n"])
def test_a_log_that_tells_nothing_is_none(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "log.jsonl").write_text(content)
    assert read_fingerprint(tmp_path) is None
