"""The table of the comparison: columns, counts, order, contrasts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats
from statsmodels.stats.multitest import multipletests

from genereport.cohort.model import Cohort
from genereport.results import Differential, Permutations, Skipped
from genereport.settings import DifferentialSettings
from genereport.stages.base import Upstream
from genereport.stages.differential import DifferentialStage
from genereport.stats.ebayes import moderate
from genereport.stats.linear import fit_linear
from tests.factory import make_cohort


def run(cohort: Cohort, permutations: int = 0, collapse: str = "none", **settings: object) -> Differential:
    stage = DifferentialStage(DifferentialSettings(**settings), permutations, collapse=collapse)  # type: ignore[arg-type]
    return stage.run(cohort, Upstream(), np.random.default_rng(0))


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
    assert list(result.table.columns[11:17]) == moderated
    further = "g g.L g.R AUC AUC.L AUC.R P.Wilcoxon adj.P.BY q.Value".split()  # noqa: SIM905
    assert list(result.table.columns[17:]) == further
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


def test_a_gene_that_varies_only_between_the_classes_gets_no_p_value_and_is_not_counted() -> None:
    cohort = make_cohort()
    cohort.expression["g059"] = np.where(cohort.samples["class"] == "A", 1.0, 2.0)
    result = run(cohort)
    assert (result.degenerate, result.tested) == (1, 59)
    assert np.isnan(result.table.loc["g059", "P.Value"])
    assert result.table["P.Bonferroni"].max() <= 1
    smallest = result.table.iloc[0]
    assert smallest["P.Bonferroni"] == pytest.approx(min(1, 59 * smallest["P.Value"]))


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
    np.testing.assert_allclose(one["P.Holm"], multipletests(one["P.Value"], method="holm")[1], rtol=1e-12)


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
    assert result.permutations == Skipped(
        "With covariates in the design the labels are not exchangeable, so nothing was permuted."
    )
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
    columns = ["P.Bonferroni", "P.Holm", "P.maxT", "P.minP", "adj.P.BY", "adj.P.Val", "q.Value"]
    columns += ["P.mod.Bonferroni", "adj.P.mod"]
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
    counts = DifferentialStage(DifferentialSettings(), 0, counts=True).run(cohort, Upstream(), np.random.default_rng(0))
    assert counts.moderation.trend


def with_covariates(cohort: Cohort, **covariates: list[str]) -> Cohort:
    return replace(cohort, samples=cohort.samples.assign(**covariates))
