"""Checklists are judged by the document at hand, and claim nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pandas as pd
import pytest
from pydantic import ValidationError

from genereport.analyses.result import Skipped
from genereport.analysis import Analysis
from genereport.report.checklists import Item, checklist_rows, checklists, judge
from genereport.report.composition import compose, section_writer
from genereport.report.document import (
    Block,
    Document,
    Figure,
    Note,
    Paragraph,
    Ref,
    Section,
    Table,
    inlines,
    numbers,
)
from tests.unit.report import synthetic
from tests.words import prose

MADE = (synthetic.two_class, synthetic.without_independent_set, synthetic.four_class)
STATUSES = {"reported", "not applicable", "author must supply"}
ITEMS = [(checklist.name, item) for checklist in checklists().checklist for item in checklist.item]


@cache
def patients(make: Callable[[], Analysis]) -> Analysis:
    """A synthetic analysis that passes for one of patients."""
    return replace(make(), simulated=False, versions={"genereport": "0"})


@cache
def composed(make: Callable[[], Analysis]) -> Document:
    return compose(patients(make))


def judged(document: Document) -> pd.DataFrame:
    return checklist_rows(document).set_index(["list", "item"])


def again(analysis: Analysis, document: Document) -> pd.DataFrame:
    """The checklists of an analysis, judged by the sections of a document."""
    bare = replace(document, sections=tuple(part for part in document.sections if part.id != "sec-checklists"))
    section = section_writer(analysis).section("checklists", lists=judge(analysis, bare))
    return judged(replace(bare, sections=(*bare.sections, section)))


def without(document: Document, names: set[str]) -> Document:
    """The document without the parts of these ids, wherever they stand."""

    def kept(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        left = [block for block in blocks if getattr(block, "id", "") not in names]
        return tuple(replace(part, blocks=kept(part.blocks)) if isinstance(part, Section) else part for part in left)

    sections = tuple(part for part in kept(document.sections) if isinstance(part, Section))
    return replace(document, sections=sections)


def words(document: Document) -> str:
    section = document.sections[-1]
    assert section.id == "sec-checklists"
    parts = [part for block in section.blocks for part in inlines(block)]
    return "".join(part if isinstance(part, str) else getattr(part, "text", "") for part in parts)


@pytest.mark.parametrize("make", MADE, ids=lambda made: made.__name__)
def test_every_item_stands_once_with_one_status(make: Callable[[], Analysis]) -> None:
    rows = checklist_rows(composed(make))
    assert list(zip(rows["list"], rows["item"], strict=True)) == [(name, item.number) for name, item in ITEMS]
    assert set(rows["status"]) <= STATUSES
    assert (rows.loc[rows["status"] == "reported", "where"] != "").all()
    assert (rows.loc[rows["status"] != "reported", "note"] != "").all()
    assert (rows.loc[rows["status"] == "not applicable", "where"] == "").all()


def test_every_place_that_is_named_exists_in_some_document() -> None:
    parts = [block for make in MADE for block in composed(make).walk() if isinstance(block, (Section, Table, Figure))]
    named = {place for _, item in ITEMS for place in (*item.where, *item.partly)}
    assert named <= {part.id for part in parts}


def test_the_rows_are_those_of_the_section() -> None:
    document = composed(synthetic.two_class)
    labels, rows = numbers(document), checklist_rows(document)
    tables = [block for block in document.sections[-1].blocks if isinstance(block, Table)]
    shown = [[labels[cell.target] if isinstance(cell, Ref) else cell for cell in row] for t in tables for row in t.rows]
    assert rows.drop(columns="list").to_numpy().tolist() == shown
    assert judged(document).loc[("REMARK", "10"), "where"] == labels["sec-methods"]


def test_the_sentences_count_what_the_tables_hold() -> None:
    document = composed(synthetic.two_class)
    paragraphs = [block for block in document.sections[-1].blocks if isinstance(block, Paragraph)]
    for told, (_, rows) in zip(paragraphs[1:], checklist_rows(document).groupby("list", sort=False), strict=True):
        counts = rows["status"].value_counts().reindex(["reported", "not applicable", "author must supply"]).fillna(0)
        found = re.findall(r"(\d+) (?:items|reported|not|for)", str(told.parts[-1]))
        assert [int(number) for number in found] == [len(rows), *counts]


@pytest.mark.parametrize("make", MADE, ids=lambda made: made.__name__)
def test_nothing_is_claimed_to_be_fulfilled(make: Callable[[], Analysis]) -> None:
    told = words(composed(make))
    assert "Whether an item is addressed adequately is for authors, reviewers and editors to judge." in told
    assert not re.search(r"compl[iy]|adher|conform|fulfil|satisf|\bmeets?\b|in accordance|in line with", told.lower())


def test_without_an_independent_set_nothing_is_reported_of_one() -> None:
    with_set, none = judged(composed(synthetic.two_class)), judged(composed(synthetic.without_independent_set))
    items = [("TRIPOD+AI", number) for number in ("12g", "16", "20c")]
    assert list(with_set.loc[items, "status"]) == ["reported", "author must supply", "reported"]
    assert set(none.loc[items, "status"]) == {"not applicable"}
    assert none.loc[items, "note"].str.contains("no independent set").all()
    labels = [numbers(composed(make)) for make in (synthetic.two_class, synthetic.without_independent_set)]
    assert with_set.loc[("TRIPOD+AI", "23a"), "where"] == labels[0]["tab-models"]
    assert none.loc[("TRIPOD+AI", "23a"), "where"] == labels[1]["tab-models"]


def test_what_a_skipped_comparison_of_models_leaves_out_is_for_the_author() -> None:
    gone = {
        "sec-models",
        "sec-independent",
        "sec-probabilities",
        "sec-trust",
        "sec-sensitivity",
        "sec-methods-models",
        "sec-methods-selection",
    }
    rows = again(patients(synthetic.two_class), without(composed(synthetic.two_class), gone))
    items = [("TRIPOD+AI", number) for number in ("9a", "12a", "12b", "12e", "12g", "15", "23a")] + [("REMARK", "18")]
    assert set(judged(composed(synthetic.two_class)).loc[items, "status"]) == {"reported"}
    assert set(rows.loc[items, "status"]) == {"author must supply"}
    assert set(rows.loc[[("TRIPOD+AI", "12c"), ("TRIPOD+AI", "10")], "where"]) == {""}
    assert rows.loc[("TRIPOD+AI", "11"), "status"] == "reported"


def test_a_figure_that_is_missing_is_not_reported() -> None:
    rows = again(patients(synthetic.two_class), without(composed(synthetic.two_class), {"fig-named-probabilities"}))
    assert rows.loc[("TRIPOD+AI", "12e"), "status"] == "author must supply"


def test_a_section_of_nothing_but_a_note_reports_nothing() -> None:
    document = without(composed(synthetic.two_class), {"sec-trust", "sec-sensitivity"})
    skipped = Section("sec-trust", "Reliability of the classifiers", (Note("note", prose("There was no time.")),))
    rows = again(patients(synthetic.two_class), replace(document, sections=(*document.sections, skipped)))
    assert rows.loc[("REMARK", "18"), "status"] == "author must supply"


def test_a_skipped_stage_reports_nothing() -> None:
    skipped = patients(synthetic.two_class).with_results(biomarkers=Skipped("It was too late."))
    rows = judged(compose(skipped))
    assert rows.loc[("TRIPOD+AI", "20c"), "status"] == "author must supply"
    assert rows.loc[("REMARK", "1"), "where"] == ""


def test_class_weights_are_for_the_author_to_justify() -> None:
    analysis, document = patients(synthetic.two_class), composed(synthetic.two_class)
    assert judged(document).loc[("TRIPOD+AI", "13"), "status"] == "not applicable"
    models = analysis.settings["models"] | {"class_weight": "balanced"}
    row = again(replace(analysis, settings=analysis.settings | {"models": models}), document).loc[("TRIPOD+AI", "13")]
    assert row["status"] == "author must supply"
    assert row["where"] == numbers(document)["sec-methods-models"]


def test_a_microarray_list_does_not_apply_to_counts_and_patients_not_to_a_simulation() -> None:
    analysis, document = patients(synthetic.two_class), composed(synthetic.two_class)
    counted = analysis.with_results(preprocessing=replace(analysis.preprocessing, scale="counts"))
    assert set(judged(document).loc["MIAME", "status"]) == {"author must supply"}
    assert set(again(counted, document).loc["MIAME", "status"]) == {"not applicable"}
    simulated = again(replace(analysis, simulated=True), document)
    assert simulated.loc[("TRIPOD+AI", "17"), "note"] == checklists().reasons["simulated"]
    assert simulated.loc[("TRIPOD+AI", "18a"), "status"] == "author must supply"


@pytest.mark.parametrize(
    "wrong",
    [
        {"wher": ["sec-models"], "author": "What."},
        {"where": ["sec-models"]},
        {"author": "What.", "not_applicable": "Why."},
        {"where": ["sec-models"], "partly": ["sec-trust"], "author": "What."},
        {"author": "What.", "remark": "That."},
        {"author": "What.", "unless": ["full_moon"]},
        {"not_applicable": "Why.", "unless": ["simulated"]},
    ],
)
def test_an_item_that_cannot_be_judged_is_an_error(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Item.model_validate({"number": "1", "topic": "Title", **wrong})
