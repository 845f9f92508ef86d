"""The location of an input: a path on this machine, or an address that fsspec fetches.

Addresses may contain user names, passwords and tokens. These are never printed or stored: the text of a `Remote` is its
address without user info and query, and `redacted` removes them from any other text.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias
from urllib.parse import unquote, urlsplit

from genereport.errors import CohortError, SettingsError, nearest

SILENCE = 60.0
"""Seconds without a byte after which a transfer is aborted."""

_LOCAL = ("file", "local")
_WEB = ("http", "https")
_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]*::)*[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_IN_TEXT = re.compile(r"[a-z][a-z0-9+.-]*://[^\s'\"<>]+", re.IGNORECASE)
_USER = re.compile(r"://(?:[^/:@]*:(?!\d+(?:[/?#]|$)).*@|[^/?#]*@)")
_CHAINED = re.compile(r"::(?=[a-z][a-z0-9+.-]*:[:/])", re.IGNORECASE)
_HOLDERS = "xlsx|xlsm|xlsb|xls|ods|h5ad|h5|rds|rda|rdata"
_PART = re.compile(rf"(?P<file>.*\.(?:{_HOLDERS})(?:\?[^#]*)?)#(?P<part>[^#/]+)", re.IGNORECASE | re.DOTALL)
_VARIABLE = re.compile(r"\$(?:\$|([A-Za-z_]\w*)|\{([^{}]*)\})")


@dataclass(frozen=True)
class Remote:
    """A file on another machine.

    Attributes:
        address: The whole address, including secrets; several are joined by ``::`` as fsspec chains them.
    """

    address: str = field(repr=False)

    @property
    def name(self) -> str:
        """The file name, without the rest of the path and the query, with the part; the host if there is no path."""
        parts = urlsplit(next(part for part in _CHAINED.split(str(self)) if "://" in part))
        name = PurePosixPath(unquote(parts.path)).name or parts.hostname or parts.scheme
        return f"{name}#{part_of(self)}" if part_of(self) else name

    @property
    def protocols(self) -> tuple[str, ...]:
        """The protocols of the chain, in its order."""
        return tuple(part.partition("://")[0].lower() for part in _CHAINED.split(self.address))

    def __str__(self) -> str:
        return _without_secrets(self.address)

    def __repr__(self) -> str:
        return f"Remote({str(self)!r})"


Location: TypeAlias = Path | Remote


def is_remote(text: str) -> bool:
    """Return whether a text is an address, such as ``https://…``, rather than a path of this machine."""
    return _ADDRESS.match(text) is not None


def redacted(text: str) -> str:
    """Remove user info, query and fragment from the addresses in a text."""
    first = _ADDRESS.search(text)
    if first and not re.search(r"\s", text):  # a single argument: an apparent end may be part of a password
        return text[: first.start()] + _without_secrets(text[first.start() :])
    return _IN_TEXT.sub(lambda found: _without_secrets(found[0]), text)


def located(text: str, folder: Path | None, environment: Mapping[str, str], setting: str) -> Location:
    """Return the location that a text names, with variables and ``~`` expanded.

    Args:
        text: A path or an address; ``$NAME`` and ``${NAME}`` stand for variables, ``$$`` for a dollar sign.
        folder: Where relative paths start. None: at the current folder, for a text that a shell has expanded already;
            if a file or folder of exactly that name exists, it is used unexpanded, even with dollar signs or tildes.
        environment: The environment variables.
        setting: Name of the setting, for messages.

    Raises:
        SettingsError: GR002 an invalid path, GR007 a variable that is not set or an unknown home folder, GR008 an
            address with an unknown protocol.
    """
    if "\0" in text:
        raise SettingsError(
            "GR002", "A path cannot contain the character NUL.", "Correct the path.", f"setting '{setting}'"
        )
    if folder is None and not is_remote(text) and os.path.lexists(text):
        return Path(text)
    expanded = _with_variables(text, environment, setting)
    if is_remote(expanded) and "::" not in expanded and expanded.partition("://")[0].lower() in _LOCAL:
        return Path(unquote(urlsplit(expanded).path))
    if is_remote(expanded):
        return _require_known_protocol(Remote(expanded), setting)
    try:
        path = Path(expanded).expanduser() if expanded.startswith("~") else Path(expanded)  # ./~a is not a home folder
    except RuntimeError as error:
        raise SettingsError(
            "GR007", f"The home folder of '{text}' is not known.", "Write the whole path.", f"setting '{setting}'"
        ) from error
    return folder / path if folder else path


def _with_variables(text: str, environment: Mapping[str, str], setting: str) -> str:
    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name is None:
            return "$"
        if name not in environment:
            raise SettingsError(
                "GR007",
                f"The variable '{name}' is not set.",
                "Set it, or write $$ where a dollar sign is meant.",
                f"setting '{setting}'",
            )
        return environment[name]

    return _VARIABLE.sub(value, text)


def _require_known_protocol(remote: Remote, setting: str) -> Remote:
    from fsspec.registry import get_filesystem_class, known_implementations

    for protocol in remote.protocols:
        try:
            get_filesystem_class(protocol)
        except ValueError as error:
            raise SettingsError(
                "GR008",
                f"Files cannot be fetched by the protocol '{protocol}'.",
                _suggest_similar(protocol, known_implementations),
                f"setting '{setting}'",
            ) from error
        except ImportError as error:
            raise SettingsError(
                "GR008",
                f"Files of the protocol '{protocol}' need a package that is not installed.",
                f"{str(error).rstrip('.')}.",
                f"setting '{setting}'",
            ) from error
    return remote


def _suggest_similar(protocol: str, known: Mapping[str, object]) -> str:
    hint = nearest(protocol, known)
    return hint if hint.startswith("Did") else "Write https://, s3://, or another protocol of fsspec."


def file_of(location: Location) -> Location:
    """Return the file of a location that names a part of a file; other locations unchanged.

    A part is a sheet of a workbook, a layer of an .h5ad file or an object of an R file. It stands behind a ``#`` that
    follows the suffix of such a file; a path is taken as it is written if a file of that name exists.
    """
    found = _named_part(location)
    if not found:
        return location
    return Remote(found["file"]) if isinstance(location, Remote) else Path(found["file"])


def part_of(location: Location) -> str:
    """Return the part of a file that a location names, as `file_of` describes; empty if it names none.

    Example:
        >>> part_of(Path("cohort.xlsx#Sample sheet")), part_of(Path("cohort.xlsx")), part_of(Path("no#1.tsv"))
        ('Sample sheet', '', '')
    """
    found = _named_part(location)
    if not found:
        return ""
    return unquote(found["part"]) if isinstance(location, Remote) else found["part"]


def with_part(location: Location, part: str) -> Location:
    """Return the location of a part of a file; that of the file itself if the part is empty."""
    file = file_of(location)
    if not part:
        return file
    return Remote(f"{file.address}#{part}") if isinstance(file, Remote) else Path(f"{file}#{part}")


def _named_part(location: Location) -> re.Match[str] | None:
    if isinstance(location, Remote):
        return _PART.fullmatch(location.address)
    found = _PART.fullmatch(str(location))
    return None if found and os.path.lexists(location) else found


def folder_of(location: Location) -> Path | None:
    """Return the folder itself, or that of a file; None for an address, whose folder cannot be searched."""
    if isinstance(location, Remote):
        return None
    return location if location.is_dir() else location.parent


def same(one: Location, other: Location) -> bool:
    """Return whether both are the same file, however the paths are written."""
    if isinstance(one, Remote) or isinstance(other, Remote):
        return one == other
    return one.resolve() == other.resolve()


def absolute(location: Location) -> Location:
    """Return the location as an absolute path; addresses are unchanged."""
    return location.absolute() if isinstance(location, Path) else location


def read_bytes(location: Location) -> bytes:
    """Read the whole content of the file, also if a part of it is named.

    Raises:
        CohortError: GR129 an address from which the file cannot be fetched, or not as a whole.
        OSError: a path that cannot be read.
    """
    location = file_of(location)
    if isinstance(location, Path):
        return location.read_bytes()
    kept = _FETCHED.get()
    if kept is None:
        return _fetch(location)
    if location not in kept:
        kept[location] = _fetch(location)
    return kept[location]


_FETCHED: ContextVar[dict[Remote, bytes] | None] = ContextVar("_FETCHED", default=None)


@contextmanager
def fetching_once() -> Iterator[None]:
    """Fetch each address at most once inside this context, however often it is read."""
    kept = _FETCHED.get()
    token = _FETCHED.set({} if kept is None else kept)
    try:
        yield
    finally:
        _FETCHED.reset(token)


def _fetch(remote: Remote) -> bytes:
    from fsspec.core import url_to_fs

    try:
        files, path = url_to_fs(remote.address, **_options(remote))
        return bytes(files.cat_file(path))
    except Exception as error:  # every protocol has its own errors
        raise CohortError(
            "GR129",
            f"The file cannot be fetched: {_reason(error, remote)}.",
            "Check the address and the network, or download the file and name the copy.",
            str(remote),
        ) from error


def _options(remote: Remote) -> dict[str, Any]:
    """Return the options of each protocol, by its name."""
    if not set(_WEB) & set(remote.protocols):
        return {}
    from aiohttp import ClientTimeout

    timeout = ClientTimeout(total=None, sock_connect=SILENCE, sock_read=SILENCE)
    return {name: {"client_kwargs": {"timeout": timeout}} for name in _WEB if name in remote.protocols}


def _reason(error: Exception, remote: Remote) -> str:
    """Return the reason of an error without secrets; the error's own message is the last resort."""
    kind = type(error).__name__
    status = getattr(error, "status", None)
    if isinstance(status, int) and status:
        return f"the server answered {status} {getattr(error, 'message', '')}".rstrip()
    if isinstance(error, FileNotFoundError):
        return "the file does not exist"
    if isinstance(error, TimeoutError):
        return f"no data arrived for {SILENCE:g} seconds"
    if kind in ("ClientPayloadError", "IncompleteRead", "ServerDisconnectedError"):
        return "the transfer was cut off before its end"
    if kind.startswith("ClientConnector"):
        return "the server cannot be reached"
    said = getattr(error, "strerror", None) or str(error)
    said = redacted(said.replace(remote.address, str(remote))).strip().rstrip(".").replace("\n", " ")
    return said if _is_harmless(said, remote) else kind


def _is_harmless(said: str, remote: Remote) -> bool:
    """Return whether a message is not empty and repeats no part of the address that `redacted` would remove."""
    kept = str(remote)
    hidden = [word for word in re.split(r"[/:@?&=#]+", remote.address) if len(word) > 2 and word not in kept]
    return bool(said) and not any(word in said or unquote(word) in said for word in hidden)


def _without_secrets(address: str) -> str:
    parts = [re.split(r"[?#]", _USER.sub("://", part), maxsplit=1)[0] for part in _CHAINED.split(address)]
    return "::".join(parts)
