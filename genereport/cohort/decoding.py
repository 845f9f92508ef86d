r"""From the bytes of an input file to its text: gzip, bzip2, xz and zip, UTF-8, UTF-16 and Windows-1252.

What a file is follows from its first bytes, never from its name.
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import IO, NamedTuple, cast

from genereport.cohort.wording import counted, quoted
from genereport.errors import CohortError, Finding
from genereport.locations import Location, Remote, file_of, read_bytes

_GZIP, _BZIP2, _ZIP, _XZ = b"\x1f\x8b", b"BZh", b"PK\x03\x04", b"\xfd7zXZ\x00"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DAMAGED = (
    OSError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    ValueError,
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_LONGEST_LINE = 10_000_000
_PEEKED_BYTES = 2000
_REMEDY = "Export the table as CSV or TSV in UTF-8."


class Decoded(NamedTuple):
    r"""The text of a file.

    Attributes:
        text: The content with ``\n`` line ends, without byte-order mark.
        findings: What the reader must know about the encoding.
    """

    text: str
    findings: tuple[Finding, ...] = ()


def unpacked(raw: bytes, name: str) -> bytes:
    """Return the content of a gzip, bzip2 or xz file, or of the one file in a zip archive; other bytes unchanged.

    A workbook is a zip archive, too, and is returned unchanged.

    Raises:
        CohortError: GR104 a damaged file, GR143 an archive that does not hold exactly one file.
    """
    kind = {_GZIP[:2]: "gzip", _BZIP2[:2]: "bzip2", _ZIP[:2]: "zip", _XZ[:2]: "xz"}.get(raw[:2], "")
    if not _is_packed(raw):
        return raw
    try:
        return _unpack_zip(raw, name) if kind == "zip" else _UNPACK[kind](raw)
    except _DAMAGED as error:
        tool = "unzip -t" if kind == "zip" else f"{kind} -t"
        reason = str(error).rstrip(".") or "it holds no data"
        raise CohortError(
            "GR104",
            f"The {kind} file is damaged or was cut off ({reason}).",
            f"Download or copy it again; '{tool}' tells whether a copy is whole.",
            name,
        ) from error


_UNPACK = {"gzip": gzip.decompress, "bzip2": bz2.decompress, "xz": lzma.decompress}


def _is_packed(raw: bytes) -> bool:
    return raw.startswith((_GZIP, _ZIP, _XZ)) or (raw.startswith(_BZIP2) and raw[4:10] == b"1AY&SY")


def _unpack_zip(raw: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        members = _members(archive)
        if _is_workbook(members):
            return raw
        if len(members) == 1:
            return archive.read(members[0])
    held = f"{counted(len(members), 'file', 'files')}: {quoted(each.filename for each in members)}"
    raise CohortError(
        "GR143",
        f"This is a zip archive that holds {held if members else 'no file'}.",
        "Unpack it and name the file that is meant; an archive is read if it holds one file.",
        name,
    )


def _is_workbook(members: Sequence[zipfile.ZipInfo]) -> bool:
    return any(each.filename in ("[Content_Types].xml", "mimetype") for each in members)


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    every = [each for each in archive.infolist() if not each.is_dir()]
    return [each for each in every if not each.filename.startswith("__MACOSX/")]


def decoded(raw: bytes, name: str, *, legacy: bool = False) -> Decoded:
    """Return the text of unpacked bytes.

    Args:
        raw: The bytes.
        name: File name, for messages.
        legacy: Whether text that is not UTF-8 may be Windows-1252, as older spreadsheet programs write it; a finding
            then says so. For files of words, not for matrices.

    Raises:
        CohortError: GR103 bytes that are no text in a known encoding.
    """
    if raw.startswith(_UTF16):
        try:
            return Decoded(_with_newlines(raw.decode("utf-16")))
        except UnicodeDecodeError as error:
            problem = "The file starts as UTF-16 and holds bytes that are not; it was cut off or is binary."
            raise CohortError("GR103", problem, _REMEDY, name) from error
    if b"\0" in raw:
        raise CohortError("GR103", "The file holds binary data, not text.", _REMEDY, name)
    try:
        return Decoded(_with_newlines(raw.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        older = _windows_1252(raw) if legacy else None
        if older is not None:
            return Decoded(older, (_legacy_finding(older, name),))
        line = raw.count(b"\n", 0, error.start) + 1
        problem = f"Byte 0x{raw[error.start]:02X} is not UTF-8; the file has another encoding or is binary."
        raise CohortError("GR103", problem, _REMEDY, f"{name}, row {line}") from error


def _windows_1252(raw: bytes) -> str | None:
    """Return the text if all bytes are printable characters of Windows-1252."""
    try:
        text = raw.decode("cp1252")
    except UnicodeDecodeError:
        return None
    return None if _CONTROL.search(text) else _with_newlines(text)


def _legacy_finding(text: str, name: str) -> Finding:
    words = dict.fromkeys(re.findall(r"\w*[^\x00-\x7f][^\s,;\"]*", text))
    return Finding(
        "GR340",
        "note",
        name,
        f"The file is not in UTF-8 and was read as Windows-1252, the encoding of older spreadsheet programs. Words "
        f"with special characters: {quoted(words)}. If they are spelt wrongly here, save the file as UTF-8.",
    )


def _with_newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def peek_lines(path: Location, limit: int) -> list[str]:
    """Return the first lines of a text file, without line ends; nothing if they cannot be read.

    Raises:
        CohortError: GR129 an address from which the file cannot be fetched.
    """
    try:
        with _opened(path) as stream:
            start = stream.peek(2)[:2]
            if start == _ZIP[:2] or (start not in _UTF16 and b"\0" in stream.peek(_PEEKED_BYTES)[:_PEEKED_BYTES]):
                return []
            encoding = "utf-16" if start in _UTF16 else "utf-8-sig"
            errors = "strict" if start in _UTF16 else "surrogateescape"
            text = io.TextIOWrapper(stream, encoding=encoding, errors=errors)
            lines = [line.rstrip("\n") for line in islice(iter(lambda: text.readline(_LONGEST_LINE), ""), limit)]
        return [] if any("\udc80" <= letter <= "\udcff" for letter in "".join(lines[:1])) else lines
    except _DAMAGED:
        return []


def peek_bytes(path: Location | bytes) -> bytes:
    """Return the first bytes of a file below its packing; those of a workbook are the mark of a zip archive.

    Args:
        path: The file, or its content.

    Raises:
        CohortError: GR129 an address from which the file cannot be fetched.
    """
    try:
        with _opened(path) as stream:
            return stream.peek(_PEEKED_BYTES)[:_PEEKED_BYTES]
    except _DAMAGED:
        return b""


@contextmanager
def _opened(path: Location | bytes) -> Iterator[io.BufferedReader]:
    place = path if isinstance(path, bytes) else file_of(path)
    content = read_bytes(place) if isinstance(place, Remote) else place
    with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as raw:
        start = raw.read(10)
        raw.seek(0)
        stream: IO[bytes] = raw
        if not _is_packed(start):
            pass
        elif start.startswith(_GZIP):
            stream = cast(IO[bytes], gzip.GzipFile(fileobj=raw))
        elif start.startswith(_BZIP2):
            stream = bz2.BZ2File(raw)
        elif start.startswith(_XZ):
            stream = lzma.LZMAFile(raw)  # noqa: SIM115 - closed by the caller
        else:
            archive = zipfile.ZipFile(raw)
            members = _members(archive)
            stream = (
                archive.open(members[0]) if len(members) == 1 else io.BytesIO(_ZIP if _is_workbook(members) else b"")
            )
        yield io.BufferedReader(cast(io.RawIOBase, stream))
