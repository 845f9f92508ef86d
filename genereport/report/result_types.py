"""The attributes that templates may use of a result, known from its type before there is any result.

A set of types is a tuple, since a field may hold one of several. The empty tuple means any type.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from functools import cache, cached_property
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import pandas as pd
from pydantic import BaseModel

Types = tuple[Any, ...]

ANYTHING: Types = ()

_TABLE = ("at", "has", "head", "row", "rows")
"""What templates may ask a table for, besides a row by its position."""


def types_of(hint: Any) -> Types:
    """Return the types that an annotation allows, without None."""
    if get_origin(hint) is Annotated:
        return types_of(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        members = [types_of(each) for each in get_args(hint) if each is not type(None)]
        return tuple(each for member in members for each in member) if all(members) else ANYTHING
    return ANYTHING if hint in (Any, object) else (hint,)


def attribute(held: Types, name: str) -> Types:
    """Return the types of an attribute.

    Args:
        held: Types of the object that has the attribute.
        name: Name of the attribute.

    Raises:
        AttributeError: If none of these types has it.
    """
    return _join_types([_attribute(each, name) for each in held], name)


def item(held: Types) -> Types:
    """Return the types of any item of a list."""
    return _join_types([_item(each) for each in held], "")


def names_of(held: Types) -> list[str]:
    """Return the names of the known attributes."""
    return sorted({name for each in held for name in _names(each)})


def _join_types(found: list[Types | None], name: str) -> Types:
    present = [each for each in found if each is not None]
    if found and not present:
        raise AttributeError(name)
    return tuple(each for member in present for each in member) if all(present) else ANYTHING


def _attribute(held: Any, name: str) -> Types | None:
    """Return the types of an attribute; None if there is none."""
    if isinstance(held, Mapping):
        return held.get(name)
    if get_origin(held) in (dict, Mapping):
        return types_of(get_args(held)[1])
    if held is pd.DataFrame:
        return ANYTHING if name in _TABLE else None
    return _fields(held).get(name) if _is_record(held) else ANYTHING


def _item(held: Any) -> Types:
    arguments = get_args(held)
    if get_origin(held) is tuple:
        return types_of(arguments[0]) if len(arguments) == 2 and arguments[1] is Ellipsis else ANYTHING
    return types_of(arguments[0]) if get_origin(held) is list else ANYTHING


def _names(held: Any) -> Iterator[str]:
    if isinstance(held, Mapping):
        yield from held
    elif held is pd.DataFrame:
        yield from _TABLE
    elif _is_record(held):
        yield from _fields(held)


def _is_record(held: Any) -> bool:
    return isinstance(held, type) and (is_dataclass(held) or issubclass(held, BaseModel) or hasattr(held, "_fields"))


@cache
def _fields(record: type) -> dict[str, Types]:
    """The fields and the properties of a class, by name."""
    fields = {name: types_of(hint) for name, hint in _hints(record).items()}
    for name, member in inspect.getmembers_static(record):
        getter = getattr(member, "wrapped", member)  # a computed field of pydantic wraps its property
        if isinstance(getter, property | cached_property):
            function = getter.fget if isinstance(getter, property) else getter.func
            fields[name] = types_of(_hints(function).get("return", Any))
    return {name: found for name, found in fields.items() if not name.startswith("_")}


def _hints(annotated: Any) -> dict[str, Any]:
    """The annotations of a class or a function; Any in place of each where one of them has no value at run time."""
    try:
        return get_type_hints(annotated, include_extras=True)
    except (NameError, TypeError):  # such as pd.Series[str], which only type checkers know
        return dict.fromkeys(inspect.get_annotations(annotated), Any)
