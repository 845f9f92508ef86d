"""Templates run in a sandbox: they see the document, and what fails in them is told with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from genereport.errors import RenderError
from genereport.plotting.drawn import Drawn
from genereport.plotting.style import canvas
from genereport.report.document import Document, Figure, Section
from genereport.report.templating import environment, fill, parsed
from tests.words import prose


def document() -> Document:
    with canvas(1.0) as (figure, _):
        drawn = Drawn(figure)
    section = Section("sec-a", "A <b>", (Figure("fig-a", lambda: drawn, prose("Caption."), "Nothing."),))
    return Document("Title <b>", prose("Sub"), (), simulated=False, abstract=(), sections=(section,))


def filled(folder: Path, text: str, name: str = "own.html.j2") -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return fill(environment(folder), name, document=document())


def test_values_are_escaped(tmp_path: Path) -> None:
    assert filled(tmp_path, "{{ document.title }}") == "Title &lt;b&gt;"
    told = filled(tmp_path, "{% for part in document.walk() %}{{ part.kind }} {{ part.id }};{% endfor %}")
    assert told == "section sec-a;figure fig-a;"


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("a\n{% if %}", 2, "Expected an expression"),
        ("a\nb\n{{ nothing }}", 3, "'nothing' is undefined"),
        ("{{ document.nothing }}", 1, "no attribute 'nothing'"),
        ("a\n\n{{ 1 / 0 }}", 3, "division by zero"),
        ("{{ {}['a']['b'] }}", 1, "has no attribute 'a'"),
        ("a\n{% include 'missing.html.j2' %}", 2, "missing.html.j2"),
        ("a\n{% include '../outside.html.j2' %}", 2, "../outside.html.j2"),
        ("{% include '/etc/passwd' %}", 1, "/etc/passwd"),
        ("a\n{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", 2, "recursion"),
        ("{{ 'a' + 1 }}", 1, "concatenate"),
        ("{{ range(10**9) }}", 1, "too big"),
    ],
)
def test_a_mistake_is_told_with_file_and_line(tmp_path: Path, text: str, line: int, problem: str) -> None:
    (tmp_path / "outside.html.j2").write_text("secret")
    folder = tmp_path / "theme"
    folder.mkdir()
    with pytest.raises(RenderError) as caught:
        filled(folder, text)
    assert caught.value.code == "GR503"
    assert caught.value.where == f"{folder / 'own.html.j2'}, line {line}"
    assert problem in caught.value.problem


def test_the_place_does_not_depend_on_the_ending_of_the_name(tmp_path: Path) -> None:
    with pytest.raises(RenderError) as caught:
        filled(tmp_path, "a\n{{ 1 / 0 }}", "summary.html")
    assert caught.value.where == f"{tmp_path / 'summary.html'}, line 2"


def test_a_template_is_parsed_without_being_filled_in(tmp_path: Path) -> None:
    (tmp_path / "good.html.j2").write_text("{{ nothing }}")
    parsed(environment(tmp_path), "good.html.j2")
    (tmp_path / "bad.html.j2").write_text("\n{% for %}")
    with pytest.raises(RenderError, match=r"GR503.*bad\.html\.j2, line 2"):
        parsed(environment(tmp_path), "bad.html.j2")
    with pytest.raises(RenderError, match=r"GR503.*none\.html\.j2"):
        parsed(environment(tmp_path), "none.html.j2")
    (tmp_path / "latin.html.j2").write_bytes(b"\xe9")
    with pytest.raises(RenderError, match=r"GR503.*latin\.html\.j2"):
        parsed(environment(tmp_path), "latin.html.j2")


ESCAPES = (
    "document.__class__",
    "document|attr('__class__')",
    "document['__class__']",
    "''.__class__.__mro__[1].__subclasses__()",
    "document.walk.__func__.__globals__",
    "document.walk().gi_frame.f_globals",
    "[document]|map(attribute='__class__')|join",
    "cycler.__init__.__globals__",
    "lipsum.__globals__['os']",
    "joiner.__init__",
    "namespace.__init__",
    "self._TemplateReference__context",
    "'{0.__class__}'.format(document)",
    "('{0.__class__.__mro__}'|safe).format(document)",
    "drawn.figure.savefig(path)",
    "drawn.figure.canvas.print_figure(path)",
    "drawn.figure.axes[0].figure",
    "drawn.figure.get_label()",
    "document.__init__.__globals__",
    "document.details.append(1)",
)


@pytest.mark.parametrize("expression", ESCAPES)
def test_the_sandbox_holds(tmp_path: Path, expression: str) -> None:
    target = tmp_path / "written.png"
    text = (
        f"{{% set drawn = document.sections[0].blocks[0].drawn %}}{{% set path = '{target}' %}}{{{{ {expression} }}}}"
    )
    with pytest.raises(RenderError, match="GR503"):
        filled(tmp_path, text)
    assert not target.exists()


def test_a_template_changes_no_document(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="GR503"):
        filled(tmp_path, "{% set x = [1] %}{{ x.append(2) }}")
    with pytest.raises(RenderError, match="GR503"):
        filled(tmp_path, "{% set document.title = 'x' %}")


def test_ours_are_found_below_their_own_name_and_a_lab_s_come_first(tmp_path: Path) -> None:
    (tmp_path / "nodes.html.j2").write_text("{% macro inline(parts) %}theirs{% endmacro %}")
    text = "{%% from '%s' import inline with context %%}{{ inline(['ours']) }}"
    assert filled(tmp_path, text % "nodes.html.j2") == "theirs"
    told = fill_with_medium(tmp_path, text % "genereport/nodes.html.j2")
    assert told == "ours"


def fill_with_medium(folder: Path, text: str) -> str:
    (folder / "other.html.j2").write_text(text)
    return fill(environment(folder), "other.html.j2", document=document(), medium="screen", labels={}, citations={})
