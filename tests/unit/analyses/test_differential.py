"""The table of the comparison: columns, counts, order, contrasts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats
from statsmodels.stats.multitest import multipletests

from genereport.analyses.differential import stage as differential
from genereport.analyses.differential.result import Differential, Permutations, StandIns
from genereport.analyses.differential.stage import DifferentialStage
from genereport.analyses.result import Skipped
from genereport.analyses.stage import Upstream
from genereport.cohort.design import make_design
from genereport.cohort.model import Cohort, Scale
from genereport.errors import NotApplicable
from genereport.stats.block import block_correlation, block_matrix
from genereport.stats.ebayes import moderate
from genereport.stats.linear import fit_linear, linear_test
from tests.factory import make_cohort, settings_of


def run(cohort: Cohort, permutations: int = 0, collapse: str = "none", **settings: object) -> Differential:
    asked = [f"tests.{name}={json.dumps(value)}" for name, value in settings.items()]
    asked += [f"tests.permutations={permutations}", f"preprocess.collapse={collapse}"]
    return DifferentialStage(settings_of(*asked)).run(cohort, Upstream(), np.random.default_rng(0))


def test_the_table_equals_scipy_and_statsmodels() -> None:
    cohort = make_cohort(test=(3, 3))
    result = run(cohort)
    train = cohort.subset("train")
    a, b = (train.expression[train.samples["class"] == name] for name in "AB")
    oracle = stats.ttest_ind(b, a, equal_var=False)
    table = result.table.loc[cohort.expression.columns]
    np.testing.assert_allclose(table["P.Value"], oracle.pvalue, rtol=1e-10)
    np.testing.assert_allclose(table["t"], oracle.statistic, rtol=1e-10)
    np.testing.assert_allclose(table["CI.L"], oracle.confidence_interval().low, rtol=1e-10)
    np.testing.assert_allclose(table["logFC"], b.mean() - a.mean(), rtol=1e-10)
    for column, method in (("P.Bonferroni", "bonferroni"), ("P.Holm", "holm"), ("adj.P.Val", "fdr_bh")):
        np.testing.assert_allclose(table[column], multipletests(oracle.pvalue, method=method)[1], rtol=1e-10)


def test_columns_are_those_of_the_contract() -> None:
    columns = "symbol logFC CI.L CI.R AveExpr t df P.Value P.Bonferroni P.Holm adj.P.Val".split()  # noqa: SIM905
    result = run(make_cohort())
    assert list(result.table.columns[:11]) == columns
    moderated = "t.mod df.mod P.mod P.mod.Bonferroni adj.P.mod B".split()  # noqa: SIM905
    assert list(result.table.columns[11:18]) == ["test", *moderated]
    further = "g g.L g.R AUC AUC.L AUC.R P.Wilcoxon adj.P.BY q.Value".split()  # noqa: SIM905
    assert list(result.table.columns[18:]) == further
    assert result.table.index.name == "gene"
    assert result.table["P.Value"].is_monotonic_increasing
    assert len(result.contrasts) == 0


def test_counts_agree_with_the_table() -> None:
    result = run(make_cohort(effect=3))
    kept = result.table[result.table["P.Bonferroni"] < 0.05]
    assert result.bonferroni == len(kept) >= 5
    assert result.up == (kept["logFC"] > 0).sum()
    assert result.tested == len(result.table)
    assert result.bonferroni <= result.holm <= result.bh


def test_a_gene_that_does_not_vary_gets_no_p_value_and_has_no_part_in_the_prior() -> None:
    cohort = make_cohort()
    others = run(replace(cohort, expression=cohort.expression.iloc[:, :59], genes=cohort.genes.iloc[:59]))
    cohort.expression["g059"] = 8.1
    result = run(cohort, 50)
    assert (result.degenerate, result.tested, result.moderation.genes) == (1, 59, 59)
    gene = result.table.loc["g059"]
    assert gene[["P.Value", "P.mod", "t.mod", "P.maxT"]].isna().all()
    assert gene["test"] == ""
    assert (result.moderation.df, result.moderation.variance) == (others.moderation.df, others.moderation.variance)
    columns = ["P.Bonferroni", "P.mod.Bonferroni", "B", "q.Value"]
    pd.testing.assert_frame_equal(result.table.loc[others.table.index, columns], others.table[columns])
    assert result.permutations.genes == 59


def test_two_classes_that_a_gene_tells_apart_without_variance_are_compared_by_what_is_defined() -> None:
    cohort = make_cohort(train=(9, 7))
    target = (cohort.samples["class"] == "B").to_numpy()
    values = cohort.expression
    values["g010"] = np.where(target, 2.0, 1.0)  # no class varies
    values["g011"] = np.where(target, values["g011"], 7.1)  # one does not: Welch's t is defined
    values.loc[values.index[target][1:], "g012"] = np.nan
    result = run(cohort, 400)
    table = result.table
    assert table.loc[["g010", "g011", "g012", "g013"], "test"].tolist() == ["rank", "Welch", "equal variance", "Welch"]
    assert (result.degenerate, result.tested) == (0, 60)
    assert result.stand_ins == StandIns(equal_variance=1, rank=1, moderated=0, total=2)
    assert table.loc["g010", "P.Value"] == stats.mannwhitneyu([2.0] * 7, [1.0] * 9, method="asymptotic").pvalue
    assert table.loc["g010", ["t", "df", "CI.L", "g"]].isna().all()
    welch = stats.ttest_ind(values["g011"][target], values["g011"][~target], equal_var=False)
    assert table.loc["g011", "P.Value"] == pytest.approx(welch.pvalue, rel=1e-10)
    one = values["g012"][target].dropna()
    equal = stats.ttest_ind(one, values["g012"][~target])
    assert table.loc["g012", ["t", "df", "P.Value"]].tolist() == pytest.approx([equal.statistic, 8, equal.pvalue])
    # every gene has a moderated p-value, and counts
    np.testing.assert_allclose(table["P.mod.Bonferroni"], np.minimum(1, 60 * table["P.mod"]))
    assert table["P.mod"].idxmin() == "g010"
    # a gene of one value in a class has no Welch t under relabelling; the one without variance has the largest there is
    assert (result.permutations.genes, np.isnan(table.loc["g012", "P.maxT"])) == (59, True)
    assert table.loc["g010", "P.maxT"] == table["P.maxT"].min() == 1 / 400


def test_several_classes_of_which_a_gene_is_constant_in_one_are_compared_by_equal_variances() -> None:
    cohort = make_cohort(train=(9, 8, 7))
    codes = cohort.codes
    cohort.expression["g020"] = np.where(codes == 0, -0.65, cohort.expression["g020"] + 5 * codes)
    cohort.expression["g021"] = np.array([1.0, 3.0, 3.0])[codes]
    result = run(cohort)
    assert result.table.loc[["g020", "g021"], "test"].tolist() == ["equal variance", "rank"]
    groups = [cohort.expression["g020"][codes == number] for number in range(3)]
    found = stats.f_oneway(*groups)
    row = result.table.loc["g020", ["F", "df1", "df2", "P.Value"]].tolist()
    assert row == pytest.approx([found.statistic, 2, 21, found.pvalue], rel=1e-9)
    assert result.table.loc["g021", "P.Value"] == pytest.approx(stats.chi2.sf(23, 2))
    assert result.stand_ins == StandIns(equal_variance=1, rank=1, moderated=0, total=2)
    assert (result.tested, result.bonferroni) == (60, (result.table["P.Bonferroni"] < 0.05).sum())
    pairs = result.contrasts.loc["g021"].set_index("contrast")
    assert pairs["test"].tolist() == ["rank", "rank", "moderated"]  # B and C are equal to the last digit
    assert pairs.loc["C-B", ["t", "P.Value"]].tolist() == pytest.approx([0, 1], abs=1e-6)
    assert result.contrasts["P.Holm.pairs"].notna().all()


def test_limmas_moderated_test_stands_in_where_a_design_leaves_no_variance() -> None:
    cohort = with_covariates(make_cohort(train=(9, 9)), centre=list("xyz" * 6))
    target, centre = cohort.codes, cohort.samples["centre"].map({"x": 0.0, "y": 1.0, "z": 3.0})
    cohort.expression["g030"] = 6 + target + centre
    result = run(cohort, design="~ class + centre")
    gene = result.table.loc["g030"]
    assert (gene["test"], result.stand_ins) == ("moderated", StandIns(0, 0, 1, 1))
    assert gene[["t", "df", "P.Value"]].tolist() == gene[["t.mod", "df.mod", "P.mod"]].tolist()
    assert gene["CI.L"] < 1 < gene["CI.R"]


def test_a_cohort_without_variance_within_the_classes_is_compared_by_ranks_and_not_moderated() -> None:
    cohort = make_cohort(train=(12, 12))
    cohort.expression.loc[:] = np.where(cohort.samples["class"] == "A", 5.0, 6.0)[:, None]
    result = run(cohort, 100)
    assert set(result.table["test"]) == {"rank"}
    assert (result.tested, result.bonferroni, result.stand_ins.rank) == (60, 60, 60)
    assert isinstance(result.moderation, Skipped)
    assert result.table["P.mod"].isna().all()
    cohort.expression.loc[:] = 5.0
    with pytest.raises(NotApplicable, match="No gene varies"):
        run(cohort)


def test_correlated_samples_are_compared_by_a_linear_model_that_allows_for_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cohort = make_cohort(train=(12, 12), effect=3)
    block = np.arange(24) // 2  # two samples a patient
    shift = np.random.default_rng(1).normal(size=(12, 60))
    cohort.expression.loc[:] += shift[block]
    design = replace(make_design(cohort, "~ class"), unit="patient", block=block)
    monkeypatch.setattr(differential, "make_design", lambda *_: design)
    result = run(cohort, 100)
    x, matrix = cohort.expression.to_numpy(), design.matrix
    consensus = block_correlation(x, matrix, block).consensus
    fit = fit_linear(x, matrix, design.contrasts, correlation=block_matrix(block, consensus))
    assert (result.method, result.unit, result.correlation) == ("linear model t", "patient", consensus)
    assert 0.3 < consensus < 0.7
    table = result.table.loc[cohort.expression.columns]
    np.testing.assert_array_equal(table["P.Value"], linear_test(fit).p[0])
    np.testing.assert_array_equal(table["P.mod"], moderate(fit).p[0])
    assert (table["df"] == 22).all()
    assert table[["g.L", "g.R", "AUC.L", "AUC.R", "P.Wilcoxon"]].isna().all(axis=None)
    assert table[["g", "AUC"]].notna().all(axis=None)
    assert isinstance(result.permutations, Skipped)
    assert "patient are correlated" in result.permutations.skipped
    # units of one sample say nothing: samples are independent
    monkeypatch.setattr(differential, "make_design", lambda *_: replace(design, block=np.r_[0, 0, 1:23]))
    alone = run(cohort)
    assert (alone.method, alone.unit, alone.correlation, alone.independent) == ("Welch t", "patient", None, True)


def test_correlated_samples_of_several_classes_are_compared_likewise(monkeypatch: pytest.MonkeyPatch) -> None:
    cohort = make_cohort(train=(8, 8, 8))
    block = np.arange(24) // 2
    design = replace(make_design(cohort, "~ class"), unit="patient", block=block)
    monkeypatch.setattr(differential, "make_design", lambda *_: design)
    result = run(cohort)
    assert (result.method, result.independent) == ("linear model F", False)
    assert result.contrasts["P.Value"].notna().all()
    assert result.contrasts["P.Wilcoxon"].isna().all()


def test_a_real_cohort_of_four_classes_has_limmas_genes(shared_cohorts: Path) -> None:
    """In R, on expression.tsv (x) and samples.tsv (s):

    p <- topTable(eBayes(lmFit(x, model.matrix(~class, s))), coef = 2:4, n = Inf)$P.Value
    sum(p * length(p) < 0.05); min(p)
    """
    values = pd.read_csv(shared_cohorts / "khan" / "expression.tsv", sep="\t", index_col=0).T
    classes = pd.read_csv(shared_cohorts / "khan" / "samples.tsv", sep="\t", index_col=0)["class"].loc[values.index]
    result = run(as_cohort(values, classes))
    assert (result.moderation.bonferroni, result.tested) == (327, 2308)
    assert result.table["P.mod"].min() == pytest.approx(1.89882003578e-23, rel=1e-9)
    assert (result.moderation.df, result.moderation.variance) == pytest.approx((9.81458434020, 0.283337927950))


def test_one_class_that_is_constant_takes_no_gene_from_limma(shared_cohorts: Path) -> None:
    """In R, on x.tsv and s.tsv of the case onoff3 (f$F.p.value of the fit itself tests the intercept, too):

    f <- eBayes(lmFit(x, model.matrix(~class, s))); topTable(f, coef = 2:3, n = Inf)[c("g1", "g2"), "P.Value"]
    f$F.p.value[1:2]; oneway.test(x[1, ] ~ s$class, var.equal = TRUE)$p.value
    """
    case = shared_cohorts.parent / "cases" / "onoff3"
    values = pd.read_csv(case / "x.tsv", sep="\t", index_col=0).T
    classes = pd.read_csv(case / "s.tsv", sep="\t", index_col=0)["class"].loc[values.index]
    result = run(as_cohort(values, classes))
    assert (result.tested, result.bonferroni, result.moderation.bonferroni) == (300, 1, 1)
    assert result.table.loc[["g1", "g2"], "P.mod"].tolist() == pytest.approx([2.631339489e-11, 4.157069881e-01])
    assert result.table.loc["g1", "P.Value"] == pytest.approx(7.94540692083e-25)
    matrix = pd.get_dummies(classes, dtype=float).assign(a=1.0).to_numpy()
    every = moderate(fit_linear(values.to_numpy(), matrix, np.eye(3)))
    assert every.f_p[:2] == pytest.approx([5.204588549e-12, 0.3528415285])


def test_several_classes_get_an_omnibus_test_and_every_contrast() -> None:
    cohort = make_cohort(train=(10, 9, 8))
    result = run(cohort)
    assert result.method == "Welch F"
    assert list(result.table.columns[:5]) == ["symbol", "AveExpr", "F", "df1", "df2"]
    assert result.contrasts["contrast"].unique().tolist() == ["B-A", "C-A", "C-B"]
    values = cohort.expression
    groups = [values[cohort.samples["class"] == name] for name in "ABC"]
    pair = result.contrasts[result.contrasts["contrast"] == "C-B"].loc[values.columns]
    np.testing.assert_allclose(
        pair["P.Value"], stats.ttest_ind(groups[2], groups[1], equal_var=False).pvalue, rtol=1e-10
    )
    one = result.contrasts.loc["g000"]
    np.testing.assert_allclose(one["P.Holm.pairs"], multipletests(one["P.Value"], method="holm")[1], rtol=1e-12)


def test_a_missing_value_is_left_out_of_its_gene_alone() -> None:
    cohort = make_cohort()
    before = run(cohort).table
    cohort.expression.iloc[0, 5] = np.nan
    after = run(cohort).table
    others = before.index.drop("g005")
    pd.testing.assert_series_equal(after.loc[others, "P.Value"], before.loc[others, "P.Value"])
    a = cohort.expression.loc[cohort.samples["class"] == "A", "g005"].dropna()
    b = cohort.expression.loc[cohort.samples["class"] == "B", "g005"]
    assert after.loc["g005", "P.Value"] == pytest.approx(stats.ttest_ind(b, a, equal_var=False).pvalue, rel=1e-10)


def test_a_design_adjusts_the_table_and_the_moderated_tests() -> None:
    cohort = with_covariates(make_cohort(train=(9, 9)), centre=list("xyz" * 6))
    result = run(cohort, 50, design="~ class + centre")
    assert (result.method, result.design, result.covariates) == ("linear model t", "~ class + centre", ("centre",))
    frame = cohort.samples.assign(y=cohort.expression["g003"], target=(cohort.samples["class"] == "B").astype(float))
    oracle = smf.ols("y ~ target + C(centre)", frame).fit()
    gene = result.table.loc["g003"]
    assert gene["logFC"] == pytest.approx(oracle.params["target"], rel=1e-10)
    assert gene["P.Value"] == pytest.approx(oracle.pvalues["target"], rel=1e-10)
    assert (gene["CI.L"], gene["CI.R"]) == pytest.approx(tuple(oracle.conf_int().loc["target"]), rel=1e-10)
    assert gene["df"] == oracle.df_resid == 14
    assert result.permutations == Skipped("With covariates in the design, the labels are not exchangeable.")
    assert "P.maxT" not in result.table


def test_partners_are_compared_by_the_paired_t_test_and_permuted_within_pairs() -> None:
    patients = [f"p{number}" for number in [*range(8), *range(7, -1, -1)]]
    cohort = with_covariates(make_cohort(train=(8, 8)), patient=patients)
    result = run(cohort, 300, design="~ class + patient")
    values = cohort.expression.set_axis(pd.MultiIndex.from_arrays([cohort.samples["class"], patients]))
    oracle = stats.ttest_rel(values.loc["B"].sort_index(), values.loc["A"].sort_index())
    table = result.table.loc[values.columns]
    assert result.method == "paired t"
    np.testing.assert_allclose(table["P.Value"], oracle.pvalue, rtol=1e-10)
    np.testing.assert_allclose(table["logFC"], values.loc["B"].mean() - values.loc["A"].mean(), rtol=1e-10)
    assert isinstance(result.permutations, Permutations)
    assert (result.permutations.statistic, result.permutations.count, result.permutations.complete) == (
        "paired t",
        256,
        True,
    )
    # two labellings of 256, the observed and its mirror image, are as extreme as a gene can be
    assert table["P.perm"].min() == 2 / 256


def test_a_lone_partner_is_left_out_of_the_paired_test() -> None:
    """As in R, where lm(x ~ class + patient) gives the t of t.test(paired = TRUE) on the whole pairs."""
    cohort = make_cohort(train=(8, 7))
    cohort = replace(with_covariates(cohort, patient=[*range(8), *range(7)]), unit="patient")
    result = run(cohort, 64)
    values = cohort.expression.to_numpy()
    oracle = stats.ttest_rel(values[8:], values[:7])
    table = result.table.loc[cohort.expression.columns]
    assert (result.method, result.design, result.unit, result.lone) == ("paired t", "~ class + patient", "patient", 1)
    np.testing.assert_allclose(table["t"], oracle.statistic, rtol=1e-10)
    np.testing.assert_allclose(table["P.Value"], oracle.pvalue, rtol=1e-10)
    assert set(table["df"]) == {6}
    frame = pd.DataFrame({"x": values[:, 3], "c": cohort.codes, "p": cohort.samples["patient"].to_numpy()})
    linear = smf.ols("x ~ c + C(p)", frame).fit()
    assert table["t"].iloc[3] == pytest.approx(linear.tvalues["c"], rel=1e-9)
    assert isinstance(result.permutations, Permutations)


def test_student_is_student() -> None:
    cohort = make_cohort()
    a, b = (cohort.expression[cohort.samples["class"] == name] for name in "AB")
    found = run(cohort, method="student")
    assert found.method == "Student t"
    np.testing.assert_allclose(found.table["P.Value"].loc[a.columns], stats.ttest_ind(b, a).pvalue, rtol=1e-10)
    assert run(make_cohort(train=(8, 8, 8)), method="student").method == "F"


def test_permutations_are_counted_and_told() -> None:
    result = run(make_cohort(effect=3), 500)
    permutations = result.permutations
    assert isinstance(permutations, Permutations)
    assert (permutations.statistic, permutations.count, permutations.complete) == ("Welch t", 500, False)
    assert permutations.smallest_p == 1 / 500
    assert permutations.max_t == (result.table["P.maxT"] < 0.05).sum() >= 5
    assert (result.table["P.maxT"] >= result.table["P.perm"]).all()
    assert result.table["P.perm"].min() == 1 / 500
    assert isinstance(run(make_cohort()).permutations, Skipped)


def test_every_adjustment_is_counted_from_its_column() -> None:
    result = run(make_cohort(effect=3), 200)
    columns = [
        "P.Bonferroni",
        "P.Holm",
        "P.maxT",
        "adj.P.Val",
        "q.Value",
        "P.mod.Bonferroni",
        "adj.P.mod",
        "adj.P.BY",
        "P.minP",
    ]
    assert result.kept["genes"].tolist() == [(result.table[column] < 0.05).sum() for column in columns]
    assert result.moderation.bonferroni == result.kept.loc["Bonferroni, moderated", "genes"]
    assert (result.kept["controls"] == "FDR").sum() == 4


def test_pairs_of_classes_are_counted_from_the_contrasts() -> None:
    result = run(make_cohort(train=(10, 9, 8)))
    for name, row in result.pairs.iterrows():
        part = result.contrasts[result.contrasts["contrast"] == name]
        kept = part["P.Value"] * len(part) < 0.05
        assert (row["tested"], row["bonferroni"]) == (60, kept.sum())
        assert row["up"] == (kept & (part["logFC"] > 0)).sum()
        assert row["gene"] == part["P.Value"].idxmin()
    assert result.pairs.index.tolist() == ["B-A", "C-A", "C-B"]
    moderated = result.contrasts.groupby("contrast")["P.mod"].min()
    assert (moderated < 1e-4).all()


def test_one_probe_stands_for_its_gene_where_that_is_asked_for() -> None:
    cohort = make_cohort()
    symbols = ["", "", *("TWIN" for _ in range(3)), *("" for _ in range(55))]
    cohort = replace(cohort, genes=cohort.genes.assign(symbol=symbols))
    cohort.expression["g003"] += 5
    cohort.expression["g004"] *= 3
    assert run(cohort).tested == 60
    assert set(run(cohort, collapse="highest_mean").table.query("symbol == 'TWIN'").index) == {"g004"}
    cohort.expression["g004"] -= 20
    assert set(run(cohort, collapse="highest_mean").table.query("symbol == 'TWIN'").index) == {"g003"}
    assert set(run(cohort, collapse="highest_variance").table.query("symbol == 'TWIN'").index) == {"g004"}
    assert run(cohort, collapse="highest_mean").tested == 58


def test_moderation_is_told_and_keeps_out_what_is_not_tested() -> None:
    cohort = make_cohort()
    result = run(cohort)
    fit = fit_linear(cohort.expression.to_numpy(), np.column_stack([np.ones(24), cohort.codes]), np.array([[0.0], [1]]))
    prior = moderate(fit).prior
    assert result.moderation.df == (prior.overall if np.isfinite(prior.overall) else None)
    assert result.moderation.variance == pytest.approx(prior.variance[0])
    assert run(cohort, robust=True).moderation.robust
    assert run(cohort, trend=True).moderation.trend


def as_cohort(values: pd.DataFrame, classes: pd.Series) -> Cohort:
    """All samples for training, their values as they are."""
    genes = pd.DataFrame({"symbol": "", "description": "", "control": False}, index=values.columns.rename("gene"))
    samples = pd.DataFrame({"class": classes, "set": "train"}, index=values.index)
    return Cohort(values, samples, genes, tuple(sorted(set(classes))), Scale("log2", "as they are"))


def with_covariates(cohort: Cohort, **covariates: list[str]) -> Cohort:
    return replace(cohort, samples=cohort.samples.assign(**covariates))
