"""What a section writer makes of templates: paragraphs, plain text, and tables whose cells a template gives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from genereport.analyses.columns import Style
from genereport.errors import RenderError
from genereport.report.document import Paragraph, Table, Value
from genereport.report.sections import SectionWriter

Write = Callable[[str], SectionWriter]


@pytest.fixture
def written(tmp_path: Path) -> Write:
    """Writes the only template of a folder, ``pages/page.md.j2``."""

    def write(text: str) -> SectionWriter:
        (tmp_path / "pages").mkdir()
        (tmp_path / "pages" / "page.md.j2").write_text(text, encoding="utf-8")
        content = {"cohort": {"samples": 1200, "name": "a_b *c*"}}
        return SectionWriter(content, {}, {}, {}, Style(), own=tmp_path, folder="pages")

    return write


def test_templates_come_from_the_folder_that_was_named(written: Write) -> None:
    writer = written("{% block body %}\n{{ cohort.samples | count }} samples\n{% endblock %}")
    assert writer.paragraph("page") == Paragraph((Value("cohort.samples", "1,200"), " samples"))


def test_a_body_without_a_heading_is_refused(written: Write) -> None:
    writer = written("{% block body %}\none\n\ntwo\n{% endblock %}")
    with pytest.raises(RenderError, match=r"GR503.*must have one heading"):
        writer.section("page")


def test_a_block_is_one_paragraph_where_it_is_asked_for_as_one(written: Write) -> None:
    writer = written("{% block body %}\none\n\ntwo\n{% endblock %}")
    assert writer.paragraph("page", "subtitle") == Paragraph(())


def test_plain_text_keeps_its_lines_and_names_as_they_are(written: Write) -> None:
    writer = written("Name:   {{ cohort.name }}\n\n  {{ cohort.samples | count }}  {{ more }}\n")
    assert writer.text("page.md.j2", more="<x>") == "Name:   a_b *c*\n\n  1,200  <x>"


def test_a_mistake_in_plain_text_is_told_with_its_line(written: Write) -> None:
    with pytest.raises(RenderError, match=r"GR503.*page\.md\.j2, line 2"):
        written("one\n{{ nothing }}").text("page.md.j2")


@pytest.mark.parametrize(("options", "heads"), [("", ["A", "B"]), (", drop_empty=true", ["A"])])
def test_columns_without_content_can_be_left_out(written: Write, options: str, heads: list[str]) -> None:
    rows = '[("x", ""), ("y", "–")]'
    call = f'{{% call plain_table("tab-a", ["A", "B"], {rows}{options}) %}}\nCaption.\n{{% endcall %}}'
    (table,) = written(f"{{% block body %}}\n{call}\n{{% endblock %}}").write("page")
    assert isinstance(table, Table)
    assert [column.head for column in table.columns] == heads
    assert {len(row) for row in table.rows} == {len(heads)}
