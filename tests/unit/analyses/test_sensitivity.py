"""The gene list under other choices: each row is what a run with that choice would report."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from genereport.analyses.differential.result import Differential
from genereport.analyses.differential.stage import DifferentialStage
from genereport.analyses.preprocessing.stage import AsRead, PreprocessingStage, unscaled
from genereport.analyses.sensitivity.result import REPORTED, Sensitivity
from genereport.analyses.sensitivity.stage import SensitivityStage
from genereport.analyses.stage import Upstream, stage_rng
from genereport.cohort.model import Cohort
from genereport.cohort.reader import read_cohort
from genereport.cohort.simulate import Plan, simulated_cohort
from genereport.settings import resolve
from tests.factory import make_cohort, settings_of


def run(cohort: Cohort, *assignments: str) -> tuple[Differential, Sensitivity]:
    settings = settings_of("tests.permutations=0", *assignments)
    prepared, steps = PreprocessingStage(settings.preprocess).run(cohort)
    upstream = Upstream((steps, unscaled(cohort, steps), AsRead(cohort)))
    counts = cohort.scale.name == "counts"
    tests = DifferentialStage(settings, counts).run(prepared, upstream, stage_rng(1, "differential"))
    found = SensitivityStage(settings).run(prepared, upstream.joined(tests), np.random.default_rng(0))
    return tests, found


@cache
def intensities() -> tuple[Differential, Sensitivity]:
    return run(simulated_cohort(1999, Plan(genes=300)))


def test_the_first_row_is_the_reported_analysis() -> None:
    tests, found = intensities()
    first = found.choices.iloc[0]
    assert found.choices.index[0] == REPORTED
    assert (first["tested"], first["bonferroni"], first["bh"]) == (tests.tested, tests.bonferroni, tests.bh)
    assert (first["listed"], first["shared"], first["jaccard"], first["first"]) == (tests.bonferroni,) * 2 + (1, 50)
    assert first["correlation"] == pytest.approx(1)
    assert found.listed == tests.bonferroni == (found.genes["reported"] == "yes").sum()


@pytest.mark.parametrize(
    ("choice", "assignment"),
    [
        ("Floor 200", "preprocess.floor=200"),
        ("No cap", "preprocess.cap=1000000000"),
        ("Arrays standardised", "preprocess.array_scaling=standardise"),
        ("Every gene that varies", "preprocess.expressed=none"),
        ("Student’s t-test", "tests.method=student"),
    ],
)
def test_each_row_is_what_a_run_with_that_choice_reports(choice: str, assignment: str) -> None:
    reported, found = intensities()
    other, _ = run(simulated_cohort(1999, Plan(genes=300)), assignment)
    row = found.choices.loc[choice]
    assert (row["tested"], row["bonferroni"], row["bh"]) == (other.tested, other.bonferroni, other.bh)
    lists = [set(each.table.index[each.table["P.Bonferroni"] < 0.05]) for each in (reported, other)]
    assert (row["listed"], row["shared"]) == (len(lists[1]), len(lists[0] & lists[1]))
    assert row["jaccard"] == len(lists[0] & lists[1]) / len(lists[0] | lists[1])
    p = pd.concat([each.table["P.Value"].dropna() for each in (reported, other)], axis=1, join="inner")
    assert row["correlation"] == pytest.approx(stats.spearmanr(p).statistic)
    first = [set(each.table.index[:50]) for each in (reported, other)]
    assert row["first"] == len(first[0] & first[1])


def test_the_other_tests_are_columns_of_the_table() -> None:
    reported, found = intensities()
    for choice, column in (("Moderated t-test", "P.mod"), ("Wilcoxon rank-sum test", "P.Wilcoxon")):
        kept = (reported.table[column] * reported.tested < 0.05).sum()
        assert found.choices.loc[choice, "bonferroni"] == kept


def test_genes_of_every_list_are_marked() -> None:
    _, found = intensities()
    assert found.always == (found.genes["choices"] == len(found.choices)).sum() > 0
    assert found.ever == len(found.genes) >= found.choices["listed"].max()
    assert found.choices["jaccard"].iloc[found.most_changed] == found.choices["jaccard"].min()
    assert (found.genes.loc[found.genes["always"] == "yes", "reported"] == "yes").all()


def test_log2_values_of_several_classes_have_scalings_and_tests() -> None:
    _, found = run(make_cohort(train=(9, 8, 7), genes=80))
    assert list(found.choices.index[1:]) == [
        "Arrays standardised",
        "Arrays quantile-normalised",
        "One-way analysis of variance",
        "Moderated F-test",
        "Kruskal–Wallis test",
    ]
    assert found.left_out == ()


def test_counts_have_normalisations_and_the_other_test_of_limma() -> None:
    cohort = make_cohort(train=(8, 8), genes=90, scale="counts")
    rng = np.random.default_rng(3)
    mean = rng.gamma(1.0, 80.0, 90) * np.where((cohort.codes == 1)[:, None] & (np.arange(90) < 8), 4.0, 1.0)
    cohort.expression.iloc[:, :] = rng.negative_binomial(5, 5 / (5 + mean))
    reported, found = run(cohort)
    names = ["Library sizes without TMM", "Every gene with a count", "limma-trend", "Wilcoxon rank-sum test"]
    assert list(found.choices.index[1:]) == names
    trend, _ = run(cohort, "tests.counts=trend")
    row = found.choices.loc["limma-trend"]
    assert (row["tested"], row["bonferroni"], row["bh"]) == (trend.tested, trend.bonferroni, trend.bh)
    assert reported.counts is not None


def test_without_significant_genes_the_first_are_compared() -> None:
    _, found = run(make_cohort(train=(6, 6), genes=80, informative=0))
    assert (found.criterion, found.listed) == ("first", 50)
    assert found.choices["bonferroni"].max() == 0


def test_pairs_have_no_rank_test_and_no_other_variances() -> None:
    cohort = make_cohort(train=(8, 8), genes=60)
    cohort.samples["patient"] = [f"p{number % 8}" for number in range(16)]
    tests, found = run(cohort, "tests.design=~ class + patient")
    assert tests.method == "paired t"
    assert list(found.choices.index[3:]) == ["Moderated t-test"]


def test_golub_without_scaling_agrees_with_scipy(shared_cohorts: Path) -> None:
    """The numbers come from SciPy alone.

    ``v = np.log2(x.clip(100, 16000))`` of the 38 training samples without AFFX controls, of which the genes with
    ``(v > np.log2(100)).sum(axis=0) >= 11`` are kept; ``p = stats.ttest_ind(aml, all, equal_var=False).pvalue``;
    ``len(p), (p * len(p) < 0.05).sum(), (stats.false_discovery_control(p) < 0.05).sum()`` is (4479, 71, 670).
    """
    found = {"study": shared_cohorts / "golub"}
    cohort = read_cohort(resolve(environment={}, overrides={"cohort": found}))
    tests, sensitivity = run(cohort)
    rows = sensitivity.choices[["tested", "bonferroni", "bh"]]
    assert tuple(rows.loc["Arrays not scaled"]) == (4479, 71, 670)
    assert tuple(rows.loc[REPORTED]) == (tests.tested, tests.bonferroni, tests.bh) == (3863, 80, 761)
    assert sensitivity.alternatives == 10
