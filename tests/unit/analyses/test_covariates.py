"""Numeric covariates of a sample sheet against R's lm and limma: tests/reference/covariates.R."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from genereport.analyses.differential.result import Differential, Term
from genereport.analyses.differential.stage import DifferentialStage
from genereport.analyses.preprocessing.stage import PreprocessingStage
from genereport.analyses.stage import Upstream
from genereport.cohort.model import Cohort
from genereport.cohort.reader import read_cohort
from genereport.cohort.units import unit_column
from genereport.settings import resolve

TESTS = Path(__file__).parents[2]


def read(case: str) -> Cohort:
    files = {"expression": TESTS / "cases" / case / "x.tsv", "labels": TESTS / "cases" / case / "s.tsv"}
    return read_cohort(resolve(environment={}, overrides={"cohort": files}))


def compared(cohort: Cohort, formula: str) -> Differential:
    settings = resolve(environment={}, assignments=[f'tests.design="{formula}"', "tests.permutations=0"])
    prepared, _ = PreprocessingStage(settings.preprocess).run(cohort)
    return DifferentialStage(settings).run(prepared, Upstream(), np.random.default_rng(0))


def equal_r(result: Differential, case: str, covariate: str) -> None:
    reference = pd.read_csv(TESTS / "reference" / "covariates.csv").set_index("gene")
    expected = reference[(reference["case"] == case) & (reference["covariate"] == covariate)]
    table = result.table.loc[expected.index]
    for ours, theirs in (("df", "df"), ("logFC", "estimate"), ("t", "t"), ("P.Value", "p")):
        np.testing.assert_allclose(table[ours], expected[theirs], rtol=1e-9, err_msg=ours)
    # The moderated p-value inherits the bound to which limma solves for d0.
    np.testing.assert_allclose(table["P.mod"], expected["moderated_p"], rtol=1e-6)


def test_an_age_with_few_values_is_one_slope() -> None:
    cohort = read("age12")
    result = compared(cohort, "~class+age")
    equal_r(result, "age12", "identity")
    gene = result.table.loc["g1"]
    assert gene["df"] == 9
    assert gene["logFC"] == pytest.approx(2.636325887, rel=1e-9)
    assert gene["t"] == pytest.approx(7.088589330, rel=1e-9)
    assert gene["P.Value"] == pytest.approx(5.738046912e-05, rel=1e-9)
    assert gene["P.mod"] == pytest.approx(1.202534164e-05, rel=1e-9)
    assert (result.method, result.terms) == ("linear model t", (Term("age", "number", 0, 1),))


def test_an_age_that_each_class_has_once_makes_no_pairs() -> None:
    cohort = read("agepair")
    result = compared(cohort, "~class+age")
    equal_r(result, "agepair", "identity")
    gene = result.table.loc["g1"]
    assert (gene["df"], result.bonferroni, result.method) == (21, 7, "linear model t")
    assert gene["t"] == pytest.approx(3.263835610, rel=1e-9)
    assert gene["P.Value"] == pytest.approx(3.709915888e-03, rel=1e-9)
    assert unit_column(cohort.samples, resolve(environment={}, assignments=['tests.design="~class+age"'])) == ""


def test_c_makes_a_factor_of_numbers() -> None:
    cohort = read("agepair")
    decades = replace(cohort, samples=cohort.samples.assign(decade=cohort.samples["age"] // 10))
    result = compared(decades, "~class + C(decade)")
    equal_r(result, "agepair", "tens")
    assert result.terms == (Term("C(decade)", "factor", 4, 3),)
