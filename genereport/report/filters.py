"""The environment of the templates of sections: its functions, filters and tests.

Filters that print a number print it with its id.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, nodes
from markupsafe import Markup

from genereport import formats, names
from genereport.analyses.columns import count_or_missing
from genereport.report.command import command
from genereport.report.document import Cite, Code, Link, Phrase, Ref
from genereport.report.templating import environment, parsed
from genereport.report.traced import finalize, id_of, is_skipped, joined, mark, name_of, plain, printed, split_marks
from genereport.resources import folder
from genereport.version import __version__


def lineage(templates: Environment, name: str) -> list[str]:
    """Return a template and those that it extends, itself first."""
    found = [name]
    while True:
        parents = [each.template for each in parsed(templates, found[-1]).find_all(nodes.Extends)]
        constants = [str(each.value) for each in parents if isinstance(each, nodes.Const)]
        if not constants or constants[0] in found:
            return found
        found.append(constants[0])


class _Absent(StrictUndefined):
    """A name in a template that the results do not have; the error states its whole name."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        owner = name_of(self._undefined_obj)
        if self._undefined_hint or not owner:
            return super()._undefined_message
        return f"'{owner}.{self._undefined_name}' is not in this version ({__version__})"


@cache
def section_environment(own: Path | None = None) -> Environment:
    """Return the environment of all templates, with the functions, filters and tests of sections."""
    made = environment(own).overlay(finalize=finalize, undefined=_Absent)
    made.globals = made.globals | {
        "ref": lambda target: mark(Ref(str(target))),
        "cite": lambda *keys: mark(Cite(tuple(map(str, keys)))),
        "code": code,
        "link": _link,
    }
    made.filters = made.filters | _FILTERS
    made.tests = made.tests | {
        "skipped": is_skipped,
        "missing": _is_missing,
        "none": lambda value: plain(value) is None,
    }
    return made


def code(text: Any) -> Markup:
    """Set a text as it is typed, such as the name of a file."""
    return mark(Code(str(plain(text))))


def _link(part: Any, target: Any) -> Markup:
    nodes = tuple(node for node in split_marks(finalize(part)) if not isinstance(node, int))
    return mark(Link(nodes[0] if len(nodes) == 1 else Phrase(nodes), str(plain(target))))


def _is_missing(value: Any) -> bool:
    """Return whether a value is None or NaN."""
    held = plain(value)
    return held is None or held != held


def _printing_filter(form: Callable[..., str]) -> Callable[..., Markup]:
    """Return a filter that prints a value with its id; extra arguments are passed to the format."""

    def print_value(value: Any, *options: Any) -> Markup:
        held = plain(value)
        return mark(printed(value, formats.MISSING if held is None else form(held, *options)))

    return print_value


def _count(value: float, none: str = "") -> str:
    return none if none and value == 0 else formats.count(value)


def _print_limits(low: Any, high: Any, digits: int = 3) -> Markup:
    text = formats.fixed(plain(low), digits)
    if text == formats.MISSING:
        return mark(printed(low, formats.NOT_ESTIMABLE))
    return mark(Phrase((printed(low, text), " to ", printed(high, formats.fixed(plain(high), digits)))))


@cache
def _titles() -> dict[str, str]:
    """Return the titles of all codes."""
    entries = tomllib.loads((folder("data") / "codes.toml").read_text(encoding="utf-8"))
    return {code: entry["title"] for code, entry in entries.items()}


def _as_words(value: Any, *words: str) -> Markup:
    """Print a small number in words, from 0 on: ``{{ n | words("none", "one") }}``; others as digits."""
    held = plain(value)
    return mark(printed(value, words[held] if 0 <= held < len(words) else formats.count(held)))


def _json(value: Any) -> Markup:
    """Print a value as JSON: ``null``, ``"auto"``, ``[32, 16]``."""
    return mark(printed(value, json.dumps(plain(value), ensure_ascii=False)))


def _name_model(model: Any, features: Any) -> str:
    return names.model_name(str(plain(model)), str(plain(features)))


_FILTERS: dict[str, Callable[..., Any]] = {
    "count": _printing_filter(_count),
    "whole_count": _printing_filter(lambda value: formats.count(round(value))),
    "count_or_missing": _printing_filter(count_or_missing),
    "percent": _printing_filter(formats.percent),
    "whole_percent": _printing_filter(formats.whole_percent),
    "fixed": _printing_filter(formats.fixed),
    "two": _printing_filter(formats.two),
    "beside": _printing_filter(lambda value, limit, *digits: formats.beside_limit(value, plain(limit), *digits)),
    "general": _printing_filter(formats.general),
    "p_value": _printing_filter(lambda p, style: formats.p_value(p, style.p_values)),
    "printed": _printing_filter(str),
    "words": _as_words,
    "json": _json,
    "code_title": lambda code: _titles().get(str(plain(code)), str(plain(code))),
    "plural": lambda number, *nouns: formats.plural(plain(number), *nouns),
    "interval": lambda row, low="ci_low", high="ci_high", digits=3: _print_limits(row[low], row[high], digits),
    "limits_to": _print_limits,
    "code": code,
    "listed": joined,
    "model": lambda record: _name_model(record.model, record.features),
    "model_on": _name_model,
    "model_name": lambda model: names.bare_name(str(plain(model))),
    "features_name": lambda features: names.FEATURE_NAMES.get(plain(features), str(plain(features))),
    "in_sentence": names.in_sentence,
    "upper_first": lambda text: text[:1].upper() + text[1:],
    "scale_name": lambda scale: names.scale_name(str(plain(scale))),
    "command": lambda settings: command(plain(settings)),
    "unit_name": lambda unit, part: getattr(names.UNIT_NAMES[plain(unit)], part),
    "plain": plain,
    "id": id_of,
}
