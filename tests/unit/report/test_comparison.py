"""The comparison of two runs in words: every number traced, the verdict in one sentence, figures with their texts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pandas as pd
import pytest

from genereport.analyses.comparison.figures import draw_agreement, draw_performance, draw_ranks
from genereport.analyses.comparison.result import Comparison
from genereport.plotting.style import to_svg
from genereport.report.comparison import compose_comparison
from genereport.report.difference import difference, difference_data, verdict_text
from genereport.report.document import Block, Document, Figure, Inline, Phrase, Table, Value, inlines
from genereport.report.render import to_html
from genereport.report.value_ids import agrees, resolve
from genereport.runs.verify import check_numbers, printed_numbers
from tests.unit.report.pairs import PAIRS, compared

ALLOWED = (
    r"L1|L2",  # names
    r"The first \d+ of them|Ranks up to \d+",  # how much is shown
    r"is 1 for equal lists and 0 for lists without|The concordance is 1 only",  # what an index means
)
"""What may hold digits without being a number of the comparison."""


@cache
def composed(name: str) -> Document:
    return compose_comparison(compared(name))


def texts(document: Document) -> Iterator[str]:
    return (part for block in document.walk() for part in inlines(block) if isinstance(part, str))


def printed(block: Block) -> str:
    """The words and numbers of a block; of a figure its alternative text, too."""
    told = "".join(part if isinstance(part, str) else getattr(part, "text", "") for part in inlines(block))
    return f"{told} {block.alt}" if isinstance(block, Figure) else told


def found(document: Document, id: str) -> Block | None:  # noqa: A002
    """The section, table or figure of an id, if there is one."""
    return next((block for block in document.walk() if getattr(block, "id", "") == id), None)


def cells(table: Block | None) -> list[dict[str, str]]:
    """Rows of a table, each as head → text; of several columns of one head the last."""
    assert isinstance(table, Table)
    heads = [column.head for column in table.columns]
    return [dict(zip(heads, map(cell_text, row), strict=True)) for row in table.rows]


def cell_text(cell: Inline) -> str:
    parts = cell.parts if isinstance(cell, Phrase) else (cell,)
    return "".join(part if isinstance(part, str) else getattr(part, "text", "") for part in parts)


@pytest.mark.parametrize("name", PAIRS)
def test_every_number_is_traced_and_agrees(name: str) -> None:
    content, document = json.loads(compared(name).to_json()), composed(name)
    values = [part for block in document.walk() for part in inlines(block) if isinstance(part, Value)]
    values += [part for part in document.subtitle.parts if isinstance(part, Value)]
    assert len(values) > 80
    for value in values:
        assert agrees(value.text, resolve(content, value.id)), value
    assert [text for text in texts(document) if re.search(r"\d", re.sub("|".join(ALLOWED), "", text))] == []


def test_what_is_allowed_is_printed_somewhere() -> None:
    told = "\n".join(text for name in PAIRS for text in texts(composed(name)))
    for pattern in (part for line in ALLOWED for part in line.split("|")):
        assert re.search(pattern, told), pattern


@pytest.mark.parametrize("name", PAIRS)
def test_tables_are_whole(name: str) -> None:
    document = composed(name)
    ids = [block.id for block in document.walk() if isinstance(block, Table | Figure)]
    assert len(ids) == len(set(ids))
    for block in document.walk():
        if isinstance(block, Table):
            assert block.rows, block.id
            assert {len(row) for row in block.rows} == {len(block.columns)}, block.id


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "equal",
            "No material change: the Jaccard index of the signatures is 1.00 (at least 0.7), the concordance of the "
            "log fold changes is 1.000 (at least 0.95) and the cross-validated balanced accuracy of the named model "
            "differs by 0.000 (at most 0.05).",
        ),
        ("another scale", "Material change: the values were treated as counts instead of intensity."),
        ("turned round", "Material change: the reference class of the log fold changes is AML instead of ALL."),
        ("no models", "Material change: 2 parts of the analysis were done in only one of the runs."),
        (
            "longer signature",
            "Material change: 85 genes were added to the signature (Jaccard 0.37, below 0.7).",
        ),
        ("one thing", "Material change: 1 shared sample has a different class."),
    ],
)
def test_the_verdict_is_one_sentence(name: str, sentence: str) -> None:
    assert verdict_text(compared(name)) == sentence


def test_the_verdict_names_everything_that_changed() -> None:
    told = verdict_text(compared("everything"))
    assert told.startswith(
        "Material change: 3 shared samples have a different class, 12 of 50 genes of the signature were replaced"
    )
    assert "(Jaccard 0.61, below 0.7)" in told
    assert "the named model is random forest on all genes instead of" in told
    assert told.count(".") == told.count("0.") + 1


def test_a_value_near_its_limit_is_printed_to_the_digit_that_tells() -> None:
    made = compared("everything")
    checks = made.verdict.checks.copy()
    checks.loc["signature", "value"] = 0.69996
    close = Comparison(**{**vars(made), "verdict": type(made.verdict)(True, checks)})
    assert "(Jaccard 0.69996, below 0.7)" in verdict_text(close)


@pytest.mark.parametrize("name", PAIRS)
def test_the_text_for_the_terminal_begins_with_the_verdict(name: str) -> None:
    made = compared(name)
    text = difference(made)
    assert text.splitlines()[0] == verdict_text(made).replace("−", "-")
    assert not re.search("[\x00-\x09\x0b-\x1f]", text)
    data = difference_data(made)
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["material"] == made.verdict.material == text.startswith("Material")


def test_what_was_not_compared_is_said() -> None:
    document = composed("no genes")
    notes = [printed(block) for block in document.walk() if block.kind == "note"]
    told = "The later run tested no genes. There are fewer than 7 differential here."
    assert f"Not compared. {told}" in notes
    assert "not compared" in difference_data(compared("no genes"))["checks"][5]["outcome"]


@pytest.mark.parametrize("name", ["everything", "four classes, everything", "nasty", "equal"])
def test_figures_say_what_is_to_be_seen(name: str) -> None:
    for name_of_figure, told in (
        ("fig-agreement", r"concordance (\d|−)"),
        ("fig-ranks", r"\d+ stayed, \d+ left and \d+ entered"),
        ("fig-performance", r"cross-validated: "),
    ):
        figure = found(composed(name), name_of_figure)
        assert isinstance(figure, Figure)
        assert re.search(told, figure.alt)
        assert to_svg(figure.drawn.figure) == to_svg(figure.drawn.figure)


def test_a_crowd_of_points_is_rasterised() -> None:
    assert "<image" in to_svg(draw_agreement(compared("everything")).figure)


def test_the_page_carries_its_ids_and_equal_comparisons_give_equal_pages() -> None:
    made = compared("one thing")
    page = to_html(compose_comparison(made))
    numbers = printed_numbers(page)
    assert len(numbers) > 100
    assert list(check_numbers(numbers, json.loads(made.to_json()))) == []
    assert to_html(compose_comparison(Comparison.from_json(made.to_json()))) == page


def in_ama_style(made: Comparison) -> Comparison:
    return replace(made, settings=made.settings | {"report": made.settings["report"] | {"p_values": "AMA"}})


def test_p_values_follow_the_style_of_the_settings() -> None:
    made = in_ama_style(compared("everything"))
    document = compose_comparison(made)
    assert cells(found(document, "tab-likeness"))[0]["P"] == "<.001"
    assert {"P", "P (Holm)"} <= set(cells(found(document, "tab-test-roc-auc"))[0])
    assert cells(found(document, "tab-checks"))[9]["Limit"] == "P < 0.05"
    assert re.search(r"RBO +P\n.* <\.001\n", difference(made))


def test_checks_tell_what_was_found_and_the_limit() -> None:
    rows = {row["Check"]: row for row in cells(found(composed("everything"), "tab-checks"))}
    assert rows["Shared samples with a different class"]["Found"] == "3"
    assert rows["Shared samples with a different class"]["Limit"] == "any change"
    assert rows["Scale of the values"]["Found"] == "the same"
    assert rows["Named model"]["Found"] == "different"
    assert rows["Jaccard index of the signatures"]["Limit"] == "at least 0.7"
    assert rows["Change of its balanced accuracy, cross-validated"]["Limit"] == "at most ±0.05"
    rows = {row["Check"]: row for row in cells(found(composed("no models"), "tab-checks"))}
    assert rows["Named model"]["Found"] == "–"
    assert rows["Significant paired tests of the models, after Holm"]["Found"] == "–"


def test_a_signature_that_loses_and_gains_other_numbers_of_genes_is_told_so() -> None:
    made = compared("everything")
    uneven = replace(made, signature=replace(made.signature, entered=10, later=48))  # type: ignore[type-var]
    told = "12 of 50 genes left the signature and 10 entered it (Jaccard 0.61, below 0.7)"
    assert told in verdict_text(uneven)


def test_without_anything_to_hold_against_a_limit_the_verdict_says_so() -> None:
    made = compared("equal")
    checks = made.verdict.checks.copy()
    checks.loc[["signature", "effects", "cv"], "outcome"] = "not compared"
    unknown = replace(made, verdict=replace(made.verdict, checks=checks))
    assert verdict_text(unknown) == "No material change, but little could be compared."


def test_runs_without_files_are_said_to_have_none() -> None:
    made = compared("equal")
    document = compose_comparison(replace(made, inputs=made.inputs.iloc[:0]))
    assert any("Neither run read a file" in text for text in texts(document))
    assert found(document, "tab-inputs") is None


def test_a_file_that_differs_has_a_row_for_either_run() -> None:
    rows = cells(found(composed("everything"), "tab-inputs"))
    assert [(row["Read as"], row["Run"]) for row in rows] == [
        ("expression", "earlier"),
        ("expression", "later"),
        ("markers", "later"),
    ]
    assert [row["Run"] for row in cells(found(composed("equal"), "tab-inputs"))] == ["both"]


def test_what_neither_run_states_is_left_out_of_what_went_in() -> None:
    def heads(document: Document) -> set[str]:
        return {row[""] for row in cells(found(document, "tab-sides"))}

    assert "Date" not in heads(composed("equal"))
    assert "Date" in heads(composed("everything"))
    made = compared("equal")
    unknown = replace(made, earlier=replace(made.earlier, design=""), later=replace(made.later, design="", tested=0))
    assert heads(composed("equal")) - heads(compose_comparison(unknown)) == {"Linear model"}
    rows = {row[""]: row for row in cells(found(compose_comparison(unknown), "tab-sides"))}
    assert rows["Genes tested"]["Later run"] == "0"


def test_long_tables_are_cut_and_say_so() -> None:
    made = compared("one thing")
    table = pd.concat([made.samples.table] * 31).set_axis([f"S{number}" for number in range(31)]).rename_axis("sample")
    table.iloc[30, table.columns.get_loc("change")] = "relabelled"
    table.iloc[:30, table.columns.get_loc("change")] = "added"
    samples = found(compose_comparison(replace(made, samples=replace(made.samples, table=table))), "tab-samples")
    assert [row["Sample"] for row in cells(samples)] == ["S30", *(f"S{number}" for number in range(29))]
    assert "The first 30 of them are shown." in printed(samples)  # type: ignore[arg-type]
    entered = found(composed("longer signature"), "tab-entered")
    assert len(cells(entered)) == 30
    assert "The first 30 of them are shown." in printed(entered)  # type: ignore[arg-type]


def test_genes_that_came_and_went_have_their_log_fold_changes_where_there_is_one_contrast() -> None:
    made = compared("everything")
    row = cells(found(composed("everything"), "tab-left"))[0]
    effects = made.effects.table.loc[row["Gene"]]  # type: ignore[union-attr]
    told = f"{effects['earlier']:.2f} and {effects['later']:.2f}".replace("-", "−")
    assert row["logFC, earlier and later"] == told
    assert "logFC, earlier and later" not in cells(found(composed("four classes, everything"), "tab-left"))[0]


def test_a_gene_that_was_not_tested_in_both_runs_has_no_log_fold_changes() -> None:
    made = compared("everything")
    gone = cells(found(composed("everything"), "tab-left"))[0]["Gene"]
    effects = replace(made.effects, table=made.effects.table.drop(index=gone))  # type: ignore[type-var,union-attr]
    row = cells(found(compose_comparison(replace(made, effects=effects)), "tab-left"))[0]
    assert (row["Gene"], row["logFC, earlier and later"]) == (gone, "–")


def test_only_so_many_contrasts_are_drawn() -> None:
    made = compared("everything")
    one = made.effects.agreement  # type: ignore[union-attr]
    several = pd.concat([one] * 10).set_axis([f"{number}-0" for number in range(1, 11)]).rename_axis("contrast")
    many = replace(made, effects=replace(made.effects, agreement=several))  # type: ignore[type-var]
    figure = found(compose_comparison(many), "fig-agreement")
    assert isinstance(figure, Figure)
    assert figure.alt.endswith("; 10-0: 6,998 genes, concordance 0.696, the same sign for 69.4 %. "
                               "The first 9 contrasts are drawn.")  # fmt: skip
    assert sum(axes.get_visible() for axes in draw_agreement(many).figure.axes) == 9


def test_ranks_beyond_the_chart_are_told() -> None:
    for name, cut in (("longer signature", True), ("everything", False)):
        caption = found(composed(name), "fig-ranks")
        assert isinstance(caption, Figure)
        assert ("Ranks up to 60 are drawn." in printed(caption)) == cut


@pytest.mark.parametrize("draw", [draw_agreement, draw_ranks])
def test_nothing_is_drawn_of_a_part_that_was_not_compared(draw: object) -> None:
    with pytest.raises(TypeError, match=r"tested no genes|selected no genes"):
        draw(compared("no genes"))  # type: ignore[operator]


def test_the_figure_of_the_models_holds_both_runs() -> None:
    made = compared("everything")
    table = made.models.figures  # type: ignore[union-attr]
    table = table[table["metric"] == "balanced_accuracy"]
    for axes, which in zip(draw_performance(made).figure.axes, ("cv", "test"), strict=True):
        part = table[table["set"] == which]
        drawn = {str(line.get_label()): list(line.get_xdata()) for line in axes.lines}
        assert drawn == {f"{run} run": list(part[run]) for run in ("earlier", "later")}


def test_verdicts_are_stored_with_the_comparison() -> None:
    stored = json.loads(compared("everything").to_json())
    assert (stored["files"], stored["same_files"], stored["same_versions"]) == (2, 0, False)
    assert (stored["signature"]["same"], stored["effects"]["different"]) == (False, 6998)
    equal = json.loads(compared("equal").to_json())
    assert (equal["files"], equal["same_files"], equal["same_versions"]) == (1, 1, True)
    assert (equal["signature"]["same"], equal["effects"]["different"]) == (True, 0)


def test_a_model_keeps_its_capitals_on_the_terminal() -> None:
    made = compared("everything")
    models = replace(made.models, earlier_model="svm_rbf", earlier_features="all")  # type: ignore[type-var]
    assert "; earlier SVM, RBF kernel on all genes\n" in difference(replace(made, models=models))


def test_each_remark_is_made_once_on_the_terminal() -> None:
    lines = difference(compared("no genes")).splitlines()
    told = [line for line in lines if line.startswith("  The later run tested no genes.")]
    assert len(told) == 1
    assert "Log fold changes" not in lines
