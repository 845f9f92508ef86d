"""The numbers of genes that a page holds."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from genereport.formats import p_value, two
from genereport.report.gene_data import gene_data
from tests.unit.report import synthetic


def held(values: list[float], column: str = "logFC") -> list[float | None]:
    """What the page holds of these values of the first genes."""
    analysis = synthetic.two_class()
    table = analysis.differential.table.head(len(values)).assign(**{column: values})
    made = gene_data(analysis.with_results(differential=replace(analysis.differential, table=table)))
    assert made is not None
    return list(made.columns[column])


def test_numbers_are_shortened_to_nine_digits_or_left_out() -> None:
    assert held([math.pi, -math.e * 1e-9, math.nan, math.inf, 3.0]) == [3.14159265, -2.71828183e-09, None, None, 3.0]


@pytest.mark.parametrize("tie", [2.125, 2.135, -0.375, 0.015])
def test_a_number_beside_a_tie_prints_as_it_does_in_the_report(tie: float) -> None:
    values = [tie, float(np.nextafter(tie, 9)), float(np.nextafter(tie, -9)), tie + 1e-11, tie - 1e-11]
    assert [two(value) for value in held(values) if value is not None] == [two(value) for value in values]


@pytest.mark.parametrize("limit", [0.05, 0.01, 0.001])
def test_a_p_value_beside_a_limit_stays_on_its_side(limit: float) -> None:
    values = [limit, limit - 1e-13, limit + 1e-13]
    assert [p_value(p) for p in held(values, "P.Value") if p is not None] == [p_value(p) for p in values]


def test_genes_that_are_called_by_former_symbols_are_found_by_current_ones() -> None:
    analysis = synthetic.two_class()
    assert "current" not in gene_data(analysis).columns  # type: ignore[union-attr]
    gene = str(analysis.differential.table.index[2])
    renamed = analysis.with_results(biomarkers=replace(analysis.results["biomarkers"], current={gene: "SEPTIN2"}))
    made = gene_data(renamed)
    assert made is not None
    assert list(made.columns["current"][:4]) == ["", "", "SEPTIN2", ""]
