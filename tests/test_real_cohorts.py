"""The command on real cohorts, which do not ship."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pandas as pd
import pytest

from genereport.results import Analysis
from tests.command import genereport

FAST = ("--effort", "quick", "--set", "models.trees=50", "--set", "models.epochs=50")


def build(cohort: Path, out: Path, *extra: str) -> tuple[Analysis, subprocess.CompletedProcess[str]]:
    done = genereport("build", cohort, "--out", out / "report.pdf", *FAST, *extra)
    assert done.returncode == 0, done.stderr
    return Analysis.from_json((out / "report_data" / "results.json").read_text()), done


def test_golub_gives_the_figures_that_r_gives(shared_cohorts: Path, tmp_path: Path) -> None:
    analysis, _ = build(shared_cohorts / "golub", tmp_path, "--set", "preprocess.array_scaling=none")
    steps, result = analysis.preprocessing, analysis.differential
    assert (steps.scale, steps.floor, steps.cap) == ("intensity", 100, 16_000)
    assert (steps.controls, steps.untestable, steps.testable) == (58, 1033, 6038)
    assert (result.tested, result.bonferroni) == (6038, 67)  # type: ignore[union-attr]
    assert result.moderation.bonferroni == 75  # type: ignore[union-attr]
    assert result.moderation.df == pytest.approx(1.383, abs=5e-4)  # type: ignore[union-attr]
    assert 44 <= result.permutations.max_t <= 54  # type: ignore[union-attr]  # 51 with the 10,000 of the usual effort
    predictions = pd.read_csv(tmp_path / "report_data" / "tables" / "predictions.tsv", sep="\t", dtype={"sample": str})
    independent = predictions[predictions["set"] == "test"]
    assert (independent.groupby(["model", "features"])["sample"].nunique() == 34).all()
    assert analysis.biomarkers.circular == ("Golub50",)  # type: ignore[union-attr]
    assert not analysis.simulated


def test_golub_says_that_class_and_centre_cannot_be_told_apart(shared_cohorts: Path, tmp_path: Path) -> None:
    analysis, done = build(shared_cohorts / "golub", tmp_path, "--format", "html")
    confounded = [finding for finding in analysis.quality.findings if finding.subject == "source"]
    assert any("told apart" in finding.message for finding in confounded)
    assert "told apart" in done.stdout
    assert "told apart" in (tmp_path / "report.html").read_text()
    assert not (tmp_path / "report.pdf").exists()


@pytest.mark.parametrize(
    ("design", "column", "code"),
    [
        ("~ class + tissue", "'tissue' is constant: it is 'BM'", "GR211"),
        ("~ class + source", "'source[T.DFCI]'", "GR212"),
    ],
)
def test_golub_cannot_be_adjusted_for_what_does_not_vary_or_cannot_be_told_from_the_class(
    design: str, column: str, code: str, shared_cohorts: Path, tmp_path: Path
) -> None:
    done = genereport("build", shared_cohorts / "golub", "--design", design, "--out", tmp_path / "report.pdf")
    assert (done.returncode, done.stdout) == (2, "")
    assert code in done.stderr
    assert column in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_alon_claims_no_independent_set(shared_cohorts: Path, tmp_path: Path) -> None:
    analysis, _ = build(shared_cohorts / "alon", tmp_path)
    assert analysis.models.test == 0  # type: ignore[union-attr]
    assert set(analysis.models.metrics["set"]) == {"cv"}  # type: ignore[union-attr]
    assert "has no independent set" in (tmp_path / "report.html").read_text()


def test_khan_gives_a_report_of_four_classes(shared_cohorts: Path, tmp_path: Path) -> None:
    analysis, _ = build(shared_cohorts / "khan", tmp_path)
    assert analysis.preprocessing.scale == "ratio"
    assert analysis.differential.method == "Welch F"  # type: ignore[union-attr]
    assert len(analysis.differential.contrasts["contrast"].unique()) == 6  # type: ignore[union-attr]
    assert analysis.differential.pairs.index[0] == "EWS-BL"  # type: ignore[union-attr]
    page = (tmp_path / "report.html").read_text()
    assert 'id="fig-contrasts"' in page
    assert 'id="tab-contrasts"' in page
    best = analysis.models.metrics.query("metric == 'balanced_accuracy'")["estimate"].max()  # type: ignore[union-attr]
    assert best == pytest.approx(1, abs=0.05)
    assert (tmp_path / "report.pdf").stat().st_size > 100_000
