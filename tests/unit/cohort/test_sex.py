"""Sex is read off the sex genes, without the sheet, and only where two sexes are to be seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from genereport.cohort.model import Cohort, Scale
from genereport.cohort.reader import read_cohort
from genereport.cohort.sex import ExpressionSex, infer_sex, recorded_sex, sex_column
from genereport.cohort.value_checks import check_sex
from genereport.settings import PreprocessSettings, resolve
from tests.factory import make_cohort, settings_of

NAMES = ("XIST", "RPS4Y1", "DDX3Y", "KDM5D")


def mixed(names: tuple[str, ...] = NAMES, males: np.ndarray | None = None) -> Cohort:
    """24 samples, every third a male, with log2 values of sex genes; the sheet is right."""
    cohort = make_cohort()
    male = np.arange(24) % 3 == 0 if males is None else males
    rng = np.random.default_rng(5)
    for place, name in enumerate(names):
        high = ~male if name.upper() in ("XIST", "ENSG00000229807") else male
        cohort.expression.iloc[:, place] = np.where(high, 10.0, 5.0) + rng.normal(0, 0.5, 24)
    symbols = [*names, *[""] * (60 - len(names))]
    sex = np.where(male, "M", "F")
    return replace(cohort, genes=cohort.genes.assign(symbol=symbols), samples=cohort.samples.assign(sex=sex))


def infer(cohort: Cohort) -> ExpressionSex:
    return infer_sex(cohort, PreprocessSettings())


def with_sex(cohort: Cohort, row: int, value: object) -> Cohort:
    samples = cohort.samples.copy()
    samples.iloc[row, samples.columns.get_loc("sex")] = value
    return replace(cohort, samples=samples)


def test_the_sex_of_every_sample_is_found() -> None:
    found = infer(mixed())
    assert (found.column, found.separates) == ("sex", ("X", "Y"))
    assert (found.samples["expression"] == found.samples["recorded"]).all()
    assert found.genes["used"].sum() == 3  # XIST, and two of the three genes of the Y chromosome
    assert found.swapped.empty


def test_a_swap_is_found_and_said() -> None:
    cohort = with_sex(with_sex(mixed(), 3, "F"), 5, None)
    found = infer(cohort)
    assert list(found.swapped.index) == ["s03"]
    assert found.samples.loc["s05", ["recorded", "expression"]].tolist() == ["", "female"]
    (finding,) = check_sex(cohort, settings_of())
    assert (finding.code, finding.severity, finding.subject) == ("GR347", "warning", "sex")
    assert "'s03' (recorded as female, male by its genes)" in finding.message
    assert not list(check_sex(mixed(), settings_of()))


@pytest.mark.parametrize(
    "names",
    [
        ("Xist", "Ddx3y", "Uty"),
        ("XIST", "SMCY"),
        ("RPS4Y1",),
        ("XIST",),
        ("ENSG00000229807", "ENSG00000129824"),
        ("DFFRY", "DBY"),
    ],
)
def test_genes_are_known_by_other_names(names: tuple[str, ...]) -> None:
    found = infer(mixed(names))
    assert len(found.genes) == len(names)
    assert (found.samples["expression"] == found.samples["recorded"]).all()


def test_ids_may_be_the_genes() -> None:
    cohort = mixed(("RPS4Y1", "XIST"))
    ids = ["ENSG00000129824.11", "ENSG00000229807", *cohort.genes.index[2:]]
    genes = cohort.genes.assign(symbol="").set_axis(ids)
    named = replace(cohort, genes=genes, expression=cohort.expression.set_axis(ids, axis=1))
    assert list(infer(named).genes["symbol"]) == ["RPS4Y1", "XIST"]


@pytest.mark.parametrize("sex", [np.zeros(24, dtype=bool), np.ones(24, dtype=bool)])
def test_one_sex_is_not_divided(sex: np.ndarray) -> None:
    found = infer(mixed(males=sex))
    assert found.separates == ()
    assert (found.samples["expression"] == "").all()
    assert found.swapped.empty


def test_a_sample_between_the_clusters_or_of_both_sexes_is_unclear() -> None:
    cohort = mixed()
    cohort.expression.iloc[1, 1:4] = 7.5
    cohort.expression.iloc[2, 1:4] = 10.0  # XIST and genes of the Y chromosome
    found = infer(cohort).samples["expression"]
    assert found.iloc[[1, 2]].tolist() == ["unclear", "unclear"]
    assert (found != "unclear").sum() == 22


def test_counts_are_compared_per_million() -> None:
    cohort = mixed()
    depth = np.geomspace(0.2, 5, 24)[:, None]
    counts = np.round(2.0 ** cohort.expression.to_numpy() * depth)
    values = pd.DataFrame(counts, cohort.expression.index, cohort.expression.columns)
    found = infer(replace(cohort, expression=values, scale=Scale("counts", "whole numbers")))
    assert (found.samples["expression"] == found.samples["recorded"]).all()


def test_what_cannot_show_sex_shows_none() -> None:
    assert infer(make_cohort()).genes.empty
    assert infer(make_cohort()).separates == ()
    shares = mixed()
    shares = replace(shares, expression=shares.expression / 20, scale=Scale("beta", "between 0 and 1"))
    assert infer(shares).separates == ()
    few = mixed()
    few = replace(few, expression=few.expression.iloc[:5], samples=few.samples.iloc[:5])
    assert infer(few).separates == ()


def test_the_sheet_is_read_as_it_is_written() -> None:
    column = pd.Series(["M", "f", " Male", "FEMALE", "woman", None, "1", 2.0, "unknown"])
    assert recorded_sex(column).tolist() == ["male", "female", "male", "female", "female", "", "", "", ""]
    sheet = pd.DataFrame({"class": ["a", "b"], "sexuality": ["m", "f"], "Gender (self)": ["m", "f"]})
    assert sex_column(sheet) == "Gender (self)"
    assert sex_column(sheet.assign(**{"Gender (self)": [1, 2]})) == ""
    assert sex_column(sheet[["class"]]) == ""


def test_the_table_names_each_gene_once() -> None:
    table = pd.read_csv(Path("data/sex_genes.tsv"), sep="\t", dtype=str, keep_default_na=False)
    names = [
        name
        for row in table[["symbol", "names", "ensembl_id", "probes"]].to_numpy().tolist()
        for cell in row
        for name in cell.split(";")
        if name
    ]
    assert len(names) == len(set(names))
    assert set(table["chromosome"]) == {"X", "Y"}


def test_golubs_sheet_contradicts_the_genes_in_three_patients(shared_cohorts: Path) -> None:
    """RPS4Y1 (M58459_at) by eye: 2,111 in patient 18 (F), 406 in 2 and 114 in 60 (M); 167 at most in the other F."""
    cohort = read_cohort(resolve(environment={}, assignments=[f"cohort.study={shared_cohorts / 'golub'}"]))
    found = infer(cohort)
    assert found.separates == ("Y",)
    assert list(found.genes.index[found.genes["used"]]) == ["M58459_at", "X56199_at", "U52191_s_at"]
    assert set(found.swapped.index) == {"2", "18", "60"}
    assert list(found.samples.index[found.samples["expression"] == "unclear"]) == ["52"]
    assert any(finding.code == "GR347" for finding in cohort.findings)
