"""What a notebook shows: the numbers of the results, as the report prints them, and nothing that runs or is fetched."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from genereport.analyses.batch.result import Index
from genereport.analyses.comparison.result import Comparison
from genereport.analyses.comparison.stage import compare
from genereport.analyses.differential.result import Differential
from genereport.analyses.differential.tables import TOP_GENES
from genereport.analyses.models.result import Models, NestedNaming
from genereport.analyses.result import Skipped, Tabled
from genereport.analysis import Analysis
from genereport.display import Shown, to_html
from genereport.formats import count, fixed, interval
from genereport.notebook.view import make_view
from genereport.report.difference import difference
from genereport.report.traced import style_of
from genereport.runs.batch import Outcome
from genereport.runs.index import make_index
from genereport.settings import CompareSettings, resolve
from tests.analyses import counts, deseq2, four_class, nasty, paired, two_class, without_independent_set
from tests.applications import applied, withheld
from tests.unit.report import synthetic


def indexed() -> Index:
    outcome = Outcome(name="c1", status="refused", code="GR101", message="No file.")
    built = Outcome(name="c0", status="built")
    return make_index([built, outcome], {"c0": synthetic.two_class(), "c1": None}, Path("nowhere"))


def one_of_several() -> Analysis:
    return synthetic.with_trend(synthetic.two_class())


def named_inside() -> Analysis:
    """The naming repeated inside the training parts, as the effort ``thorough`` does."""
    made = synthetic.two_class()
    named = pd.DataFrame({"model": ["svm_rbf"], "features": ["all"], "balanced_accuracy": [0.8]}).rename_axis("fold")
    nested = NestedNaming(0.8, 0.7, 0.9, "Nadeau-Bengio", 1, 4, 0, named)
    return made.with_results(models=replace(made.models, nested=nested))


def self_comparison() -> Comparison:
    return compare(synthetic.two_class(), synthetic.two_class(), CompareSettings())


ANALYSES = (
    two_class,
    without_independent_set,
    four_class,
    nasty,
    paired,
    counts,
    deseq2,
    synthetic.two_class,
    synthetic.without_independent_set,
    synthetic.four_class,
    one_of_several,
    named_inside,
    applied,
    withheld,
    indexed,
    self_comparison,
)


def types_of_results(parent: type = Shown) -> Iterator[type]:
    """Every dataclass that shows itself."""
    for kind in parent.__subclasses__():
        if is_dataclass(kind):
            yield kind
        yield from types_of_results(kind)


CLASSES = sorted(set(types_of_results()), key=lambda kind: kind.__name__)


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
        parts = part.values() if isinstance(part, Mapping) else part if isinstance(part, tuple) else (part,)
        for each in parts:
            if type(each) in CLASSES:
                yield from every(each)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_result_has_a_view_of_its_own(kind: type) -> None:
    assert make_view.dispatch(kind) is not make_view.dispatch(object)
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


@pytest.mark.parametrize("analysis", [two_class, four_class, paired], ids=lambda made: made.__name__)
def test_the_first_genes_are_shown_as_the_report_prints_them(analysis) -> None:  # type: ignore[no-untyped-def]
    result = analysis().differential
    assert isinstance(result, Differential)
    texts = Reader(result._repr_html_()).texts
    style = style_of(analysis().settings)
    printed = TOP_GENES.print(result, style, 10)
    heads = [head for column in printed.columns if (head := column.printed_head(style))]
    start = texts.index("Gene")
    assert texts[start : start + len(heads)] == heads
    cells = [cell.text for row in printed.rows for cell in row if cell.text]
    assert texts[start + len(heads) :][: len(cells)] == cells
    assert result.table.index[10] not in texts
    assert f"The first 10 of {count(len(result.table))} rows." in texts
    assert f"{result.bonferroni} by Bonferroni, {result.bh} by BH" in texts


def test_intervals_are_headed_with_the_level_of_the_result() -> None:
    differential = two_class().differential
    assert "95 % CI" in Reader(differential._repr_html_()).texts
    assert "90 % CI" in Reader(replace(differential, confidence=0.9)._repr_html_()).texts


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
    assert "no claim is made about new samples" in page
    assert "On the independent set" not in page


def test_findings_and_reasons_are_told() -> None:
    made = synthetic.two_class().with_results(trust=Skipped("There are too few samples."))
    page = made._repr_html_()
    assert "[GR301] Class and source are confounded in 3 of 4 laboratories." in page
    assert "Not done. There are too few samples." in page
    assert "Not done. No marker class has five" in page
    assert "No number is from a patient." in page
    assert "No number is" not in replace(made, simulated=False)._repr_html_()


def test_names_from_files_are_shown_and_do_nothing() -> None:
    pages = [result._repr_html_() for result in every(nasty())]  # type: ignore[attr-defined]
    assert not re.search("<script|<b>|<u>|<h1>|<i>", "".join(pages))
    assert "&lt;h1&gt;T&lt;/h1&gt; {{7*7}}" in pages[0]
    assert "&lt;b&gt;A&lt;/b&gt;" in pages[0]
    assert any("&lt;script&gt;alert(1)&lt;/script&gt;" in page for page in pages)
    assert "&lt;script&gt;" in Skipped("<script>")._repr_html_()


def test_a_class_name_with_braces_heads_its_column_of_probabilities() -> None:
    made = applied()
    first = made.origin.classes[0]
    braces = replace(
        made,
        origin=replace(made.origin, classes=("{x} {0}", *made.origin.classes[1:])),
        predictions=made.predictions.rename(columns={f"p_{first}": "p_{x} {0}"}),
    )
    shown = make_view(braces).table
    assert shown is not None
    assert shown.heads[3] == "{x} {0}"
    assert shown.total == made.samples


def test_light_and_dark_notebooks_keep_their_colours() -> None:
    colours = re.findall(r"(?:color|background)[^:;\"]*:([^;\"]+)", two_class()._repr_html_())
    assert {"inherit", "transparent"} == set(colours)


@pytest.mark.parametrize("analysis", [two_class, four_class, nasty], ids=lambda made: made.__name__)
def test_the_calls_of_a_view_work(analysis) -> None:  # type: ignore[no-untyped-def]
    for result in every(analysis()):
        for call in make_view(result).calls:
            if call.startswith("."):
                assert eval(f"result{call}", {"result": result}) is not None  # noqa: S307


@pytest.mark.parametrize("analysis", [two_class, four_class, without_independent_set], ids=lambda made: made.__name__)
def test_to_frame_is_a_copy_of_the_table_that_is_shown(analysis) -> None:  # type: ignore[no-untyped-def]
    for result in every(analysis()):
        if isinstance(result, Tabled):
            frame, shown = result.to_frame(), make_view(result).table
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
    assert page.texts[0] == "Comparison of two runs"
    assert any(text.startswith("No material change: ") for text in page.texts)


def test_a_comparison_prints_as_the_command_does() -> None:
    assert repr(self_comparison()) == difference(self_comparison())


def test_what_is_no_result_has_no_html() -> None:
    assert to_html("text") is None
    with pytest.raises(TypeError, match="str"):
        make_view("text")


@pytest.mark.parametrize(
    ("imported", "shown"),
    [("from genereport.analyses.result import Skipped", False), ("from genereport import Settings", True)],
)
def test_results_show_themselves_once_the_front_is_used(imported: str, shown: bool) -> None:
    result = "from genereport.analyses.result import Skipped; print(Skipped('It is.')._repr_html_() is not None)"
    code = f"{imported}\n{result}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(shown)
