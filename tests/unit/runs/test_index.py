"""The index of a batch: what it takes from the reports, which genes recur, and where its numbers come from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genereport.analyses.batch.figures import draw_accuracies
from genereport.analyses.batch.result import Index
from genereport.analyses.result import Skipped
from genereport.analysis import Analysis
from genereport.report.batch import compose_index
from genereport.report.document import Code, Document, Figure, Link, Note, Paragraph, Table, Value, inlines
from genereport.report.render import to_html
from genereport.report.value_ids import agrees, resolve
from genereport.runs.batch import Outcome
from genereport.runs.index import Signature, make_index, shared_genes, signature_of, write_index
from tests.unit.report import synthetic

SOURCES = (synthetic.two_class, synthetic.four_class, synthetic.without_independent_set)
ALLOWED = r"L1|L2|The first \d+ are listed"
"""Names of models, and how many rows are shown."""

NOWHERE = Path("nowhere")


@cache
def made(number: int) -> Index:
    """An index of so many cohorts; of twelve, one was refused, one failed, one waits, and one has hardly a result."""
    outcomes = [Outcome(name=f"c{at}", status="built") for at in range(number)]
    analyses: dict[str, Analysis | None] = {f"c{at}": SOURCES[at % 3]() for at in range(number)}
    if number > 3:
        ends = {"c4": ("refused", "GR101", "[GR101] No <file>, 3 times."), "c5": ("failed", "", "KeyError: 'x'")}
        for name, (status, code, message) in (ends | {"c6": ("not attempted", "", "")}).items():
            outcomes[int(name[1:])] = Outcome(name=name, status=status, code=code, message=message)  # type: ignore[arg-type]
            analyses[name] = None
        gone = Skipped("There are too few samples.")
        analyses["c7"] = synthetic.two_class().with_results(differential=gone, selection=gone, models=gone)
        analyses["c8"] = replace(synthetic.two_class(), simulated=False)
    return make_index(outcomes, analyses, NOWHERE)


def texts(document: Document) -> Iterator[str]:
    for block in (*document.walk(), document.subtitle):
        yield from (part for part in inlines(block) if isinstance(part, str))


@pytest.mark.parametrize("number", [1, 3, 12])
def test_every_number_leads_back_to_the_stored_index(number: int) -> None:
    content, document = json.loads(made(number).to_json()), compose_index(made(number))
    values = [
        part for block in (*document.walk(), document.subtitle) for part in inlines(block) if isinstance(part, Value)
    ]
    assert len(values) > 15 * number
    for value in values:
        assert agrees(value.text, resolve(content, value.id)), value
    assert [text for text in texts(document) if re.search(r"\d", re.sub(ALLOWED, "", text))] == []


def test_the_stored_index_reads_back_equal() -> None:
    index = made(12)
    again = Index.from_json(index.to_json())
    assert again.to_json() == index.to_json()
    pd.testing.assert_frame_equal(again.cohorts, index.cohorts, check_index_type=False)


def test_a_row_says_what_the_report_says() -> None:
    analysis, row = synthetic.two_class(), made(3).cohorts.loc["c0"]
    assert (row["tested"], row["bonferroni"]) == (analysis.differential.tested, analysis.differential.bonferroni)  # type: ignore[union-attr]
    assert row["cv"] == pytest.approx(analysis.models.named.estimate, abs=1e-12)  # type: ignore[union-attr]
    assert row["cv_high"] - row["cv_low"] == pytest.approx(analysis.models.named.width, abs=1e-12)  # type: ignore[union-attr]
    assert row["floor"] == 0.5
    assert made(3).cohorts.loc["c1", "floor"] == 0.25
    assert np.isnan(made(3).cohorts.loc["c2", "independent"])


def test_cohorts_without_a_report_are_told_and_not_compared() -> None:
    index = made(12)
    assert (index.total, index.reported, index.refused, index.failed, index.waiting) == (12, 9, 1, 1, 1)
    assert (index.modelled, index.signatures, index.simulated) == (8, 8, 8)
    document = compose_index(index)
    (stopped,) = (section for section in document.sections if section.id == "sec-stopped")
    assert sum(isinstance(block, Note) for block in stopped.blocks) == 2
    page = to_html(document)
    assert "No &lt;file&gt;" in page
    assert 'href="c5/attempt.log"' in page


def test_nothing_but_refusals_makes_a_page_too() -> None:
    index = make_index([Outcome(name="x", status="refused", code="GR101", message="[GR101] No.")], {}, NOWHERE)
    document = compose_index(Index.from_json(index.to_json()))
    assert [section.id for section in document.sections] == ["sec-cohorts", "sec-stopped"]
    assert "[GR101] No." in to_html(document)


def test_files_are_written_and_names_lead_to_reports(tmp_path: Path) -> None:
    (tmp_path / "a" / "report_data").mkdir(parents=True)
    (tmp_path / "a" / "report_data" / "results.json").write_text(synthetic.four_class().to_json())
    (tmp_path / "a" / "report.pdf").touch()
    (tmp_path / "b" / "report_data").mkdir(parents=True)
    (tmp_path / "b" / "report_data" / "results.json").write_text("{}")
    outcomes = [Outcome(name=name, status="unchanged") for name in "ab"]
    first = write_index(outcomes, tmp_path)
    contents = [(tmp_path / f"index.{kind}").read_bytes() for kind in ("html", "json", "tsv")]
    assert first.cohorts["report"].tolist() == ["a/report.pdf", ""]
    assert b'href="a/report.pdf"' in contents[0]
    table = pd.read_csv(tmp_path / "index.tsv", sep="\t", index_col="name")
    assert table.loc["a", "samples"] == 72
    assert (tmp_path / "index.tsv").read_text().splitlines()[1].split("\t")[6] == "72"
    write_index(outcomes, tmp_path)
    assert [(tmp_path / f"index.{kind}").read_bytes() for kind in ("html", "json", "tsv")] == contents
    assert {path.name for path in tmp_path.iterdir()} == {"a", "b", "index.html", "index.json", "index.tsv"}


def test_the_figure_tells_every_cohort() -> None:
    (figure,) = (block for block in compose_index(made(12)).walk() if isinstance(block, Figure))
    modelled = made(12).cohorts.index[made(12).cohorts["model"] != ""]
    assert all(f"{name} " in figure.alt for name in modelled)
    assert figure.alt.startswith("Balanced accuracies of the named models of 8 cohorts: ")
    assert figure.alt.count("independent") == 6
    labels = [label.get_text() for label in draw_accuracies(made(12)).figure.axes[0].get_yticklabels()]
    assert labels == list(modelled)


def test_links_are_found_in_tables() -> None:
    index = made(3)
    linked = replace(index, cohorts=index.cohorts.assign(report="c/report.html"))
    tables = [block for block in compose_index(linked).walk() if isinstance(block, Table)]
    assert all(isinstance(row[0], Link) for table in tables[:2] for row in table.rows)


def words(paragraph: Paragraph | None) -> str:
    """What a paragraph says, without its ids."""
    parts = inlines(paragraph) if paragraph else ()
    return "".join(part if isinstance(part, str) else getattr(part, "text", "") for part in parts)


def table_of(index: Index, id: str) -> Table:  # noqa: A002
    (table,) = (block for block in compose_index(index).walk() if isinstance(block, Table) and block.id == id)
    return table


def test_intervals_of_pooled_predictions_are_marked_and_explained() -> None:
    index = made(3)
    assert index.pooled == []
    assert table_of(index, "tab-models").footnote is None
    cohorts = index.cohorts.assign(cv_interval=["Nadeau-Bengio", "Nadeau-Bengio; pooled Wilson", "Nadeau-Bengio"])
    pooled = replace(index, cohorts=cohorts)
    assert pooled.pooled == ["c1"]
    table = table_of(pooled, "tab-models")
    marked = ["*" in words(Paragraph((row[2],))) for row in table.rows]
    assert marked == [False, True, False]
    assert words(table.footnote).startswith("* The estimate is the same in every fold")
    assert "(* pooled interval)" in draw_accuracies(pooled).figure.axes[0].get_xlabel()


def test_a_level_is_told_where_all_reports_share_it() -> None:
    index = made(3)
    shared = words(table_of(index, "tab-cohorts").caption)
    assert "significant after each correction at 0.05; signature" in shared
    assert "confidence intervals at 95 %." in words(table_of(index, "tab-models").caption)
    differing = replace(index, cohorts=index.cohorts.assign(alpha=[0.05, 0.01, 0.05], confidence=[0.9, 0.95, 0.95]))
    assert (differing.alpha_rows, differing.confidence_rows) == ([0, 1], [0, 1])
    assert "after each correction at the level of each report; signature" in words(
        table_of(differing, "tab-cohorts").caption
    )
    assert "confidence intervals at the level of each report." in words(table_of(differing, "tab-models").caption)
    without = replace(index, cohorts=index.cohorts.assign(alpha=float("nan")))
    assert words(table_of(without, "tab-cohorts").caption).endswith("independent samples of each class.")


def test_signatures_without_a_common_gene_are_told() -> None:
    index = made(3)
    apart = replace(index, genes=index.genes.iloc[:0], recurrent=0, compared=0, same=0)
    document = compose_index(apart)
    assert "No gene is in the signatures of at least two cohorts." in " ".join(texts(document))
    assert not [block for block in document.walk() if isinstance(block, Table) and block.id == "tab-genes"]


def test_verdicts_are_stored() -> None:
    content = {number: json.loads(made(number).to_json()) for number in (1, 12)}
    verdicts = ("stopped", "all_simulated", "some_simulated", "several_signatures")
    assert [content[1][name] for name in verdicts] == [0, True, False, False]
    assert [content[12][name] for name in verdicts] == [2, False, True, True]


def test_the_traceback_of_a_defect_is_linked_as_it_is_typed() -> None:
    (told,) = (
        block.body
        for block in compose_index(made(12)).walk()
        if isinstance(block, Note) and "KeyError" in words(block.body)
    )
    (link,) = (part for part in told.parts if isinstance(part, Link))
    assert link == Link(Code("attempt.log"), "c5/attempt.log")


def signature(classes: str, **higher: str) -> Signature:
    return Signature(tuple(classes), tuple(higher), frozenset({*higher, "z"}), {g: s for g, s in higher.items() if s})


def test_directions_are_compared_among_the_same_two_classes() -> None:
    found = shared_genes(
        {
            "one": signature("AB", same="A", opposite="A", other="A", several="A", z="B"),
            "two": signature("BA", same="A", opposite="B", other=""),
            "three": signature("CD", other="C", several="C"),
            "four": signature("ABC", several="", same=""),
        }
    )
    assert found.index.tolist() == ["other", "same", "several", "opposite"]
    assert found["direction"].to_dict() == {"other": "", "same": "same", "several": "", "opposite": "opposite"}
    assert found.loc["same", ["cohorts", "measured", "chosen", "higher"]].tolist() == [3, 3, "one;two;four", "A"]
    assert found.loc["opposite", "higher"] == "A;B"


GENES = st.dictionaries(st.sampled_from("pqrs"), st.sampled_from("AB"))


@given(st.lists(GENES, max_size=5), st.randoms())
def test_recurrence_does_not_depend_on_the_order_of_cohorts(chosen: list[dict[str, str]], random) -> None:  # type: ignore[no-untyped-def]
    named = {f"c{at}": signature("AB", **genes) for at, genes in enumerate(chosen)}
    shuffled = list(named.items())
    random.shuffle(shuffled)
    first, second = shared_genes(named), shared_genes(dict(shuffled))
    columns = ["cohorts", "measured", "direction"]
    pd.testing.assert_frame_equal(first[columns], second[columns])
    for gene, row in first.iterrows():
        sides = [genes[str(gene)] for genes in chosen if gene in genes]
        assert row["cohorts"] == len(sides) > 1
        assert (row["direction"] == "same") == (len(set(sides)) == 1)


def test_of_several_probes_the_best_speaks_for_the_gene() -> None:
    analysis = synthetic.two_class()
    genes, selection = analysis.differential, analysis.selection
    first, second = selection.chosen[:2]  # type: ignore[union-attr]
    table = genes.table.copy()  # type: ignore[union-attr]
    table.loc[[first, second], "symbol"] = "TWICE"
    table.loc[[first, second], "logFC"] = [1.0, -1.0]
    found = signature_of(analysis.with_results(differential=replace(genes, table=table)))  # type: ignore[type-var]
    assert found
    assert found.chosen[0] == "TWICE"
    assert found.higher["TWICE"] == found.classes[1]
    assert len(found.chosen) == len(selection.chosen) - 1  # type: ignore[union-attr]
    assert signature_of(synthetic.four_class()).higher == {}  # type: ignore[union-attr]
