"""The pages of an application: every number leads back to its results; a check that was overridden marks every page."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from matplotlib.figure import Figure as MatplotlibFigure

from genereport.analyses.new_samples.figures import draw_cloud, draw_shift
from genereport.analyses.new_samples.result import Applied, Move
from genereport.plotting.style import marker
from genereport.report.document import Document, Figure, Items, Note, Paragraph, Section, Table, Value, inlines, numbers
from genereport.report.new_samples import compose_applied
from genereport.report.render import to_html, to_pdf
from genereport.report.value_ids import agrees, resolve
from genereport.runs.verify import check_numbers, printed_numbers
from genereport.summary import applied_summary
from tests import applications

NAMES = ("applied", "unlabelled", "withheld", "overridden", "four_class")
ALLOWED = (
    r"log2|SHA-256|L1|L2|Scale as in training \(0\), of the same kind \(1\) or of another kind \(2\)|"
    r"the first \d+ are shown|minus 1\.5 times the share expected"
)
"""What may hold digits without being a number of the results."""


@cache
def made(name: str) -> tuple[Applied, dict[str, Any], Document]:
    applied = getattr(applications, name)()
    return applied, json.loads(applied.to_json()), compose_applied(applied)


@pytest.mark.parametrize("name", NAMES)
def test_no_number_is_printed_that_cannot_be_traced(name: str) -> None:
    texts = [part for block in made(name)[2].walk() for part in inlines(block) if isinstance(part, str)]
    assert [text for text in texts if re.search(r"\d", re.sub(ALLOWED, "", text))] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_number_says_what_stands_under_its_id(name: str) -> None:
    _, content, document = made(name)
    values = [part for block in document.walk() for part in inlines(block) if isinstance(part, Value)]
    assert len(values) > 100
    for value in values:
        assert agrees(value.text, resolve(content, value.id)), value


@pytest.mark.parametrize("name", NAMES)
def test_the_page_holds_numbers_that_agree(name: str) -> None:
    _, content, document = made(name)
    printed = printed_numbers(to_html(document))
    assert len(printed) > 100
    assert list(check_numbers(printed, content)) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_reference_has_a_target_and_every_figure_a_text(name: str) -> None:
    document = made(name)[2]
    labels = numbers(document)
    for block in document.walk():
        for part in inlines(block):
            assert getattr(part, "kind", "") != "ref" or part.target in labels  # type: ignore[union-attr]
        if isinstance(block, Figure):
            assert isinstance(block.drawn.figure, MatplotlibFigure)
            assert len(block.alt) > 60
        if isinstance(block, Table):
            assert all(len(row) == len(block.columns) for row in block.rows)


def test_withheld_predictions_are_on_no_page() -> None:
    document = made("withheld")[2]
    ids = {block.id for block in document.walk() if isinstance(block, Figure | Table)}
    assert not ids & {"tab-predictions", "fig-probabilities", "tab-applied", "fig-roc-applied"}
    assert document.banner.endswith("Predictions withheld")
    assert "predictions.tsv" in to_html(document)


def test_every_page_says_what_was_overridden(tmp_path: Path, poppler: None) -> None:
    applied, _, document = made("overridden")
    told = f"Overridden: {', '.join(applied.gate.overridden)}"
    assert told in to_html(document)
    (tmp_path / "a.pdf").write_bytes(to_pdf(document))
    text = subprocess.run(["pdftotext", tmp_path / "a.pdf", "-"], capture_output=True, text=True, check=True).stdout
    pages = [" ".join(page.split()) for page in text.split("\f")[:-1]]
    assert len(pages) > 3
    assert all(told in page for page in pages)
    assert all("Simulated cohort: no patient data" in page for page in pages)


def test_figures_show_the_values_of_the_results() -> None:
    applied = made("applied")[0]
    drawn = draw_cloud(applied).figure.axes[0]
    used = {marker(level) for level in range(len(applied.origin.classes))}
    points = sum(len(line.get_xdata()) for line in drawn.lines if line.get_marker() in used)  # type: ignore[arg-type]
    assert points == applied.samples
    heights = draw_shift(applied).figure.axes[0].patches
    assert sum(patch.get_height() for patch in heights) == applied.shift["shift"].notna().sum()  # type: ignore[attr-defined]


def test_the_summary_names_each_check_and_what_would_override_it() -> None:
    told = applied_summary(made("withheld")[0])
    for name in made("withheld")[0].gate.stopping:
        assert f"--override {name}" in told
    assert re.search(r"scale +do not interpret", told)
    assert "Errors: " in applied_summary(made("applied")[0])
    assert "(overridden)" in applied_summary(made("overridden")[0])


def words(block: Paragraph | Note | Figure) -> str:
    """What a block says, without its ids."""
    paragraph = block if isinstance(block, Paragraph) else block.body if isinstance(block, Note) else block.caption
    return "".join(part if isinstance(part, str) else getattr(part, "text", "") for part in inlines(paragraph))


def text_of(applied: Applied, id: str) -> str:  # noqa: A002
    """What a section of an application says, without captions and tables."""
    (section,) = (block for block in compose_applied(applied).walk() if isinstance(block, Section) and block.id == id)
    said = [item for block in section.walk() if isinstance(block, Items) for item in block.items]
    said += [block for block in section.walk() if isinstance(block, Paragraph | Note)]
    return "\n".join(map(words, said))


def with_measures(applied: Applied, check: str, **values: float) -> Applied:
    """The application with other values of some measures of a check."""
    table = applied.gate.measures.copy()
    for name, value in values.items():
        table.loc[(table["check"] == check) & (table["measure"] == name), "value"] = value
    return replace(applied, gate=replace(applied.gate, measures=table))


@cache
def four_labelled() -> Applied:
    """Four classes as if every sample had a label, and so a move along a difference of classes."""
    found, labelled = made("four_class")[0], made("applied")[0]
    return replace(found, labelled=found.samples, gate=replace(found.gate, measures=labelled.gate.measures))


def test_each_check_is_called_alike_in_the_list_and_in_the_table() -> None:
    document = made("applied")[2]
    (items,) = (block for block in document.walk() if isinstance(block, Items))
    (checks,) = (block for block in document.walk() if isinstance(block, Table) and block.id == "tab-gate")
    assert [words(item).split(":")[0] for item in items.items] == list(dict.fromkeys(row[0] for row in checks.rows))


@pytest.mark.parametrize(
    ("level", "push", "move", "told"),
    [
        (1, 0.5, Move(1, 1, away=False), "between B and the other classes (standard error 0.04), towards B;"),
        (1, -0.5, Move(1, 1, away=True), "between B and the other classes (standard error 0.04), away from B;"),
        (0, 0.5, Move(0, 0, away=False), "between A and the other classes (standard error 0.04), towards A;"),
        (0, -0.5, Move(0, 0, away=True), "between A and the other classes (standard error 0.04), away from A;"),
    ],
)
def test_a_move_of_several_classes_is_towards_one_or_away_from_it(
    level: int, push: float, move: Move, told: str
) -> None:
    applied = with_measures(four_labelled(), "batch", push=push, **{"class": level})
    assert applied.move == move
    assert f"the samples are shifted by {push:.2f} times the distance {told}".replace("-", "−", 1) in text_of(
        applied, "sec-comparability"
    ).replace("-", "−")


def test_a_move_between_two_classes_is_towards_one_of_them() -> None:
    applied = with_measures(made("applied")[0], "batch", push=-0.25, error=float("nan"))
    assert applied.move == Move(1, 0, away=False)
    told = "between AML and ALL (too few samples for a standard error), towards ALL; the cosine"
    assert told in text_of(applied, "sec-comparability")
    assert with_measures(applied, "batch", push=0.25).move == Move(1, 1, away=False)
    assert made("unlabelled")[0].move is None


def test_no_move_is_told_where_nothing_separates_the_classes() -> None:
    applied = with_measures(made("applied")[0], "batch", push=float("nan"))
    assert applied.move is None
    assert "The classes of the training set do not differ, so" in text_of(applied, "sec-comparability")


def test_verdicts_are_stored_and_do_not_hinder_reading_back() -> None:
    applied, content, _ = made("applied")
    assert content["fully_labelled"] is True
    assert content["move"] == {"contrast": 1, "direction": 0, "away": False}
    assert json.loads(made("unlabelled")[0].to_json())["move"] is None
    assert Applied.from_json(applied.to_json()).to_json() == applied.to_json()


def test_checks_that_were_overridden_are_not_given_as_the_reason() -> None:
    withheld = made("withheld")[0]
    *overridden, last = withheld.gate.stopping
    applied = replace(withheld, gate=replace(withheld.gate, overridden=tuple(overridden)))
    assert f"Predictions are withheld because of the outcome of this check: {last}." in text_of(
        applied, "sec-comparability"
    )
    assert compose_applied(applied).mark == f"Overridden: {', '.join(overridden)} · Predictions withheld"


def test_a_covariate_and_other_ids_are_told() -> None:
    applied = made("applied")[0]
    gate = replace(
        applied.gate,
        covariate="plate",
        covariate_p=0.0004,
        covariate_pure=True,
        style_new="numbers",
        example_new="7157",
    )
    settings = {**applied.settings, "report": {**applied.settings["report"], "p_values": "AMA"}}
    told = text_of(replace(applied, gate=gate, settings=settings), "sec-comparability")
    assert "covariate plate is associated with the class (P < .001), and each of its values occurs in one class" in told
    assert "such as SIM00204_at; those of the new matrix are numbers, such as 7157." in told
    assert "(P = .22 for at least as many)" in told
    assert "such as SIM00204_at; those of the new matrix are of the same kind." in text_of(applied, "sec-comparability")


def test_of_many_samples_the_first_are_listed_with_their_own_distances() -> None:
    found = made("applied")[0]
    many = [pd.concat([table, table.iloc[:10]], ignore_index=True) for table in (found.arrays, own_predictions(found))]
    applied = replace(found, samples=44, labelled=44, arrays=many[0].rename_axis("sample"), predictions=many[1])
    assert "In the table, the first 40 are shown." in text_of(applied, "sec-predictions")
    assert "are shown" not in text_of(found, "sec-predictions")
    (table,) = (b for b in compose_applied(applied).walk() if isinstance(b, Table) and b.id == "tab-predictions")
    assert len(table.rows) == 40
    assert [getattr(row[-2], "id", "") for row in table.rows] == [f"arrays[{row}].p_plane" for row in range(40)]
    assert [getattr(row[2], "id", "") for row in table.rows] == [f"predictions[{row}].predicted" for row in range(40)]


def own_predictions(applied: Applied) -> pd.DataFrame:
    """Those of the named model."""
    return applied.predictions.iloc[: applied.samples]


def test_names_of_classes_are_printed_as_they_are() -> None:
    found = made("applied")[0]
    classes = ("{level}_$1$", "<b>*x*</b> {0}")
    new = dict(zip(found.origin.classes, classes, strict=True))
    renamed = found.predictions.replace({"truth": new, "predicted": new}).rename(
        columns={f"p_{name}": f"p_{own}" for name, own in new.items()}
    )
    applied = replace(
        found,
        origin=replace(found.origin, classes=classes),
        predictions=renamed,
        predicted=found.predicted.rename(index=new),
        bins=found.bins.replace({"class": new}),
        arrays=found.arrays.replace({"class": new}),
    )
    document = compose_applied(applied)
    (table,) = (block for block in document.walk() if isinstance(block, Table) and block.id == "tab-predictions")
    assert [column.head for column in table.columns][3:5] == list(classes)
    assert "predicts 21 {level}_$1$ and 13 <b>*x*</b> {0}." in text_of(applied, "sec-predictions")
