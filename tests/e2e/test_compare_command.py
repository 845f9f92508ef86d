"""``genereport compare``: what it prints, and with which exit status it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from genereport.analyses.comparison.result import Comparison
from tests.command import in_process
from tests.unit.report import pairs, synthetic
from tests.unit.runs.test_compare import store


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders a, b and four, each with a run."""
    folder = tmp_path_factory.mktemp("runs")
    run = synthetic.two_class()
    for name, made in {"a": run, "b": pairs.everything(run), "four": synthetic.four_class()}.items():
        store(made, folder / name)
    return folder


def test_a_run_against_itself_changes_nothing(runs: Path) -> None:
    done = in_process("compare", runs / "a", runs / "a" / "report_data", "--exit-code")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("No material change: ")
    assert "Settings: identical" in done.stdout


def test_a_material_change_is_a_status_of_its_own_when_asked_for(runs: Path, tmp_path: Path) -> None:
    out = tmp_path / "diff.json"
    done = in_process("compare", runs / "a", runs / "b", "--out", out, "--exit-code")
    assert (done.returncode, done.stderr) == (3, "")
    assert done.stdout.startswith("Material change: 3 shared samples have a different class, ")
    assert done.stdout.endswith(f"Written: diff.json in {tmp_path}\n")
    assert Comparison.from_json(out.read_text()).verdict.material
    assert in_process("compare", runs / "a", runs / "b").returncode == 0
    refused = in_process("compare", runs / "a", runs / "b", "--out", out)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "[GR401]" in refused.stderr


def test_programs_get_the_checks_as_json(runs: Path) -> None:
    done = in_process("compare", runs / "a", runs / "b", "--summary", "json", "--set", "compare.jaccard=0.1")
    told = json.loads(done.stdout)
    checks = {check["check"]: check for check in told["checks"]}
    assert (told["material"], told["written"]) == (True, None)
    assert checks["signature"] == {"check": "signature", "value": 38 / 62, "limit": 0.1, "outcome": "within"}


@pytest.mark.parametrize(
    ("later", "more", "code"),
    [
        ("four", (), "GR621"),
        ("absent", (), "GR620"),
        ("", (), "GR620"),
        ("b", ("--out", "diff.docx"), "GR622"),
        ("b", ("--set", "compare.jaccard=high"), "GR002"),
    ],
)
def test_refusals_are_one_paragraph(runs: Path, later: str, more: tuple[str, ...], code: str) -> None:
    done = in_process("compare", runs / "a", runs / later, *more)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"genereport: [{code}] ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("code", ["GR620", "GR621", "GR622"])
def test_the_codes_are_explained(code: str) -> None:
    assert in_process("explain", code).stdout.startswith(f"{code}: ")
