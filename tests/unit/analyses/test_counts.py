"""Counts are filtered, normalised and tested as edgeR and limma do it, and held-out samples have no part in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from genereport.analyses.differential.result import Deseq2, Differential
from genereport.analyses.differential.stage import DifferentialStage
from genereport.analyses.models.thinning import library_constants
from genereport.analyses.new_samples.incoming import LibraryConstants, bring
from genereport.analyses.preprocessing.result import Preprocessing
from genereport.analyses.preprocessing.stage import PreprocessingStage, measured, unscaled
from genereport.analyses.stage import Upstream, stage_rng
from genereport.cohort.model import Cohort, Scale
from genereport.cohort.reader import read_cohort
from genereport.cohort.units import unit_column
from genereport.errors import CohortError
from genereport.learn.arrays import ArrayRule, fit_arrays
from genereport.learn.engine import Job, run
from genereport.learn.reference import Basis
from genereport.learn.resampling import SplitPlan
from genereport.learn.training import Protocol
from genereport.settings import Settings, resolve
from tests.factory import make_cohort
from tests.unit.analyses.test_incoming import final


def settings_of(*assignments: str) -> Settings:
    return resolve(environment={}, assignments=list(assignments))


def compared(cohort: Cohort, settings: Settings) -> tuple[Preprocessing, Differential]:
    prepared, steps = PreprocessingStage(settings.preprocess).run(cohort)
    upstream = Upstream((steps, unscaled(cohort, steps)))
    return steps, DifferentialStage(settings, counts=True).run(prepared, upstream, stage_rng(1, "differential"))


def read(settings: Settings) -> Cohort:
    cohort = read_cohort(settings)
    return replace(cohort, unit=unit_column(cohort.samples, settings))


def cervical(folder: Path, *assignments: str) -> tuple[Preprocessing, Differential]:
    files = [f"cohort.expression={folder / 'counts.tsv'}", f"cohort.labels={folder / 'samples.tsv'}"]
    settings = settings_of(*files, "cohort.label_column=class", *assignments)
    return compared(read(settings), settings)


# R 4.2.2, limma 3.54.1, edgeR 3.40.2: y <- DGEList(counts); y <- y[filterByExpr(y, design), , keep.lib.sizes = FALSE];
# fit <- eBayes(lmFit(voom(calcNormFactors(y), design), design)); topTable(fit, coef = "class…", number = Inf)
@pytest.mark.parametrize(
    ("assignments", "genes", "prior", "kept", "first"),
    [
        (
            ["cohort.unit=none"],
            188,
            (11.14675, 0.9893591),
            (54, 93),
            ("miR-140-5p", -2.550392898, -8.567440258, 2.249024743e-12),
        ),
        (
            ["tests.design=~ patient + class"],
            402,
            (11.05648, 0.8764593),
            (77, 196),
            ("miR-205", 6.305630224, 13.755074477, 1.475506901e-16),
        ),
    ],
)
def test_voom_agrees_with_limma_on_a_real_cohort(
    shared_cohorts: Path,
    assignments: list[str],
    genes: int,
    prior: tuple[float, float],
    kept: tuple[int, int],
    first: tuple[str, float, float, float],
) -> None:
    steps, found = cervical(shared_cohorts / "cervical", *assignments)
    assert (found.method, found.counts.genes, found.tested) == ("voom t", genes, genes)
    assert (found.moderation.df, found.moderation.variance) == pytest.approx(prior, rel=1e-6)
    assert (found.bonferroni, found.bh) == kept
    row = found.table.iloc[0]
    assert found.table.index[0] == first[0]
    np.testing.assert_allclose(row[["logFC", "t", "P.Value"]].astype(float), first[1:], rtol=1e-9)
    factors = steps.libraries.sizes["factor"].iloc[:4]
    np.testing.assert_allclose(factors, [1.002923, 0.8999673, 0.9857194, 0.877774], rtol=1e-6)


def test_correlated_samples_are_tested_with_voom_in_two_rounds(shared_cohorts: Path) -> None:
    _, found = cervical(shared_cohorts / "cervical", "tests.design=~ class")
    # one round in R gives the consensus 0.231178675152, and 64 genes after Bonferroni's correction
    assert found.correlation == pytest.approx(0.2311786, abs=1e-3)
    assert (found.counts.genes, found.bonferroni, found.table.index[0]) == (188, 64, "miR-143")


def test_estimated_counts_of_salmon_are_tested_as_limma_does(shared_cohorts: Path) -> None:
    folder = shared_cohorts / "srp254919"
    files = [
        f"cohort.expression={folder / 'salmon.merged.gene_counts.tsv'}",
        f"cohort.labels={folder / 'samplesheet.csv'}",
    ]
    settings = settings_of(*files, "cohort.label_column=treatment")
    steps, found = compared(read(settings), settings)
    assert (found.counts.genes, found.bonferroni, found.bh) == (669, 0, 0)
    assert (found.moderation.df, found.moderation.variance) == pytest.approx((2.456062, 0.7369276), rel=1e-6)
    row = found.table.loc["ENSMUSG00000095079", ["logFC", "t", "P.Value"]].astype(float)
    np.testing.assert_allclose(row.abs(), [7.501978392, 8.175588194, 1.228652289e-04], rtol=1e-9)
    expected = [0.9185343, 1.499752, 1.422671, 1.395226, 0.3782835, 0.9667601]
    np.testing.assert_allclose(steps.libraries.sizes["factor"], expected, rtol=1e-6)


@pytest.mark.parametrize("case", ["zero_genes_depth", "salmon_fractional_depth"])
def test_depth_that_differs_between_the_classes_is_no_difference_of_genes(cases: Path, case: str) -> None:
    files = [f"cohort.expression={cases / case / 'x.tsv.gz'}", f"cohort.labels={cases / case / 's.csv'}"]
    settings = settings_of(*files, "cohort.label_column=condition")
    cohort = read(settings)
    assert cohort.scale.name == "counts"
    assert "GR337" in {finding.code for finding in cohort.findings}
    steps, found = compared(cohort, settings)
    empty = cohort.expression.columns[(cohort.expression == 0).all()]
    assert set(empty) == set(steps.untestable_genes)
    assert not set(empty) & set(found.table.index)
    assert found.bonferroni == found.bh == 0


def test_a_classifier_does_not_recognise_the_class_by_its_depth(cases: Path) -> None:
    folder = cases / "zero_genes_depth"
    files = [f"cohort.expression={folder / 'x.tsv.gz'}", f"cohort.labels={folder / 's.csv'}"]
    accuracy = {}
    for rule in ("none", "auto"):
        settings = settings_of(*files, "cohort.label_column=condition", f"preprocess.thin={rule}")
        cohort = read(settings)
        assert ("counts of deeper samples are thinned" in str(cohort.findings)) == (rule == "auto")
        _, steps = PreprocessingStage(settings.preprocess).run(cohort)
        before = unscaled(cohort, steps)
        protocol = Protocol(settings, arrays=before.rule)
        splits = SplitPlan(4, 1, 1).splits(cohort.codes)
        jobs = [Job(split.train, split.test, cohort.codes, 1) for split in splits]
        folds = run(before.values, jobs, protocol, [("svm_rbf", "all")])
        right = [
            (fold.held_out["svm_rbf", "all"].argmax(axis=1) == cohort.codes[split.test]).mean()
            for fold, split in zip(folds, splits, strict=True)
        ]
        accuracy[rule] = np.mean(right)
    assert accuracy["none"] > 0.9
    assert accuracy["auto"] < 0.75


def counts_cohort(depth: float = 1.0) -> Cohort:
    rng = np.random.default_rng(7)
    cohort = make_cohort(train=(6, 6), test=(3, 3), genes=60, informative=1)
    mean = rng.gamma(1.0, 60.0, 60) * np.where(cohort.codes == 1, depth, 1.0)[:, None]
    cohort.expression.iloc[:, :] = rng.negative_binomial(4, 4 / (4 + mean))
    cohort.expression.iloc[:, 3] = 0.0
    return replace(cohort, scale=Scale("counts", "given"))


def test_what_is_learnt_does_not_depend_on_the_independent_set() -> None:
    cohort, changed = counts_cohort(), counts_cohort()
    changed.expression.loc[changed.samples["set"] == "test"] *= 50
    first, second = (PreprocessingStage(settings_of().preprocess).run(each) for each in (cohort, changed))
    pd.testing.assert_frame_equal(first[0].subset("train").expression, second[0].subset("train").expression)
    assert first[1].libraries.mean_size == second[1].libraries.mean_size


def test_a_held_out_sample_is_normalised_alone() -> None:
    cohort = counts_cohort()
    values, codes = cohort.subset("train").expression.to_numpy(), cohort.subset("train").codes
    learnt = fit_arrays(values, codes, ArrayRule("tmm", "filter_by_expr"))
    new = cohort.subset("test").expression.to_numpy()
    together = learnt.scaled(new)
    alone = np.vstack([learnt.scaled(row[None]) for row in new])
    np.testing.assert_array_equal(together, alone)
    deeper = learnt.scaled(3 * new)[:, learnt.expressed]
    high = new[:, learnt.expressed] > 100  # the count that is added matters little there
    np.testing.assert_allclose(deeper[high], together[:, learnt.expressed][high], atol=0.05)


@pytest.mark.parametrize("depth", [1.0, 5.0])
def test_new_samples_of_counts_are_prepared_to_the_bit_as_in_the_build(depth: float) -> None:
    cohort = counts_cohort(depth)
    prepared, found = PreprocessingStage(settings_of().preprocess).run(cohort)
    before, model = unscaled(cohort, found), final()
    learnt = fit_arrays(before.values, cohort.subset("train").codes, before.rule)
    constants = {name: getattr(found, name) for name in model.preprocessing}
    constants["libraries"] = library_constants(learnt)
    reference = model.reference._replace(
        measured=measured(cohort, found), basis=Basis(learnt.expressed, learnt.reference.counts)
    )
    genes = tuple(before.genes.index[learnt.expressed])
    changed = replace(model, preprocessing=constants, reference=reference, genes=genes)
    raw, expected = cohort.subset("test").expression, learnt.scaled(before.independent)[:, learnt.expressed]
    np.testing.assert_array_equal(bring(changed, raw).values, expected)
    np.testing.assert_array_equal(bring(changed, raw.iloc[[3]]).values, expected[[3]])
    if depth == 1:
        assert learnt.depth == 0
        np.testing.assert_array_equal(expected, prepared.subset("test").expression.to_numpy())
    else:
        sums = np.nansum(before.values, axis=1)
        assert sums.min() == learnt.depth < sums.max() / 3
    lacking = bring(changed, raw.drop(columns=list(genes[:3])))
    assert lacking.lacking[:3].all()
    assert np.nanmedian(np.abs(lacking.values - bring(changed, raw).values)) < (0.1 if depth == 1 else 0.7)
    assert set(LibraryConstants.__dataclass_fields__) == set(constants["libraries"])


@pytest.mark.parametrize(
    ("assignment", "scale"),
    [
        ("preprocess.array_scaling=quantile", "counts"),
        ("preprocess.expressed=fold_range", "counts"),
        ("preprocess.array_scaling=tmm", "log2"),
        ("preprocess.expressed=filter_by_expr", "log2"),
        ("preprocess.expressed=fold_range", "tpm"),
        ("preprocess.thin=always", "log2"),
    ],
)
def test_a_rule_for_another_scale_is_refused(assignment: str, scale: str) -> None:
    cohort = replace(counts_cohort(), scale=Scale(scale, "given"))
    with pytest.raises(CohortError, match="GR227"):
        PreprocessingStage(settings_of(assignment).preprocess).run(cohort)


def test_neither_filter_nor_normalisation_where_none_is_asked_for() -> None:
    settings = settings_of("preprocess.array_scaling=none", "preprocess.expressed=none")
    steps, found = compared(counts_cohort(), settings)
    assert (steps.array_scaling, steps.expression_rule, steps.testable) == ("library_size", "none", 59)
    assert (steps.libraries.sizes["factor"] == 1).all()
    assert found.counts.genes == found.tested == 59


def test_a_gene_with_a_missing_count_is_set_aside() -> None:
    cohort = counts_cohort()
    cohort.expression.iloc[0, 5] = np.nan
    steps, _ = compared(cohort, settings_of())
    assert set(steps.untestable_genes) == {"g003", "g005"}


def test_samples_without_counts_are_no_division_by_zero() -> None:
    cohort = counts_cohort()
    cohort.expression.iloc[-1] = 0.0
    prepared, _ = PreprocessingStage(settings_of().preprocess).run(cohort)
    assert np.isfinite(prepared.expression.to_numpy()).all()


def test_quality_weights_and_limma_trend_are_told() -> None:
    _, weighted = compared(counts_cohort(), settings_of("tests.sample_weights=true"))
    assert weighted.counts.sample_weights
    assert weighted.counts.samples["weight"].std() > 0
    _, trend = compared(counts_cohort(), settings_of("tests.counts=trend"))
    assert (trend.method, trend.counts.method, trend.moderation.trend) == ("limma-trend t", "limma-trend", True)
    assert set(trend.table["test"]) == {"limma-trend"}
    np.testing.assert_array_equal(trend.table["P.Value"], trend.table["P.mod"])


def test_several_classes_are_tested_by_the_moderated_f() -> None:
    rng = np.random.default_rng(3)
    cohort = make_cohort(train=(5, 5, 5), genes=40, informative=1)
    cohort.expression.iloc[:, :] = rng.negative_binomial(4, 4 / (4 + rng.gamma(1.0, 80.0, 40)), (15, 40))
    _, found = compared(replace(cohort, scale=Scale("counts", "given")), settings_of())
    assert found.method == "voom F"
    np.testing.assert_array_equal(found.table["P.Value"], found.table["P.mod"])
    assert set(found.contrasts["test"]) == {"voom"}


# R 4.2.2, DESeq2 1.38.3: keep <- filterByExpr(x, design = model.matrix(design, s))
# results(DESeq(DESeqDataSetFromMatrix(round(x[keep, ]), s, design)), alpha = 0.05)
# DESeq2 takes some dispersions from a grid, so that its trend is not exactly the optimum. All else follows the trend.
def test_deseq2_agrees_with_r_on_a_real_cohort(shared_cohorts: Path) -> None:
    _, found = cervical(shared_cohorts / "cervical", "tests.design=~ patient + class", "tests.counts=deseq2")
    deseq2 = found.deseq2
    assert isinstance(deseq2, Deseq2)
    assert (deseq2.test, deseq2.tested, deseq2.bh, deseq2.rounded) == ("Wald", 402, 184, False)
    trend = (deseq2.asymptote, deseq2.extra, deseq2.variance)
    assert trend == pytest.approx((0.542699233, 15.6667411758, 0.714669250), rel=3e-3)
    row = found.table.loc["miR-205", ["baseMean", "log2FC.deseq2", "lfcSE.deseq2", "stat.deseq2"]].astype(float)
    np.testing.assert_allclose(row, [1210.199358238, 6.7957664, 0.418647389, 16.2326736], rtol=1e-3)
    assert found.table["P.deseq2"].idxmin() == "miR-205"
    assert (found.method, found.bonferroni) == ("voom t", 77)  # the main test is still that of voom


def test_deseq2_takes_rounded_counts_of_salmon_as_r_does(shared_cohorts: Path) -> None:
    folder = shared_cohorts / "srp254919"
    files = [
        f"cohort.expression={folder / 'salmon.merged.gene_counts.tsv'}",
        f"cohort.labels={folder / 'samplesheet.csv'}",
    ]
    settings = settings_of(*files, "cohort.label_column=treatment", "tests.counts=deseq2")
    _, found = compared(read(settings), settings)
    deseq2 = found.deseq2
    assert (deseq2.outlying, deseq2.replaced, deseq2.bh, deseq2.rounded) == (18, 0, 4, True)
    assert (deseq2.asymptote, deseq2.variance) == pytest.approx((0.403476106, 1.83503441), rel=2e-3)
    row = found.table.loc["ENSMUSG00000076613", ["log2FC.deseq2", "stat.deseq2"]].astype(float)
    np.testing.assert_allclose(row.abs(), [11.002475424, 8.222532555], rtol=1e-3)
    outlying = found.table.loc["ENSMUSG00000023978"]
    assert np.isnan(outlying["P.deseq2"])
    assert outlying["P.Value"] < 1


def test_deseq2_has_no_counterpart_of_correlated_samples(shared_cohorts: Path) -> None:
    _, found = cervical(shared_cohorts / "cervical", "tests.design=~ class", "tests.counts=deseq2")
    assert found.correlation > 0
    assert "samples with the same patient are correlated" in found.deseq2.skipped
    assert not found.table.columns.str.contains("deseq2").any()


def test_deseq2_stands_beside_voom_and_changes_nothing_of_it() -> None:
    cohort = counts_cohort()
    cohort.expression.iloc[:, 5] = 30.0 + 700.0 * (cohort.codes == 1) + np.arange(len(cohort.codes))
    _, plain = compared(cohort, settings_of())
    _, found = compared(cohort, settings_of("tests.counts=deseq2"))
    assert plain.deseq2 is None
    columns = ["log2FC.deseq2", "lfcSE.deseq2", "stat.deseq2", "P.deseq2", "P.deseq2.Bonferroni", "adj.P.deseq2"]
    names = list(found.table)
    assert names[names.index("B") + 1 : names.index("g")] == [*columns, "baseMean"]
    pd.testing.assert_frame_equal(found.table[list(plain.table)], plain.table)
    table, deseq2 = found.table, found.deseq2
    np.testing.assert_allclose(table["stat.deseq2"], table["log2FC.deseq2"] / table["lfcSE.deseq2"])
    kept = found.kept["genes"]
    assert kept["Bonferroni, DESeq2"] == deseq2.bonferroni == (table["P.deseq2.Bonferroni"] < 0.05).sum()
    assert kept["Benjamini–Hochberg, DESeq2"] == deseq2.bh
    agreement = deseq2.agreement
    assert (agreement.both + agreement.only_main, agreement.both + agreement.only_deseq2) == (found.bh, deseq2.bh)
    assert agreement.both > 0
    assert agreement.opposite == 0


def test_deseq2_tests_several_classes_by_the_likelihood_ratio_and_pairs_by_wald() -> None:
    rng = np.random.default_rng(3)
    cohort = make_cohort(train=(5, 5, 5), genes=40, informative=1)
    rates = 20 + rng.gamma(1.0, 80.0, 40) * np.ones((15, 1))
    rates[cohort.codes == 2, 0] *= 10
    rates[cohort.codes < 2, 1] = 0  # two classes without a count of the second gene
    cohort.expression.iloc[:, :] = rng.negative_binomial(8, 8 / (8 + rates), (15, 40))
    _, found = compared(replace(cohort, scale=Scale("counts", "given")), settings_of("tests.counts=deseq2"))
    first, second = cohort.expression.columns[:2]
    assert found.deseq2.test == "likelihood ratio"
    assert set(found.table["P.deseq2"].nsmallest(2).index) == {first, second}
    assert "log2FC.deseq2" not in found.table
    pairs = found.contrasts.set_index("contrast", append=True)
    name = found.contrasts["contrast"].iloc[0]
    assert pairs.loc[(second, name), ["log2FC.deseq2", "stat.deseq2", "P.deseq2"]].tolist() == [0.0, 0.0, 1.0]
    assert pairs.loc[(first, f"{cohort.classes[2]}-{cohort.classes[0]}"), "log2FC.deseq2"] > 2
