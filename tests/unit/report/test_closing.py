"""What all analyses say together: the title block, the abstract, the methods and the limits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from genereport.analyses.columns import Style
from genereport.analyses.result import Skipped
from genereport.analysis import Analysis
from genereport.errors import Finding
from genereport.report.composition import compose, section_writer
from genereport.report.document import Block, Items, Note, Paragraph, Section, Value, inlines
from genereport.report.sections import SectionWriter
from genereport.report.theme_folder import read_theme
from tests.unit.report.synthetic import two_class, without_independent_set

WARNED = (
    Finding("GR304", "warning", "x", "Class _x_ is small."),
    Finding("GR300", "note", "y", "Nothing to worry about."),
    Finding("GR307", "warning", "z", "Arrays differ."),
)
TOO_FEW = Finding("GR335", "warning", "class", "There are too few samples. No model is trained.")


def found(analysis: Analysis, *findings: Finding) -> Analysis:
    return analysis.with_results(quality=replace(analysis.quality, findings=findings))


def text(*blocks: Block) -> str:
    parts = [part for block in blocks for part in inlines(block)]
    return "".join(part if isinstance(part, str) else getattr(part, "text", "") for part in parts)


def abstract(analysis: Analysis) -> tuple[Block, ...]:
    return section_writer(analysis).write("abstract")


def details(analysis: Analysis) -> list[str]:
    (items,) = section_writer(analysis).write("title", "details")
    assert isinstance(items, Items)
    return [text(item) for item in items.items]


def test_the_abstract_is_one_paragraph_and_begins_with_the_cohort() -> None:
    made = two_class()
    note, told, *rest = abstract(found(made))
    assert note == Note(
        "warning", Paragraph(("This cohort is simulated. No number in this report is from a patient.",))
    )
    assert isinstance(told, Paragraph)
    assert [block.kind for block in rest if block.kind != "items"] == ["figure", "figure"]
    assert text(told).startswith(
        f"The cohort has 72 samples (47 ALL and 25 AML, 34 of them in an independent set) and {made.quality.genes:,} "
        f"genes or probes. Of {made.differential.tested:,} genes tested"
    )
    assert "The first genes of the signature are " in text(told)
    assert {"quality.counts[0].all", "quality.counts[1].class", "quality.test"} <= {
        part.id for part in inlines(told) if isinstance(part, Value)
    }
    assert text(*abstract(replace(found(without_independent_set()), simulated=False))).startswith(
        "The cohort has 72 samples (30 healthy and 42 tumour <stage IV> & relapse) and "
    )


def caveats(analysis: Analysis) -> list[str]:
    """The items below the abstract."""
    lists = [block for block in abstract(analysis) if isinstance(block, Items)]
    return [text(item) for items in lists for item in items.items]


def test_caveats_are_the_titles_of_the_warnings() -> None:
    told = ["Caveats: Class confounded with a covariate (x), .", "Unbalanced classes (z), ."]
    assert caveats(found(two_class(), *WARNED)) == told
    assert caveats(found(two_class(), WARNED[1])) == []


def test_a_caveat_that_is_the_reason_for_having_no_models_is_not_told_twice() -> None:
    without = two_class().with_results(models=Skipped("There are too few samples."))
    assert caveats(found(without, WARNED[0], TOO_FEW)) == ["Caveat: Class confounded with a covariate (x), ."]
    assert caveats(found(without, TOO_FEW)) == []


def test_the_methods_are_a_section_of_what_ran() -> None:
    methods = section_writer(two_class()).section("methods")
    parts = [block.id for block in methods.blocks if isinstance(block, Section)]
    assert (methods.id, methods.title) == ("sec-methods", "Methods")
    assert [part for part in parts if part in ("sec-methods-tests", "sec-methods-signature")] == [
        "sec-methods-tests",
        "sec-methods-signature",
    ]
    skipped = two_class().with_results(biomarkers=Skipped("It was late."), enrichment=Skipped("It was late."))
    left = [block.id for block in section_writer(skipped).section("methods").blocks if isinstance(block, Section)]
    assert not {"sec-methods-signature", "sec-methods-known"} & set(left)


def test_the_limits_are_one_list_that_begins_with_the_warnings() -> None:
    limits = section_writer(found(two_class(), *WARNED)).section("limits")
    (items,) = limits.blocks
    assert isinstance(items, Items)
    told = ["Class confounded with a covariate (x), .", "Unbalanced classes (z), ."]
    assert [text(item) for item in items.items[:2]] == told
    assert "is not adjusted for any covariate" in text(items)
    quiet = section_writer(found(two_class())).section("limits").blocks[0]
    assert isinstance(quiet, Items)
    assert len(quiet.items) == len(items.items) - 2


@pytest.mark.parametrize(
    ("analysis", "subtitle"),
    [
        (two_class, "47 ALL and 25 AML · 38 training and 34 independent samples"),
        (without_independent_set, "30 healthy and 42 tumour <stage IV> & relapse · 72 samples"),
    ],
)
def test_the_subtitle_tells_who_was_compared(analysis, subtitle: str) -> None:  # type: ignore[no-untyped-def]
    (told,) = section_writer(analysis()).write("title", "subtitle")
    assert text(told) == subtitle
    assert "quality.train" in {part.id for part in inlines(told) if isinstance(part, Value)}


def test_the_title_block_tells_what_the_report_was_made_from() -> None:
    made = two_class()
    report = made.settings["report"] | {"date": "2024-02-29"}
    file = replace(made.inputs[0], name="a: *b*  c.tsv")
    real = replace(
        made,
        simulated=False,
        inputs=(file, replace(file, name="d.tsv")),
        settings=made.settings | {"report": report, "seed": 7},
        versions={"genereport": "1.2.3"},
    )
    document = compose(real)
    assert text(document.subtitle) == "47 ALL and 25 AML · 38 training and 34 independent samples"
    assert document.details == (
        ("Date", "2024-02-29"),
        ("Data", "a: *b*  c.tsv and d.tsv"),
        ("Made with", "genereport 1.2.3, seed 7"),
    )


def test_the_title_block_names_four_files_at_most_and_no_date_unless_there_is_one() -> None:
    made = two_class()
    assert details(made)[0] == "Data: Simulated cohort"
    real = replace(made, simulated=False)
    assert details(replace(real, inputs=made.inputs * 5))[0].count(made.inputs[0].name) == 4
    assert details(replace(real, inputs=()))[0] == "Data: in memory"


def test_what_the_analyses_say_runs_on(tmp_path: Path) -> None:
    folder = tmp_path / "sections"
    folder.mkdir()
    (folder / "one.md.j2").write_text("{% block told %}\nFirst.\n{% endblock %}")
    (folder / "two.md.j2").write_text("{% block told %}\n{% if false %}\nNever.\n{% endif %}\n{% endblock %}")
    (folder / "three.md.j2").write_text("{% block body %}\nNothing here.\n{% endblock %}")
    (folder / "four.md.j2").write_text("{% block told %}Second.{% endblock %}")
    (folder / "five.md.j2").write_text(
        "{% block told %}\n{% call note('note') %}\nThird.\n{% endcall %}\n{% endblock %}"
    )
    (folder / "six.md.j2").write_text("{% block told %}\n## Fourth {: #sec-fourth }\n{% endblock %}")
    (folder / "all.md.j2").write_text("{% block body %}\nNow.\n{{ each('told') }}\n{% endblock %}")
    parts = ["one", "two", "three", "four", "five", "six"]
    made = SectionWriter({}, {}, {}, {}, Style(), parts, tmp_path).write("all")
    assert made == (
        Paragraph(("Now. First. Second.",)),
        Note("note", Paragraph(("Third.",))),
        Section("sec-fourth", "Fourth", ()),
    )


def test_a_lab_may_change_what_stands_around_the_sections(tmp_path: Path) -> None:
    folder = tmp_path / "sections"
    folder.mkdir()
    changes = {
        "title": "{% block subtitle %}\nCompared by us.\n{% endblock %}",
        "abstract": "{% block body %}\n{{ super() }}\n\nOf {{ quality.samples | count }} samples.\n{% endblock %}",
        "checklists": "{% block body %}\n# Lists {: #sec-checklists }\n\n{{ lists | length }} lists.\n{% endblock %}",
        "skipped": '{% block body %}\n{% call note("note") %}\nNot here. {{ reason }}\n{% endcall %}\n{% endblock %}',
    }
    for name, text_of_block in changes.items():
        extended = f'{{% extends "genereport/sections/{name}.md.j2" %}}\n{text_of_block}\n'
        (folder / f"{name}.md.j2").write_text(extended)
    skipped = two_class().with_results(enrichment=Skipped("It was late."))
    document = compose(skipped, read_theme(tmp_path))
    assert text(document.subtitle) == "Compared by us."
    assert document.details == compose(skipped).details
    assert text(document.abstract[-1]) == "Of 72 samples."
    assert document.sections[-1].title == "Lists"
    assert text(*document.sections[-1].blocks) == "3 lists."
    (known,) = (section for section in document.sections if section.id == "sec-known")
    assert text(*known.blocks) == "Not here. It was late."
