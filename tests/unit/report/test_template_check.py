"""What is wrong with a lab's templates is found without a result, and told with file and line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import Environment

from genereport import __version__
from genereport.analyses.columns import Style
from genereport.errors import RenderError
from genereport.report.filters import section_environment
from genereport.report.originals import WRITTEN, originals
from genereport.report.sections import SectionWriter
from genereport.report.theme_folder import read_theme
from genereport.resources import folder

COMPONENTS = "sections/components.md.j2"
EXTENDED = '{% extends "genereport/sections/components.md.j2" %}\n'
OWN = "# Ours {: #sec-ours }\n\n"


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path) -> RenderError:
    with pytest.raises(RenderError) as caught:
        read_theme(folder)
    assert caught.value.code == "GR503"
    return caught.value


def refused(folder: Path, name: str, text: str, line: int) -> str:
    """What is said of a template, whose line is wrong."""
    path = write(folder, name, text)
    error = refusal(folder)
    assert error.where == f"{path}, line {line}"
    return f"{error.problem} {error.remedy}"


def own(folder: Path, text: str) -> tuple[str, str]:
    """A section of the lab's own, named in its theme.toml: the arguments for `refused`."""
    write(folder, "theme.toml", '[[section]]\nfile = "ours.md.j2"\n')
    return "ours.md.j2", OWN + text


BODY = "{% block body %}\n# Ours {: #sec-components }\n\n%s\n{% endblock %}\n"


def body(text: str) -> str:
    return EXTENDED + BODY.replace("%s", text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{{ components.needed | }}", "The template cannot be used (expected token 'name'"),
        ("{% if components.needed %}", "The template cannot be used (Encountered unknown tag"),
        (
            "{{ components.needed | counted }}",
            "The filter 'counted' is not in this version (0.1.0). Did you mean 'count'?",
        ),
        ("{% if components is skiped %}{% endif %}", "The test 'skiped' is not in this version (0.1.0). Did you mean"),
        ("{{ component.needed }}", "'component' is not in this version (0.1.0). Did you mean 'components'?"),
        ("{{ cites('x') }}", "'cites' is not in this version (0.1.0)."),
        ("{{ components.need }}", "'components.need' is not in this version (0.1.0). Did you mean 'needed'?"),
        ("{{ components['need'] }}", "'components.need' is not in this version"),
        ("{{ differential.stand_ins.all }}", "'differential.stand_ins.all' is not in this version"),
        ("{{ differential.terms[0].label }}", "'differential.terms[…].label' is not in this version"),
        ("{{ settings.tests.alfa }}", "'settings.tests.alfa' is not in this version (0.1.0). Did you mean 'alpha'?"),
        (
            "{{ components.variance.first }}",
            "'components.variance.first' is not in this version (0.1.0). Valid names: at, has, head, row, rows.",
        ),
        ("{% set prior = differential.moderation %}{{ prior.dof }}", "'differential.moderation.dof' is not in this"),
        ("{% for term in differential.terms %}{{ term.label }}{% endfor %}", "'differential.terms[…].label' is not in"),
        (
            '{{ ref("fig-volcanoo") }}',
            "The section, figure or table 'fig-volcanoo' is not in this version (0.1.0). Did you mean 'fig-volcano'?",
        ),
        (
            '{{ cite("smyth2004", "smith2004") }}',
            "The reference 'smith2004' is not in this version (0.1.0). Did you mean 'smyth2004'?",
        ),
        (
            '{% call figure("volcanoo") %}\nAlt: A.\n{% endcall %}',
            "The figure 'volcanoo' is not in this version (0.1.0). Did you mean 'volcano'?",
        ),
        (
            '{% call table("loading") %}\nWords.\n{% endcall %}',
            "The table 'loading' is not in this version (0.1.0). Did you mean 'loadings'?",
        ),
        ('{{ figure("pca") }}', "'figure' is called without text. Write '{% call figure(…) %} text {% endcall %}'."),
        (
            '{% call figure("pca") %}\nWords.\n{% endcall %}',
            "'pca' has no alternative text. Begin a paragraph of its text with 'Alt:'.",
        ),
        (
            '{% include "sections/partner.md.j2" %}',
            "The template 'sections/partner.md.j2' is not in this version (0.1.0). Did you mean 'sections/partners",
        ),
        ('{% from "nodes.html.j2" import rows %}', "In nodes.html.j2: 'rows' is not in this version"),
    ],
)
def test_a_mistake_is_told_with_file_and_line(tmp_path: Path, text: str, problem: str) -> None:
    told = refused(tmp_path, COMPONENTS, body(f"Words.\n{text}"), 6 if "{% if components.needed" not in text else 7)
    assert told.startswith(problem)


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        (
            "{% block boddy %}\n{% endblock %}",
            2,
            "The block 'boddy' is not in this version (0.1.0). Did you mean 'body'?",
        ),
        ("\nWords.\n{% block methods %}{% endblock %}", 3, "Text outside the blocks is not printed."),
        (
            "{% set several = 1 %}\n{% block methods %}{{ several }}{% endblock %}",
            3,
            "'several' is set outside the block",
        ),
        ("{% block methods %}{% endblock %}\n{% block methods %}{% endblock %}", 3, "block 'methods' defined twice."),
        (
            "{% block body %}\n# Ours {: #sec-pca }\n{% endblock %}",
            2,
            "The section does not have the id 'sec-components'",
        ),
    ],
)
def test_a_block_that_nobody_prints_is_refused(tmp_path: Path, text: str, line: int, problem: str) -> None:
    assert refused(tmp_path, COMPONENTS, EXTENDED + text, line).startswith(problem)


def test_a_template_that_extends_itself_is_told_how_to_extend_ours(tmp_path: Path) -> None:
    told = refused(tmp_path, COMPONENTS, '{% extends "sections/components.md.j2" %}\n', 1)
    assert told == f"The template extends itself. Write 'genereport/{COMPONENTS}' to extend the bundled one."


def test_a_whole_template_may_have_the_blocks_of_ours_alone(tmp_path: Path) -> None:
    told = refused(tmp_path, COMPONENTS, BODY + "{% block method %}{% endblock %}", 6)
    assert told.startswith("The block 'method' is not in this version (0.1.0). Did you mean 'methods'?")


@pytest.mark.parametrize("name", ["sections/componets.md.j2", "components.md.j2"])
def test_a_template_that_nothing_would_print_is_refused(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, name, OWN)
    error = refusal(tmp_path)
    assert error.where == str(path)
    assert error.problem.startswith(f"The template '{name}' replaces no bundled template, and theme.toml does not")
    assert "Did you mean 'sections/components.md.j2'?" in error.remedy


def test_a_part_of_the_lab_s_own_sees_what_those_that_include_it_set(tmp_path: Path) -> None:
    write(tmp_path, *own(tmp_path, '{% set first = components.variance[0] %}\n{% include "part.md.j2" %}'))
    write(tmp_path, "part.md.j2", "{{ first.share | percent }}")
    assert read_theme(tmp_path).settings.section[0].needs == ("components",)
    assert "'second' is not" in refused(tmp_path, "part.md.j2", "\n{{ second.share | percent }}", 2)


@pytest.mark.parametrize(
    "text",
    [
        "{% if differential.fdr is defined %}{{ differential.fdr }}{% endif %}",
        "{{ differential.fdr | default('none') }}",
        "{% if fdr is defined %}{{ fdr }}{% endif %}",
        "{% set differential = components %}{{ differential.needed }}",
        "{% for size in differential.sizes %}{{ size | count }}{{ loop.index }}{% endfor %}",
        "{{ components.variance.row(component='PC1').share | percent }}",
        "{% set prior = differential.moderation %}{{ prior.skipped }}{{ prior.df }}",
        "{% macro twice(x) %}{{ x }}{{ x }}{% endmacro %}{{ twice(components.needed) }}",
        '{% call(row) plain_table("tab-ours", ["a"], [[1]]) %}Words.{% endcall %}{{ ref("tab-ours") }}',
        '{{ ref("sec-ours") }}{{ ref("sec-methods") }}{{ ref("tab-tripod-ai") }}',
        '{% include "none.md.j2" ignore missing %}',
    ],
)
def test_what_may_be_right_is_not_refused(tmp_path: Path, text: str) -> None:
    write(tmp_path, *own(tmp_path, text))
    read_theme(tmp_path)


def test_an_own_section_begins_with_its_heading(tmp_path: Path) -> None:
    path = write(tmp_path, *own(tmp_path, ""))
    path.write_text("Words.\n")
    error = refusal(tmp_path)
    assert (error.problem, error.where) == ("The section has no heading.", str(path))


def test_a_heading_tells_id_title_and_whether_it_is_numbered(tmp_path: Path) -> None:
    write(tmp_path, own(tmp_path, "")[0], "{#- A remark. -#}\n# Data & code {: #sec-data .unnumbered }\n")
    section = read_theme(tmp_path).settings.section[0]
    assert (section.id, section.title, section.numbered, section.needs) == ("sec-data", "Data & code", False, ())


def test_an_id_that_is_there_already_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, own(tmp_path, "")[0], "# Ours {: #sec-components }\n")
    error = refusal(tmp_path)
    assert (error.problem, error.where) == ("A section with the id 'sec-components' exists already.", str(path))


@pytest.mark.parametrize(("kind", "name"), [("figure", "ma"), ("table", "loadings")])
def test_what_is_shown_elsewhere_is_not_shown_again(tmp_path: Path, kind: str, name: str) -> None:
    text = f'{{% call {kind}("{name}") %}}\nWords.\n\nAlt: Words.\n{{% endcall %}}'
    told = refused(tmp_path, *own(tmp_path, text), 3)
    home = "sections/differential.md.j2" if kind == "figure" else COMPONENTS
    assert told.startswith(f"The {kind} '{name}' is already shown in {home}.")
    section = "sec-differential" if kind == "figure" else "sec-components"
    write(tmp_path, "theme.toml", f'omit = ["{section}"]\n[[section]]\nfile = "ours.md.j2"\n')
    assert read_theme(tmp_path).settings.omit == (section,)


def test_what_an_included_template_shows_is_not_shown_again(tmp_path: Path) -> None:
    text = '{% call figure("volcano") %}\nWords.\n\nAlt: Words.\n{% endcall %}'
    told = refused(tmp_path, *own(tmp_path, text), 3)
    assert told.startswith("The figure 'volcano' is already shown in sections/abstract.md.j2.")
    write(tmp_path, "sections/first_figures.md.j2", "Words.\n")
    assert [section.id for section in read_theme(tmp_path).settings.section] == ["sec-ours"]


def test_an_own_section_needs_what_it_reads_without_asking(tmp_path: Path) -> None:
    guarded = "{% if enrichment is not skipped %}{{ enrichment.alpha }}{% endif %}"
    shown = '{% call table("loadings") %}Words.{% endcall %}'
    write(tmp_path, *own(tmp_path, f"{{{{ differential.tested }}}} {guarded}\n{shown}"))
    write(tmp_path, "theme.toml", 'omit = ["sec-components"]\n[[section]]\nfile = "ours.md.j2"\n')
    assert read_theme(tmp_path).settings.section[0].needs == ("differential", "components")


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        (
            "report.html.j2",
            '{% extends "genereport/report.html.j2" %}\n{% block foot %}{% endblock %}',
            "The block 'foot'",
        ),
        (
            "report.html.j2",
            "\n{{ documents.title }}",
            "'documents' is not in this version (0.1.0). Did you mean 'document'?",
        ),
        ("nodes.html.j2", "{% macro inline(parts) %}\n{{ parts | joined }}{% endmacro %}", "The filter 'joined'"),
        ("footer.html.j2", '\n{{ value("differential.fdr") }}', "'differential.fdr' is not in this version"),
        ("footer.html.j2", '\n{{ value("nothing.at.all") }}', "'nothing' is not in this version"),
        (
            "footer.html.j2",
            '\n{{ value("differential.sizes[0]") }}{{ asset("logo.png") }}',
            "'logo.png' is not in the folder",
        ),
        ("footer.html.j2", "\n{{ labels }}", "'labels' is not in this version"),
    ],
)
def test_templates_of_html_are_checked_too(tmp_path: Path, name: str, text: str, problem: str) -> None:
    assert refused(tmp_path, name, text, 2).startswith(problem)


def test_a_part_of_the_frame_sees_what_the_frame_sees(tmp_path: Path) -> None:
    write(tmp_path, "footer.html.j2", "{{ labels }}")
    end = '{% block end %}{% include "footer.html.j2" %}{% endblock %}'
    write(tmp_path, "report.html.j2", f'{{% extends "genereport/report.html.j2" %}}\n{end}\n')
    read_theme(tmp_path)


def test_a_macro_that_our_frame_imports_must_be_there(tmp_path: Path) -> None:
    told = refused(tmp_path, "nodes.html.j2", "{% macro inline(parts) %}{% endmacro %}", 1)
    assert told.startswith("It does not define 'blocks', which report.html.j2 imports.")


def test_hidden_files_and_other_files_are_left_alone(tmp_path: Path) -> None:
    write(tmp_path, ".ipynb_checkpoints/components-checkpoint.md.j2", "{% if %}")
    write(tmp_path, "notes.txt", "{% if %}")
    read_theme(tmp_path)


def write_version(folder: Path, version: str, **digests: str) -> None:
    lines = [f'"{name}" = "{digest}"' for name, digest in digests.items()]
    write(folder, WRITTEN, "\n".join([f'genereport = "{version}"', "[sha256]", *lines]))


def test_the_version_that_a_template_was_written_for_is_told(tmp_path: Path) -> None:
    write_version(tmp_path, "0.0.9")
    told = refused(tmp_path, COMPONENTS, body("{{ differential.fdr | percent }}"), 5)
    since = "; the template was written for 0.0.9."
    assert told.startswith(f"'differential.fdr' is not in this version ({__version__}){since}")


def test_a_template_that_is_no_longer_ours_is_told_as_such(tmp_path: Path) -> None:
    write_version(tmp_path, "0.0.9", **{"sections/old.md.j2": "0"})
    write(tmp_path, "sections/old.md.j2", OWN)
    error = refusal(tmp_path)
    since = "; the template was written for 0.0.9."
    assert error.problem == f"The template 'sections/old.md.j2' is not in this version ({__version__}){since}"


def test_an_original_that_has_changed_is_noted_with_the_file(tmp_path: Path) -> None:
    write_version(tmp_path, "0.0.9", **dict.fromkeys(originals(), "0"))
    path = write(tmp_path, COMPONENTS, body("Words."))
    write(tmp_path, *own(tmp_path, "Words."))
    (note,) = read_theme(tmp_path).notes
    assert (note.code, note.severity, note.subject) == ("GR504", "note", COMPONENTS)
    assert note.message.startswith(
        f"{path}: {COMPONENTS} has changed since genereport 0.0.9, for which it was written."
    )
    assert "`genereport templates`" in note.message


def test_what_has_not_changed_is_not_noted(tmp_path: Path) -> None:
    write_version(tmp_path, "0.0.9", **dict.fromkeys(originals(), "0"))
    write(tmp_path, "sections/partners.md.j2", originals()["sections/partners.md.j2"].read_text())
    write(tmp_path, "print.css", '@import "genereport/print.css";\np { top: 0 }\n')
    assert read_theme(tmp_path).notes == ()


def test_an_unchanged_copy_of_an_earlier_version_is_noted_as_such(tmp_path: Path) -> None:
    import hashlib

    earlier = "@page { margin: 2cm }\n"
    write_version(tmp_path, "0.0.9", **{"print.css": hashlib.sha256(earlier.encode()).hexdigest()})
    write(tmp_path, "print.css", earlier)
    (note,) = read_theme(tmp_path).notes
    assert "It is an unchanged copy of that version: delete it, or write it again with" in note.message


def test_a_file_of_versions_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, WRITTEN, "genereport = 1\n")
    assert refusal(tmp_path).where == str(path)


@pytest.mark.parametrize("name", originals())
def test_nothing_is_wrong_with_ours(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, originals()[name].read_text(encoding="utf-8") + "\n")
    read_theme(tmp_path)


def test_every_template_of_the_sections_can_be_replaced() -> None:
    sections = folder("templates") / "sections"
    assert {path.relative_to(sections.parent).as_posix() for path in sections.rglob("*.j2")} < set(originals())


def test_the_closing_sections_keep_their_ids(tmp_path: Path) -> None:
    text = '{% extends "genereport/sections/methods.md.j2" %}{% block body %}# M {: #sec-methoden }{% endblock %}'
    told = refused(tmp_path, "sections/methods.md.j2", text, 1)
    assert told.startswith("The section does not have the id 'sec-methods', which others refer to.")


def test_everything_that_templates_may_use_is_documented() -> None:
    text = (Path(__file__).resolve().parents[3] / "docs" / "templates.md").read_text(encoding="utf-8")
    named = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`\n]+)`", text))))
    ours, jinja = section_environment(), Environment()  # noqa: S701 - renders nothing
    assert set(ours.filters) - set(jinja.filters) <= named
    assert set(ours.globals) - set(jinja.globals) <= named
    assert set(ours.tests) - set(jinja.tests) - {"long"} <= named
    assert SectionWriter({}, {}, {}, {}, Style()).names <= named
