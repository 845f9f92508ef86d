"""Two runs on disk compared: what is read, what is written, and what is refused."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest

from genereport.analyses.comparison.result import Comparison
from genereport.analysis import Analysis
from genereport.errors import GenereportError, OutputError, SettingsError
from genereport.runs.compare import compare_runs, write_comparison
from tests.unit.report import pairs, synthetic


def store(analysis: Analysis, folder: Path) -> Path:
    """What of a run a comparison reads."""
    data = folder / "report_data"
    data.mkdir(parents=True)
    bundle = analysis.models.bundle  # type: ignore[union-attr]
    empty = replace(bundle, files=bundle.files.iloc[:0], contents={})  # a synthetic one has no files to read
    stored = analysis.with_results(models=replace(analysis.models, bundle=empty))  # type: ignore[type-var]
    (data / "results.json").write_text(stored.to_json(), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An earlier and a later run."""
    folder = tmp_path_factory.mktemp("runs")
    run = synthetic.two_class()
    return store(run, folder / "a"), store(pairs.everything(run), folder / "b")


@pytest.fixture(scope="module")
def comparison(runs: tuple[Path, Path]) -> Comparison:
    return compare_runs(*runs)


def test_stored_results_are_enough_and_stay_as_they_are(
    runs: tuple[Path, Path], comparison: Comparison, tmp_path: Path
) -> None:
    before = sorted((path, path.stat().st_mtime_ns) for run in runs for path in run.rglob("*"))
    copies = [shutil.copytree(run, tmp_path / "elsewhere" / run.name) for run in runs]
    again = compare_runs(copies[0] / "report_data", str(copies[1] / "report.html"))
    assert again.to_json() == comparison.to_json() == pairs.compared("everything").to_json()
    assert sorted((path, path.stat().st_mtime_ns) for run in runs for path in run.rglob("*")) == before


def test_limits_of_the_later_run_give_way_to_those_asked_for(runs: tuple[Path, Path]) -> None:
    made = compare_runs(*runs, ["compare.jaccard=0.5", "compare.alpha=0.01"])
    assert made.settings["compare"]["jaccard"] == 0.5
    assert made.verdict.checks.loc["signature", "outcome"] == "within"
    assert made.verdict.checks.loc["tests", "limit"] == 0.01


@pytest.mark.parametrize(
    ("assignment", "told"),
    [
        ("preprocess.floor=1", r"GR002.*both runs are finished"),
        ("compare.jacard=1", r"GR001.*compare\.jaccard"),
        ("compare.jaccard=2", "GR002"),
        ("compare", "GR002"),
    ],
)
def test_other_settings_are_refused(runs: tuple[Path, Path], assignment: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        compare_runs(*runs, [assignment])


def test_json_is_the_comparison_itself(comparison: Comparison, tmp_path: Path) -> None:
    out = write_comparison(comparison, tmp_path / "new" / "diff.json")
    assert Comparison.from_json(out.read_text()).to_json() == comparison.to_json()
    assert [path.name for path in out.parent.iterdir()] == ["diff.json"]


def test_equal_comparisons_are_equal_bytes_and_the_pdf_holds_its_numbers(
    runs: tuple[Path, Path], comparison: Comparison, tmp_path: Path
) -> None:
    again = compare_runs(*runs)
    one, other = (write_comparison(made, tmp_path / name) for made, name in ((comparison, "a.pdf"), (again, "b.PDF")))
    assert one.read_bytes() == other.read_bytes()
    with pikepdf.open(one) as pdf:
        attached = pdf.attachments["comparison.json"].get_file().read_bytes()
    assert json.loads(attached) == json.loads(comparison.to_json())
    assert str(tmp_path).encode() not in one.read_bytes()


def test_a_file_is_replaced_only_when_asked_to(comparison: Comparison, tmp_path: Path) -> None:
    out = tmp_path / "diff.json"
    out.write_text("mine")
    with pytest.raises(OutputError, match="GR401"):
        write_comparison(comparison, out)
    assert out.read_text() == "mine"
    write_comparison(comparison, out, force=True)
    assert json.loads(out.read_text())["schema_version"] == 1
    (tmp_path / "other").touch()
    assert out.stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize(("name", "code"), [("diff.txt", "GR622"), ("diff", "GR622"), ("file/diff.json", "GR402")])
def test_what_cannot_be_written_is_refused(comparison: Comparison, tmp_path: Path, name: str, code: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(GenereportError, match=code):
        write_comparison(comparison, tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
