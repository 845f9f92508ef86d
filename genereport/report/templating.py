"""Load and fill in templates: Jinja in a sandbox, all text escaped, errors with file and line."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, cached_property, lru_cache
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
from genereport.report.kept import CompiledTemplates
from genereport.report.typography import typeset
from genereport.resources import folder

_OPEN = (
    "builtins", "jinja2", "markupsafe",
    "genereport.analyses.columns", "genereport.notebook.summary", "genereport.plotting.drawn",
    "genereport.plotting.interactive", "genereport.report.checklists", "genereport.report.document",
    "genereport.report.scripts", "genereport.report.traced",
)  # fmt: skip
"""Modules, with their submodules, whose objects templates may access; matplotlib figures could write files."""

_MISTAKES = (
    TemplateError, ArithmeticError, AttributeError, LookupError, OSError, RecursionError, RenderError, TypeError,
    ValueError,
)  # fmt: skip


class _Sandbox(ImmutableSandboxedEnvironment):
    """Sandbox in which templates can access plain values and nodes of the document, but no other objects."""

    @cached_property
    def _judged(self) -> dict[tuple[type, str], bool]:
        """Type and attribute → whether templates can access it: the answer depends on nothing else."""
        return {}

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        key = type(obj), attr
        if key not in self._judged:
            home = type(obj).__module__
            known = any(home == name or home.startswith(f"{name}.") for name in _OPEN)
            self._judged[key] = known and super().is_safe_attribute(obj, attr, value)
        return self._judged[key]


@cache
def environment(own: Path | None = None) -> Environment:
    """Return the environment: a lab's folder first, then the bundled templates, also available as ``genereport/…``."""
    ours = FileSystemLoader(folder("templates"))
    first = [FileSystemLoader(own)] if own else []
    made = _Sandbox(
        loader=ChoiceLoader([*first, ours, PrefixLoader({"genereport": ours})]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=CompiledTemplates("pages"),
    )
    made.tests["long"] = _is_long
    made.filters["typeset"] = typeset
    return made


def _is_long(text: object, room: int) -> bool:
    """Return whether a text holds a word of more letters than there is room for; 0 stands for any room."""
    return 0 < room < max(map(len, str(text).split()), default=0)


@contextmanager
def guarded(name: str) -> Iterator[None]:
    """Turn every error of a template within the block into one message.

    Args:
        name: Name of the template.

    Raises:
        RenderError: GR503 with file and line.
    """
    try:
        yield
    except _MISTAKES as error:
        raise _make_error(error, name) from error


def fill(templates: Environment, name: str, **content: Any) -> str:
    """Fill in a template.

    Raises:
        RenderError: GR503 with file and line, if it fails.
    """
    with guarded(name):
        return templates.get_template(name).render(**content)


def parsed(templates: Environment, name: str) -> nodes.Template:
    """Return the syntax tree of a template.

    Raises:
        RenderError: GR503 with file and line, if there is none or it has an error of syntax.
    """
    with guarded(name):
        return _tree(templates, *_source(templates, name))


@lru_cache(256)
def _tree(templates: Environment, text: str, name: str, file: str | None) -> nodes.Template:
    return templates.parse(text, name, file)


def referred(tree: nodes.Template) -> list[tuple[str, int]]:
    """Return the templates that a template extends, includes or imports by a constant name and cannot do without.

    Args:
        tree: Syntax tree of the template.

    Returns:
        Name of each, and the line that refers to it.
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


def source_of(templates: Environment, name: str) -> str:
    """Return the text of a template.

    Raises:
        RenderError: GR503 if there is none.
    """
    with guarded(name):
        return _source(templates, name)[0]


def file_of(templates: Environment, name: str) -> str:
    """Return the file of a template; its name if there is none."""
    try:
        return _source(templates, name)[2] or name
    except TemplateNotFound:
        return name


def _source(templates: Environment, name: str) -> tuple[str, str, str | None]:
    """Return text, name and file of a template."""
    if templates.loader is None:
        raise TemplateNotFound(name)
    text, file, _ = templates.loader.get_source(templates, name)
    return text, name, file


def _make_error(error: Exception, name: str) -> RenderError:
    place, problem = _locate_error(error, name)
    told = f"The template cannot be used ({problem.rstrip('.')})."
    return RenderError("GR503", told, "Correct the template, or leave --templates out.", place)


def _locate_error(error: Exception, name: str) -> tuple[str, str]:
    """Return the place of an error in a template, and its message."""
    message = error.problem if isinstance(error, RenderError) else next(iter(str(error).splitlines()), "")
    message = message or type(error).__name__
    written = getattr(error, "lineno", None)
    if written is not None:
        return f"{getattr(error, 'filename', None) or name}, line {written}", message
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_template(Path(frame.filename))]
    return (f"{frames[-1].filename}, line {frames[-1].lineno}", message) if frames else (name, message)


def _is_template(file: Path) -> bool:
    """Return whether a file is a template: in tracebacks Jinja names it in place of the compiled code."""
    return file.suffix != ".py" and file.is_file()
