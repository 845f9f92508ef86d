"""A lab's own folder of templates: logo, colours, titles, sections left out and added, and what is refused."""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from genereport.errors import RenderError
from genereport.plotting.drawn import Drawn
from genereport.plotting.style import canvas
from genereport.report.checklists import checklist_rows
from genereport.report.document import (
    LEFT_OUT,
    Cite,
    Column,
    Document,
    Figure,
    Ref,
    Reference,
    Section,
    Table,
    numbers,
)
from genereport.report.render import to_html, to_markdown, to_pdf
from genereport.report.scripts import digest
from genereport.report.theme import Theme, apply_theme
from genereport.report.theme_folder import read_theme
from genereport.resources import folder
from genereport.runs.store import write_report
from tests.analyses import composed, lean
from tests.command import genereport, in_process
from tests.unit.report import synthetic
from tests.words import prose

CONTENT = {
    "differential": {"bonferroni": 1234, "pi0": 0.25, "method": "Welch <t>", "correlation": None, "independent": True}
}
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="10"><rect width="40" height="10" fill="#7a0019"/></svg>'
)

Make = Callable[..., Theme]


def document() -> Document:
    with canvas(1.0) as (empty, _):
        drawn = Drawn(empty)
    figure = Figure("fig-one", lambda: drawn, prose("A figure."), "Nothing is drawn.")
    table = Table("tab-one", prose("One."), (Column("x"),), (("1",),))
    inner = Section("sec-networks", "Inner", (table, prose("Cited {c}.", c=Cite(("first",)))))
    methods = Section("sec-methods", "Methods", (prose("See {t}, {s}.", t=Ref("tab-one"), s=Ref("sec-cohort")),))
    return Document(
        "Title", prose("Sub"), (), simulated=False, abstract=(prose("See {t}.", t=Ref("tab-one")),),
        sections=(
            Section("sec-cohort", "Cohort of <b>X</b>", (inner, figure)),
            methods,
            Section("sec-limits", "Limits", (prose("Cited {c}.", c=Cite(("second",))),)),
            Section("sec-session", "Session info", (prose("Seed."),), numbered=False),
        ),
        references=(Reference("first", "First, F.", ""), Reference("second", "Second, S.", "")),
    )  # fmt: skip


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def made(settings: str = "", **files: str) -> Theme:
        (tmp_path / "theme.toml").write_text(settings, encoding="utf-8")
        for name, text in files.items():
            (tmp_path / name.replace("_", ".").replace("..", "_")).write_text(text, encoding="utf-8")
        return replace(read_theme(tmp_path), content=CONTENT)

    return made


def text_of(page: str) -> str:
    body = page[page.index("<main>") : page.index("</main>")]
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def headings(page: str) -> list[str]:
    found = re.findall(r"<h[23][^>]*>(.*?)</h[23]>", page)
    return [" ".join(re.sub(r"<[^>]+>", "", one).split()) for one in found]


def test_an_empty_folder_changes_nothing(make: Make) -> None:
    theme = make()
    assert to_html(apply_theme(document(), theme), theme=theme) == to_html(document())


def test_a_title_is_another_and_the_numbers_stay(make: Make) -> None:
    theme = make('titles = { sec-limits = "Caveats", sec-networks = "Within" }')
    page = to_html(apply_theme(document(), theme), theme=theme)
    found = headings(page)
    assert "3 Caveats" in found
    assert "1.1 Within" in found
    assert "Limits" not in text_of(page)


def test_what_is_left_out_is_gone_and_named_and_no_reference_leads_to_it(make: Make) -> None:
    theme = make('omit = ["sec-cohort"]')
    made = apply_theme(document(), theme)
    page = to_html(made, theme=theme)
    assert "fig-one" not in page
    assert 'href="#tab-one"' not in page
    assert 'href="#sec-cohort"' not in page
    assert f"See {LEFT_OUT}." in text_of(page)
    assert f"See {LEFT_OUT}, {LEFT_OUT}." in text_of(page)
    assert headings(page)[2:4] == ["1 Methods", "2 Limits"]
    assert "The templates of this report omit the following sections: Cohort of &lt;b&gt;X&lt;/b&gt;." in text_of(page)
    assert to_markdown(made.sections[0], made) == f"# Methods\n\nSee {LEFT_OUT}, {LEFT_OUT}.\n"
    assert [entry.key for entry in made.references] == ["second"]
    assert 'href="#ref-second">1</a>' in page


def test_a_subsection_can_be_left_out(make: Make) -> None:
    theme = make('omit = ["sec-networks"]')
    made = apply_theme(document(), theme)
    assert [block.id for block in made.walk() if isinstance(block, Section)] == [
        "sec-cohort", "sec-methods", "sec-limits", "sec-session",
    ]  # fmt: skip
    assert "omit the following sections: Inner." in text_of(to_html(made, theme=theme))
    assert numbers(made)["fig-one"] == "Figure 1"


def test_the_note_of_what_is_left_out_cannot_itself_be_left_out(make: Make) -> None:
    theme = make('omit = ["sec-session", "sec-limits"]')
    page = text_of(to_html(apply_theme(document(), theme), theme=theme))
    assert "Left out The templates of this report omit the following sections: Limits and Session info." in page


ADDED = """
[[section]]
id = "sec-first"
title = "First <own>"
file = "first.html"
after = "sec-cohort"

[[section]]
id = "sec-end"
title = "End"
file = "second.html"

[[section]]
id = "sec-second"
title = "Second"
file = "second.html"
after = "sec-cohort"

[[section]]
id = "sec-deep"
title = "Deep"
file = "second.html"
after = "sec-networks"

[[section]]
id = "sec-contact"
title = "Contact"
file = "second.html"
numbered = false
"""


def test_own_sections_stand_where_they_are_asked_for_in_their_order(make: Make) -> None:
    theme = make(ADDED, first_html="<p>One {{ document.title }}</p>", second_html="<p>Two</p>")
    made = apply_theme(document(), theme)
    labels = numbers(made)
    assert [section.id for section in made.sections] == [
        "sec-cohort", "sec-first", "sec-second", "sec-methods", "sec-limits", "sec-session", "sec-end", "sec-contact",
    ]  # fmt: skip
    assert [labels[name] for name in ("sec-first", "sec-second", "sec-methods", "sec-end")] == [
        "Section 2", "Section 3", "Section 4", "Section 6",
    ]  # fmt: skip
    assert labels["sec-deep"] == "Section 1.2"
    page = to_html(made, theme=theme)
    assert "2 First &lt;own&gt; One Title" in text_of(page)
    assert "Contact Two" in text_of(page)
    assert page.index("End</h2>") < page.index(">References</h2>") < page.index("Contact</h2>")


def test_an_own_section_may_stand_in_place_of_one_that_is_left_out(make: Make) -> None:
    asked = 'omit = ["sec-cohort"]\n[[section]]\nid = "sec-own"\ntitle = "Own"\nfile = "o.html"\nafter = "sec-cohort"\n'
    made = apply_theme(document(), make(asked, o_html="x"))
    assert [section.id for section in made.sections][:2] == ["sec-own", "sec-methods"]


def own(make: Make, text: str) -> str:
    theme = make('[[section]]\nid = "sec-own"\ntitle = "Own"\nfile = "own.html"\n', own_html=text)
    return to_html(apply_theme(document(), theme), theme=theme)


def test_numbers_of_the_results_carry_their_ids(make: Make) -> None:
    page = own(
        make,
        '{{ value("differential.bonferroni") }}, {{ value("differential.pi0", 3) }}, '
        '{{ value("differential.method") }}, {{ value("differential.correlation") }}, '
        '{{ value("differential.independent") }}',
    )
    assert '<span data-result="differential.bonferroni">1,234</span>' in page
    assert '<span data-result="differential.pi0">0.250</span>' in page
    assert '<span data-result="differential.method">Welch &lt;t&gt;</span>' in page
    assert '<span data-result="differential.correlation">–</span>' in page
    assert '<span data-result="differential.independent">yes</span>' in page


def test_values_are_escaped_in_own_templates(make: Make) -> None:
    assert "<h4>Cohort of &lt;b&gt;X&lt;/b&gt;</h4>" in own(make, "<h4>{{ document.sections[0].title }}</h4>")


def test_a_template_may_change_one_block_of_ours(make: Make) -> None:
    text = (
        '{% extends "genereport/report.html.j2" %}\n'
        '{% block title_block %}{{ super() }}<p>Found: {{ value("differential.bonferroni") }}</p>{% endblock %}\n'
    )
    theme = make("", report_html_j2=text)
    page = to_html(apply_theme(document(), theme), theme=theme)
    assert '<h1 class="title">Title</h1>' in page
    assert '<p>Found: <span data-result="differential.bonferroni">1,234</span></p>' in page
    assert "3 Limits" in headings(page)


def test_a_template_need_not_show_our_figures(make: Make) -> None:
    text = '{% extends "genereport/report.html.j2" %}{% block sections %}<h2>Mine</h2>{% endblock %}'
    theme = make("", report_html_j2=text)
    with pikepdf.open(io.BytesIO(to_pdf(apply_theme(document(), theme), theme=theme))) as pdf:
        assert len(pdf.pages) >= 1


def test_a_script_of_a_template_is_not_among_those_that_may_run(make: Make) -> None:
    script = "alert(1)"
    page = own(make, f"<script>{script}</script>")
    policy = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert f"<script>{script}</script>" in page
    assert digest(script).strip("'") not in policy[1]
    assert "unsafe-inline" not in policy[1].split("script-src")[1].split(";")[0]


def test_colours_follow_the_style_sheets_and_are_lighter_on_a_dark_screen(make: Make) -> None:
    theme = make('colours = { accent = "#7a0019" }', common_css=".both { top: 0 }")
    assert theme.colours(screen=False) == ":root { --accent: #7a0019; }"
    page = to_html(apply_theme(document(), theme), theme=theme)
    accent = "--accent: light-dark(#7a0019, color-mix(in srgb, #7a0019 45%, white));"
    assert page.rindex("--accent: ") == page.index(accent) > page.index(".both { top: 0 }")


def ours(name: str) -> str:
    return (folder("templates") / name).read_text(encoding="utf-8")


def test_a_style_sheet_takes_the_place_of_ours_or_adds_to_it(make: Make) -> None:
    theme = make(common_css=".both { top: 0 }", screen_css='@import "genereport/screen.css";\n.mine { color: red }\n')
    page = to_html(apply_theme(document(), theme), theme=theme)
    assert ours("common.css") not in page
    fonts, *_ = re.findall(r"<style>\n((?:@font-face \{[^}]*\}\n)+)", page)
    assert f"<style>\n{fonts}.both {{ top: 0 }}\n{ours('screen.css')}\n.mine {{ color: red }}\n" in page
    assert theme.style("print.css") is None


def test_a_style_sheet_that_there_is_not_is_told_with_its_line(make: Make, tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"GR503.*print\.css, line 2: There is no style sheet 'paper\.css'"):
        make(print_css='p { top: 0 }\n@import "genereport/paper.css";')


@pytest.mark.parametrize("kind", ["svg", "png", "jpg"])
def test_a_logo_is_on_both_pages_with_its_text(make: Make, tmp_path: Path, kind: str) -> None:
    if kind == "svg":
        (tmp_path / "logo.svg").write_text(SVG)
    else:
        Image.new("RGB", (80, 20), "#7a0019").save(tmp_path / f"logo.{kind}")
    theme = make(f'logo = "logo.{kind}"\nlogo_alt = "Our <lab>"')
    made = apply_theme(document(), theme)
    media = {"svg": "image/svg+xml", "png": "image/png", "jpg": "image/jpeg"}[kind]
    assert f'<img class="logo" src="data:{media};base64,' in to_html(made, theme=theme)
    raw = to_pdf(made, theme=theme)
    with pikepdf.open(io.BytesIO(raw)) as pdf:
        alts = [str(found.Alt) for found in pdf.objects if isinstance(found, pikepdf.Dictionary) and "/Alt" in found]
        assert "Our <lab>" in alts
        assert "Nothing is drawn." in alts


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ("omit = [", "cannot be read"),
        ("omits = []", "'omits' is not valid: Extra inputs are not permitted"),
        ('omit = ["methods"]', "'omit.0' is not valid: String should match pattern"),
        ('colours = { accent = "red" }', "'colours.accent' is not valid: String should match"),
        ('colours = { paper = "#fff" }', "colours.paper"),
        ('logo = "missing.svg"', "'missing.svg' is not in the folder"),
        ('logo = "../outside.svg"', "'../outside.svg' is not in the folder"),
        ('[[section]]\nid = "sec-x"\ntitle = "X"', "'section.0.file' is not valid: Field required"),
        ('[[section]]\nid = "sec-x"\ntitle = "X"\nfile = "none.html"', "none.html"),
        ('[[section]]\nfile = "o.html"', "a section of HTML needs an id and a title"),
        ('[[section]]\ntitle = "X"\nfile = "o.md.j2"', "the template itself gives title"),
    ],
)
def test_a_theme_that_cannot_be_followed_is_refused_at_once(
    make: Make, tmp_path: Path, settings: str, problem: str
) -> None:
    (tmp_path.parent / "outside.svg").write_text(SVG)
    with pytest.raises(RenderError) as caught:
        make(settings)
    assert caught.value.code == "GR503"
    assert problem in str(caught.value)


def test_files_that_cannot_be_read_are_refused_at_once(make: Make, tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"GR503.*report\.html\.j2, line 2"):
        make("", report_html_j2="\n{% block %}")
    (tmp_path / "report.html.j2").unlink()
    (tmp_path / "screen.css").write_bytes(b"\xff\xfe")
    with pytest.raises(RenderError, match=r"GR503.*screen\.css.*UTF-8"):
        make()
    (tmp_path / "screen.css").unlink()
    (tmp_path / "theme.toml").write_bytes(b"\xff")
    with pytest.raises(RenderError, match=r"GR503.*theme\.toml.*UTF-8"):
        read_theme(tmp_path)
    with pytest.raises(RenderError, match=r"GR503.*does not exist"):
        read_theme(tmp_path / "none")


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ('omit = ["sec-none"]', "The section 'sec-none' is not in this version (0.1.0)."),
        ('titles = { sec-none = "X" }', "The section 'sec-none' is not in this version"),
        (
            '[[section]]\nid = "sec-x"\ntitle = "X"\nfile = "o.html"\nafter = "sec-none"',
            "The section 'sec-none' is not in this version",
        ),
        (
            '[[section]]\nid = "sec-limits"\ntitle = "X"\nfile = "o.html"',
            "A section with the id 'sec-limits' exists already.",
        ),
        (
            '[[section]]\nid = "sec-x"\ntitle = "X"\nfile = "o.html"\n' * 2,
            "A section with the id 'sec-x' exists already.",
        ),
    ],
)
def test_sections_that_there_are_not_and_ids_that_there_are_are_refused_at_once(
    make: Make, settings: str, problem: str
) -> None:
    with pytest.raises(RenderError) as caught:
        make(settings, o_html="x")
    assert caught.value.code == "GR503"
    assert caught.value.where.endswith("theme.toml")
    assert problem in caught.value.problem


def test_a_section_that_this_report_lacks_need_not_be_left_out_or_followed(make: Make) -> None:
    settings = 'omit = ["sec-trend"]\n[[section]]\nid = "sec-x"\ntitle = "X"\nfile = "o.html"\nafter = "sec-trend"\n'
    made = apply_theme(document(), make(settings, o_html="x"))
    assert [section.id for section in made.sections] == [
        "sec-cohort", "sec-methods", "sec-limits", "sec-session", "sec-x",
    ]  # fmt: skip
    assert "omit the following" not in text_of(to_html(made))


def test_the_file_of_earlier_versions_is_refused_by_name(make: Make, tmp_path: Path) -> None:
    (tmp_path / "house.toml").write_text("")
    with pytest.raises(RenderError, match=r"house\.toml: The file house\.toml is no longer read\. Rename it"):
        make()


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ('a\n{{ asset("../x") }}', 2, "'../x' is not in the folder"),
        ('{{ asset("/etc/passwd") }}', 1, "'/etc/passwd' is not in the folder"),
        ('a\n\n{{ asset("large.bin") }}', 3, "'large.bin' is larger than 2 MB"),
        ('{{ asset("link") }}', 1, "'link' is not in the folder"),
        ('a\n{{ value("differential.none") }}', 2, "'differential.none' is not in this version"),
        ('a\n{{ value("differential.holm") }}', 2, "The results have no 'differential.holm'"),
        ('{{ value("differential") }}', 1, "not one number"),
        ('{{ value("differential.method", 2) }}{{ 1 / 0 }}', 1, "division"),
        ("{{ value.__self__ }}", 1, "unsafe"),
    ],
)
def test_what_a_template_may_not_have_is_told_with_its_line(
    make: Make, tmp_path: Path, text: str, line: int, problem: str
) -> None:
    (tmp_path.parent / "x").write_text("secret")
    (tmp_path / "large.bin").write_bytes(b"0" * 2_000_001)
    (tmp_path / "link").symlink_to(tmp_path.parent / "x")
    with pytest.raises(RenderError) as caught:
        own(make, text)
    assert (caught.value.code, caught.value.where) == ("GR503", f"{tmp_path / 'own.html'}, line {line}")
    assert problem in caught.value.problem


def test_checklists_speak_of_what_is_left_out(make: Make) -> None:
    made = apply_theme(composed(synthetic.two_class), make('omit = ["sec-limits"]'))
    assert LEFT_OUT in "".join(checklist_rows(made)["where"])


def test_the_words_of_the_page_are_those_of_the_text() -> None:
    assert LEFT_OUT in (folder("templates") / "nodes.html.j2").read_text(encoding="utf-8")


FAST = ("--effort", "quick", "--set", "models.trees=30", "--set", "models.epochs=30", "--format", "html")
OWN = """
logo = "logo.svg"
omit = ["sec-limits"]

[[section]]
id = "sec-own"
title = "From our <lab>"
file = "own.html"
after = "sec-cohort"

[[section]]
file = "tests.md.j2"
after = "sec-cohort"
"""
MARKDOWN = """\
# How many differ? {: #sec-tests }

{{ differential.tested | count }} genes were tested; {{ differential.table[0].gene }} is the first.
"""


def write_theme(theme: Path) -> Path:
    theme.mkdir()
    (theme / "theme.toml").write_text(OWN)
    (theme / "tests.md.j2").write_text(MARKDOWN)
    (theme / "logo.svg").write_text(SVG)
    (theme / "own.html").write_text('<p>There are {{ value("differential.tested") }} genes.</p>')
    return theme


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report that was written with templates; the folder that holds both."""
    home = tmp_path_factory.mktemp("theme")
    theme = write_theme(home / "theme")
    write_report(lean(), home / "report.html", formats=["html"], templates=theme, jobs=1)
    return home


def check_built(home: Path) -> None:
    page = (home / "report.html").read_text()
    tested = json.loads((home / "report_data" / "results.json").read_text())["differential"]["tested"]
    assert f'<p>There are <span data-result="differential.tested">{tested:,}</span> genes.</p>' in page
    assert f'<p><span data-result="differential.tested">{tested:,}</span> genes were tested; ' in page
    assert '<span data-result="differential.table[0].gene">' in page
    assert {"2 From our &lt;lab&gt;", "3 How many differ?"} <= set(headings(page))
    assert '<section id="sec-limits">' not in page
    assert "The templates of this report omit the following sections: " in page
    assert in_process("verify", home / "report.html").returncode == 0


def test_a_report_is_written_with_templates(built: Path) -> None:
    check_built(built)


@pytest.mark.slow
def test_the_command_builds_with_templates(tmp_path: Path) -> None:
    theme = write_theme(tmp_path / "theme")
    done = genereport("build", "--templates", theme, "--out", tmp_path / "report.html", *FAST)
    assert done.returncode == 0, done.stderr
    check_built(tmp_path)


def test_stored_results_render_with_templates_and_without(built: Path, tmp_path: Path) -> None:
    data = built / "report_data"
    plain = in_process("render", data, "--out", tmp_path / "plain.html", "--format", "html")
    assert plain.returncode == 0, plain.stderr
    page = (tmp_path / "plain.html").read_text()
    assert '<section id="sec-limits">' in page
    assert "From our" not in text_of(page)
    again = ("render", data, "--templates", built / "theme", "--out", tmp_path / "report.html", "--format", "html")
    assert in_process(*again).returncode == 0
    assert (tmp_path / "report.html").read_bytes() == (built / "report.html").read_bytes()


@pytest.mark.parametrize("early", [True, False])
def test_a_template_that_fails_leaves_the_report_as_it_was(built: Path, tmp_path: Path, early: bool) -> None:
    theme = shutil.copytree(built / "theme", tmp_path / "theme")
    (theme / "own.html").write_text("a\n{% if %}" if early else "a\n{{ 1 / 0 }}")
    report, data = tmp_path / "report.html", tmp_path / "report_data"
    shutil.copy(built / "report.html", report)
    shutil.copytree(built / "report_data", data)
    files = {path: path.read_bytes() for path in (report, *data.rglob("*")) if path.is_file()}
    start = ("build", *FAST) if early else ("render", built / "report_data", "--format", "html")
    done = in_process(*start, "--templates", theme, "--out", report, "--force")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"[GR503] {theme / 'own.html'}, line 2: The template cannot be used" in done.stderr
    assert "Traceback" not in done.stderr
    assert "reading" not in done.stderr  # the analysis has not begun
    assert {path: path.read_bytes() for path in files} == files
    assert {path.name for path in tmp_path.iterdir()} == {"theme", "report.html", "report_data"}
