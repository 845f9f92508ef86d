"""The bundled templates of the report, and the version from which a lab's copies were written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment
from pydantic import BaseModel, ConfigDict, Field

from genereport.errors import Finding
from genereport.report.composition import report_templates
from genereport.report.filters import section_environment
from genereport.report.lab_files import read_toml
from genereport.report.templating import parsed, referred
from genereport.resources import folder
from genereport.version import __version__

FRAME = ("report.html.j2", "nodes.html.j2")
STYLES = ("common.css", "screen.css", "print.css")
WRITTEN = "templates.toml"

_HEAD = """\
# The templates of the report, written by `genereport templates`.
# Delete the files that you do not change: the bundled template is used for a file that does not exist.
# Keep this file beside them: it records the version that they were written from.
"""


class Written(BaseModel):
    """The content of ``templates.toml``: the origin of a folder of templates.

    Attributes:
        genereport: Version that wrote the folder.
        sha256: Name of each template → the digest that it had in that version.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    genereport: str
    sha256: dict[str, str] = Field(default_factory=dict)


@cache
def originals() -> Mapping[str, Path]:
    """Return every template that a lab may replace: its name → its file."""
    names = (*FRAME, *STYLES, *with_referred(section_environment(), report_templates()))
    return {name: folder("templates") / name for name in names}


def with_referred(templates: Environment, names: Iterable[str]) -> list[str]:
    """Return those of the named templates that exist, with all that they extend, include or import, directly or not."""
    there = templates.list_templates()
    found: list[str] = []
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        if name not in found and name in there:
            found.append(name)
            waiting += [other for other, _ in referred(parsed(templates, name))]
    return found


def same_text(one: Path, other: Path) -> bool:
    """Return whether two files hold the same bytes."""
    return one.read_bytes() == other.read_bytes()


def written_text() -> str:
    """Return the text of ``templates.toml`` for the templates of this version."""
    lines = [f'"{name}" = "{_digest(path)}"' for name, path in originals().items()]
    return "\n".join([_HEAD, f'genereport = "{__version__}"', "", "[sha256]", *lines, ""])


def read_written(own: Path) -> Written | None:
    """Return the origin of a folder of templates; None if it has no ``templates.toml``.

    Raises:
        RenderError: GR503 if its ``templates.toml`` cannot be used.
    """
    path = own / WRITTEN
    return read_toml(path, Written) if path.is_file() else None


def notes_on(own: Path, written: Written, replaced: Mapping[str, Iterable[str]]) -> list[Finding]:
    """Return a note on each file of a lab whose bundled templates have changed since it was written.

    Args:
        own: Folder of the lab's templates.
        written: The origin of the folder.
        replaced: Name of a file of the lab → names of the bundled templates that it replaces or builds on.
    """
    notes = []
    for name, ours in replaced.items():
        known = [each for each in ours if each in written.sha256 and not same_text(own / name, originals()[each])]
        changed = [each for each in known if written.sha256[each] != _digest(originals()[each])]
        if changed and _digest(own / name) == written.sha256.get(name):
            told = "It is an unchanged copy of that version: delete it, or write it again with `genereport templates`."
        elif changed:
            told = (
                "Compare it with the template that `genereport templates` writes now, and copy the new templates.toml."
            )
        else:
            continue
        since = f"{', '.join(changed)} has changed since genereport {written.genereport}, for which it was written."
        notes.append(Finding("GR504", "note", name, f"{own / name}: {since} {told}"))
    return notes


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
