"""Apply a lab's own templates to a document: logo, colours, titles, sections that are left out or added.

`genereport.report.theme_folder` reads them from their folder and checks them.
"""

from __future__ import annotations

import base64
import mimetypes
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field, model_validator

from genereport.analyses.columns import Style
from genereport.errors import Finding, RenderError
from genereport.formats import MISSING, count, fixed, general, listing
from genereport.report.bibliography import reference
from genereport.report.document import (
    Block,
    Cite,
    Document,
    Figure,
    Insertion,
    Section,
    Table,
    inlines,
)
from genereport.report.lab_files import read_text
from genereport.report.sections import SectionWriter
from genereport.report.templating import environment, fill
from genereport.report.value_ids import resolve
from genereport.resources import folder
from genereport.version import __version__

Colour = Annotated[str, Field(pattern=r"^#(?:[0-9a-fA-F]{3}){1,2}$")]
SectionId = Annotated[str, Field(pattern=r"^sec-[a-z0-9-]+$")]
_LARGEST_ASSET = 2_000_000
_IMPORT = re.compile(r"""@import\s+["']genereport/(?P<name>[^"']*)["']\s*;""")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OwnSection(_Part):
    """A section that the lab adds.

    Attributes:
        file: Its template. Markdown with Jinja if the name ends with ``.md.j2``, and then it begins with its heading,
            as the bundled sections do; else HTML with Jinja.
        id: Target of references, ``sec-…``. In Markdown the heading gives the id, the title and `numbered`.
        title: Heading.
        numbered: Whether it is numbered; otherwise it stands among the appendices.
        after: Section that it follows; if none is given, or the report has no such section, it stands at the end.
        needs: Analyses whose results it reads. If one was skipped, the section states that. In Markdown they are found
            from the template.
    """

    file: str
    id: SectionId = ""
    title: str = ""
    numbered: bool = True
    after: SectionId | None = None
    needs: tuple[str, ...] = ()

    @property
    def is_markdown(self) -> bool:
        """Whether the section is Markdown, not HTML."""
        return self.file.endswith(".md.j2")

    @model_validator(mode="after")
    def _heading_in_one_place(self) -> OwnSection:
        given = {"id", "title", "numbered", "needs"} & self.model_fields_set
        if self.is_markdown and given:
            raise ValueError(f"the template itself gives {listing(sorted(given))}, so theme.toml must not")
        if not self.is_markdown and not {"id", "title"} <= given:
            raise ValueError("a section of HTML needs an id and a title")
        return self


class ThemeFile(_Part):
    """The content of ``theme.toml``.

    Attributes:
        logo: Picture above the title, a file of the folder.
        logo_alt: Alternative text of the logo.
        omit: Sections that are left out; the session info names them.
        titles: Section → its title in place of the bundled one.
        colours: ``accent``, ``ink``, ``soft`` or ``line`` → colour such as ``#7a0019``.
        section: Sections that are added.
    """

    logo: str = ""
    logo_alt: str = "Logo"
    omit: tuple[SectionId, ...] = ()
    titles: dict[SectionId, str] = Field(default_factory=dict)
    colours: dict[Annotated[str, Field(pattern="^(accent|ink|soft|line)$")], Colour] = Field(default_factory=dict)
    section: tuple[OwnSection, ...] = ()


@dataclass(frozen=True)
class Theme:
    """A lab's own templates.

    Attributes:
        folder: Folder of the templates.
        settings: Content of their ``theme.toml``.
        content: The parsed JSON of the results, for numbers in templates of HTML.
        notes: Notes on the templates, such as that they are of another version.
    """

    folder: Path
    settings: ThemeFile
    content: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Finding, ...] = ()

    def style(self, name: str) -> str | None:
        """Return the lab's style sheet, with the bundled ones that it imports; None if there is none.

        Raises:
            RenderError: GR503 with file and line, if it imports a bundled style sheet that does not exist.
        """
        path = self.folder / name
        if not path.is_file():
            return None
        text = read_text(path)

        def imported(found: re.Match[str]) -> str:
            file = folder("templates") / found["name"]
            if file.suffix != ".css" or not file.is_file():
                line = text.count("\n", 0, found.start()) + 1
                problem = f"There is no style sheet '{found['name']}' in this version ({__version__})."
                remedy = "Import common.css, screen.css or print.css."
                raise RenderError("GR503", problem, remedy, f"{path}, line {line}")
            return read_text(file)

        return _IMPORT.sub(imported, text)

    def colours(self, *, screen: bool) -> str:
        """Return the colours as a style sheet; in dark mode on a screen they are lighter. Empty if there are none."""

        def value(colour: str) -> str:
            return f"light-dark({colour}, color-mix(in srgb, {colour} 45%, white))" if screen else colour

        named = " ".join(f"--{name}: {value(colour)};" for name, colour in self.settings.colours.items())
        return f":root {{ {named} }}" if named else ""

    @property
    def logo(self) -> str:
        """The logo as a data URI; empty if there is none."""
        return self.asset(self.settings.logo) if self.settings.logo else ""

    def asset(self, name: str) -> str:
        """Return a file of the folder as a data URI.

        Raises:
            RenderError: GR503 if there is none, or if it lies elsewhere or is too large for a page.
        """
        path = (self.folder / name).resolve()
        inside = path.is_relative_to(self.folder.resolve()) and path.is_file()
        if not inside or path.stat().st_size > _LARGEST_ASSET:
            problem, remedy = f"'{name}' is not in the folder of templates.", "Put the file there."
            if inside:
                problem, remedy = f"'{name}' is larger than 2 MB.", "Use a smaller file."
            raise RenderError("GR503", problem, remedy, str(self.folder))
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"

    def value(self, id: str, digits: int | None = None) -> Markup:  # noqa: A002 - as the mark is called
        """Return a number of the results with its id: ``value("differential.tested")`` in a template of HTML.

        Raises:
            RenderError: GR503 if the results have no such number.
        """
        try:
            found = resolve(dict(self.content), id)
        except KeyError as error:
            raise RenderError("GR503", f"The results have no '{id}'.", "See results.json for the ids.") from error
        if isinstance(found, dict | list):
            raise RenderError("GR503", f"'{id}' is not one number but several.", "See results.json for the ids.")
        return Markup('<span data-result="{}">{}</span>').format(id, _format_value(found, digits))


def apply_theme(document: Document, theme: Theme, written: Sequence[Section] = ()) -> Document:
    """Return the document with a lab's titles and sections, and without the sections that it leaves out.

    Args:
        document: The document as it was composed.
        theme: The lab's templates.
        written: Those of the lab's sections that are written already; the others are HTML.

    Raises:
        RenderError: GR503 if an id occurs twice, or a template fails.
    """
    titles = {block.id: block.title for block in document.walk() if isinstance(block, Section)}
    made = {section.id: section for section in written}
    sections = document.sections
    for own in theme.settings.section:
        added = made.get(own.id) or _fill_own_section(own, theme, document)
        placed = _predecessor(own, theme.settings, titles)
        sections = _insert_after(sections, placed, added) if placed else (*sections, added)
    left_out = [title for name, title in titles.items() if name in theme.settings.omit]
    changed = replace(document, sections=_with_note(_remove_omitted(sections, theme.settings), left_out, theme))
    _require_unique(changed, theme)
    entries = {entry.key: entry for entry in document.references}
    cited = dict.fromkeys(_cited_keys(changed))
    return replace(changed, references=tuple(entries.get(key) or reference(key) for key in cited))


def _require_unique(document: Document, theme: Theme) -> None:
    found: set[str] = set()
    for block in document.walk():
        if isinstance(block, Section | Figure | Table):
            if block.id in found:
                problem, remedy = (
                    f"The id '{block.id}' occurs twice in the report.",
                    "Refer to the existing one, or rename yours.",
                )
                raise RenderError("GR503", problem, remedy, str(theme.folder))
            found.add(block.id)


def _cited_keys(document: Document) -> Iterator[str]:
    """Yield the keys of the bibliography as they are cited, with repetitions."""
    for block in document.walk():
        for part in inlines(block):
            yield from part.keys if isinstance(part, Cite) else ()


def _remove_omitted(blocks: tuple[Any, ...], settings: ThemeFile) -> tuple[Any, ...]:
    kept = []
    for block in blocks:
        if not isinstance(block, Section):
            kept.append(block)
        elif block.id not in settings.omit:
            kept.append(
                replace(
                    block,
                    title=settings.titles.get(block.id, block.title),
                    blocks=_remove_omitted(block.blocks, settings),
                )
            )
    return tuple(kept)


def _with_note(sections: tuple[Section, ...], left_out: list[str], theme: Theme) -> tuple[Section, ...]:
    """Return the sections with a note on those that the theme leaves out."""
    if not left_out:
        return sections
    note = SectionWriter({}, {}, {}, {}, Style(), own=theme.folder).write("left_out", titles=left_out)
    if not any(section.id == "sec-session" for section in sections):
        return (*sections, Section("sec-left-out", "Left out", note, numbered=False))
    return tuple(replace(s, blocks=(*note, *s.blocks)) if s.id == "sec-session" else s for s in sections)


def _predecessor(own: OwnSection, settings: ThemeFile, titles: Collection[str]) -> str:
    """Return the section after which a lab's section is inserted.

    This is the section that it asks for, or the last of the lab's own sections that was inserted there before. The
    result is empty if the report has no such section.
    """
    if own.after not in titles:
        return ""
    before = settings.section[: settings.section.index(own)]
    return next((other.id for other in reversed(before) if other.after == own.after), own.after or "")


def _insert_after(blocks: tuple[Any, ...], after: str, made: Section) -> tuple[Any, ...]:
    """Return the blocks with a section inserted after another one, at any depth."""
    placed: list[Any] = []
    for block in blocks:
        if not isinstance(block, Section):
            placed.append(block)
        elif block.id == after:
            placed += [block, made]
        else:
            placed.append(replace(block, blocks=_insert_after(block.blocks, after, made)))
    return tuple(placed)


def _fill_own_section(own: OwnSection, theme: Theme, document: Document) -> Section:
    told = fill(environment(theme.folder), own.file, document=document, value=theme.value, asset=theme.asset)
    blocks: tuple[Block, ...] = (Insertion(told),)
    return Section(own.id, own.title, blocks, own.numbered)


def _format_value(value: object, digits: int | None) -> str:
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int | float):
        return str(value)
    if digits is not None:
        return fixed(value, digits)
    return count(value) if isinstance(value, int) else general(value)
