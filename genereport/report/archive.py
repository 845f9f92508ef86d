"""Make the laid-out pages fit for an archive: PDF/A-3a and PDF/UA-1 at once, with the data attached."""

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
"""XMP block for PDF/UA. WeasyPrint writes the identifier of one standard only. That of PDF/UA is not among the
properties that PDF/A knows, so its schema is added; checkers look for both in the block of the first."""


_LEVEL = 6
"""Level of compression: 9 takes twice as long and saves half a per cent of the attachments of a report."""


class Attachment(NamedTuple):
    """A file that is attached to the PDF.

    Attributes:
        name: Name, unique among the attachments.
        content: Bytes.
        description: Description of the content.
        media_type: Media type, such as ``text/csv``.
        relationship: Relationship of the file to the pages in PDF/A-3: ``Data``, ``Source`` or ``Supplement``.
    """

    name: str
    content: bytes
    description: str
    media_type: str
    relationship: str


def archived(pages: bytes, sheets: Iterable[Sheet], attachments: Sequence[Attachment] = ()) -> bytes:
    """Return the finished PDF; equal input gives equal bytes.

    Args:
        pages: The PDF/A-3a that WeasyPrint wrote, with placeholders for the figures.
        sheets: The drawn figures.
        attachments: The files to attach.
    """
    with pikepdf.open(io.BytesIO(pages)) as pdf:
        place(pdf, sheets)
        _plain_unicode_maps(pdf)
        _scope_heads(pdf)
        _attach(pdf, attachments)
        metadata = pdf.Root.Metadata
        metadata.write(metadata.read_bytes().replace(b"</rdf:RDF>", _UA + b"</rdf:RDF>"))
        _compress_streams(pdf)
        return _save(pdf)


def _save(pdf: pikepdf.Pdf) -> bytes:
    """Save the PDF with the first mode of object streams in which no stream ends in a carriage return."""
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
    """Declare every head of a table as the head of its column, or of its row if it stands in the body."""
    for found in pdf.objects:
        if isinstance(found, Dictionary) and found.get("/S") == Name.TH:
            found.A.Scope = Name.Column if Name.THead == found.P.P.S else Name.Row


def _compress_streams(pdf: pikepdf.Pdf) -> None:
    """Compress every stream that is not compressed; add a zero byte to those that then end in a carriage return.

    A carriage return and the line feed before ``endstream`` would count as one line end, so a checker would find the
    stream one byte short. The last byte belongs to the checksum of the content, so no other level of compression
    changes it. What decompresses a stream stops after the checksum.
    """
    for found in pdf.objects:
        if isinstance(found, Stream):
            if "/Filter" not in found:
                found.write(zlib.compress(found.read_bytes(), _LEVEL), filter=Name.FlateDecode)
            if found.read_raw_bytes().endswith(b"\r"):
                found.write(zlib.compress(found.read_bytes(), _LEVEL) + b"\0", filter=Name.FlateDecode)


_RANGE = re.compile(rb"<([0-9a-f]+)> <[0-9a-f]+> \[(.*?)\]")
_MOST_IN_BLOCK = 100


def _plain_unicode_maps(pdf: pikepdf.Pdf) -> None:
    """Write matplotlib's maps from glyphs to characters one by one; some checkers misread ranges over lists."""
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
