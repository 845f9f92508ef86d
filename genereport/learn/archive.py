"""Write archives of arrays and text as canonical bytes, and read them without trusting their content.

An archive may be damaged (GR601) or made by hand to do harm (GR602). Sizes, headers and types are therefore checked
before anything is unpacked, and nothing is ever unpickled.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import zipfile
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np

from genereport.errors import BundleError
from genereport.types import AnyArray

T = TypeVar("T")

REMEDY = "Build the report again, or get the bundle from its source again."

_SPACE, _RATIO = 2**26, 100  # bytes that an archive may unpack to: 64 MiB and a hundred times its own size
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def members(file: str, content: bytes) -> dict[str, bytes]:
    """Return name → content of the members of an archive.

    Raises:
        BundleError: GR602 if the archive would unpack to far more than its own size, holds a name twice, uses another
            compression, or cannot be read.
    """

    def unpacked() -> dict[str, bytes]:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > _SPACE + _RATIO * len(content):
                raise distrusted(file, "The archive would unpack to far more than a model needs.")
            if len({member.filename for member in members}) < len(members):
                raise distrusted(file, "The archive holds two members with the same name.")
            if any(member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for member in members):
                raise distrusted(file, "The archive is compressed in a way that genereport does not use.")
            return {member.filename: archive.read(member) for member in members}

    return guarded(unpacked, file)


def arrays_of(file: str, content: bytes) -> dict[str, AnyArray]:
    """Return name → array of an archive of arrays."""
    return {name.removesuffix(".npy"): array_of(file, name, data) for name, data in members(file, content).items()}


def array_of(file: str, name: str, data: bytes) -> AnyArray:
    """Read an array of numbers or text.

    The header is checked first, because NumPy allocates as much memory as a header asks for.
    """

    def read() -> AnyArray:
        stream = io.BytesIO(data)
        if np.lib.format.read_magic(stream) != (1, 0):
            raise ValueError("its version of the array format is unknown")
        shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
        if dtype.hasobject:
            raise ValueError("it is an array of objects, which only pickle could read")
        if math.prod(shape) * dtype.itemsize != len(data) - stream.tell():
            raise ValueError("the array is not as long as its header says")
        return np.asarray(np.load(io.BytesIO(data), allow_pickle=False))

    return guarded(read, f"{file}, {name}")


def archive(members: Mapping[str, bytes]) -> bytes:
    """Return a zip archive whose bytes depend only on its members and their order."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            member = zipfile.ZipInfo(name, _LONG_AGO)
            member.create_system, member.external_attr = 3, 0o644 << 16
            archive.writestr(member, content, zipfile.ZIP_DEFLATED, 6)
    return stream.getvalue()


def npy(array: AnyArray) -> bytes:
    """Return an array in NumPy's own format."""
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue()


def canonical_json(value: Any) -> bytes:
    """Return JSON with sorted keys in one fixed layout: equal values give equal bytes."""
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode()


def sha256(content: bytes) -> str:
    """Return the SHA-256 of `content` as a hex digest."""
    return hashlib.sha256(content).hexdigest()


def named(arrays: Mapping[str, AnyArray], name: str, file: str) -> AnyArray:
    """Return the array called `name`.

    Raises:
        BundleError: GR602 if it is missing.
    """
    if name not in arrays:
        raise distrusted(file, f"The archive lacks the array '{name}'.")
    return arrays[name]


def guarded(read: Callable[[], T], where: str) -> T:
    """Return what `read` returns, and turn any exception that damaged or forged content raises into a `BundleError`."""
    try:
        return read()
    except BundleError:
        raise
    except Exception as error:
        raise distrusted(where, f"The content does not have the expected form ({error}).") from error


def changed(where: str, problem: str) -> BundleError:
    """Return the error for content that differs from what was written (GR601)."""
    return BundleError("GR601", problem, REMEDY, where)


def distrusted(where: str, problem: str) -> BundleError:
    """Return the error for content that genereport would not have written (GR602)."""
    return BundleError("GR602", problem, REMEDY, where)
