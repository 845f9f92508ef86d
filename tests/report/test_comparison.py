"""The comparison of two runs in words: every number traced, the verdict in one sentence, figures with their texts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from unittest.mock import patch

import pytest
from matplotlib.figure import Figure as MatplotlibFigure

from genereport.analyses.comparison import figures as two_runs
from genereport.analyses.comparison.result import Comparison
from genereport.plotting.drawn import Drawn
from genereport.plotting.style import to_svg
from genereport.report.compose.comparison import compose_comparison
from genereport.report.difference import difference, difference_data, verdict_text
from genereport.report.document import Document, Figure, Table, Value, inlines
from genereport.report.render import to_html
from genereport.report.value_ids import agrees, resolve
from genereport.runs.verify import check_numbers, printed_numbers
from tests.report.pairs import PAIRS, compared

ALLOWED = (
    r"[Ll]og2|L1|L2",  # names
    r"The first \d+ of them|Ranks up to \d+",  # how much is shown
    r"1 being equal and 0 without a gene|the concordance is 1 only",  # what an index means
)
"""What may hold digits without being a number of the comparison."""

_PARTS = ("agreement", "ranks", "performance")


@cache
def composed(name: str) -> Document:
    """The document without its drawings, which take seconds."""
    empty = Drawn(MatplotlibFigure(), "Nothing.")
    with patch.multiple(two_runs, **{part: lambda *_: empty for part in _PARTS}):
        return compose_comparison(compared(name))


def texts(document: Document) -> Iterator[str]:
    return (part for block in document.walk() for part in inlines(block) if isinstance(part, str))


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
    printed = "\n".join(text for name in PAIRS for text in texts(composed(name)))
    for pattern in (part for line in ALLOWED for part in line.split("|")):
        assert re.search(pattern, printed), pattern


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
            "No material change: the signatures’ Jaccard index is 1.00 (at least 0.7), the concordance of the log fold "
            "changes is 1.000 (at least 0.95) and the named model’s cross-validated balanced accuracy differs by 0.000 "
            "(at most 0.05).",
        ),
        ("another scale", "Material change: the values were taken to be counts instead of intensity."),
        ("turned round", "Material change: log fold changes are measured from AML instead of ALL."),
        ("no models", "Material change: 2 parts of the analysis were done in one run only."),
        (
            "longer signature",
            "Material change: 85 genes joined those of the signature (Jaccard 0.37, below 0.7).",
        ),
        ("one thing", "Material change: 1 sample was relabelled."),
    ],
)
def test_the_verdict_is_one_sentence(name: str, sentence: str) -> None:
    assert verdict_text(compared(name)) == sentence


def test_the_verdict_names_everything_that_changed() -> None:
    told = verdict_text(compared("everything"))
    assert told.startswith("Material change: 3 samples were relabelled, 12 of 50 genes of the signature were replaced")
    assert "(Jaccard 0.61, below 0.7)" in told
    assert "random forest on all genes is named instead of" in told
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
    notes = ["".join(map(_text, block.body.parts)) for block in document.walk() if block.kind == "note"]  # type: ignore[union-attr]
    told = "The later run tested no genes. There are fewer than 7 differential here."
    assert f"Not compared: {told}" in notes
    assert "not compared" in difference_data(compared("no genes"))["checks"][5]["outcome"]


def _text(part: object) -> str:
    return part if isinstance(part, str) else getattr(part, "text", "")


@pytest.mark.parametrize("name", ["everything", "four classes, everything", "nasty", "equal"])
def test_figures_say_what_is_to_be_seen(name: str) -> None:
    made = compared(name)
    for drawn, told in (
        (two_runs.agreement(made.effects), r"concordance (\d|−)"),  # type: ignore[arg-type]
        (two_runs.ranks(made.signature), r"\d+ stayed, \d+ left and \d+ entered"),  # type: ignore[arg-type]
        (two_runs.performance(made.models), r"cross-validated: "),  # type: ignore[arg-type]
    ):
        assert re.search(told, drawn.alt)
        assert to_svg(drawn.figure) == to_svg(drawn.figure)


def test_a_crowd_of_points_is_rasterised() -> None:
    drawn = two_runs.agreement(compared("everything").effects)  # type: ignore[arg-type]
    assert "<image" in to_svg(drawn.figure)


def test_the_page_carries_its_ids_and_equal_comparisons_give_equal_pages() -> None:
    made = compared("one thing")
    page = to_html(compose_comparison(made))
    found = printed_numbers(page)
    assert len(found) > 100
    assert list(check_numbers(found, json.loads(made.to_json()))) == []
    assert to_html(compose_comparison(Comparison.from_json(made.to_json()))) == page
