"""Through the installed command: a report of the simulated cohort, its files, its promises."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from genereport.report.value_ids import agrees, resolve
from genereport.runs.results import read_results
from genereport.runs.store import read_analysis
from tests.command import FAST, genereport

pytestmark = pytest.mark.slow

MOST_PAGES = 20

COLUMNS = {
    "differential": "gene symbol logFC CI.L CI.R AveExpr t df P.Value P.Bonferroni P.Holm adj.P.Val",
    "metrics": "model features set metric estimate ci_low ci_high n",
    "folds": "model features repeat fold metric value",
    "splits": "sample repeat fold",
    "predictions": "sample set repeat fold model features truth predicted p_ALL p_AML",
    "signature": "rank gene symbol logFC P.Bonferroni frequency",
    "stability": "gene symbol times frequency",
    "components": "sample set class PC1 PC2 PC3",
    "biomarkers": "gene symbol direction evidence circular source",
    "gene_sets": "set origin size measured significant expected odds_ratio P.hyper adj.P.hyper",
    "findings": "code severity subject message",
}


@pytest.fixture(scope="module")
def report(demo_report: Path) -> Path:
    return demo_report


def test_the_run_leaves_what_the_contract_lists(report: Path) -> None:
    names = {path.name for path in (report / "report_data").iterdir()}
    files = {"run.json", "results.json", "log.jsonl", "methods.md", "references.bib", "checklist.tsv"}
    files |= {"ro-crate-metadata.json"}
    assert names == files | {"tables", "figures", "model"}
    assert {path.name for path in report.iterdir()} == {
        "cohort",
        "report.pdf",
        "report.html",
        "report_data",
        "runs",
        "summary.txt",
    }
    assert len(list((report / "report_data" / "figures").glob("*.svg"))) >= 15


@pytest.mark.parametrize("name", COLUMNS)
def test_tables_start_with_the_columns_of_the_contract(report: Path, name: str) -> None:
    header = (report / "report_data" / "tables" / f"{name}.tsv").read_text().splitlines()[0].split("\t")
    expected = COLUMNS[name].split()
    assert header[: len(expected)] == expected


def test_tables_and_results_hold_the_same_numbers(report: Path) -> None:
    analysis = read_analysis(report / "report_data")
    table = pd.read_csv(
        report / "report_data" / "tables" / "differential.tsv", sep="\t", index_col=0, keep_default_na=False
    )
    stored = analysis.differential.table  # type: ignore[union-attr]
    assert list(table.index) == list(stored.index)
    assert [float(p) for p in table["P.Value"]] == list(stored["P.Value"])


def test_two_runs_give_equal_bytes_whatever_the_jobs_the_zone_and_the_locale(report: Path) -> None:
    again = report.parent / "again"
    environment = {"TZ": "Asia/Tokyo", "LC_ALL": "C"}
    done = genereport(
        "build", report / "cohort", "--out", again / "report.pdf", "--jobs", "1", *FAST, environment=environment
    )
    assert done.returncode == 0, done.stderr
    first = {path.relative_to(report): path for path in (report / "report_data").rglob("*") if path.is_file()}
    assert len(first) > 25
    for name in [*first, Path("report.pdf"), Path("report.html")]:
        if name.name != "log.jsonl":
            assert (report / name).read_bytes() == (again / name).read_bytes(), name


def test_the_report_is_as_it_was_written(report: Path) -> None:
    done = genereport("verify", report / "report.pdf")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Verified: ")


def test_stored_results_render_to_the_same_pages(report: Path, tmp_path: Path) -> None:
    done = genereport("render", report / "report_data", "--out", tmp_path / "report.pdf")
    assert done.returncode == 0, done.stderr
    for name in ("report.pdf", "report.html"):
        assert (tmp_path / name).read_bytes() == (report / name).read_bytes()


class Values(HTMLParser):
    """Every number of the page with its id."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.open: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open = dict(attrs).get("data-result")
        if self.open:
            self.found.append((self.open, ""))

    def handle_data(self, data: str) -> None:
        if self.open:
            path, text = self.found[-1]
            self.found[-1] = (path, text + data)

    def handle_endtag(self, tag: str) -> None:
        self.open = None


def test_every_marked_number_stands_under_its_id_in_the_results(report: Path) -> None:
    content = read_results(report / "report_data")
    page = Values()
    page.feed((report / "report.html").read_text())
    assert len(page.found) > 500
    for path, text in page.found:
        assert agrees(text, resolve(content, path)), (path, text)


def test_every_page_says_that_the_cohort_is_simulated(report: Path, poppler: None) -> None:
    text = subprocess.run(["pdftotext", report / "report.pdf", "-"], capture_output=True, text=True, check=True).stdout
    pages = text.split("\f")[:-1]
    assert len(pages) >= 12
    assert all("simulated" in page.lower() for page in pages)
    assert "banner" in (report / "report.html").read_text()


def test_the_page_is_one_file_that_needs_no_network(report: Path) -> None:
    page = (report / "report.html").read_text()
    assert len(page) < 8_000_000
    assert page.count("<script src") == 0
    page = re.sub(r"<script\b.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"""(src|href)=["'](?!#|data:|https://doi\.org/|https?://[^"']*["']>[^<]*</a>)""", page)


def test_nothing_of_this_run_depends_on_the_clock_or_the_place(report: Path) -> None:
    run = (report / "report_data" / "run.json").read_text()
    assert str(report) not in run
    assert json.loads(run)["inputs"][0]["sha256"]
    log = [json.loads(line) for line in (report / "report_data" / "log.jsonl").read_text().splitlines()]
    assert {"start", "stage", "rendered"} <= {event["event"] for event in log}


def test_the_summary_reads_like_r(report: Path) -> None:
    text = (report / "summary.txt").read_text()
    assert "Design: ~ class  (Welch t, " in text
    assert "logFC:  AML - ALL, log2 units" in text
    assert re.search(r"Prior:  d0 = [\d.]+, s0\^2 = [\d.]+; pi0 = [\d.]+", text)
    assert re.search(r"symbol +logFC +AveExpr +t +P.Value +P.Bonferroni +adj.P.Val +B", text)
    assert "Genes kept at 0.05 (1,000 permutations, random)" in text
    assert "Signif. codes" in text
    assert "Written: report.html, report.pdf, report_data" in text


def test_an_existing_report_is_replaced_only_with_force(report: Path, tmp_path: Path) -> None:
    for name in ("report.pdf", "report.html"):
        shutil.copy(report / name, tmp_path / name)
    before = (tmp_path / "report.pdf").read_bytes()
    refused = genereport("build", "--out", tmp_path / "report.pdf", *FAST)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "GR401" in refused.stderr
    assert "--force" in refused.stderr
    assert (tmp_path / "report.pdf").read_bytes() == before


def test_a_design_with_own_markers_and_gene_sets_gives_a_whole_report(tmp_path: Path) -> None:
    markers, sets = tmp_path / "mine.tsv", tmp_path / "sets.gmt"
    directions = {"CD19": "ALL", "CD33": "AML", "MPO": "", "ZYX": "AML", "LYZ": "AML", "CST3": "AML"}
    rows = [f"{symbol}\t{direction}\tpanel\tPMID:1\n" for symbol, direction in directions.items()]
    markers.write_text("symbol\tdirection\tevidence\tsource\n" + "".join(rows))
    sets.write_text("MYELOID <b>\tx\tZYX\tLYZ\tCD33\tCST3\tMPO\tCFD\n")
    files = ("--biomarkers", markers, "--gene-sets", sets)
    out = tmp_path / "report.pdf"
    done = genereport("build", "--design", "~ class + centre", *files, "--out", out, *FAST, "--summary", "json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["design"], told["test"]) == ("~ class + centre", "linear model t")
    page = (tmp_path / "report.html").read_text()
    words = re.sub(r"<[^>]+>", "", page)
    assert "adjusted for centre" in words
    assert "the marker list mine.tsv" in words
    assert "MYELOID &lt;b&gt;" in page
    assert "the labels are not exchangeable" in words
    tables = tmp_path / "report_data" / "tables"
    found = pd.read_csv(tables / "gene_sets.tsv", sep="\t", index_col="set")
    assert found.loc["panel", "size"] == 6
    assert found.loc["MYELOID <b>", "origin"] == "sets.gmt"
    assert "P.maxT" not in pd.read_csv(tables / "differential.tsv", sep="\t", nrows=1)
    inputs = {entry["role"] for entry in json.loads((tmp_path / "report_data" / "run.json").read_text())["inputs"]}
    assert {"biomarkers", "gene_sets"} <= inputs


def test_the_printed_report_is_short_and_its_pages_are_filled(report: Path, poppler: None) -> None:
    fills = runpy.run_path(str(Path(__file__).parents[2] / "tools" / "page_fill.py"))["fills"]
    found = fills(report / "report.pdf")
    assert len(found) <= MOST_PAGES
    assert min(found[:-1]) >= 2 / 3, found
