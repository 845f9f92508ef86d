"""A run by any of its names."""

from __future__ import annotations

from pathlib import Path

import pytest

from genereport.errors import VerificationError
from genereport.runs.stored import data_folder


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A folder that holds one run."""
    (tmp_path / "r1" / "report_data").mkdir(parents=True)
    (tmp_path / "r1" / "report_data" / "results.json").write_text("{}")
    return tmp_path / "r1"


@pytest.mark.parametrize("name", ["", "report_data", "report.pdf", "report.html", "report.PDF"])
def test_a_run_is_found_by_any_of_its_names(run: Path, name: str) -> None:
    assert data_folder(run / name) == run / "report_data"
    assert data_folder(str(run / name)) == run / "report_data"


def test_links_and_folders_of_other_things_are_no_hindrance(run: Path) -> None:
    (run.parent / "latest").symlink_to("r1")
    (run / "other_data").mkdir()
    (run / "notes_data").write_text("")
    assert data_folder(run.parent / "latest") == run.parent / "latest" / "report_data"


@pytest.mark.parametrize("name", [".", "absent", "r1/absent.pdf", "r1/report_data/results.json"])
def test_no_run_is_refused(run: Path, name: str) -> None:
    with pytest.raises(VerificationError, match=r"GR620.*No run"):
        data_folder(run.parent / name)


def test_several_runs_are_refused_by_name(run: Path) -> None:
    (run / "b_data").mkdir()
    (run / "b_data" / "results.json").write_text("{}")
    with pytest.raises(VerificationError, match=r"GR620.*b_data, report_data"):
        data_folder(run)
