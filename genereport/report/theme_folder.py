"""Read a folder of a lab's own templates, and find errors in it before any analysis.

The folder may hold ``theme.toml`` (see `genereport.report.theme.ThemeFile`), files that replace the bundled ones of the
same name, and templates of the lab's own sections. A template that changes only a part begins with
``{% extends "genereport/sections/NAME.md.j2" %}`` and fills the block to be changed. A style sheet that only adds to
the bundled one begins with ``@import "genereport/print.css";``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, get_type_hints

from jinja2 import Environment, meta, nodes

from genereport.analyses import stored_analyses
from genereport.analyses.columns import Style
from genereport.analyses.result import Skipped
from genereport.analysis import Analysis
from genereport.errors import RenderError, nearest
from genereport.report.checklists import checklists
from genereport.report.composition import DESCRIBED, report_templates
from genereport.report.filters import lineage, section_environment
from genereport.report.lab_files import read_text, read_toml
from genereport.report.originals import (
    FRAME,
    STYLES,
    Written,
    notes_on,
    originals,
    read_written,
    same_text,
    with_referred,
)
from genereport.report.result_types import ANYTHING, Types, types_of
from genereport.report.sections import SectionWriter
from genereport.report.template_check import (
    Problem,
    Vocabulary,
    asks_for_parent,
    blocks_of,
    bound,
    check_references,
    check_template,
    exported,
    refuse,
    shown,
    undeclared,
)
from genereport.report.templating import environment, file_of, parsed, referred
from genereport.report.theme import OwnSection, Theme, ThemeFile
from genereport.settings import Settings

FILE = "theme.toml"

_BLOCKS = frozenset({"body", "abstract", "methods", "limits"})
"""The blocks of a section's template that the report prints."""

_HEADING = re.compile(
    r"^# +(?P<title>[^{}\n]*[^{}\s]) *\{: *#(?P<id>sec-[a-z0-9-]+)(?P<plain> +\.unnumbered)? *\} *$",
    re.MULTILINE,
)
_HEADING_ID = re.compile(r"\{:\s*#((?:[a-z0-9-]|\{\{.*?\}\})+)")
_PLAIN_TABLE = re.compile(r"""plain_table\(\s*["']([^"']*)["']""")
_NAMED_ID = re.compile(r"""["']((?:sec|fig|tab)-[a-z0-9-]+)["']""")


def read_theme(own: Path) -> Theme:
    """Read a folder of templates, and find the errors that can be found before anything is rendered.

    Args:
        own: The folder.

    Raises:
        RenderError: GR503, with file and line where there is one, if there is no such folder, if a file cannot be read,
            or if a template or ``theme.toml`` names something that this version does not have.
    """
    if not own.is_dir():
        raise RenderError("GR503", "The folder of templates does not exist.", "Name an existing folder.", str(own))
    if (own / "house.toml").exists():
        problem = "The file house.toml is no longer read."
        raise RenderError("GR503", problem, "Rename it to theme.toml.", str(own / "house.toml"))
    written = read_written(own)
    settings = read_toml(own / FILE, ThemeFile) if (own / FILE).is_file() else ThemeFile()
    theme = Theme(own, settings)
    _check_files(theme)
    lab = _Lab(theme, written)
    lab.check()
    sections = tuple(lab.completed(section) for section in settings.section)
    theme = replace(theme, settings=settings.model_copy(update={"section": sections}))
    _check_sections(theme, lab)
    return replace(theme, notes=tuple(notes_on(own, written, lab.replaced)) if written else ())


def _check_files(theme: Theme) -> None:
    if theme.settings.logo:
        theme.asset(theme.settings.logo)
    for name in STYLES:
        theme.style(name)
    for section in theme.settings.section:
        if not (theme.folder / section.file).is_file():
            problem = f"There is no template '{section.file}'."
            raise RenderError(
                "GR503", problem, "Put it into the folder of templates, or correct its name.", str(theme.folder / FILE)
            )


@dataclass(frozen=True)
class _Lab:
    """The templates of a folder, and the names that they may use."""

    theme: Theme
    written: Written | None

    @cached_property
    def files(self) -> list[str]:
        """The names of the templates of the folder."""
        found = [path.relative_to(self.theme.folder) for path in sorted(self.theme.folder.rglob("*.j2"))]
        names = [path.as_posix() for path in found if not any(part.startswith(".") for part in path.parts)]
        return list(dict.fromkeys([*names, *(section.file for section in self.theme.settings.section)]))

    @cached_property
    def own(self) -> list[str]:
        """The templates of the lab's own sections of Markdown."""
        return [section.file for section in self.theme.settings.section if section.is_markdown]

    @property
    def replaced(self) -> dict[str, list[str]]:
        """Each file that replaces bundled templates, or builds on them, → their names."""
        styles = [name for name in STYLES if (self.theme.folder / name).is_file()]
        replaced = {name: [name] for name in styles if "@import" not in read_text(self.theme.folder / name)}
        return replaced | {name: ours for name in self.files if (ours := self._bundled_parents(name))}

    def check(self) -> None:
        """Refuse the folder if a template has an error.

        Raises:
            RenderError: GR503 with file and line.
        """
        for name in self.files:
            check_references(name, self._vocabulary_of(name))
        self._check_use()
        for name in self.files:
            if name in originals() and same_text(self.theme.folder / name, originals()[name]):
                continue
            check_template(name, self._vocabulary_of(name), self._given_names(name), self._printed_blocks(name))
            self._check_imports(name)
            if name in _placed_ids():
                self._check_heading(name, _placed_ids()[name])
        self._check_repetition()

    def completed(self, section: OwnSection) -> OwnSection:
        """Return a section with the id, title and needs that its template gives.

        Raises:
            RenderError: GR503 if the template has no heading.
        """
        if not section.is_markdown:
            return section
        chain = lineage(self._sections, section.file)
        heading = next((found for name in chain if (found := _HEADING.search(self._text(name)))), None)
        if heading is None:
            problem, remedy = "The section has no heading.", "Begin it with a line such as '# Title {: #sec-name }'."
            raise RenderError("GR503", problem, remedy, file_of(self._sections, section.file))
        told = {"id": heading["id"], "title": heading["title"], "numbered": not heading["plain"]}
        return section.model_copy(update={**told, "needs": self._needed_analyses(section.file)})

    @cached_property
    def ids(self) -> list[str]:
        """The patterns of the ids that the report may have, without those of the lab's own sections."""
        ours = [read_text(path) for name, path in originals().items() if name.endswith(".md.j2")]
        found = [each for text in ours for each in (*_HEADING_ID.findall(text), *_NAMED_ID.findall(text))]
        theirs = [self._text(name) for name in self._report_templates]
        found += [each for text in theirs for each in (*_HEADING_ID.findall(text), *_PLAIN_TABLE.findall(text))]
        return list(dict.fromkeys((*_ids_of_analyses(), *map(_pattern, found))))

    @cached_property
    def _own_ids(self) -> list[str]:
        """The ids of the lab's own sections, and of the tables in them."""
        texts = [self._text(name) for name in self.own]
        headings = [found["id"] for text in texts if (found := _HEADING.search(text))]
        tables = [each for text in texts for each in _PLAIN_TABLE.findall(text)]
        return [*headings, *tables, *(section.id for section in self.theme.settings.section if section.id)]

    def absent(self, name: str) -> str:
        """Return the message on a name that this version does not have."""
        return self._section_words.absent(name)

    @cached_property
    def _sections(self) -> Environment:
        return section_environment(self.theme.folder)

    @cached_property
    def _report_templates(self) -> list[str]:
        """The templates that the report is written from, with those that they refer to."""
        return with_referred(self._sections, report_templates())

    def _text(self, name: str) -> str:
        return read_text(Path(file_of(self._sections, name)))

    def _vocabulary_of(self, name: str) -> Vocabulary:
        if name.endswith(".md.j2"):
            return self._section_words
        return self._page_words

    @cached_property
    def _section_words(self) -> Vocabulary:
        return Vocabulary(
            templates=self._sections,
            variables={**dict.fromkeys(SectionWriter({}, {}, {}, {}, Style()).names, ANYTHING), **result_types()},
            results=result_types(),
            figures=[figure.name for spec in stored_analyses() for figure in spec.figures],
            tables=[table.name for spec in stored_analyses() for table in spec.tables],
            targets=[*self.ids, *self._own_ids],
            written_for=self.written.genereport if self.written else "",
        )

    @cached_property
    def _page_words(self) -> Vocabulary:
        return Vocabulary(
            templates=environment(self.theme.folder),
            variables=dict.fromkeys(("document", "value", "asset"), ANYTHING),
            results=result_types(),
            find_asset=self.theme.asset,
            written_for=self.written.genereport if self.written else "",
        )

    def _bundled_parents(self, name: str) -> list[str]:
        """Return the bundled templates that a template replaces or builds on."""
        others = [
            other.removeprefix("genereport/")
            for other, _ in referred(self._tree(name))
            if other.startswith("genereport/")
        ]
        return [each for each in dict.fromkeys((name, *others)) if each in originals()]

    def _given_names(self, name: str, below: tuple[str, ...] = ()) -> set[str]:
        """Return the names that a template is given besides common ones: by the report, or by templates that use it.

        Args:
            name: Name of the template.
            below: Templates for which the question is being answered already.
        """
        ours = section_environment() if name.endswith(".md.j2") else environment()
        replaced = self._bundled_parents(name)
        asked = (*replaced, *FRAME) if set(replaced) & set(FRAME) else replaced
        given = [undeclared(parsed(ours, each)) for each in asked]
        for other in self._templates_referring_to(name):
            if other not in below:
                given += [bound(self._tree(other)), self._given_names(other, (*below, name))]
        return set().union(*given)

    def _templates_referring_to(self, name: str) -> list[str]:
        """Return the templates that extend, include or import a template."""
        others = dict.fromkeys((*self._report_templates, *self.files, *FRAME))
        return [other for other in others if name in meta.find_referenced_templates(self._tree(other))]

    def _tree(self, name: str) -> nodes.Template:
        return parsed(self._vocabulary_of(name).templates, name)

    def _printed_blocks(self, name: str) -> set[str]:
        """Return the blocks of a template that are printed; none if all of it is, as of a part."""
        templates = self._vocabulary_of(name).templates
        asked = set(_BLOCKS) if name in report_templates() or name in self.own else set()
        if name in report_templates():
            asked |= blocks_of(section_environment(), name)
        chain = lineage(templates, name)
        return asked | blocks_of(templates, chain[1]) if len(chain) > 1 else asked

    def _check_use(self) -> None:
        """Refuse a template that is never printed."""
        used = {other for name in self.files for other in meta.find_referenced_templates(self._tree(name))}
        for name in self.files:
            if not name.endswith(".md.j2") or name in used or name in self.own or name in originals():
                continue
            if self.written and name in self.written.sha256:
                problem, remedy = f"The template {self.absent(name)}", "Delete the file."
            else:
                problem = f"The template '{name}' replaces no bundled template, and {FILE} does not name it."
                remedy = f"Name it in {FILE} under [[section]], or rename it. {nearest(name, originals())}"
            raise RenderError("GR503", problem, remedy, str(self.theme.folder / name))

    def _check_imports(self, name: str) -> None:
        """Refuse a template that does not define a name which others import from it."""
        templates = self._vocabulary_of(name).templates
        held = set().union(*(exported(parsed(templates, each)) for each in lineage(templates, name)))
        for other in (*FRAME, *self._report_templates):
            for each in self._tree(other).find_all(nodes.FromImport):
                if isinstance(each.template, nodes.Const) and each.template.value == name:
                    wanted = [one if isinstance(one, str) else one[0] for one in each.names]
                    for absent in (one for one in wanted if one not in held):
                        told = f"It does not define '{absent}', which {other} imports."
                        refuse(Problem(1, told, nearest(absent, held)), file_of(templates, name))

    def _check_heading(self, name: str, id: str) -> None:  # noqa: A002 - what it is called everywhere
        """Refuse a body whose section would have another id than the one that others refer to."""
        tree = self._tree(name)
        body = next((each for each in tree.find_all(nodes.Block) if each.name == "body"), None)
        if body is None and any(True for _ in tree.find_all((nodes.Block, nodes.Extends))):
            return
        inside = body or tree
        text = "".join(each.data for each in inside.find_all(nodes.TemplateData))
        if id not in _HEADING_ID.findall(text) and not asks_for_parent(inside):
            told = f"The section does not have the id '{id}', which others refer to."
            problem = Problem(inside.lineno, told, f"Begin it with '# Title {{: #{id} }}'.")
            refuse(problem, file_of(self._sections, name))

    def _check_repetition(self) -> None:
        """Refuse a section of the lab that shows a figure or a table which is shown elsewhere."""
        places: dict[tuple[str, str], str] = {}
        omitted: set[tuple[str, str]] = set()
        for name in report_templates():
            texts = [self._text(each) for each in lineage(self._sections, name)]
            headings = {each for text in texts for each in _HEADING_ID.findall(text)}
            found = {(kind, what) for kind, what, _ in self._shown_figures_and_tables(name)}
            if headings & set(self.theme.settings.omit):
                omitted |= found
            else:
                places |= dict.fromkeys(found, name)
        places = {each: name for each, name in places.items() if each not in omitted}
        for name in self.own:
            for kind, what, line in self._shown_figures_and_tables(name):
                if (kind, what) in places and places[kind, what] != name:
                    told = f"The {kind} '{what}' is already shown in {places[kind, what]}."
                    remedy = 'Refer to it, as in {{ ref("fig-volcano") }}, or leave that section out.'
                    refuse(Problem(line, told, remedy), file_of(self._sections, name))
                places[kind, what] = name

    def _shown_figures_and_tables(self, name: str) -> Iterator[tuple[str, str, int]]:
        """Yield the figures and tables in the body of a template, and in the templates that it includes."""
        for each in lineage(self._sections, name):
            tree = self._tree(each)
            yield from shown(tree)
            for part in tree.find_all(nodes.Include):
                for other in with_referred(self._sections, [str(getattr(part.template, "value", ""))]):
                    yield from ((kind, what, part.lineno) for kind, what, _ in shown(self._tree(other)))
            body = next((block for block in tree.find_all(nodes.Block) if block.name == "body"), None)
            if body and not asks_for_parent(body):
                return

    def _needed_analyses(self, name: str) -> tuple[str, ...]:
        """Return the analyses whose results a template reads without testing whether they were skipped."""
        trees = [self._tree(each) for each in with_referred(self._sections, [name])]
        figures = {("figure", figure.name): spec.name for spec in stored_analyses() for figure in spec.figures}
        tables = {("table", table.name): spec.name for spec in stored_analyses() for table in spec.tables}
        used = {name for tree in trees for name in undeclared(tree)}
        used |= {(figures | tables).get((kind, what), "") for tree in trees for kind, what, _ in shown(tree)}
        asked = {
            test.node.name
            for tree in trees
            for test in tree.find_all(nodes.Test)
            if test.name in ("skipped", "none") and isinstance(test.node, nodes.Name)
        }
        return tuple(spec.name for spec in stored_analyses() if spec.name in used - asked)


def _check_sections(theme: Theme, lab: _Lab) -> None:
    """Refuse ids of sections that no report has, and ids that exist already."""
    settings, ids = theme.settings, [each for each in lab.ids if each.startswith("sec-")]
    asked = {*settings.omit, *settings.titles, *(section.after for section in settings.section if section.after)}
    for name in sorted(asked):
        if not any(re.fullmatch(each, name) for each in ids):
            problem = f"The section {lab.absent(name)}"
            raise RenderError("GR503", problem, nearest(name, ids), str(theme.folder / FILE))
    own: set[str] = set()
    for section in settings.section:
        if section.id in own or any(re.fullmatch(each, section.id) for each in ids):
            place = theme.folder / (section.file if section.is_markdown else FILE)
            problem = f"A section with the id '{section.id}' exists already."
            raise RenderError("GR503", problem, "Give your section another id.", str(place))
        own.add(section.id)


@cache
def _placed_ids() -> Mapping[str, str]:
    """Template of each section of ours → the id that the section must have."""
    found = {name: _HEADING_ID.search(read_text(originals()[name])) for name in report_templates()}
    return {name: heading[1] for name, heading in found.items() if heading}


def _ids_of_analyses() -> Iterator[str]:
    for spec in stored_analyses():
        yield from (section.id for section in spec.sections)
        yield from (figure.id for figure in spec.figures)
        yield from (table.id for table in spec.tables)
    yield from (checklist.id for checklist in checklists().checklist)


def _pattern(id: str) -> str:  # noqa: A002
    """Return an id as a pattern; expressions in it match any text."""
    return re.sub(r"\{\{.*?\}\}", "[a-z0-9-]+", id)


@cache
def result_types() -> Mapping[str, Types]:
    """Return everything that is stored, by its name, with the types that it may have."""
    hints = get_type_hints(Analysis)
    described = {name: types_of(hints[name]) for name in DESCRIBED}
    results = {spec.name: types_of(spec.result | Skipped) for spec in stored_analyses()}
    return described | results | {"settings": (_nested_names(Settings().model_dump(mode="json")),)}


def _nested_names(values: Mapping[str, Any]) -> dict[str, Types]:
    return {
        name: (_nested_names(value),) if isinstance(value, dict) and value else ANYTHING
        for name, value in values.items()
    }
