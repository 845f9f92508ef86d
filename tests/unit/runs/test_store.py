"""A report reads back as it was written; one whose frozen models were touched does not."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pikepdf
import pytest

from genereport.analyses.models.result import Models
from genereport.errors import BundleError, RenderError
from genereport.report.checklists import checklist_rows
from genereport.runs.store import read_analysis, write_report
from tests.analyses import composed, lean, two_class
from tests.command import in_process


@pytest.fixture
def data(written: Path, tmp_path: Path) -> Path:
    """A copy of its data folder, to be spoilt."""
    return Path(shutil.copytree(written / "r_data", tmp_path / "r_data"))


def test_what_was_written_reads_back(written: Path) -> None:
    read = read_analysis(written / "r_data")
    assert read.to_json() == two_class().to_json()
    assert isinstance(read.models, Models)
    assert isinstance(two_class().models, Models)
    assert read.models.bundle.contents == two_class().models.bundle.contents


def test_every_figure_of_the_page_is_a_file(written: Path) -> None:
    page = (written / "r.html").read_text()
    assert len(re.findall('<figure class="drawing(?: half)?" ', page)) == len(
        list((written / "r_data" / "figures").glob("*.svg"))
    )


def test_figures_of_the_data_folder_can_be_pdf_too(tmp_path: Path) -> None:
    write_report(lean(), tmp_path / "r.html", formats=["html"], figures="pdf")
    folder = tmp_path / "r_data" / "figures"
    names = {path.stem for path in folder.glob("*.svg")}
    assert len(names) > 10
    assert {path.stem for path in folder.glob("*.pdf")} == names
    with pikepdf.open(folder / "volcano.pdf") as pdf:
        assert len(pdf.pages) == 1
        assert [float(side) for side in pdf.pages[0].mediabox] == [0, 0, 237.6, 198]


def test_the_checklist_on_disk_is_that_of_the_page(written: Path) -> None:
    read = pd.read_csv(written / "r_data" / "checklist.tsv", sep="\t", dtype="str", keep_default_na=False)
    assert list(read.columns) == ["list", "item", "topic", "status", "where", "note"]
    pd.testing.assert_frame_equal(read, checklist_rows(composed(two_class)))


@pytest.mark.parametrize("name", ["manifest.json", "mlp_selected.selected.npz", "svm_rbf.selected.skops"])
def test_one_flipped_bit_in_a_frozen_model_is_refused_by_the_command(data: Path, name: str) -> None:
    path = data / "model" / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(BundleError, match=rf"GR601.*{name}.*changed after it was written"):
        read_analysis(data)
    done = in_process("render", data, "--out", data.parent / "again.html")
    assert done.returncode == 2
    assert "GR601" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (data.parent / "again.html").exists()


def test_a_missing_model_file_is_refused(data: Path) -> None:
    (data / "model" / "manifest.json").unlink()
    with pytest.raises(BundleError, match=r"GR601.*lacks this file"):
        read_analysis(data)


@pytest.mark.parametrize("name", ["../../../evil", "/evil", "..", "model/x"])
def test_a_bundle_that_names_files_elsewhere_is_refused(data: Path, name: str) -> None:
    path = data / "results.json"
    path.write_text(path.read_text().replace('"manifest.json"', json.dumps(name)))
    with pytest.raises(BundleError, match=r"GR601.*not a file of its folder"):
        read_analysis(data)


def test_results_of_another_schema_are_refused(data: Path) -> None:
    path = data / "results.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"schema_version": 1}))
    with pytest.raises(RenderError, match=r"GR502.*schema version 1, .* reads 9\."):
        read_analysis(data)
