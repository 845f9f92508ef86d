"""Results as templates see them: every value carries its id, the path of the number in ``results.json``.

Printing a value leaves a mark in the text, which `genereport.report.markdown` turns into a node of the document. A mark
holds no sign that has a meaning in Markdown, so names from files are printed as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import is_dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from genereport.analyses.columns import Style, first_of, positions
from genereport.analyses.result import Skipped
from genereport.formats import MISSING
from genereport.report.document import Cite, Code, Inline, Link, Phrase, Ref, Value

_START, _END = "\ue000", "\ue001"
_MARK = re.compile(f"{_START}([0-9a-f]*){_END}")


class Traced:
    """A value of the results, or a part of them, with its id.

    Parts are accessed by name or position, as in ``differential.sizes[0]``. Comparisons use the underlying values.
    """

    __slots__ = ("_id", "_value")

    def __init__(self, value: Any, id: str) -> None:  # noqa: A002 - what it is called everywhere
        self._value = value
        self._id = id

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if isinstance(self._value, Mapping):
            if name not in self._value:
                raise AttributeError(name)
            return trace(self._value[name], f"{self._id}.{name}" if self._id else name)
        return trace(getattr(self._value, name), f"{self._id}.{name}" if self._id else name)

    def __getitem__(self, key: Any) -> Any:
        key = plain(key)
        if isinstance(self._value, Mapping):
            return trace(self._value[key], f"{self._id}.{key}" if self._id else str(key))
        return trace(self._value[key], f"{self._id}[{key}]")

    def __iter__(self) -> Iterator[Any]:
        if isinstance(self._value, Mapping):
            return iter(self._value)
        return (trace(value, f"{self._id}[{place}]") for place, value in enumerate(self._value))

    def __len__(self) -> int:
        return len(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __contains__(self, item: object) -> bool:
        return plain(item) in self._value

    def __eq__(self, other: object) -> bool:
        return bool(self._value == plain(other))

    def __hash__(self) -> int:
        return hash(self._value)

    def __lt__(self, other: Any) -> bool:
        return bool(self._value < plain(other))

    def __le__(self, other: Any) -> bool:
        return bool(self._value <= plain(other))

    def __gt__(self, other: Any) -> bool:
        return bool(self._value > plain(other))

    def __ge__(self, other: Any) -> bool:
        return bool(self._value >= plain(other))

    def __str__(self) -> str:
        return str(mark(printed(self)))


class TracedTable:
    """A table of the results, accessed row by row."""

    __slots__ = ("_frame", "_id")

    def __init__(self, frame: pd.DataFrame, id: str) -> None:  # noqa: A002
        self._frame = frame
        self._id = id

    def __getitem__(self, position: Any) -> TracedRow:
        return TracedRow(self._frame, int(plain(position)), self._id)

    def __iter__(self) -> Iterator[TracedRow]:
        return (self[position] for position in range(len(self._frame)))

    def __len__(self) -> int:
        return len(self._frame)

    def head(self, number: int) -> list[TracedRow]:
        """Return at most so many of the first rows."""
        return self.at(range(min(number, len(self._frame))))

    def at(self, positions: Iterable[Any]) -> list[TracedRow]:
        """Return the rows at these positions."""
        return [self[position] for position in positions]

    def row(self, **wanted: Any) -> TracedRow:
        """Return the first row whose columns hold these values.

        Raises:
            KeyError: If there is none.
        """
        return self[first_of(self._frame, **{name: plain(value) for name, value in wanted.items()})]

    def rows(self, **wanted: Any) -> list[TracedRow]:
        """Return the rows whose columns hold these values."""
        return [self[at] for at in positions(self._frame, **{name: plain(value) for name, value in wanted.items()})]

    def has(self, column: str) -> bool:
        """Return whether the table has this column."""
        return column in self._frame


class TracedRow:
    """A row of a table; its cells are accessed by column name: ``row["adj.P.Val"]``, ``row.share``."""

    __slots__ = ("_frame", "_id", "_position")

    def __init__(self, frame: pd.DataFrame, position: int, id: str) -> None:  # noqa: A002
        self._frame = frame
        self._position = position
        self._id = id

    def __getitem__(self, column: str) -> Traced:
        frame = self._frame
        if column == frame.index.name:
            value = frame.index[self._position]
        elif column in frame:
            value = frame[column].iloc[self._position]
        else:
            raise KeyError(column)
        return Traced(value, f"{self._id}[{self._position}].{column}")

    def __getattr__(self, name: str) -> Traced:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


_SEVERAL = (Mapping, tuple, list, set, frozenset, TracedTable, TracedRow)


def trace(value: Any, id: str) -> Any:  # noqa: A002
    """Return a part of the results with its id."""
    return TracedTable(value, id) if isinstance(value, pd.DataFrame) else Traced(value, id)


def plain(value: Any) -> Any:
    """What a traced value holds; anything else as it is."""
    return value._value if isinstance(value, Traced) else value


def id_of(value: Any) -> str:
    """The id of a traced value; empty for anything else."""
    return value._id if isinstance(value, Traced) else ""


def name_of(value: Any) -> str:
    """Return the name of a traced value, a table or a row for error messages; empty for anything else."""
    if isinstance(value, TracedRow):
        return f"{value._id}[{value._position}]"
    return value._id if isinstance(value, TracedTable) else id_of(value)


def is_skipped(value: Any) -> bool:
    """Return whether a result is missing because its stage was skipped."""
    return isinstance(plain(value), Skipped)


def printed(value: Any, text: str | None = None) -> Inline:
    """Return a value as a node of the document; a node is returned as it is.

    Args:
        value: The value, traced or not.
        text: Its printed text; None: the value as text, or a dash if there is none.

    Raises:
        ValueError: If it is not one value but several.
    """
    held = plain(value)
    if isinstance(held, (Value, Ref, Cite, Code, Phrase, Link)):
        return held
    if text is None:
        if isinstance(held, _SEVERAL) or is_dataclass(held):
            raise ValueError(f"'{name_of(value) or type(held).__name__}' is not one value but several")
        text = MISSING if held is None else str(held)
    return Value(id_of(value), text) if isinstance(value, Traced) else text


def mark(*nodes: Inline) -> Markup:
    """Return nodes as marks in a text."""
    written = json.dumps([_pack_node(node) for node in nodes], ensure_ascii=False)
    return Markup(f"{_START}{written.encode().hex()}{_END}")  # noqa: S704 - hexadecimal digits


def block_mark(number: int) -> Markup:
    """Return the mark for the place of a block, by its number."""
    return Markup(f"\n\n{_START}{json.dumps(number).encode().hex()}{_END}\n\n")  # noqa: S704


def finalize(value: Any) -> Any:
    """Return what Jinja prints for an expression: a mark, or the text itself if it holds marks already."""
    return value if isinstance(value, Markup) else mark(printed(value))


def split_marks(text: str) -> Iterator[Inline | int]:
    """Yield the literal parts of a text, the nodes of its marks, and the numbers of blocks."""
    for place, part in enumerate(_MARK.split(text)):
        if place % 2:
            held = json.loads(bytes.fromhex(part))
            yield from [held] if isinstance(held, int) else (_unpack_node(node) for node in held)
        elif part:
            yield part


def _pack_node(node: Inline) -> list[Any]:
    match node:
        case str():
            return ["text", node]
        case Value():
            return ["value", node.id, node.text]
        case Ref():
            return ["ref", node.target]
        case Cite():
            return ["cite", *node.keys]
        case Code():
            return ["code", node.text]
        case Link():
            return ["link", node.target, _pack_node(node.part)]
        case Phrase():
            return ["phrase", *map(_pack_node, node.parts)]


def _unpack_node(held: list[Any]) -> Inline:
    kind, *rest = held
    match kind:
        case "value":
            return Value(rest[0], rest[1])
        case "ref":
            return Ref(rest[0])
        case "cite":
            return Cite(tuple(rest))
        case "code":
            return Code(rest[0])
        case "link":
            return Link(_unpack_node(rest[1]), rest[0])
        case "phrase":
            return Phrase(tuple(map(_unpack_node, rest)))
        case _:
            return str(rest[0])


def joined(items: Iterable[Any]) -> Markup:
    """Join items as a sentence lists them: ``a, b and c``; empty ones are left out."""
    parts = [finalize(item) for item in items if plain(item) != ""]
    text = Markup(", ").join(parts[:-1])
    return Markup(" and ").join(filter(None, [text, *parts[-1:]]))


def style_of(settings: Mapping[str, Any] | None) -> Style:
    """Return how numbers print by the settings of an analysis; in the manner of R if there are none."""
    if not settings:
        return Style()
    return Style(settings["report"]["p_values"], settings["tests"]["confidence"])
