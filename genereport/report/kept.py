"""What the pages are made with and what never changes: compiled templates and packed scripts, kept between runs.

They lie where Python keeps its own compiled modules, in the ``__pycache__`` of this package or below
``PYTHONPYCACHEPREFIX``, under names that change with all that they are made from. If that folder cannot be written,
they are made anew in each run.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.util import cache_from_source
from io import BytesIO
from pathlib import Path

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from genereport.resources import folder


def keep(name: str, make: Callable[[], bytes]) -> bytes:
    """Return the content that is kept under a name; make and keep it if there is none.

    Args:
        name: Name of a file; it has to change with the content.
        make: Makes the content.
    """
    found = _read(name)
    if found is None:
        found = make()
        _write(name, found)
    return found


class CompiledTemplates(BytecodeCache):
    """The compiled bundled templates; those of a lab are compiled in each run.

    Args:
        kind: Name of the environment: its filters are part of what is compiled.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """Return the name of the file; empty for a template that is not kept."""
        if filename is None or not Path(filename).is_relative_to(folder("templates")):
            return ""
        told = "\0".join((self._kind, name, filename, _stamp()))
        return f"{hashlib.sha256(told.encode()).hexdigest()[:16]}.jinja"

    def load_bytecode(self, bucket: Bucket) -> None:
        """Read a template; a file of another text or another version of Jinja or Python counts as none."""
        held = _read(bucket.key) if bucket.key else None
        if held is not None:
            with suppress(EOFError, ValueError, TypeError):
                bucket.load_bytecode(BytesIO(held))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template."""
        if bucket.key:
            _write(bucket.key, bucket.bytecode_to_string())


@cache
def _stamp() -> str:
    """Return what changes with the code that templates are compiled with: times and sizes of its files.

    Jinja applies filters to constants while it compiles.
    """
    package = folder("genereport")
    files = sorted((*package.glob("*.py"), *package.glob("report/*.py"), folder("data") / "codes.toml"))
    return " ".join(f"{found.name} {(told := found.stat()).st_mtime_ns} {told.st_size}" for found in files)


def _folder() -> Path:
    return Path(cache_from_source(__file__)).parent


def _read(name: str) -> bytes | None:
    try:
        return (_folder() / name).read_bytes()
    except OSError:
        return None


def _write(name: str, content: bytes) -> None:
    if sys.dont_write_bytecode:
        return
    with suppress(OSError):
        _folder().mkdir(parents=True, exist_ok=True)
        handle, written = tempfile.mkstemp(dir=_folder())
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            Path(written).replace(_folder() / name)
        finally:
            Path(written).unlink(missing_ok=True)
