"""What the command answers: exit status, summaries, schema; the analysis itself is a small one made beforehand."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from genereport import __version__, cli
from genereport.cli import build as building
from genereport.errors import Finding
from genereport.runs.build import Built
from genereport.settings import Settings, read_settings
from tests.analyses import two_class, without_independent_set
from tests.command import in_process


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Build with a ready analysis and without drawing pages; the command's answer."""

    def build(analysis, *options: str):  # type: ignore[no-untyped-def]
        built = Built((tmp_path / "report.pdf",), analysis=analysis)
        monkeypatch.setattr(building, "build_report", lambda *_, **__: built)
        return CliRunner().invoke(cli.app, ["build", "--out", str(tmp_path / "report.pdf"), *options])

    return build


def test_strict_tells_warnings_by_the_exit_status(run) -> None:  # type: ignore[no-untyped-def]
    analysis = without_independent_set()
    warning = Finding("GR304", "warning", "centre", "Class and 'centre' cannot be told apart.")
    warned = analysis.with_results(quality=replace(analysis.quality, findings=(warning,)))
    assert run(warned, "--strict").exit_code == 3
    assert run(warned).exit_code == 0
    assert run(analysis, "--strict").exit_code == 0
    assert "[GR304] Class and 'centre' cannot be told apart." in run(warned).stdout


def test_the_summary_for_programs_is_json(run) -> None:  # type: ignore[no-untyped-def]
    told = json.loads(run(two_class(), "--summary", "json").stdout)
    analysis = two_class()
    assert told["tested"] == analysis.differential.tested
    assert told["named"] == {"model": analysis.models.named.model, "features": analysis.models.named.features}
    assert set(told["balanced_accuracy"]) == {"cv", "test"}
    assert told["simulated"] is True


def test_quiet_says_nothing(run) -> None:  # type: ignore[no-untyped-def]
    assert run(two_class(), "-q").stdout == ""


def test_a_study_file_in_a_folder_is_found(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text('seed = 42\n[report]\ntitle = "Mine"\n')
    settings = read_settings(tmp_path, overrides={"cohort": {}})
    assert (settings.seed, settings.report.title) == (42, "Mine")
    assert read_settings(tmp_path / "matrix.tsv", overrides={"cohort": {}}).cohort.study == tmp_path / "matrix.tsv"


def test_schema_and_version() -> None:
    assert json.loads(in_process("schema").stdout) == Settings.model_json_schema()
    assert in_process("--version").stdout.strip() == f"genereport {__version__}"


def test_the_module_is_a_command_too() -> None:
    import subprocess

    done = subprocess.run([sys.executable, "-m", "genereport", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"genereport {__version__}"


def test_the_readme_names_only_commands_and_options_that_exist() -> None:
    import re

    text = (Path(__file__).resolve().parents[2] / "README.md").read_text()
    commands = "build|demo|render|schema|explain|init|check|schedule|history|compare|apply|batch|verify|templates"
    used = re.findall(rf"genereport ({commands})\b([^\n`#]*)", text)
    assert len(used) >= 16
    known_to = {command: CliRunner().invoke(cli.app, [command, "--help"]).stdout for command, _ in used}
    for command, rest in used:
        known = known_to[command]
        for option in re.findall(r"--[a-z-]+", rest):
            assert option in known, (command, option)
