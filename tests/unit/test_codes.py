"""Every code that genereport can print is explained, and nothing is explained that it cannot print."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from genereport.resources import folder

PACKAGE = Path(__file__).resolve().parents[2] / "genereport"


def used() -> dict[str, set[str]]:
    """Code → modules in which it is a string of its own, which is how it is raised."""
    found: dict[str, set[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"GR\d{3}", node.value):
                found.setdefault(node.value, set()).add(path.name)
    return found


@pytest.fixture(scope="module")
def explained() -> dict[str, dict[str, str]]:
    return tomllib.loads((folder("data") / "codes.toml").read_text(encoding="utf-8"))


def test_codes_and_explanations_agree(explained: dict[str, dict[str, str]]) -> None:
    assert sorted(explained) == sorted(used())


def test_explanations_are_whole(explained: dict[str, dict[str, str]]) -> None:
    for code, entry in explained.items():
        assert set(entry) == {"title", "explanation"}, code
        assert entry["title"][0].isupper(), code
        assert not entry["title"].endswith("."), code
        assert entry["explanation"].strip().endswith("."), code
        assert len(entry["explanation"]) > 80, code
    assert list(explained) == sorted(explained)


def test_codes_in_docstrings_exist(explained: dict[str, dict[str, str]]) -> None:
    for path in PACKAGE.rglob("*.py"):
        mentioned = set(re.findall(r"GR\d{3}", path.read_text(encoding="utf-8")))
        assert mentioned <= set(explained), path
