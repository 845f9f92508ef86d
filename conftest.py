"""Names that the examples in docstrings may use besides those of their module: `analysis`, `cohort` and `report`."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.once import SHARED

if TYPE_CHECKING:
    from genereport import Analysis, Cohort


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder for what is made once for all processes of a run; the workers inherit its name."""
    if not hasattr(config, "workerinput"):
        os.environ[SHARED] = tempfile.mkdtemp(prefix="genereport-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove it."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(SHARED), ignore_errors=True)


@pytest.fixture(scope="session")
def example_cohort() -> Cohort:
    """The simulated cohort with 500 genes."""
    from genereport.cohort.simulate import Plan, simulated_cohort

    return simulated_cohort(plan=Plan(genes=500))


@pytest.fixture(scope="session")
def example_analysis() -> Analysis:
    """The analysis of that cohort, without the models and what depends on them."""
    from tests.analyses import lean

    return lean()


@pytest.fixture(scope="session")
def example_report(example_analysis: Analysis, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of that analysis, an HTML page with its folder of data; to be read only."""
    from genereport import write_report

    path = tmp_path_factory.mktemp("example") / "report.html"
    write_report(example_analysis, path, formats=["html"], jobs=1)
    return path


@pytest.fixture(autouse=True)
def _names_of_examples(request: pytest.FixtureRequest, doctest_namespace: dict[str, object]) -> None:
    """Make what an example names, and run it in an empty folder."""
    if not isinstance(request.node, pytest.DoctestItem):
        return
    request.getfixturevalue("monkeypatch").chdir(request.getfixturevalue("tmp_path"))
    code = "".join(step.source for step in request.node.dtest.examples)
    for name in ("analysis", "cohort", "report"):
        if re.search(rf'(?<![.\w"]){name}\b', code):
            doctest_namespace[name] = request.getfixturevalue(f"example_{name}")
