"""The pages of an application: every number leads back to its results; a check that was overridden marks every page."""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure as MatplotlibFigure

from genereport.analyses.new_samples import figures as figures
from genereport.analyses.new_samples.result import Applied
from genereport.report.compose.applied import compose_applied
from genereport.report.document import Document, Figure, Table, Value, inlines, numbers
from genereport.report.render import to_html, to_pdf
from genereport.report.summary import applied_summary
from genereport.report.value_ids import agrees, resolve
from genereport.runs.verify import check_numbers, printed_numbers
from tests import applications

NAMES = ("applied", "unlabelled", "withheld", "overridden", "four_class")
ALLOWED = (
    r"log2|SHA-256|L1|L2|Scale as in training \(0\), of its kind \(1\) or of another \(2\)|The first \d+ are shown"
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
            assert len(block.drawn.alt) > 60
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
    drawn = figures.cloud(applied).figure.axes[0]
    points = sum(len(line.get_xdata()) for line in drawn.lines if line.get_marker() in "o^")  # type: ignore[arg-type]
    assert points == applied.samples
    heights = figures.gene_shift(applied).figure.axes[0].patches
    assert sum(patch.get_height() for patch in heights) == applied.shift["shift"].notna().sum()  # type: ignore[attr-defined]


def test_the_summary_names_each_check_and_what_would_override_it() -> None:
    told = applied_summary(made("withheld")[0])
    for name in made("withheld")[0].gate.stopping:
        assert f"--override {name}" in told
    assert re.search(r"scale +do not interpret", told)
    assert "Errors: " in applied_summary(made("applied")[0])
    assert "(overridden)" in applied_summary(made("overridden")[0])
