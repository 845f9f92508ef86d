"""The table "you have … type this" of README.md: every command of it reads the files that it is for."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from genereport import cli
from tests.containers import GENES, SAMPLES, WRITERS

README = Path(__file__).resolve().parents[2] / "README.md"


def rows() -> dict[str, list[str]]:
    """Return what users have → the commands that the table gives for it."""
    table = README.read_text().split("| you have | type this |\n| --- | --- |\n")[1].split("\n\n")[0]
    cells = [line.strip("|").split(" | ") for line in table.split("\n")]
    return {have.strip().split(";")[0]: re.findall(r"`(genereport [^`]+)`", type_this) for have, type_this in cells}


def test_every_row_has_a_command_and_files_to_run_it_on() -> None:
    assert set(rows()) == set(WRITERS)
    assert all(rows().values())


@pytest.mark.parametrize("have", WRITERS)
def test_the_command_reads_the_files(have: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    WRITERS[have](tmp_path)
    monkeypatch.chdir(tmp_path)
    for command in rows()[have]:
        _, build, *arguments = shlex.split(command)
        assert build == "build"
        result = CliRunner().invoke(cli.app, ["check", *arguments])
        assert result.exit_code == 0, f"{command}\n{result.exception}"
        assert re.search(rf"Cohort: .*, {len(SAMPLES)} samples, {len(GENES)} genes\n", result.stdout), command
        assert re.search(r"control +6 +0\n +treated +6 +0\n", result.stdout), command


def test_logarithms_are_converted_back_to_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (have,) = (each for each in WRITERS if each.startswith("log2"))
    WRITERS[have](tmp_path)
    monkeypatch.chdir(tmp_path)
    _, _, *arguments = shlex.split(rows()[have][0])
    printed = CliRunner().invoke(cli.app, ["check", *arguments]).stdout
    assert "Scale: counts\n" in printed
    assert "[GR338]" in printed
