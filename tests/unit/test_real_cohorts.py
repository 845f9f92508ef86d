"""The command on real cohorts, which do not ship."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from genereport.analyses.biomarkers.matching import match_markers
from genereport.analyses.differential.stage import DifferentialStage
from genereport.analyses.new_samples.result import Applied
from genereport.analyses.preprocessing.stage import PreprocessingStage
from genereport.analyses.stage import Upstream, stage_rng
from genereport.analysis import Analysis
from genereport.cohort.annotation import load_markers, with_symbols
from genereport.cohort.golub import golub_matrix
from genereport.cohort.reader import read_cohort
from genereport.cohort.tables import read_table
from genereport.runs.store import read_analysis
from genereport.settings import resolve
from tests.command import genereport, in_process
from tests.unit.stats.references import reference

FAST = ("--effort", "quick", "--set", "models.trees=50", "--set", "models.epochs=50")


def build(cohort: Path, out: Path, *extra: str) -> tuple[Analysis, subprocess.CompletedProcess[str]]:
    done = genereport("build", cohort, "--out", out / "report.pdf", *FAST, *extra)
    assert done.returncode == 0, done.stderr
    return read_analysis(out / "report_data"), done


@pytest.mark.parametrize(
    ("rule", "setting"), [("none", "none"), ("expressed", "above_floor"), ("dudoit", "fold_range")]
)
def test_golub_gives_rs_figures_on_the_genes_that_a_rule_keeps(rule: str, setting: str, shared_cohorts: Path) -> None:
    """``Rscript tests/reference/golub_expressed.R ../shared/cohorts/golub``"""
    expected = reference("golub_expressed").set_index("rule").loc[rule]
    top = reference("golub_expressed_top").query("rule == @rule")
    cohort = f"cohort.study={shared_cohorts / 'golub'}"
    settings = resolve(
        environment={},
        assignments=[
            cohort,
            "preprocess.array_scaling=none",
            f"preprocess.expressed={setting}",
            f"tests.permutations={1000 if rule == 'none' else 0}",
        ],
    )
    prepared, steps = PreprocessingStage(settings.preprocess).run(read_cohort(settings))
    found = DifferentialStage(settings).run(prepared, Upstream(), stage_rng(1, "differential"))
    assert (steps.scale, steps.floor, steps.cap, steps.controls) == ("intensity", 100, 16_000, 58)
    assert steps.testable == found.tested == expected["tested"]
    assert rule != "none" or 44 <= found.permutations.max_t <= 54  # 51 with 10,000 permutations
    assert (found.bonferroni, found.bh) == (expected["welch_bonferroni"], expected["welch_bh"])
    assert (found.moderation.bonferroni, found.moderation.bh) == (expected["limma_bonferroni"], expected["limma_bh"])
    assert found.moderation.df == pytest.approx(expected["d0"], rel=1e-9)
    assert found.moderation.variance == pytest.approx(expected["s0_squared"], rel=1e-9)
    for test, columns in (("welch", ["t", "df", "P.Value"]), ("limma", ["t.mod", "df.mod", "P.mod"])):
        rows = top[top["test"] == test].set_index("probe")
        np.testing.assert_allclose(found.table.loc[rows.index, columns], rows[["t", "df", "p"]], rtol=1e-8)


@pytest.mark.slow
def test_three_against_three_get_a_report_without_models(shared_cohorts: Path, tmp_path: Path) -> None:
    """nf-core's salmon counts: fractional values, a column of gene names, sample ids that are numbers."""
    folder = shared_cohorts / "srp254919"
    done = genereport(
        "build", folder / "salmon.merged.gene_counts.tsv", "--labels", folder / "samplesheet.csv", "--label-column",
        "treatment", "--set", "preprocess.scale=counts", "--format", "html", "--out", tmp_path / "report.html",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "[GR335] The class 'hND6' has 3 training samples" in done.stdout
    analysis = read_analysis(tmp_path / "report_data")
    assert analysis.differential.sizes == (3, 3)  # type: ignore[union-attr]
    assert analysis.quality.arrays.index.str.startswith("80423").all()
    assert analysis.biomarkers.signature["symbol"].ne("").all()  # type: ignore[union-attr]
    assert not (tmp_path / "report_data" / "model").exists()
    page = (tmp_path / "report.html").read_text()
    for place in ("sec-selection", "sec-models", "sec-independent", "sec-trust", "sec-known", "sec-methods-models"):
        assert f'id="{place}"' in page
    assert genereport("verify", tmp_path / "report_data").returncode == 0


@pytest.fixture(scope="module")
def golub(
    shared_cohorts: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Analysis, subprocess.CompletedProcess[str]]:
    """Golub's cohort with the usual preprocessing: the folder of the report, its results, what the command said."""
    folder = tmp_path_factory.mktemp("golub")
    return folder, *build(shared_cohorts / "golub", folder, "--format", "html")


@pytest.mark.slow
def test_golub_says_that_class_and_centre_cannot_be_told_apart(
    golub: tuple[Path, Analysis, subprocess.CompletedProcess[str]],
) -> None:
    tmp_path, analysis, done = golub
    predictions = pd.read_csv(tmp_path / "report_data" / "tables" / "predictions.tsv", sep="\t", dtype={"sample": str})
    independent = predictions[predictions["set"] == "test"]
    assert (independent.groupby(["model", "features"])["sample"].nunique() == 34).all()
    assert analysis.biomarkers.circular == ("Golub50",)  # type: ignore[union-attr]
    assert not analysis.simulated
    confounded = [finding for finding in analysis.quality.findings if finding.subject == "source"]
    assert any("confounded" in finding.message for finding in confounded)
    assert "confounded" in done.stdout
    assert "confounded" in (tmp_path / "report.html").read_text()
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
    done = in_process("build", shared_cohorts / "golub", "--design", design, "--out", tmp_path / "report.pdf")
    assert (done.returncode, done.stdout) == (2, "")
    assert code in done.stderr
    assert column in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_alon_claims_no_independent_set(shared_cohorts: Path, tmp_path: Path) -> None:
    analysis, _ = build(shared_cohorts / "alon", tmp_path, "--format", "html")
    assert analysis.models.test == 0  # type: ignore[union-attr]
    assert set(analysis.models.metrics["set"]) == {"cv"}  # type: ignore[union-attr]
    assert "has no independent set" in (tmp_path / "report.html").read_text()


@pytest.mark.slow
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


def applied(model: Path, matrix: Path, cohort: Path, out: Path, status: int = 0) -> Applied:
    labels = ("--labels", cohort / "golub" / "samples.tsv")
    done = genereport("apply", model, "--expression", matrix, *labels, "--out", out / "a.html", "--format", "html")
    assert done.returncode == status, done.stderr
    return Applied.from_json((out / "a_data" / "applied.json").read_text())


@pytest.mark.slow
def test_golubs_frozen_model_predicts_the_34_to_the_bit_and_is_careful(
    golub: tuple[Path, Analysis, subprocess.CompletedProcess[str]], shared_cohorts: Path, tmp_path: Path
) -> None:
    folder, analysis, _ = golub
    matrix = shared_cohorts / "golub" / "data_set_ALL_AML_independent.csv"
    found = applied(folder / "report.html", matrix, shared_cohorts, tmp_path)
    kept = found.predictions[["model", "features"]].drop_duplicates()
    build = analysis.models.predictions.query("set == 'test'").merge(kept)  # type: ignore[union-attr]
    both = build.merge(found.predictions, on=["sample", "model", "features"], suffixes=("", "_applied"))
    assert len(both) == len(build) == len(found.predictions) == 34 * 7
    for name in ("p_ALL", "p_AML"):
        np.testing.assert_array_equal(both[name], both[f"{name}_applied"].astype(float))
    # arrays of another batch, source goes with class; nothing that forbids a look
    levels = dict(found.gate.checks["level"])
    assert levels == dict.fromkeys(("genes", "scale", "shift", "cloud"), "fine") | dict.fromkeys(
        ("arrays", "batch"), "careful"
    )
    assert found.gate.covariate == "source"


@pytest.mark.slow
def test_golub_as_logarithms_is_not_interpreted(
    golub: tuple[Path, Analysis, subprocess.CompletedProcess[str]], shared_cohorts: Path, tmp_path: Path
) -> None:
    table = read_table(shared_cohorts / "golub" / "data_set_ALL_AML_independent.csv", "expression")
    values = golub_matrix(table)
    logs = pd.DataFrame(np.log2(values.values.clip(100, 16_000)), index=values.samples, columns=values.genes)
    logs.rename_axis("sample").to_csv(tmp_path / "logs.tsv", sep="\t")
    found = applied(golub[0] / "report_data", tmp_path / "logs.tsv", shared_cohorts, tmp_path, status=3)
    assert found.gate.checks.loc["scale", "level"] == "do not interpret"
    assert found.gate.stored_scale == "intensity"
    assert (found.gate.withheld, len(found.predictions)) == (True, 0)


@pytest.mark.slow
def test_another_platform_is_refused(
    golub: tuple[Path, Analysis, subprocess.CompletedProcess[str]], shared_cohorts: Path, tmp_path: Path
) -> None:
    matrix = shared_cohorts / "khan" / "expression.tsv"
    done = genereport("apply", golub[0] / "report_data", "--expression", matrix, "--out", tmp_path / "a.html")
    assert (done.returncode, done.stdout) == (2, "")
    assert "[GR612]" in done.stderr
    assert "Another platform needs a model of its own." in done.stderr
    assert not list(tmp_path.iterdir())


def test_all_listed_probes_of_golub_are_found(shared_cohorts: Path) -> None:
    """136 probes of 112 entries: the symbols that the list gives to its probes are current, and match by themselves."""
    markers = load_markers()
    cohort = read_cohort(resolve(environment={}, assignments=[f"cohort.study={shared_cohorts / 'golub'}"]))
    genes = with_symbols(cohort, markers).genes
    found = match_markers(genes, markers)
    assert (len(found), found.nunique()) == (136, 112)
    assert match_markers(genes, markers.assign(probes="")).equals(found)
    assert not {"GR380", "GR381", "GR382"} & {finding.code for finding in cohort.findings}


def test_mouse_genes_keep_their_names(shared_cohorts: Path) -> None:
    folder = shared_cohorts / "srp254919"
    named = [
        f"cohort.expression={folder / 'salmon.merged.gene_counts.tsv'}",
        f"cohort.labels={folder / 'samplesheet.csv'}",
    ]
    cohort = read_cohort(resolve(environment={}, assignments=[*named, "cohort.label_column=treatment"]))
    table = pd.read_csv(folder / "salmon.merged.gene_counts.tsv", sep="\t", index_col=0)
    assert (cohort.genes["symbol"] == table["gene_name"].reindex(cohort.genes.index)).all()
    (finding,) = [finding for finding in cohort.findings if finding.code.startswith("GR38")]
    assert (finding.code, finding.severity) == ("GR382", "note")
    assert "of mouse (ENSMUSG…)" in finding.message
