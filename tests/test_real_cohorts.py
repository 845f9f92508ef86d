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
    best = analysis.models.metrics.query("metric == 'balanced_accuracy'")["estimate"].max()  # type: ignore[union-attr]
    assert best == pytest.approx(1, abs=0.05)
    assert (tmp_path / "report.pdf").stat().st_size > 100_000
