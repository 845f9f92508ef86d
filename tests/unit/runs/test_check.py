"""A study is judged as a build would judge it, and nothing is analysed or written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from genereport.cohort.demo import write_demo
from genereport.cohort.simulate import Plan
from genereport.errors import GenereportError
from genereport.locations import Remote
from genereport.runs.check import check_study
from genereport.settings import resolve


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files") / "demo"
    write_demo(folder, plan=Plan(genes=600))
    return folder


def test_files_findings_settings_and_target_are_told(demo: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.tsv").write_text("symbol\tcolour\nCD19\tred\n")
    (tmp_path / "r_data").mkdir()
    named = {"biomarkers": {"file": tmp_path / "mine.tsv"}, "run": {"out": tmp_path / "r.pdf", "format": "html"}}
    checked = check_study(resolve(demo / "study.toml", {}, ["preprocess.floor=50"], named))
    assert [source.role for source in checked.sources][-1] == "biomarkers"
    assert "GR314" in {finding.code for finding in checked.findings}
    assert checked.changed == {
        "cohort.study": str(demo),
        "preprocess.floor": 50.0,
        "biomarkers.file": str(tmp_path / "mine.tsv"),
        "report.title": "AML against ALL in a simulated leukaemia cohort",
        "run.out": str(tmp_path / "r.pdf"),
        "run.format": "html",
    }
    assert (checked.writes, checked.present) == (("r.html", "r_data"), (tmp_path / "r_data",))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.tsv", "r_data"]


@pytest.mark.parametrize(
    ("assignment", "code"),
    [
        ("run.out=report.txt", "GR403"),
        ("cohort.reference=CML", "GR209"),
        ("biomarkers.file=nowhere.tsv", "GR101"),
        ("report.templates=nowhere", "GR5"),
        ("tests.design=~ class + nowhere", "GR005"),
    ],
)
def test_what_a_build_would_refuse_is_refused(demo: Path, assignment: str, code: str) -> None:
    with pytest.raises(GenereportError, match=code):
        check_study(resolve(demo / "study.toml", {}, [assignment]))


def test_addresses_are_told_without_their_secrets() -> None:
    settings = resolve(environment={}, assignments=["cohort.labels=https://ann:secret@host/s.tsv?token=t0ken"])
    from genereport.runs.check import changed_settings

    assert settings.cohort.labels == Remote("https://ann:secret@host/s.tsv?token=t0ken")
    assert changed_settings(settings) == {"cohort.labels": "https://host/s.tsv"}


def test_neither_tensorflow_nor_the_drawing_of_pages_is_loaded(demo: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom genereport.settings import resolve\n"
        "from genereport.runs.check import check_study\n"
        "check_study(resolve(Path(sys.argv[1]), {}))\n"
        "print(sorted({'tensorflow', 'keras', 'weasyprint', 'fsspec'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, demo / "study.toml"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
