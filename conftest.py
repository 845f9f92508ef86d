"""Names that the examples in docstrings may use besides those of their module: `analysis`, `cohort` and `report`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from genereport import Analysis, Cohort

LEFT_OUT = (
    "replication", "components", "selection", "models", "named_model", "probabilities", "trust", "instability",
    "subgroups", "controls", "detectable", "biomarkers", "enrichment",
)  # fmt: skip
"""Results that `analysis` lacks, so that its report is written within a second or two."""


@pytest.fixture(scope="session")
def example_cohort() -> Cohort:
    """The simulated cohort with 500 genes."""
    from genereport.cohort.simulate import Plan, simulated_cohort

    return simulated_cohort(plan=Plan(genes=500))


@pytest.fixture(scope="session")
def example_analysis() -> Analysis:
    """The analysis of that cohort, without the models and what depends on them."""
    from genereport.analyses.result import Skipped
    from tests.analyses import two_class

    return two_class().with_results(**dict.fromkeys(LEFT_OUT, Skipped("It is left out of the examples.")))


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
