"""What a notebook shows: the numbers of the results, as the report prints them, and nothing that runs or is fetched."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from genereport import results
from genereport.analyses.batch.result import Index
from genereport.analyses.comparison.result import Comparison
from genereport.analyses.comparison.stage import compare
from genereport.analyses.differential.result import Differential
from genereport.analyses.models.result import Models
from genereport.analyses.result import Skipped, Tabled
from genereport.analysis import Analysis
from genereport.formats import count, fixed, interval, p_value, two
from genereport.notebook.display import display
from genereport.notebook.summary import card
from genereport.runs.batch import Outcome
from genereport.runs.index import make_index
from genereport.settings import CompareSettings, resolve
from tests.analyses import four_class, nasty, paired, two_class, without_independent_set
from tests.applications import applied, withheld
from tests.report import synthetic


def indexed() -> Index:
    outcome = Outcome(name="c1", status="refused", code="GR101", message="No file.")
    built = Outcome(name="c0", status="built")
    return make_index([built, outcome], {"c0": synthetic.two_class(), "c1": None}, Path("nowhere"))


def one_of_several() -> Analysis:
    return synthetic.with_trend(synthetic.two_class())


ANALYSES = (
    two_class,
    without_independent_set,
    four_class,
    nasty,
    paired,
    synthetic.two_class,
    synthetic.without_independent_set,
    synthetic.four_class,
    one_of_several,
    applied,
    withheld,
    indexed,
)
CLASSES = [kind for _, kind in inspect.getmembers(results, is_dataclass)]


class Reader(HTMLParser):
    """Elements, attributes and texts of a page; complains of an element that is not closed in its turn."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts += [data.strip()] if data.strip() else []


def every(value: object) -> Iterator[object]:
    """A result and all results within it."""
    yield value
    for field in fields(value):  # type: ignore[arg-type]
        part = getattr(value, field.name)
        for each in part if isinstance(part, tuple) else (part,):
            if type(each) in CLASSES:
                yield from every(each)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_result_has_a_card_of_its_own(kind: type) -> None:
    assert card.dispatch(kind) is not card.dispatch(object)
    assert callable(kind._repr_html_)  # type: ignore[attr-defined]


@pytest.mark.parametrize("analysis", ANALYSES, ids=lambda made: f"{made.__module__}.{made.__name__}")
def test_every_result_is_shown_and_asks_for_nothing(analysis) -> None:  # type: ignore[no-untyped-def]
    for result in every(analysis()):
        page = Reader(result._repr_html_())  # type: ignore[attr-defined]
        assert page.elements <= set("div table thead tbody tr th td bdi details summary code".split())  # noqa: SIM905
        assert page.attributes <= {"style", "role", "aria-level", "aria-label", "scope", "tabindex", "open"}
        assert page.texts


def test_the_analyses_of_these_tests_hold_every_kind_of_result() -> None:
    found = {type(result) for analysis in ANALYSES for result in every(analysis())}
    assert found == set(CLASSES)


def test_the_first_genes_are_shown_as_the_report_prints_them() -> None:
    result = two_class().differential
    assert isinstance(result, Differential)
    texts = Reader(result._repr_html_()).texts
    for gene, row in result.table.head(10).iterrows():
        start = texts.index(str(gene))
        cells = [two(row["logFC"]), interval(row["CI.L"], row["CI.R"], 2), two(row["AveExpr"]), two(row["t"])]
        cells += [fixed(row["df"], 1), *(p_value(row[name]) for name in ("P.Value", "P.Bonferroni", "adj.P.Val"))]
        assert texts[start + 1 + bool(row["symbol"]) :][: len(cells)] == cells
    assert result.table.index[10] not in texts
    assert f"The first 10 of {count(len(result.table))} rows." in texts
    assert f"{result.bonferroni} by Bonferroni, {result.bh} by BH" in texts


def test_the_named_model_is_shown_with_its_interval_in_both_sets() -> None:
    models = synthetic.two_class().models
    assert isinstance(models, Models)
    texts = Reader(models._repr_html_()).texts
    named = models.metrics.query(f"model == '{models.named.model}' and features == '{models.named.features}'")
    for _, row in named[named["metric"].isin(["balanced_accuracy", "roc_auc"])].iterrows():
        assert f"{fixed(row['estimate'])} ({interval(row['ci_low'], row['ci_high'])})" in texts
    assert texts[texts.index("Named model") + 1] == "Logistic regression, L1 on selected genes"
    assert len([text for text in texts if text == "Majority class"]) == 1


def test_nothing_is_claimed_of_an_independent_set_that_is_not_there() -> None:
    page = without_independent_set().models._repr_html_()
    assert "nothing is claimed of new ones" in page
    assert "On the independent set" not in page


def test_findings_and_reasons_are_told() -> None:
    made = synthetic.two_class().with_results(trust=Skipped("There are too few samples."))
    page = made._repr_html_()
    assert "[GR301] Class and source are confounded in 3 of 4 laboratories." in page
    assert "Not done: There are too few samples." in page
    assert "Not done: No marker class has five genes among the tested ones." in page
    assert "No patient is behind any number." in page
    assert "No patient" not in replace(made, simulated=False)._repr_html_()


def test_names_from_files_are_shown_and_do_nothing() -> None:
    pages = [result._repr_html_() for result in every(nasty())]  # type: ignore[attr-defined]
    assert not re.search("<script|<b>|<u>|<h1>|<i>", "".join(pages))
    assert "&lt;h1&gt;T&lt;/h1&gt; {{7*7}}" in pages[0]
    assert "&lt;b&gt;A&lt;/b&gt;" in pages[0]
    assert any("&lt;script&gt;alert(1)&lt;/script&gt;" in page for page in pages)
    assert "&lt;script&gt;" in display(Skipped("<script>"))


def test_light_and_dark_notebooks_keep_their_colours() -> None:
    colours = re.findall(r"(?:color|background)[^:;\"]*:([^;\"]+)", two_class()._repr_html_())
    assert {"inherit", "transparent"} == set(colours)


@pytest.mark.parametrize("analysis", [two_class, four_class, nasty], ids=lambda made: made.__name__)
def test_what_a_card_leads_on_to_is_there(analysis) -> None:  # type: ignore[no-untyped-def]
    for result in every(analysis()):
        for call in card(result).further:
            if call.startswith("."):
                assert eval(f"result{call}", {"result": result}) is not None  # noqa: S307


@pytest.mark.parametrize("analysis", [two_class, four_class, without_independent_set], ids=lambda made: made.__name__)
def test_to_frame_is_a_copy_of_the_table_that_is_shown(analysis) -> None:  # type: ignore[no-untyped-def]
    for result in every(analysis()):
        if isinstance(result, Tabled):
            frame, shown = result.to_frame(), card(result).grid
            assert shown is not None
            assert len(frame) == shown.total or isinstance(result, Models)
            frame.loc[:, "new"] = 1
            assert "new" not in result.to_frame()


def test_settings_show_what_differs_from_the_defaults() -> None:
    page = resolve(environment={}, overrides={"seed": 7, "report": {"title": "<b>"}})._repr_html_()
    texts = Reader(page).texts
    assert texts[1:5] == ["seed", "7", "report.title", "<b>"]
    assert "&lt;b&gt;" in page
    assert "All settings have their defaults." in resolve(environment={})._repr_html_()


def test_a_comparison_shows_its_verdict_first() -> None:
    page = Reader(self_comparison()._repr_html_())
    assert page.texts[0] == "Two runs compared"
    assert any(text.startswith("No material change: ") for text in page.texts)


def self_comparison() -> Comparison:
    return compare(synthetic.two_class(), synthetic.two_class(), CompareSettings())


def test_what_is_no_result_has_no_card() -> None:
    with pytest.raises(TypeError, match="str"):
        display("text")
