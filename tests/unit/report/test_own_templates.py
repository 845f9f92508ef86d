"""Templates of the lab's own in the report: written out and unchanged, in other words, and sections that are added."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from genereport.analyses.result import Skipped
from genereport.errors import RenderError
from genereport.report.composition import compose, section_writer
from genereport.report.document import Block, Code, Document, Figure, Note, Section, Table, Value, inlines
from genereport.report.originals import originals
from genereport.report.theme import Theme
from genereport.report.theme_folder import read_theme
from genereport.report.value_ids import agrees, resolve
from genereport.runs.templates import write_templates
from tests.analyses import composed
from tests.unit.report import synthetic
from tests.unit.report.drawing import page_without_pictures

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "templates"
COMPONENTS = "sections/components.md.j2"


@cache
def content() -> dict[str, Any]:
    stored: dict[str, Any] = json.loads(synthetic.two_class().to_json())
    return stored


def theme_of(folder: Path) -> Theme:
    return replace(read_theme(folder), content=content())


def write(folder: Path, **files: str) -> Theme:
    """A folder with a theme.toml, files named by its letters with ``__`` for a stop and ``_`` for a slash."""
    for name, text in files.items():
        path = folder / name.replace("__", ".").replace("_", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return theme_of(folder)


def told(block: Block) -> list[Any]:
    """Everything that is printed of a block, with the ids of its numbers."""
    named = [block.kind, getattr(block, "id", ""), getattr(block, "title", ""), getattr(block, "alt", "")]
    return [*named, *inlines(block), *(part for one in getattr(block, "blocks", ()) for part in told(one))]


def section(document: Document, name: str) -> Section:
    return next(block for block in document.walk() if isinstance(block, Section) and block.id == name)


def values(block: Section) -> Iterator[Value]:
    for each in (block, *block.walk()):
        yield from (part for part in inlines(each) if isinstance(part, Value))


def test_templates_that_are_written_out_and_not_changed_change_no_byte(tmp_path: Path) -> None:
    write_templates(tmp_path)
    theme = theme_of(tmp_path)
    assert theme.notes == ()
    made = compose(synthetic.two_class(), theme)
    assert page_without_pictures(made, theme) == page_without_pictures(composed(synthetic.two_class))


def test_words_in_german_change_their_section_alone(tmp_path: Path) -> None:
    theme = write(tmp_path, sections_components__md__j2=(EXAMPLE / COMPONENTS).read_text())
    made, before = compose(synthetic.two_class(), theme), composed(synthetic.two_class)
    assert [one.id for one in made.sections] == [one.id for one in before.sections]
    changed = [one.id for one in before.sections if told(section(made, one.id)) != told(one)]
    assert changed == ["sec-components"]
    assert [told(block) for block in made.abstract] == [told(block) for block in before.abstract]
    assert made.references == before.references
    german, english = section(made, "sec-components"), section(before, "sec-components")
    assert german.title == "Hauptkomponenten"
    assert {value.id for value in values(german)} <= {value.id for value in values(english)}
    assert [one.rows for one in german.walk() if isinstance(one, Table)] == [
        one.rows for one in english.walk() if isinstance(one, Table)
    ]
    figure = next(one for one in german.walk() if isinstance(one, Figure))
    assert (figure.id, figure.alt.partition(" ")[0]) == ("fig-pca", "Streudiagramm")


def test_the_example_of_the_documentation_can_be_used() -> None:
    theme = theme_of(EXAMPLE)
    made = compose(synthetic.two_class(), theme)
    assert {own.id for own in theme.settings.section} == {"sec-availability"} < {one.id for one in made.sections}
    assert section(made, "sec-trust").title == "Robustness"
    assert section(made, "sec-components").title == "Hauptkomponenten"
    assert "sec-networks" not in {one.id for one in made.walk() if isinstance(one, Section)}
    assert theme.logo.startswith("data:image/svg+xml;base64,")


def test_the_numbers_of_the_example_are_those_of_the_results() -> None:
    made = compose(synthetic.two_class(), theme_of(EXAMPLE))
    for name in ("sec-components", "sec-availability"):
        found = list(values(section(made, name)))
        assert found
        for value in found:
            assert agrees(value.text, resolve(content(), value.id)), value
    assert [value.id for value in values(section(made, "sec-availability"))] == [
        "differential.tested", "differential.bonferroni", "inputs[0].size",
    ]  # fmt: skip


def test_a_part_is_replaced_wherever_it_is_included(tmp_path: Path) -> None:
    theme = write(tmp_path, sections_partners__md__j2="{{ differential.lone | count }} allein.\n")
    result = replace(synthetic.two_class().differential, method="paired t", covariates=("patient",), lone=3)
    paired = synthetic.two_class().with_results(differential=result)
    made = section_writer(paired, theme).section("differential")
    first = made.blocks[0]
    parts = list(inlines(first))
    assert Value("differential.lone", "3") in parts
    assert any(isinstance(part, str) and " allein." in part for part in parts)


def test_super_keeps_our_words_and_adds_to_them(tmp_path: Path) -> None:
    text = '{% extends "genereport/sections/components.md.j2" %}{% block body %}{{ super() }}\n\nAdded.\n{% endblock %}'
    theme = write(tmp_path, sections_components__md__j2=text)
    ours = section_writer(synthetic.two_class()).section("components")
    theirs = section_writer(synthetic.two_class(), theme).section("components")
    assert told(theirs)[: len(told(ours))] == told(ours)
    assert told(theirs.blocks[-1])[-1] == "Added."


def test_a_block_that_ours_does_not_have_is_told_where_it_belongs(tmp_path: Path) -> None:
    text = (
        '{% extends "genereport/sections/components.md.j2" %}{% block limits %}- {{ components.genes }}.{% endblock %}'
    )
    theme = write(tmp_path, sections_components__md__j2=text)
    made = section_writer(synthetic.two_class(), theme).write("components", "limits")
    genes = str(synthetic.two_class().components.genes)
    assert next(part for block in made for part in inlines(block)) == Value("components.genes", genes)


OWN = "# Data & `code` {: #sec-own }\n\nThe <b>first</b> gene is {{ differential.table[0].gene | code }}.\n"


def test_an_own_section_is_a_section_like_ours(tmp_path: Path) -> None:
    asked = '[[section]]\nfile = "own.md.j2"\nafter = "sec-components"\n'
    more = "## Size\n\n- {{ differential.tested | count }} genes\n- {{ ref('tab-ours') }}\n"
    table = (
        '{% call plain_table("tab-ours", ["Class", "Samples"], [["a", differential.sizes[0]]], numeric=[1]) %}'
        "Ours.{% endcall %}\n"
    )
    theme = write(tmp_path, theme__toml=asked, own__md__j2=OWN + more + table)
    made = compose(synthetic.two_class(), theme)
    ids = [one.id for one in made.sections]
    assert ids[ids.index("sec-components") + 1] == "sec-own"
    own = section(made, "sec-own")
    gene = synthetic.two_class().differential.table.index[0]
    assert list(inlines(own.blocks[0])) == ["The <b>first</b> gene is ", Code(str(gene)), "."]
    assert [value.id for value in values(own)] == ["differential.tested", "differential.sizes[0]"]
    html = page_without_pictures(made, theme)
    assert "<p>The &lt;b&gt;first&lt;/b&gt; gene is <code>" in html
    assert '<span data-result="differential.sizes[0]">27</span>' in html
    assert "Data &amp; code</h2>" in html


def test_an_own_section_may_cite_what_the_report_does_not(tmp_path: Path) -> None:
    assert "miller2011" not in {entry.key for entry in composed(synthetic.four_class).references}
    asked = '[[section]]\nfile = "own.md.j2"\n'
    theme = write(tmp_path, theme__toml=asked, own__md__j2='# Own {: #sec-own }\n\n{{ cite("miller2011") }}\n')
    made = compose(synthetic.four_class(), theme)
    assert made.references[-1].key == "miller2011"


def test_an_own_section_says_what_was_skipped(tmp_path: Path) -> None:
    asked = (
        '[[section]]\nfile = "own.md.j2"\n[[section]]\nfile = "o.html"\nid = "sec-o"\ntitle = "O"\nneeds = ["trend"]\n'
    )
    text = "# Own {: #sec-own .unnumbered }\n\n{{ components.needed }}\n"
    theme = write(tmp_path, theme__toml=asked, own__md__j2=text, o__html="{{ value('trend.runs') }}")
    skipped = Skipped("The training samples span fewer than two principal components.")
    made = compose(synthetic.two_class().with_results(components=skipped), theme)
    own, other = section(made, "sec-own"), section(made, "sec-o")
    assert (own.title, own.numbered) == ("Own", False)
    (note,) = own.blocks
    assert isinstance(note, Note)
    assert note.body.parts == ("This analysis was not done. ", Value("components.skipped", skipped.skipped))
    assert told(other)[-1] == "This section cannot be written: there is no result 'trend'."


def test_blocks_of_an_own_section_are_heard_in_their_order(tmp_path: Path) -> None:
    text = "{% block body %}{{ each('limits') }}{% endblock %}\n"
    body = "{% block body %}\n# Own {: #sec-own }\n{% endblock %}\n"
    own = body + "{% block limits %}- {{ differential.tested }}{% endblock %}"
    theme = write(tmp_path, theme__toml='[[section]]\nfile = "own.md.j2"\n', own__md__j2=own)
    (tmp_path / "all.md.j2").write_text(text)
    (items,) = section_writer(synthetic.two_class(), theme).write("all.md.j2")
    last = list(inlines(items))[-1]
    assert last == Value("differential.tested", str(synthetic.two_class().differential.tested))


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("\n{{ components.variance[0].shares }}", 3, "'components.variance[0].shares' is not in this version"),
        ("\n\n{{ components.variance[0]['none'] }}", 4, "'components.variance[0].none' is not in this version"),
        ("\n{{ differential.sizes }}", 3, "'differential.sizes' is not one value but several"),
        ("\n{{ differential.table }}", 3, "'differential.table' is not one value but several"),
        ("\n{{ components.needed + 1 }}", 3, "unsupported operand"),
        (
            "\n{% set name = 'pcaa' %}\n{% call figure(name) %}Alt: A.{% endcall %}",
            4,
            "There is no figure 'pcaa'. Did you mean",
        ),
        ("\n{{ components.variance.row(component='PC999').share }}", 3, "no row with {'component': 'PC999'}"),
    ],
)
def test_what_only_the_results_tell_is_told_with_file_and_line(
    tmp_path: Path, text: str, line: int, problem: str
) -> None:
    own = tmp_path / "own.md.j2"
    theme = write(
        tmp_path, theme__toml='[[section]]\nfile = "own.md.j2"\n', own__md__j2=f"# Own {{: #sec-own }}\n{text}"
    )
    with pytest.raises(RenderError) as caught:
        section_writer(synthetic.two_class(), theme).section("own.md.j2")
    assert (caught.value.code, caught.value.where) == ("GR503", f"{own}, line {line}")
    assert problem in caught.value.problem


def test_an_error_in_our_words_names_our_file() -> None:
    broken = replace(synthetic.two_class().components, share="half")
    with pytest.raises(RenderError) as caught:
        section_writer(synthetic.two_class().with_results(components=broken)).section("components")
    assert caught.value.where == f"{originals()[COMPONENTS]}, line 5"


def test_the_same_figure_twice_is_refused(tmp_path: Path) -> None:
    asked = '[[section]]\nfile = "own.md.j2"\n'
    text = "# Own {: #sec-own }\n\n{% set name = 'pca' %}\n{% call figure(name) %}\nA.\n\nAlt: A.\n{% endcall %}\n"
    theme = write(tmp_path, theme__toml=asked, own__md__j2=text)
    with pytest.raises(RenderError, match="The id 'fig-pca' occurs twice in the report"):
        compose(synthetic.two_class(), theme)
