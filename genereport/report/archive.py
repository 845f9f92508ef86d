"""What makes the laid-out pages a document for an archive: PDF/A-3a and PDF/UA-1 at once, its data attached."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import pikepdf
from pikepdf import Array, AttachedFileSpec, Dictionary, Name, ObjectStreamMode, Stream, StreamDecodeLevel

from genereport.report.pictures import Sheet, place

_UA = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 that the document follows</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
"""
"""WeasyPrint writes the identifier of one standard. That of PDF/UA is none of the properties PDF/A knows, so its schema
goes along; checkers look for both in the block of the first."""


class Attachment(NamedTuple):
    """A file that the PDF carries.

    Attributes:
        name: Unique among the attachments.
        content: Bytes.
        description: What it holds.
        media_type: Such as ``text/csv``.
        relationship: Of the file to the pages, as PDF/A-3 names it: ``Data``, ``Source`` or ``Supplement``.
    """

    name: str
    content: bytes
    description: str
    media_type: str
    relationship: str


def archived(pages: bytes, sheets: Iterable[Sheet], attachments: Sequence[Attachment] = ()) -> bytes:
    """The finished PDF; equal input gives equal bytes.

    Args:
        pages: As WeasyPrint wrote them as PDF/A-3a, with placeholders for the figures.
        sheets: The drawn figures.
        attachments: What goes along.
    """
    with pikepdf.open(io.BytesIO(pages)) as pdf:
        place(pdf, sheets)
        _plain_unicode_maps(pdf)
        _scope_heads(pdf)
        _attach(pdf, attachments)
        metadata = pdf.Root.Metadata
        metadata.write(metadata.read_bytes().replace(b"</rdf:RDF>", _UA + b"</rdf:RDF>"))
        _pack(pdf)
        return _saved(pdf)


def _saved(pdf: pikepdf.Pdf) -> bytes:
    """As small as may be, so that the streams in which qpdf gathers objects do not end in a carriage return, either."""
    written = b""
    for mode in (ObjectStreamMode.preserve, ObjectStreamMode.generate, ObjectStreamMode.disable):
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True, stream_decode_level=StreamDecodeLevel.none, object_stream_mode=mode)
        written = out.getvalue()
        if b"\r\nendstream" not in written:
            break
    return written


def _attach(pdf: pikepdf.Pdf, attachments: Sequence[Attachment]) -> None:
    for file in attachments:
        spec = AttachedFileSpec(
            pdf, file.content, description=file.description, filename=file.name, mime_type=file.media_type,
            creation_date="", mod_date="",
        )  # fmt: skip
        spec.relationship = Name(f"/{file.relationship}")
        pdf.attachments[file.name] = spec
    if attachments:
        pdf.Root.AF = Array([pdf.attachments[file.name].obj for file in attachments])


def _scope_heads(pdf: pikepdf.Pdf) -> None:
    """Every head of a table is that of its column."""
    for found in pdf.objects:
        if isinstance(found, Dictionary) and found.get("/S") == Name.TH:
            found.A.Scope = Name.Column


def _pack(pdf: pikepdf.Pdf) -> None:
    """Compress what is not; and what then ends in a carriage return is written in runs, which end otherwise.

    With the line feed before ``endstream`` it would be one line end, and the stream one byte short for a checker.
    Other filters will not do: qpdf undoes them on saving.
    """
    for found in pdf.objects:
        if isinstance(found, Stream):
            if "/Filter" not in found:
                found.write(zlib.compress(found.read_bytes(), 9), filter=Name.FlateDecode)
            if found.read_raw_bytes().endswith(b"\r"):
                packed = zlib.compress(found.read_bytes(), 9)
                found.write(_in_runs(packed), filter=Array([Name.RunLengthDecode, Name.FlateDecode]))


def _in_runs(content: bytes) -> bytes:
    """As the filter RunLengthDecode reads it: runs of up to 128 bytes behind their length less one, then 128."""
    chunks = (content[start : start + 128] for start in range(0, len(content), 128))
    return b"".join(bytes([len(chunk) - 1]) + chunk for chunk in chunks) + bytes([128])


_RANGE = re.compile(rb"<([0-9a-f]+)> <[0-9a-f]+> \[(.*?)\]")
_MOST_IN_BLOCK = 100


def _plain_unicode_maps(pdf: pikepdf.Pdf) -> None:
    """Write matplotlib's maps from glyphs to characters one by one: as ranges over lists some checkers misread them."""
    for found in pdf.objects:
        if isinstance(found, Dictionary) and found.get("/Subtype") == Name.Type0:
            written = found.ToUnicode.read_bytes()
            if b"beginbfrange" in written:
                found.ToUnicode.write(_one_by_one(written))


def _one_by_one(written: bytes) -> bytes:
    pairs = [
        f"<{int(first, 16) + offset:04x}> {text.decode()}"
        for first, texts in _RANGE.findall(written)
        for offset, text in enumerate(texts.split())
    ]
    blocks = (pairs[start : start + _MOST_IN_BLOCK] for start in range(0, len(pairs), _MOST_IN_BLOCK))
    lines = "".join(f"{len(block)} beginbfchar\n{chr(10).join(block)}\nendbfchar\n" for block in blocks)
    return re.sub(rb"\d+ beginbfrange\n.*endbfrange\n", lambda _: lines.encode(), written, flags=re.DOTALL)
