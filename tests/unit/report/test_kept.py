"""Compiled templates and packed scripts are kept between runs, and nothing depends on it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from genereport.report import kept


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which Python keeps compiled modules."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "kept"))
    return kept._folder()


def test_content_is_made_once(place: Path) -> None:
    assert kept.keep("one", lambda: b"first") == b"first"
    assert kept.keep("one", lambda: b"second") == b"first"
    assert [path.name for path in place.iterdir()] == ["one"]


def test_nothing_is_written_where_python_must_not(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert kept.keep("one", lambda: b"first") == b"first"
    assert kept.keep("one", lambda: b"second") == b"second"
    assert not place.exists()


def test_a_folder_that_cannot_be_made_is_no_error(place: Path) -> None:
    place.parent.mkdir(parents=True)
    place.write_text("a file stands where the folder would be")
    assert kept.keep("one", lambda: b"first") == b"first"


def test_a_changed_or_damaged_template_is_compiled_again(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "folder", lambda name: tmp_path / name)
    monkeypatch.setattr(kept, "_stamp", lambda: "")
    (tmp_path / "templates").mkdir()
    template = tmp_path / "templates" / "a.txt"

    def fill() -> str:
        loader = FileSystemLoader(template.parent)
        return (
            Environment(autoescape=True, loader=loader, bytecode_cache=kept.CompiledTemplates("test"))
            .get_template("a.txt")
            .render()
        )

    template.write_text("old {{ 1 }}")
    assert fill() == fill() == "old 1"
    template.write_text("new {{ 2 }}")
    assert fill() == "new 2"
    (file,) = place.glob("*.jinja")
    whole = file.read_bytes()
    for damaged in (b"", whole[:10], whole[:-20]):
        file.write_bytes(damaged)
        assert fill() == "new 2"


def test_templates_of_a_lab_are_not_kept(place: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("{{ 1 }}")
    made = Environment(
        autoescape=True, loader=FileSystemLoader(tmp_path), bytecode_cache=kept.CompiledTemplates("test")
    )
    assert made.get_template("a.txt").render() == "1"
    assert not place.exists()
