"""Replication: what SciPy and R say of the same genes, and cohorts for which it does not apply."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from genereport.analyses.differential.stage import DifferentialStage
from genereport.analyses.preprocessing.stage import PreprocessingStage, unscaled
from genereport.analyses.replication.result import Replication
from genereport.analyses.replication.stage import ReplicationStage
from genereport.analyses.stage import Upstream, stage_rng
from genereport.cohort.model import Cohort, Scale
from genereport.cohort.reader import read_cohort
from genereport.errors import NotApplicable
from genereport.pipeline import with_holdout
from genereport.settings import Settings
from genereport.stats.bootstrap import means_of_classes
from tests.factory import make_cohort, settings_of
from tests.unit.stats.references import reference


def replicate(cohort: Cohort, *assignments: str) -> tuple[Replication, Cohort]:
    """Return the replication of a cohort, and the prepared cohort."""
    settings = settings_of("tests.permutations=0", *assignments)
    prepared, steps = PreprocessingStage(settings.preprocess).run(cohort)
    return test_again(prepared, settings, Upstream((unscaled(cohort, steps),))), prepared


def test_again(prepared: Cohort, settings: Settings, upstream: Upstream) -> Replication:
    counts = prepared.scale.name == "counts"
    found = DifferentialStage(settings, counts).run(prepared, upstream, stage_rng(1, "differential"))
    return ReplicationStage(settings, counts).run(prepared, upstream.joined(found), stage_rng(1, "replication"))


test_again.__test__ = False  # type: ignore[attr-defined]


def independent(prepared: Cohort, genes: pd.Index[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the values of the reference and of the target in the independent set."""
    part = prepared.subset("test")
    values = part.expression[genes].to_numpy()
    return values[part.codes == 0], values[part.codes == 1]


def test_effects_and_p_values_in_the_independent_set_are_those_of_scipy() -> None:
    found, prepared = replicate(make_cohort(train=(12, 12), test=(7, 9), genes=40, informative=6, effect=2.5))
    table = found.table
    reference, target = independent(prepared, table.index)
    test = stats.ttest_ind(target, reference, equal_var=False)
    interval = test.confidence_interval()
    assert (found.test, found.differs, found.chosen, found.genes) == ("Welch", False, "Bonferroni", len(table))
    np.testing.assert_allclose(table["logFC.ind"], target.mean(axis=0) - reference.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(table["P.ind"], test.pvalue, rtol=1e-10)
    np.testing.assert_allclose(table[["CI.L.ind", "CI.R.ind"]].T, [interval.low, interval.high], rtol=1e-10)
    np.testing.assert_allclose(table["adj.P.ind"], stats.false_discovery_control(test.pvalue), rtol=1e-10)
    np.testing.assert_allclose(table["ratio"], table["logFC.ind"] / table["logFC"], rtol=1e-12)
    wilson = stats.binomtest(found.same.genes, found.compared).proportion_ci(method="wilson")
    np.testing.assert_allclose((found.same.low, found.same.high), wilson, rtol=1e-10)
    assert found.ratios.low < found.ratios.median < found.ratios.high


def test_genes_that_reverse_come_first_and_are_counted() -> None:
    cohort = make_cohort(train=(12, 12), test=(8, 8), genes=30, informative=5, effect=3)
    turned = (cohort.samples["set"] == "test").to_numpy() & (cohort.codes == 1)
    values = cohort.expression.copy()
    values.loc[turned, "g002"] -= 6.0
    values.loc[cohort.samples["set"] == "test", "g003"] = 8.0
    found, _ = replicate(replace(cohort, expression=values))
    assert found.table["outcome"].tolist() == ["reversed", "no difference", "replicated", "replicated", "replicated"]
    assert found.table.index[:2].tolist() == ["g002", "g003"]
    assert (found.reversed, found.opposed, found.flat, found.same.genes) == (1, 1, 1, 3)
    assert found.ratios.smallest == found.table["ratio"].iloc[0] < 0
    assert found.smaller.genes == int((found.table["ratio"] < 1).sum())


def test_without_a_significant_gene_the_first_fifty_are_followed() -> None:
    found, _ = replicate(make_cohort(train=(8, 8), test=(5, 5), genes=80, informative=0))
    assert (found.chosen, found.genes) == ("first", 50)


def test_of_several_classes_the_pair_with_the_largest_difference_is_followed() -> None:
    found, prepared = replicate(make_cohort(train=(8, 8, 8), test=(5, 6, 7), genes=30, informative=4, effect=3))
    assert set(found.table["contrast"]) == {"C-A"}
    part = prepared.subset("test")
    values = part.expression[found.table.index].to_numpy()
    expected = stats.ttest_ind(values[part.codes == 2], values[part.codes == 0], equal_var=False)
    np.testing.assert_allclose(found.table["P.ind"], expected.pvalue, rtol=1e-10)
    assert (found.test, found.differs) == ("Welch", False)


def test_a_value_that_is_missing_in_the_independent_set_is_not_counted() -> None:
    cohort = make_cohort(train=(12, 12), test=(6, 6), genes=30, informative=5, effect=3)
    values = cohort.expression.copy()
    values.loc[cohort.samples["set"] == "test", "g001"] = np.nan
    found, _ = replicate(replace(cohort, expression=values))
    assert (found.genes, found.compared, found.uncompared) == (5, 4, 1)
    assert found.table["outcome"].iloc[-1] == ""


def test_a_design_that_the_independent_set_cannot_take_is_left_out_and_it_says_why() -> None:
    cohort = make_cohort(train=(12, 12), test=(6, 6), genes=30, informative=5, effect=3)
    batch = ["one" if number % 2 or number >= 24 else "two" for number in range(36)]
    found, _ = replicate(replace(cohort, samples=cohort.samples.assign(batch=batch)), "tests.design=~ class + batch")
    assert found.refused == "The column 'batch' is constant: it is 'one' in all 12 independent samples."
    assert (found.test, found.differs, found.covariates) == ("Welch", True, ())


def test_samples_of_one_patient_are_compared_within_patients_and_no_interval_of_the_median_is_claimed() -> None:
    cohort = make_cohort(train=(10, 10), test=(6, 6), genes=30, informative=5, effect=3)
    patients = [*map(str, range(10)), *map(str, range(10)), *(f"t{n}" for n in range(6)), *(f"t{n}" for n in range(6))]
    found, _ = replicate(replace(cohort, samples=cohort.samples.assign(patient=patients), unit="patient"))
    assert (found.test, found.unit, found.covariates) == ("paired", "patient", ("patient",))
    assert np.isnan(found.ratios.low)


def test_counts_are_compared_as_log_counts_per_million() -> None:
    rng = np.random.default_rng(3)
    cohort = make_cohort(train=(8, 8), test=(5, 5), genes=60)
    mean = rng.gamma(2.0, 80.0, 60) * np.where((cohort.codes == 1)[:, None] & (np.arange(60) < 6), 4.0, 1.0)
    values = pd.DataFrame(
        rng.negative_binomial(8, 8 / (8 + mean)).astype(float), cohort.expression.index, cohort.expression.columns
    )
    found, _ = replicate(replace(cohort, expression=values, scale=Scale("counts", "whole numbers")))
    assert (found.compared, found.same.genes, found.test, found.differs) == (found.genes, found.genes, "Welch", True)
    assert found.genes >= 4


@pytest.mark.parametrize(
    ("test", "reason"),
    [
        ((), "The cohort has no independent set"),
        ((3, 1), "The independent set has 1 sample of the class 'B'"),
        ((3, 0), "The independent set has no sample of the class 'B'"),
    ],
)
def test_too_few_independent_samples_are_a_reason_to_skip_it(test: tuple[int, ...], reason: str) -> None:
    with pytest.raises(NotApplicable, match=reason):
        replicate(make_cohort(train=(8, 8), test=test, genes=20))


def test_a_set_that_was_drawn_at_random_is_called_so() -> None:
    cohort = with_holdout(make_cohort(train=(16, 16), genes=20), settings_of("evaluation.holdout=0.3"))
    assert replicate(cohort)[0].drawn
    assert not replicate(make_cohort(train=(8, 8), test=(3, 3), genes=20))[0].drawn


def test_means_of_classes_leave_missing_values_out() -> None:
    rng = np.random.default_rng(5)
    values, codes = rng.normal(size=(9, 3)), np.repeat([0, 1], [4, 5])
    values[2, 1] = np.nan
    counts = rng.integers(1, 3, size=(4, 9)).astype(float)
    means = means_of_classes(values, codes, counts)
    for resample, weights in enumerate(counts):
        rows = np.repeat(np.arange(9), weights.astype(int))
        for level in (0, 1):
            drawn = values[rows[codes[rows] == level]]
            np.testing.assert_allclose(means[level, resample], np.nanmean(drawn, axis=0), rtol=1e-12)


def test_golub_gives_rs_figures(shared_cohorts: Path) -> None:
    """``Rscript tests/reference/golub_replication.R ../shared/cohorts/golub``"""
    expected = reference("golub_replication").iloc[0]
    turned = reference("golub_replication_reversed").set_index("gene")
    settings = settings_of(f"cohort.study={shared_cohorts / 'golub'}")
    found, _ = replicate(read_cohort(settings), "preprocess.array_scaling=none", "preprocess.expressed=none")
    counted = (found.genes, found.same.genes, found.replicated.genes, found.replicated_bh.genes, found.smaller.genes)
    assert counted == tuple(expected[["genes", "same", "replicated", "replicated_bh", "smaller"]])
    assert (found.reversed, found.opposed) == (len(turned), expected["opposed"])
    ratios = [found.same.low, found.same.high, found.ratios.median, found.ratios.smallest, found.ratios.largest]
    np.testing.assert_allclose(ratios, expected[["low", "high", "median", "smallest", "largest"]].astype(float))
    first = found.table.loc[turned.index, ["logFC.ind", "CI.L.ind", "CI.R.ind", "P.ind", "ratio"]]
    np.testing.assert_allclose(first, turned[["effect", "low", "high", "p", "ratio"]], rtol=1e-9)


@pytest.mark.parametrize(
    ("scaling", "numbers", "reversed_"),
    [("auto", (80, 80, 62), []), ("quantile", (94, 91, 72), ["D14874_at", "M81933_at", "D50310_at"])],
)
def test_golub_on_one_scale_agrees_with_scipy(
    scaling: str, numbers: tuple[int, int, int], reversed_: list[str], shared_cohorts: Path
) -> None:
    settings = settings_of(f"cohort.study={shared_cohorts / 'golub'}")
    found, prepared = replicate(read_cohort(settings), f"preprocess.array_scaling={scaling}")
    train = prepared.subset("train")
    values = train.expression.to_numpy()
    p = stats.ttest_ind(values[train.codes == 1], values[train.codes == 0], equal_var=False).pvalue
    kept = train.expression.columns[p * len(p) < 0.05]
    reference, target = independent(prepared, kept)
    test = stats.ttest_ind(target, reference, equal_var=False)
    before = values[train.codes == 1].mean(axis=0) - values[train.codes == 0].mean(axis=0)
    same = (target.mean(axis=0) - reference.mean(axis=0)) * before[p * len(p) < 0.05] > 0
    assert (len(kept), same.sum(), (same & (test.pvalue < 0.05)).sum()) == numbers
    assert (found.genes, found.same.genes, found.replicated.genes) == numbers
    assert found.table.index[found.table["outcome"] == "reversed"].tolist() == reversed_
