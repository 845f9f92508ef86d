"""``genereport verify``: what it prints, and with which exit status it ends."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.command import in_process


@pytest.fixture
def copy(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "copy"))


@pytest.mark.parametrize("name", ["r_data", "r.html"])
def test_an_untouched_report_is_one_line(written: Path, name: str) -> None:
    done = in_process("verify", written / name)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"Verified: \d+ files, [\d,]+ printed numbers agree with results\.json\n", done.stdout)


def test_differences_are_lines_and_a_paragraph_with_a_code(copy: Path) -> None:
    (copy / "r_data" / "methods.md").unlink()
    page = copy / "r.html"
    page.write_text(
        page.read_text().replace('data-result="differential.tested">', 'data-result="differential.tested">9')
    )
    done = in_process("verify", copy / "r_data")
    assert done.returncode == 2
    lines = done.stdout.splitlines()
    assert lines[0] == "methods.md: The file is missing."
    assert lines[1].startswith("r.html: The file was changed after it was written")
    assert lines[2].startswith("differential.tested: Printed as '9")
    assert done.stderr.startswith("genereport: [GR605] ")
    assert f"{len(lines)} differences" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_programs_get_all_of_it_as_json(written: Path, copy: Path) -> None:
    done = in_process("verify", written / "r.html", "--summary", "json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["differences"]) == (0, [])
    assert told["files"] > 40
    assert told["numbers"] > 500
    (copy / "r_data" / "run.json").unlink()
    done = in_process("verify", copy / "r_data", "--summary", "json")
    told = json.loads(done.stdout)
    assert done.returncode == 2
    assert told["differences"] == [{"file": "run.json", "fault": "missing", "message": "The file is missing."}]


def test_where_there_is_no_report_the_way_out_is_named(tmp_path: Path) -> None:
    done = in_process("verify", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "[GR604]" in done.stderr
    assert "report_data" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("code", ["GR604", "GR605"])
def test_the_codes_are_explained(code: str) -> None:
    assert in_process("explain", code).stdout.startswith(f"{code}: ")
