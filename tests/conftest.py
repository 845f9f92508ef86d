"""Fixtures that every test may use."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import hypothesis
import pytest

from tests.command import FAST, genereport
from tests.once import folder_once_a_run

collect_ignore = ["reference"]
"""Scripts that made the reference values; what they import is not installed."""

os.environ.setdefault("GENEREPORT_RUN__JOBS", "1")
"""The tests themselves share the cores; who wants to see work shared says so."""

hypothesis.settings.register_profile(
    "genereport", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("genereport")
"""How long an example takes depends on what else the machine does, so that it says nothing about the code."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole runs first: they take longest, and must not begin when all other cores are done."""
    e2e = Path(__file__).parent / "e2e"
    items.sort(key=lambda item: item.path.parent != e2e)


@pytest.fixture(scope="session")
def cases() -> Path:
    """Small synthetic inputs that once went wrong, a folder each."""
    return Path(__file__).parent / "cases"


@pytest.fixture(scope="session")
def shared_cohorts() -> Path:
    """The public cohorts beside the repository; a public clone does not have them."""
    folder = Path(__file__).resolve().parents[1].parent / "shared" / "cohorts"
    if folder.is_dir():
        return folder
    if os.environ.get("GENEREPORT_CI") == "1":
        pytest.fail(f"{folder} is absent, but GENEREPORT_CI=1 requires it")
    pytest.skip(f"the public cohorts are not at {folder}")


@pytest.fixture(scope="session")
def poppler() -> None:
    """``pdftotext``, to read the pages of a PDF."""
    if shutil.which("pdftotext") is None:
        if os.environ.get("GENEREPORT_CI") == "1":
            pytest.fail("pdftotext is absent, but GENEREPORT_CI=1 requires it")
        pytest.skip("pdftotext (poppler-utils) is not installed")


@pytest.fixture(scope="session")
def qpdf() -> str:
    """``qpdf``, to check the syntax of a PDF."""
    path = shutil.which("qpdf")
    if path is None:
        if os.environ.get("GENEREPORT_CI") == "1":
            pytest.fail("qpdf is absent, but GENEREPORT_CI=1 requires it")
        pytest.skip("qpdf is not installed")
    return path


@pytest.fixture(scope="session")
def chromium() -> str:
    """A headless Chromium, to see the page as a reader does."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        if os.environ.get("GENEREPORT_CI") == "1":
            pytest.fail("chromium is absent, but GENEREPORT_CI=1 requires it")
        pytest.skip("chromium is not installed")
    return path


@pytest.fixture(scope="session")
def written() -> Path:
    """A folder with ``r.html`` and ``r_data``, the report of `tests.analyses.two_class`; not to be changed."""
    return folder_once_a_run("written", _write_page)


def _write_page(folder: Path) -> None:
    from genereport.runs.log import RunLog
    from genereport.runs.store import write_report
    from tests.analyses import two_class

    log = RunLog()
    paths = write_report(two_class(), folder / "r.html", formats=["html"], jobs=1, log=log)
    assert paths == [folder / "r.html", folder / "r_data"]
    assert [event["event"] for event in log.events] == ["stored", "composed", "html", "rendered"]


@pytest.fixture(scope="session")
def printed() -> Path:
    """A folder with ``report.pdf`` and ``report_data`` of the synthetic analysis of two classes; not to be changed."""
    return folder_once_a_run("printed", _write_paper)


def _write_paper(folder: Path) -> None:
    from genereport.runs.store import write_report
    from tests.unit.report.synthetic import two_class

    write_report(two_class(), folder / "report.pdf", formats=["pdf"], jobs=1)


@pytest.fixture(scope="session")
def demo_report() -> Path:
    """The demo written as files, then built; the folder that holds both. To be read only."""
    return folder_once_a_run("demo", _build_demo)


def _build_demo(folder: Path) -> None:
    assert genereport("demo", folder / "cohort").returncode == 0
    done = genereport("build", folder / "cohort", "--out", folder / "report.pdf", *FAST)
    assert done.returncode == 0, done.stderr
    (folder / "summary.txt").write_text(done.stdout)
