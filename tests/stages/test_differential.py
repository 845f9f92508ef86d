"""The table of the comparison: columns, counts, order, contrasts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from genereport.results import Differential
from genereport.stages.base import Upstream
from genereport.stages.differential import DifferentialStage
from tests.factory import make_cohort


def run(cohort) -> Differential:  # type: ignore[no-untyped-def]
    return DifferentialStage(0.05, 0.95).run(cohort, Upstream(), np.random.default_rng(0))


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
    assert list(result.table.columns) == columns
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
