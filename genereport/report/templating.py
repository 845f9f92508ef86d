"""The templates and what may be said in them: Jinja in a sandbox, everything escaped, errors with their place."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    nodes,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from genereport.errors import RenderError
from genereport.resources import folder

_OPEN = (
    "builtins", "jinja2", "markupsafe",
    "genereport.analyses.columns", "genereport.notebook.summary", "genereport.plotting.drawn",
    "genereport.plotting.interactive", "genereport.report.checklists", "genereport.report.document",
    "genereport.report.scripts", "genereport.report.traced",
)  # fmt: skip
"""Modules, and parts of them, whose objects templates may look into: our figures can write files, and so stay shut."""

_MISTAKES = (
    TemplateError, ArithmeticError, AttributeError, LookupError, OSError, RecursionError, RenderError, TypeError,
    ValueError,
)  # fmt: skip


class _Sandbox(ImmutableSandboxedEnvironment):
    """Templates see plain values and the nodes of the document, and of anything else no more than that it is there."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        home = type(obj).__module__
        known = any(home == name or home.startswith(f"{name}.") for name in _OPEN)
        return known and super().is_safe_attribute(obj, attr, value)


@cache
def environment(own: Path | None = None) -> Environment:
    """Where templates come from: a lab's own folder first, then ours, which are also called ``genereport/…``."""
    ours = FileSystemLoader(folder("templates"))
    first = [FileSystemLoader(own)] if own else []
    made = _Sandbox(
        loader=ChoiceLoader([*first, ours, PrefixLoader({"genereport": ours})]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.tests["long"] = _is_long
    return made


def _is_long(text: object, room: int) -> bool:
    """Whether a text holds a word of more letters than there is room for; 0 stands for any room."""
    return 0 < room < max(map(len, str(text).split()), default=0)


@contextmanager
def guarded(name: str) -> Iterator[None]:
    """Within, whatever a template does wrong becomes one message.

    Args:
        name: The template.

    Raises:
        RenderError: GR503 with file and line.
    """
    try:
        yield
    except _MISTAKES as error:
        raise _refused(error, name) from error


def fill(templates: Environment, name: str, **content: Any) -> str:
    """A template filled in.

    Raises:
        RenderError: GR503 with file and line, if it cannot be.
    """
    with guarded(name):
        return templates.get_template(name).render(**content)


def parsed(templates: Environment, name: str) -> nodes.Template:
    """A template as Jinja reads it, without filling it in.

    Raises:
        RenderError: GR503 with file and line, if there is none or it is not written as templates are.
    """
    with guarded(name):
        return _tree(templates, *_source(templates, name))


@lru_cache(256)
def _tree(templates: Environment, text: str, name: str, file: str | None) -> nodes.Template:
    return templates.parse(text, name, file)


def referred(tree: nodes.Template) -> list[tuple[str, int]]:
    """The templates that one cannot do without, as far as it names them: it extends, includes or imports them.

    Args:
        tree: As Jinja reads it.

    Returns:
        Name and line of each.
    """
    found = []
    for each in tree.find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
        other = getattr(each, "template", None)
        if (
            isinstance(other, nodes.Const)
            and isinstance(other.value, str)
            and not getattr(each, "ignore_missing", False)
        ):
            found.append((other.value, each.lineno))
    return found


def file_of(templates: Environment, name: str) -> str:
    """The file of a template; its name if there is none."""
    try:
        return _source(templates, name)[2] or name
    except TemplateNotFound:
        return name


def _source(templates: Environment, name: str) -> tuple[str, str, str | None]:
    """Text, name and file of a template."""
    if templates.loader is None:
        raise TemplateNotFound(name)
    text, file, _ = templates.loader.get_source(templates, name)
    return text, name, file


def _refused(error: Exception, name: str) -> RenderError:
    place, problem = _told(error, name)
    told = f"The template cannot be used ({problem.rstrip('.')})."
    return RenderError("GR503", told, "Correct it, or leave --templates out.", place)


def _told(error: Exception, name: str) -> tuple[str, str]:
    """Where in which template, and what."""
    message = error.problem if isinstance(error, RenderError) else next(iter(str(error).splitlines()), "")
    message = message or type(error).__name__
    written = getattr(error, "lineno", None)
    if written is not None:
        return f"{getattr(error, 'filename', None) or name}, line {written}", message
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_template(Path(frame.filename))]
    return (f"{frames[-1].filename}, line {frames[-1].lineno}", message) if frames else (name, message)


def _is_template(file: Path) -> bool:
    """Of a frame's file: Jinja puts the template's own in place of the code that it made of it."""
    return file.suffix != ".py" and file.is_file()
