"""The study file that ``init`` writes: every setting with its meaning, its default and its valid values.

All of it is derived from the settings themselves. A setting with its default is commented out by ``#`` without a blank
after it. Without these signs the file has the same meaning, because the empty text stands for the default None.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from genereport.settings.model import Settings, fields, place_of

WIDTH = 88
"""Characters per line."""

_HEAD = """\
A study file of genereport: what is analysed, and how.

genereport check {name}    reads and checks the cohort and prints what would run
genereport build {name}    builds the report

Every setting is listed. A setting that is commented out has the default that is shown; to change it, remove the # \
before it. "" stands for a default that the comment describes. \
Environment variables such as GENEREPORT_PREPROCESS__FLOOR override \
this file, and options such as --set preprocess.floor=100 override both.

Paths start at the folder of this file. They may begin with ~ and contain $VARIABLES ($$ is a dollar sign). Input \
files may also be addresses: https://, s3:// or any other protocol of fsspec. Keep passwords in variables."""

_BOUNDS = {
    "minimum": "at least",
    "exclusiveMinimum": "above",
    "maximum": "at most",
    "exclusiveMaximum": "below",
}
_KINDS = {"integer": "a whole number", "number": "a number", "string": "text", "boolean": "true | false"}
_PLACES = {"path": "a path", "location": "a path or an address"}


def study_text(given: Mapping[str, object], name: str = "study.toml") -> str:
    """Return an annotated study file.

    Args:
        given: Dotted name of each setting that does not have its default → its value, as TOML can hold it.
        name: File name, for the commands in its header.
    """
    schema = Settings.model_json_schema()
    lines = [*_comment(_HEAD.format(name=name)), ""]
    section = ""
    for setting in fields():
        head, _, key = setting.partition(".")
        found = schema["properties"][head]
        if key:
            found = schema["$defs"][found["$ref"].rpartition("/")[2]]
        if key and head != section:
            section = head
            lines += ["", f"[{section}]", *_comment(found["description"]), ""]
        lines += [*_setting(setting, found["properties"][key] if key else found, given), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def toml(value: object) -> str:
    """Return a text, number, truth value or sequence of them in TOML."""
    if isinstance(value, tuple | list):
        return f"[{', '.join(toml(item) for item in value)}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _setting(name: str, schema: dict[str, Any], given: Mapping[str, object]) -> Iterator[str]:
    yield from _comment(schema["description"])
    key = name.rpartition(".")[2]
    line = f"{key} = {toml(given[name])}" if name in given else f"#{key} = {toml(schema['default'])}"
    taken = _PLACES.get(place_of(fields()[name]) or "", "") or _valid_values(schema)
    hinted = f"{line:<27}  # {taken}"
    if taken and len(hinted) > WIDTH:
        yield from _comment(f"One of: {taken}" if "|" in taken else taken[0].upper() + taken[1:])
    yield hinted if taken and len(hinted) <= WIDTH else line


def _valid_values(schema: Mapping[str, Any]) -> str:
    """Return the valid values of a setting in words; empty if its default makes them clear."""
    kinds = [kind for kind in schema.get("anyOf", ()) if "const" not in kind]
    if kinds:
        return _kind(kinds[0])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "boolean":
        return _KINDS["boolean"]
    return ", ".join(_bounds(schema.get("items", schema)))


def _kind(schema: Mapping[str, Any]) -> str:
    if schema.get("type") == "array":
        return "a list of " + ("texts" if schema["items"]["type"] == "string" else "numbers")
    if schema.get("format") == "date":
        return "a date"
    return ", ".join([_KINDS[schema["type"]], *_bounds(schema)])


def _bounds(schema: Mapping[str, Any]) -> Iterable[str]:
    return (f"{word} {schema[bound]:,}" for bound, word in _BOUNDS.items() if bound in schema)


def _comment(text: str) -> list[str]:
    """Return paragraphs of prose as comment lines, wrapped anew."""
    lines: list[str] = []
    for paragraph in text.split("\n\n"):
        wrapped = textwrap.wrap(paragraph, WIDTH - 2, break_on_hyphens=False, break_long_words=False)
        lines += [*([""] if lines else []), *(wrapped or [""])]
    return [f"# {line}".rstrip() for line in lines]
