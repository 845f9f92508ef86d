"""A lab's own style: its logo, colours, titles and sections, from a folder of templates.

The folder may hold ``house.toml`` (see `Plan`), ``common.css``, ``screen.css`` and ``print.css``, which are added to
ours, and Jinja templates: those of its own sections, and any that stand in place of ours. One that only changes a part
begins with ``{% extends "genereport/report.html.j2" %}`` and fills the block it means.
"""

from __future__ import annotations

import base64
import mimetypes
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from genereport.errors import RenderError
from genereport.report.document import Block, Document, Insertion, Section, prose
from genereport.report.formats import MISSING, count, fixed, general, listing
from genereport.report.templating import environment, fill
from genereport.report.trace import resolve

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
    """A folder of templates, and what its plan asks for."""

    folder: Path
    plan: Plan

    def css(self, *names: str) -> str:
        """What the folder adds to these style sheets, its colours first."""
        files = [self.folder / name for name in names]
        own = [file.read_text(encoding="utf-8") for file in files if file.is_file()]
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


def read_house(folder: Path) -> House:
    """Read a folder of templates.

    Raises:
        RenderError: GR503 if there is no such folder or its ``house.toml`` cannot be used.
    """
    if not folder.is_dir():
        raise RenderError("GR503", "There is no such folder of templates.", "Name one that exists.", str(folder))
    path = folder / "house.toml"
    try:
        plan = Plan.model_validate(tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {})
    except tomllib.TOMLDecodeError as error:
        raise RenderError("GR503", f"The file cannot be read ({error}).", "Correct it.", str(path)) from error
    except ValidationError as failure:
        first = failure.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise RenderError("GR503", f"'{name}': {first['msg']}.", "Correct it.", str(path)) from failure
    return House(folder, plan)


def furnished(document: Document, house: House, content: dict[str, Any]) -> Document:
    """The document with a lab's titles and sections, and without those that it leaves out.

    Args:
        document: As it was composed.
        house: The lab's style.
        content: The parsed JSON of the results, for the numbers of its own sections.

    Raises:
        RenderError: GR503 if the plan names a section that there is not, or a template fails.
    """
    known = {block.id for block in document.walk() if isinstance(block, Section)}
    asked = {*house.plan.omit, *house.plan.titles, *(own.after for own in house.plan.section if own.after)}
    for name in sorted(asked - known):
        raise RenderError(
            "GR503",
            f"There is no section '{name}' in this report.",
            f"It has {listing(sorted(known))}.",
            str(house.folder / "house.toml"),
        )
    kept = _kept(document.sections, house.plan)
    left_out = [block.title for block in document.walk() if isinstance(block, Section) and block.id in house.plan.omit]
    sections = _with_note(kept, left_out)
    for own in reversed(house.plan.section):
        sections = _inserted(sections, own, _own(own, house, document, content))
    return replace(document, sections=sections)


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


def _inserted(sections: tuple[Section, ...], own: OwnSection, made: Section) -> tuple[Section, ...]:
    places = [number for number, section in enumerate(sections, start=1) if section.id == own.after]
    place = places[0] if places else len(sections)
    return (*sections[:place], made, *sections[place:])


def _own(own: OwnSection, house: House, document: Document, content: dict[str, Any]) -> Section:
    told = fill(environment(house.folder), own.file, document=document, value=_values(content), asset=house.asset)
    blocks: tuple[Block, ...] = (Insertion(told),)
    return Section(own.id, own.title, blocks, own.numbered)


def _values(content: dict[str, Any]) -> Callable[..., Markup]:
    """``value("differential.tested")`` in a template: a number of the results, marked with its id."""

    def value(id: str, digits: int | None = None) -> Markup:  # noqa: A002 - as the mark is called
        found = resolve(content, id)
        return Markup('<span data-result="{}">{}</span>').format(id, _printed(found, digits))

    return value


def _printed(value: object, digits: int | None) -> str:
    if value is None:
        return MISSING
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if digits is not None:
        return fixed(value, digits)
    return count(value) if isinstance(value, int) else general(value)
