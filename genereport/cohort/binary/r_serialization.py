"""R's serialization format, as saveRDS() and save() write it: bytes in, plain values out.

Nothing is evaluated: functions, promises and byte code are read over and become None, and so do connections and
pointers. The format is described in "R Internals", section 1.8, and in R's ``serialize.c``; constants have R's names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from genereport.types import AnyArray

Kind = Literal["null", "vector", "text", "list", "pairs", "symbol", "environment", "S4", "other"]

_NA_INTEGER = -(2**31)
_SYMSXP, _LISTSXP, _CLOSXP, _ENVSXP, _PROMSXP, _LANGSXP, _SPECIALSXP, _BUILTINSXP, _CHARSXP = range(1, 10)
_LGLSXP, _INTSXP, _REALSXP, _CPLXSXP, _STRSXP, _DOTSXP = 10, 13, 14, 15, 16, 17
_VECSXP, _EXPRSXP, _BCODESXP, _EXTPTRSXP, _WEAKREFSXP, _RAWSXP, _S4SXP = 19, 20, 21, 22, 23, 24, 25
_ALTREP, _ATTRLIST, _ATTRLANG, _BASEENV, _EMPTYENV, _BCREPREF, _BCREPDEF = 238, 239, 240, 241, 242, 243, 244
_PERSIST, _PACKAGE, _NAMESPACE, _BASENAMESPACE, _MISSINGARG, _UNBOUND, _GLOBALENV, _NILVALUE, _REF = range(247, 256)
_EMPTY = frozenset({_BASEENV, _EMPTYENV, _BASENAMESPACE, _MISSINGARG, _UNBOUND, _GLOBALENV, _NILVALUE})
_PAIRS = frozenset({_LISTSXP, _LANGSXP, _CLOSXP, _PROMSXP, _DOTSXP})
_WITH_OWN_ATTRIBUTES = _PAIRS | {_SYMSXP, _ENVSXP, _ALTREP, _PERSIST, _PACKAGE, _NAMESPACE, _CHARSXP}
_CODE_PAIRS = frozenset({_LANGSXP, _LISTSXP, _BCREPDEF, _ATTRLANG, _ATTRLIST})
_ARRAYS = {_LGLSXP: ">i4", _INTSXP: ">i4", _REALSXP: ">f8", _CPLXSXP: ">c16", _RAWSXP: "u1"}
_HAS_ATTRIBUTES, _HAS_TAG, _LATIN1 = 1 << 9, 1 << 10, 1 << 2
_TRUTH = {0: "FALSE", 1: "TRUE"}
_LONGEST = 10_000_000
_HEADERS = (b"RDX2\n", b"RDX3\n")


class SerializationError(ValueError):
    """The bytes are not in the format, or end early."""


@dataclass(frozen=True, eq=False)
class RValue:
    """A value of R.

    Attributes:
        kind: ``vector`` of numbers, ``text`` (a character or a logical vector), ``list``, ``pairs`` (a pairlist),
            ``symbol``, ``environment``, ``S4`` (its slots are the attributes), ``null``, or ``other`` for functions and
            what else holds no data.
        value: An array; texts, None where missing; values; (name, value) pairs; name → value of an environment.
        attributes: Attribute, or slot → value.
    """

    kind: Kind
    value: Any = None
    attributes: Mapping[str, RValue] = field(default_factory=lambda: MappingProxyType({}))


NULL = RValue("null")
_OTHER = RValue("other")


def read_serialized(raw: bytes) -> RValue:
    """Read what saveRDS() or save() wrote, in its binary format and unpacked; of save(), the pairlist of the objects.

    Raises:
        SerializationError: The bytes end early, or are not in the format.
    """
    start = 5 if raw.startswith(_HEADERS) else 0
    reader = _Reader(raw, start + 2)
    version = reader.integer()
    reader.take(8)
    if version == 3:
        reader.take(reader.integer())
    elif version != 2:
        raise SerializationError(f"version {version} of the format is not known")
    return reader.item()


class _Reader:
    """Reads one item after the other from bytes."""

    def __init__(self, raw: bytes, place: int) -> None:
        self.raw = raw
        self.place = place
        self.references: list[RValue] = []
        self.readers: dict[int, Callable[[int], RValue]] = {
            **dict.fromkeys(_PAIRS, self._pairs),
            **dict.fromkeys(_ARRAYS, self._array),
            **dict.fromkeys((_VECSXP, _EXPRSXP), self._list),
            **dict.fromkeys((_SPECIALSXP, _BUILTINSXP), self._builtin),
            **dict.fromkeys((_EXTPTRSXP, _WEAKREFSXP), self._pointer),
            **dict.fromkeys((_PERSIST, _PACKAGE, _NAMESPACE), self._package),
            _STRSXP: self._texts,
            _CHARSXP: lambda flags: RValue("text", [self._text(flags)]),
            _SYMSXP: self._symbol,
            _ENVSXP: self._environment,
            _ALTREP: self._compact_vector,
            _BCODESXP: self._byte_code,
            _S4SXP: lambda _: RValue("S4"),
        }

    def take(self, size: int) -> bytes:
        """Return the next bytes."""
        end = self.place + size
        if size < 0 or end > len(self.raw):
            raise SerializationError("it ends early")
        found = self.raw[self.place : end]
        self.place = end
        return found

    def integer(self) -> int:
        """Return the next integer."""
        return int.from_bytes(self.take(4), "big", signed=True)

    def item(self) -> RValue:
        """Return the next item, with its attributes."""
        flags = self.integer()
        kind = flags & 0xFF
        if kind in _EMPTY:
            return NULL
        if kind == _REF:
            return self._reference(flags)
        if kind not in self.readers:
            raise SerializationError(f"an item has the unknown type {kind}")
        found = self.readers[kind](flags)
        if kind in _WITH_OWN_ATTRIBUTES or not flags & _HAS_ATTRIBUTES:
            return found
        return RValue(found.kind, found.value, self._attributes())

    def _attributes(self) -> dict[str, RValue]:
        return dict(self.item().value or ())

    def _reference(self, flags: int) -> RValue:
        place = (flags >> 8) or self.integer()
        if not 0 < place <= len(self.references):
            raise SerializationError("a reference has no target")
        return self.references[place - 1]

    def _refer_to(self, value: RValue) -> RValue:
        self.references.append(value)
        return value

    def _length(self) -> int:
        length = self.integer()
        if length == -1:
            length = (self.integer() << 32) + (self.integer() & 0xFFFFFFFF)
        if not 0 <= length <= len(self.raw):
            raise SerializationError("it ends early")
        return length

    def _array(self, flags: int) -> RValue:
        kind = np.dtype(_ARRAYS[flags & 0xFF])
        values = np.frombuffer(self.take(self._length() * kind.itemsize), dtype=kind)
        if flags & 0xFF == _LGLSXP:
            return RValue("text", [_TRUTH.get(value) for value in values.tolist()])
        return RValue("vector", _with_missing(values) if kind == ">i4" else values.astype(kind.newbyteorder("=")))

    def _text(self, flags: int) -> str | None:
        size = self.integer()
        if size == -1:
            return None
        raw = self.take(size)
        if not flags >> 12 & _LATIN1:
            try:
                return raw.decode("utf-8")
            except UnicodeDecodeError:
                pass
        return raw.decode("latin-1")

    def _texts(self, flags: int) -> RValue:
        del flags
        return RValue("text", [self._text(self.integer()) for _ in range(self._length())])

    def _list(self, flags: int) -> RValue:
        del flags
        return RValue("list", [self.item() for _ in range(self._length())])

    def _symbol(self, flags: int) -> RValue:
        del flags
        return self._refer_to(RValue("symbol", self.item().value[0] or ""))

    def _builtin(self, flags: int) -> RValue:
        del flags
        self.take(self._length())
        return _OTHER

    def _pointer(self, flags: int) -> RValue:
        self._refer_to(_OTHER)
        if flags & 0xFF == _EXTPTRSXP:
            self.item()
            self.item()
        return _OTHER

    def _package(self, flags: int) -> RValue:
        self.integer()
        self._list(flags)
        return self._refer_to(_OTHER)

    def _pairs(self, flags: int) -> RValue:
        """Return a pairlist; functions and calls have the same form, and hold no data."""
        first, attributes = flags & 0xFF, {}
        pairs: list[tuple[str, RValue]] = []
        while True:
            if flags & _HAS_ATTRIBUTES:
                attributes = self._attributes()
            tag = self.item() if flags & _HAS_TAG else NULL
            pairs.append((tag.value if tag.kind == "symbol" else "", self.item()))
            flags = self.integer()
            if flags & 0xFF != _LISTSXP:
                break
        if flags & 0xFF != _NILVALUE:  # the body of a function
            self.place -= 4
            self.item()
        return RValue("pairs", pairs, attributes) if first == _LISTSXP else _OTHER

    def _environment(self, flags: int) -> RValue:
        del flags
        self.integer()
        held: dict[str, RValue] = {}
        attributes: dict[str, RValue] = {}
        found = self._refer_to(RValue("environment", held, attributes))  # its content may refer to it
        self.item()
        frame, table, described = self.item(), self.item(), self.item()
        for chain in (frame, *(table.value or () if table.kind == "list" else ())):
            held.update(chain.value or ())
        attributes.update(described.value or ())
        return found

    def _compact_vector(self, flags: int) -> RValue:
        """Return a vector that R stores in a short form: a sequence, numbers to be written as text, or a wrapper."""
        del flags
        information, state = self.item(), self.item()
        attributes = self._attributes()
        name = str(information.value[0][1].value)
        if name in ("compact_intseq", "compact_realseq"):
            length, start, step = state.value
            if not 0 <= length <= _LONGEST:
                raise SerializationError("a sequence is too long")
            return RValue("vector", start + step * np.arange(int(length)), attributes)
        held = state.value[0][1] if state.kind == "pairs" else state.value[0]
        if name == "deferred_string":
            return RValue("text", _as_texts(held.value), attributes)
        if name.startswith("wrap_"):
            return RValue(held.kind, held.value, attributes or held.attributes)
        raise SerializationError(f"a vector has the unknown form {name}")

    def _byte_code(self, flags: int) -> RValue:
        del flags
        self.integer()
        self._code()
        return _OTHER

    def _code(self) -> None:
        self.item()
        for _ in range(self._length()):
            kind = self.integer()
            if kind == _BCODESXP:
                self._code()
            else:
                self._constant(kind)

    def _constant(self, kind: int) -> None:
        """Read over a constant of byte code: a call, which may be shared, or any other item."""
        while kind in _CODE_PAIRS:
            if kind == _BCREPDEF:
                self.integer()
                kind = self.integer()
            if kind in (_ATTRLANG, _ATTRLIST):
                self.item()
            self.item()
            self._constant(self.integer())
            kind = self.integer()
        if kind == _BCREPREF:
            self.integer()
        else:
            self.item()


def _with_missing(values: AnyArray) -> AnyArray:
    """Return integers as they are, or as floats with NaN if R's missing value is among them."""
    missing = values == _NA_INTEGER
    return np.where(missing, np.nan, values) if missing.any() else values.astype(np.int32)


def _as_texts(values: AnyArray) -> list[str | None]:
    return [None if value != value else f"{value:.15g}" for value in values.tolist()]
