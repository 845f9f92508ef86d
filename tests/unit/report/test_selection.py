"""The section on the selection of genes: words chosen by the numbers, the table of the genes chosen most often."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from genereport.analysis import Analysis
from tests.unit.report.drawing import shown
from tests.unit.report.synthetic import four_class, two_class
from tests.unit.report.words import table, words

MANY = "the selection depends strongly on the samples"


def with_selection(**changes: object) -> Analysis:
    return two_class().with_results(selection=replace(two_class().selection, **changes))


@pytest.mark.parametrize(("ever", "genes", "told"), [(99, 50, False), (100, 50, True), (2, 1, True), (1, 1, False)])
def test_a_list_depends_on_the_samples_if_twice_as_many_genes_were_chosen(ever: int, genes: int, told: bool) -> None:
    made = with_selection(ever=ever, genes=genes)
    assert made.selection.depends_on_samples is told
    assert (MANY in words(made, "selection")) is told
    assert json.loads(made.to_json())["selection"]["depends_on_samples"] is told


def test_one_gene_is_told_of_in_the_singular() -> None:
    assert "1 different gene was selected, 1 of them in every part" in words(
        with_selection(ever=1, always=1), "selection"
    )
    assert "This is a large number for lists of 1 gene each" in words(with_selection(ever=2, genes=1), "selection")


def test_the_table_holds_the_twenty_genes_chosen_most_often() -> None:
    stability = two_class().selection.stability
    head, *rows = table(two_class(), "selection", "stability")
    assert head == ("Gene", "Symbol", "Times", "Frequency")
    assert [row[0] for row in rows] == list(stability.index[:20])
    assert [row[2:] for row in rows] == [
        (str(times), f"{100 * share:.1f} %")
        for times, share in stability[["times", "frequency"]].head(20).itertuples(index=False)
    ]
    nameless = with_selection(stability=stability.assign(symbol=""))
    assert table(nameless, "selection", "stability")[0] == ("Gene", "Times", "Frequency")


def test_the_alternative_text_tells_the_range_of_the_bars() -> None:
    selection = two_class().selection
    shares = 100 * selection.stability["frequency"].head(40)
    assert shown(two_class(), "selection", "stability").alt == (
        f"Bars of the 40 most frequently selected genes, from {shares.max():.0f} % down to {shares.min():.0f} % of "
        f"50 training parts; {selection.always} of {selection.ever} genes were selected in all of them."
    )


@pytest.mark.parametrize(("analysis", "test"), [(two_class, "Welch’s t-test"), (four_class, "Welch’s one-way test")])
def test_the_methods_name_the_test_and_the_numbers_of_genes(analysis, test: str) -> None:  # type: ignore[no-untyped-def]
    told = words(analysis(), "selection", "methods")
    assert "The 50 % of genes with the smallest variance were removed" in told
    assert f"the 500 with the smallest p-values of {test} were standardised" in told
    assert "They were reduced to 50 by recursive feature elimination" in told
    assert "(C = 1)" in told
