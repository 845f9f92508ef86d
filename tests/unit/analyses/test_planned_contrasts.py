"""Planned contrasts: what is read, what the first one gives the main comparison, and agreement with R."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from genereport.analyses.differential.result import Differential
from genereport.analyses.differential.stage import DifferentialStage
from genereport.analyses.planned_contrasts.result import PlannedContrasts
from genereport.analyses.planned_contrasts.stage import PlannedContrastsStage
from genereport.analyses.preprocessing.stage import PreprocessingStage, unscaled
from genereport.analyses.stage import Upstream, stage_rng
from genereport.cohort.contrasts import select_samples
from genereport.cohort.model import Cohort
from genereport.cohort.reader import read_cohort
from genereport.errors import NotApplicable
from genereport.settings import Settings, resolve

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
PLANNED = """id,variable,reference,target,blocking,exclude_samples_col,exclude_samples_values
low_vs_control,condition,control,low,batch,quality,poor;unusable
high_vs_low,condition,low,high,,,
batches,batch,1,2,condition,,
"""


def write(folder: Path, kind: str = "log2", planned: str = PLANNED) -> Path:
    """Write the input of R as a folder with a matrix, a sample sheet and a table of contrasts."""
    table = pd.read_csv(REFERENCE / "contrasts_input.csv").query("kind == @kind")
    sheet = table[["sample", "condition", "batch", "quality"]]
    sheet.to_csv(folder / "samplesheet.csv", index=False)
    values = table.set_index("sample").filter(regex=r"^g\d")
    values.T.rename_axis(index="gene").to_csv(folder / "expression.tsv", sep="\t")
    (folder / "contrasts.csv").write_text(planned)
    return folder


def settings_of(folder: Path, *assignments: str) -> Settings:
    return resolve(environment={}, assignments=[f"cohort.study={folder}", "tests.permutations=0", *assignments])


def analysed(cohort: Cohort, settings: Settings) -> tuple[Differential, PlannedContrasts]:
    prepared, steps = PreprocessingStage(settings.preprocess).run(cohort)
    upstream, counts = Upstream((steps, unscaled(cohort, steps))), cohort.scale.name == "counts"
    main = DifferentialStage(settings, counts).run(prepared, upstream, stage_rng(1, "differential"))
    return main, PlannedContrastsStage(settings, counts).run(prepared, upstream, stage_rng(1, "planned_contrasts"))


@pytest.mark.parametrize("kind", ["log2", "counts"])
def test_every_contrast_agrees_with_limma(tmp_path: Path, kind: str) -> None:
    settings = settings_of(write(tmp_path, kind))
    _, found = analysed(read_cohort(settings), settings)
    expected = pd.read_csv(REFERENCE / "contrasts.csv").query("kind == @kind")
    names = {"P": "P.Value"} if kind == "log2" else {"t.mod": "t", "P.mod": "P.Value"}
    columns = ["logFC", "t", "P", "t.mod", "P.mod", "B"] if kind == "log2" else ["logFC", "t.mod", "P.mod"]
    for contrast, theirs in expected.groupby("contrast"):
        ours = found.table[found.table["contrast"] == contrast]
        assert set(theirs["gene"]) == set(ours.index)
        ours = ours.loc[theirs["gene"]].rename(columns={ours: r for r, ours in names.items()})
        np.testing.assert_allclose(ours[columns], theirs[columns], rtol=1e-9, atol=1e-12)
        row = found.contrasts.loc[contrast]
        assert row["tested"] == len(theirs)
        p = theirs["P" if kind == "log2" else "P.mod"]
        assert row["bonferroni"] == (p * len(p) < 0.05).sum()
        assert row["gene"] == theirs["gene"].iloc[p.argmin()]


def test_samples_and_design_of_every_contrast(tmp_path: Path) -> None:
    settings = settings_of(write(tmp_path))
    _, found = analysed(read_cohort(settings), settings)
    columns = ["reference_samples", "target_samples", "samples", "design", "test"]
    assert found.contrasts[columns].to_numpy().tolist() == [
        [5, 5, 16, "~ condition + batch", "linear model"],
        [6, 6, 18, "~ condition", "Welch"],
        [6, 6, 18, "~ batch + condition", "linear model"],
    ]
    assert found.contrasts[["excluded_by", "excluded"]].iloc[0].tolist() == ["quality", "poor, unusable"]


def test_the_first_contrast_says_what_the_main_comparison_is(tmp_path: Path) -> None:
    planned = "id,variable,reference,target,blocking\nmain,condition,low,control,batch\n"
    settings = settings_of(write(tmp_path, planned=planned), 'cohort.classes=["low", "control"]')
    cohort = read_cohort(settings)
    assert (cohort.label, cohort.classes, cohort.blocking) == ("condition", ("low", "control"), ("batch",))
    assert [source.role for source in cohort.sources] == ["expression", "labels", "contrasts"]
    (message,) = [finding.message for finding in cohort.findings if finding.code == "GR371"]
    assert message == (
        "'contrasts.csv' was found in the folder and plans 1 contrast: 'main'. No setting says otherwise, so the row "
        "'main' gives the main comparison the column of the class ('condition'), the reference ('low'), the design (~ "
        "condition + batch)."
    )
    main, found = analysed(cohort, settings)
    assert (main.design, main.method) == ("~ class + C(batch)", "linear model t")
    columns = ["logFC", "t", "P.Value", "P.Bonferroni", "adj.P.Val", "P.mod", "B"]
    pd.testing.assert_frame_equal(main.table[columns], found.table[columns])
    assert found.contrasts.loc["main", ["bonferroni", "bh", "up"]].tolist() == [main.bonferroni, main.bh, main.up]


def test_settings_take_precedence_over_the_first_contrast(tmp_path: Path) -> None:
    write(tmp_path)
    given = ("cohort.reference=high", "tests.design=~ class")
    settings = settings_of(tmp_path, *given)
    cohort = read_cohort(settings)
    assert (cohort.label, cohort.reference, cohort.blocking) == ("condition", "high", ())
    cohort = read_cohort(settings_of(tmp_path, "cohort.label_column=batch"))
    assert (cohort.reference, cohort.blocking) == ("1", ("condition",))
    cohort = read_cohort(settings_of(tmp_path, "cohort.label_column=quality"))
    assert (cohort.reference, cohort.blocking, len(cohort.contrasts)) == ("good", (), 3)
    assert not [finding for finding in cohort.findings if "No setting" in finding.message]


def test_files_of_a_real_pipeline(cases: Path) -> None:
    folder = cases / "contrasts_as_labels"
    files = {"expression": "x.tsv", "labels": "samplesheet.csv", "contrasts": "contrasts.csv"}
    assignments = [f"cohort.{name}={folder / file}" for name, file in files.items()]
    settings = resolve(environment={}, assignments=[*assignments, "tests.permutations=0"])
    cohort = read_cohort(settings)
    assert (cohort.label, cohort.classes) == ("condition", ("control", "treated"))
    main, found = analysed(cohort, settings)
    assert found.contrasts.loc["t_vs_c", "test"] == "Welch"
    pd.testing.assert_series_equal(main.table["P.Value"], found.table["P.Value"])


def test_no_contrasts_are_planned(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "contrasts.csv").unlink()
    settings = settings_of(tmp_path, "cohort.label_column=condition")
    cohort = read_cohort(settings)
    assert cohort.contrasts == ()
    with pytest.raises(NotApplicable, match="No contrasts are planned"):
        analysed(cohort, settings)


def test_contrasts_of_the_simulated_cohort(tmp_path: Path) -> None:
    file = tmp_path / "planned.csv"
    file.write_text("id,variable,reference,target,blocking\nsex,sex,F,M,class\naml,class,ALL,AML,sex\n")
    cohort = read_cohort(resolve(environment={}, assignments=[f"cohort.contrasts={file}"]))
    samples = select_samples(cohort, cohort.contrasts[0])
    assert samples.classes == ("F", "M")
    assert set(samples.samples["set"]) == {"train"}
    assert sorted(set(samples.samples["class (sheet)"])) == ["ALL", "AML"]


def test_a_contrast_that_cannot_be_tested_is_named_and_the_others_are_tested(tmp_path: Path) -> None:
    settings = settings_of(write(tmp_path))
    cohort = read_cohort(settings)
    lost = cohort.samples["batch"].mask(cohort.samples["batch"] == 2)
    _, found = analysed(replace(cohort, samples=cohort.samples.assign(batch=lost), blocking=()), settings)
    assert (found.tested_rows, found.untested_rows) == ([1], [0, 2])
    assert "has '2' in the column 'batch'" in found.contrasts.loc["batches", "reason"]
    only = replace(cohort, contrasts=cohort.contrasts[2:], samples=cohort.samples.assign(batch=lost), blocking=())
    with pytest.raises(NotApplicable, match="None of the contrasts can be tested"):
        analysed(only, settings)
