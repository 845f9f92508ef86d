"""The report of the simulated cohort, in Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import playwright.sync_api as pw
import pytest

from tests.chrome import WEBGL, Chrome, launched
from tests.command import genereport


@pytest.fixture(scope="package")  # not longer: while Playwright runs, nothing else can run an event loop
def chrome(chromium: str) -> Iterator[Chrome]:
    with launched(chromium, *WEBGL) as started:
        yield started


@pytest.fixture(scope="session")
def report(demo_report: Path) -> Path:
    """The HTML page; its ``report_data`` stands beside it."""
    return demo_report / "report.html"


@pytest.fixture(scope="session")
def ama_report(demo_report: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same page with p-values in the style of the AMA."""
    folder = tmp_path_factory.mktemp("ama")
    shutil.copytree(demo_report / "report_data", folder / "stored")
    stored = folder / "stored" / "results.json"
    text = stored.read_text()
    assert text.count('"p_values":"R"') == 1
    stored.write_text(text.replace('"p_values":"R"', '"p_values":"AMA"'))
    done = genereport("render", folder / "stored", "--format", "html", "--out", folder / "report.html")
    assert done.returncode == 0, done.stderr
    return folder / "report.html"


@pytest.fixture
def page(chrome: Chrome, report: Path) -> Iterator[pw.Page]:
    """The page at 1,300 pixels; at the end it must have asked for nothing and told no error."""
    with chrome.showing(report) as shown:
        yield shown
