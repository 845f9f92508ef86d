"""A lab's own style: its logo, colours, titles and sections, from a folder of templates.

The folder may hold ``house.toml`` (see `Plan`), ``common.css``, ``screen.css`` and ``print.css``, which are added to
ours, and Jinja templates: those of its own sections, and any that stand in place of ours. One that only changes a part
begins with ``{% extends "genereport/report.html.j2" %}`` and fills the block it means.
"""

from __future__ import annotations

import base64
import mimetypes
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from genereport.errors import RenderError
from genereport.formats import MISSING, count, fixed, general, listing
from genereport.report.document import Block, Cite, Document, Insertion, Section, inlines, prose
from genereport.report.templating import environment, fill, parse
from genereport.report.value_ids import resolve

Colour = Annotated[str, Field(pattern=r"^#(?:[0-9a-fA-F]{3}){1,2}$")]
SectionId = Annotated[str, Field(pattern=r"^sec-[a-z0-9-]+$")]
_LARGEST_ASSET = 2_000_000


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OwnSection(_Part):
    """A section of the lab's own.

    Attributes:
        id: Target of references, ``sec-…``.
        title: Heading.
        file: Template of what stands below it.
        after: Section that it follows; without one it stands at the end.
        numbered: Whether it counts; else it stands among the appendices.
    """

    id: SectionId
    title: str
    file: str
    after: SectionId | None = None
    numbered: bool = True


class Plan(_Part):
    """``house.toml``.

    Attributes:
        logo: Picture above the title, a file of the folder.
        logo_alt: What it shows.
        omit: Sections that are left out; the session info names them.
        titles: Section → what it is called instead.
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
class House:
    """A folder of templates, what its plan asks for, and the parsed JSON of the results, for numbers in templates."""

    folder: Path
    plan: Plan
    content: Mapping[str, Any] = field(default_factory=dict)

    def css(self, *names: str) -> str:
        """What the folder adds to these style sheets, its colours first."""
        files = [self.folder / name for name in names]
        own = [_text(file) for file in files if file.is_file()]
        return "\n".join([self._colours("print.css" not in names), *own])

    def _colours(self, screen: bool) -> str:
        def value(colour: str) -> str:
            return f"light-dark({colour}, color-mix(in srgb, {colour} 45%, white))" if screen else colour

        return f":root {{ {' '.join(f'--{name}: {value(colour)};' for name, colour in self.plan.colours.items())} }}"

    @property
    def logo(self) -> str:
        """The logo as a data URI, or nothing."""
        return self.asset(self.plan.logo) if self.plan.logo else ""

    def asset(self, name: str) -> str:
        """A file of the folder as a data URI.

        Raises:
            RenderError: GR503 if there is none, or it lies elsewhere or is too large for a page.
        """
        path = (self.folder / name).resolve()
        inside = path.is_relative_to(self.folder.resolve()) and path.is_file()
        if not inside or path.stat().st_size > _LARGEST_ASSET:
            problem = "is larger than 2 MB" if inside else "is not in the folder of templates"
            raise RenderError("GR503", f"'{name}' {problem}.", "Put a small file there.", str(self.folder))
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"

    def value(self, id: str, digits: int | None = None) -> Markup:  # noqa: A002 - as the mark is called
        """A number of the results, marked with its id: ``value("differential.tested")`` in a template.

        Raises:
            RenderError: GR503 if the results have no such number.
        """
        try:
            found = resolve(dict(self.content), id)
        except KeyError as error:
            raise RenderError("GR503", f"The results have no '{id}'.", "See results.json.") from error
        if isinstance(found, dict | list):
            raise RenderError("GR503", f"'{id}' is not one number but several.", "See results.json.")
        return Markup('<span data-result="{}">{}</span>').format(id, _printed(found, digits))


def read_house(folder: Path) -> House:
    """Read a folder of templates, and find what can be known to be wrong with it before anything is rendered.

    Raises:
        RenderError: GR503 if there is no such folder, its ``house.toml`` cannot be used, or a file that it names or a
            template cannot be read.
    """
    if not folder.is_dir():
        raise RenderError("GR503", "There is no such folder of templates.", "Name one that exists.", str(folder))
    path = folder / "house.toml"
    try:
        plan = Plan.model_validate(tomllib.loads(_text(path)) if path.is_file() else {})
    except tomllib.TOMLDecodeError as error:
        raise RenderError("GR503", f"The file cannot be read ({error}).", "Correct it.", str(path)) from error
    except ValidationError as failure:
        first = failure.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise RenderError("GR503", f"'{name}': {first['msg']}.", "Correct it.", str(path)) from failure
    house = House(folder, plan)
    _check_files(house)
    return house


def _check_files(house: House) -> None:
    if house.plan.logo:
        house.asset(house.plan.logo)
    house.css("common.css", "screen.css", "print.css")
    for name in ("report.html.j2", "nodes.html.j2", *(own.file for own in house.plan.section)):
        parse(environment(house.folder), name)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RenderError("GR503", f"The file cannot be read ({error}).", "Save it as UTF-8.", str(path)) from error


def furnished(document: Document, house: House) -> Document:
    """The document with a lab's titles and sections, and without those that it leaves out.

    Args:
        document: As it was composed.
        house: The lab's style.

    Raises:
        RenderError: GR503 if the plan names a section that there is not, or a template fails.
    """
    titles = {block.id: block.title for block in document.walk() if isinstance(block, Section)}
    _check_names(titles, house)
    sections = document.sections
    for own in house.plan.section:
        made = _own(own, house, document)
        sections = _inserted(sections, _behind(own, house.plan), made) if own.after else (*sections, made)
    left_out = [title for name, title in titles.items() if name in house.plan.omit]
    changed = replace(document, sections=_with_note(_kept(sections, house.plan), left_out))
    entries = {entry.key: entry for entry in document.references}
    return replace(changed, references=tuple(entries[key] for key in dict.fromkeys(_cited(changed))))


def _check_names(titles: Mapping[str, str], house: House) -> None:
    plan, own = house.plan, [section.id for section in house.plan.section]
    asked = {*plan.omit, *plan.titles, *(section.after for section in plan.section if section.after)}
    twice = [name for number, name in enumerate(own) if name in own[:number] or name in titles]
    for name in sorted(asked - set(titles)):
        problem, remedy = f"There is no section '{name}' in this report.", f"It has {listing(sorted(titles))}."
        raise RenderError("GR503", problem, remedy, str(house.folder / "house.toml"))
    for name in twice:
        problem, remedy = f"There is a section '{name}' already.", "Call yours otherwise."
        raise RenderError("GR503", problem, remedy, str(house.folder / "house.toml"))


def _cited(document: Document) -> Iterator[str]:
    """Keys of the bibliography as they are cited, some several times."""
    for block in document.walk():
        for part in inlines(block):
            yield from part.keys if isinstance(part, Cite) else ()


def _kept(blocks: tuple[Any, ...], plan: Plan) -> tuple[Any, ...]:
    kept = []
    for block in blocks:
        if not isinstance(block, Section):
            kept.append(block)
        elif block.id not in plan.omit:
            kept.append(replace(block, title=plan.titles.get(block.id, block.title), blocks=_kept(block.blocks, plan)))
    return tuple(kept)


def _with_note(sections: tuple[Section, ...], left_out: list[str]) -> tuple[Section, ...]:
    """A reader is told what the templates took away."""
    if not left_out:
        return sections
    told = prose("The templates of this report leave out: {titles}.", titles=listing(left_out))
    if not any(section.id == "sec-session" for section in sections):
        return (*sections, Section("sec-left-out", "Left out", (told,), numbered=False))
    return tuple(replace(s, blocks=(told, *s.blocks)) if s.id == "sec-session" else s for s in sections)


def _behind(own: OwnSection, plan: Plan) -> str:
    """The section to stand behind: that which is asked for, or the last of its own that stands there already."""
    before = plan.section[: plan.section.index(own)]
    return next((other.id for other in reversed(before) if other.after == own.after), own.after or "")


def _inserted(blocks: tuple[Any, ...], after: str, made: Section) -> tuple[Any, ...]:
    """The section behind another one, at any depth."""
    placed: list[Any] = []
    for block in blocks:
        if not isinstance(block, Section):
            placed.append(block)
        elif block.id == after:
            placed += [block, made]
        else:
            placed.append(replace(block, blocks=_inserted(block.blocks, after, made)))
    return tuple(placed)


def _own(own: OwnSection, house: House, document: Document) -> Section:
    told = fill(environment(house.folder), own.file, document=document, value=house.value, asset=house.asset)
    blocks: tuple[Block, ...] = (Insertion(told),)
    return Section(own.id, own.title, blocks, own.numbered)


def _printed(value: object, digits: int | None) -> str:
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int | float):
        return str(value)
    if digits is not None:
        return fixed(value, digits)
    return count(value) if isinstance(value, int) else general(value)
