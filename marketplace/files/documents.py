"""PDF documents of strangers: accepted as they are after a look at their structure.

Refused is what can act or carry: scripts, launching, embedded files, forms that send, rich media; and what cannot be
looked into: encrypted files and objects packed in ways that this check does not unpack. Names are read with their
hexadecimal spellings undone and inside compressed streams as well.
"""

from __future__ import annotations

import re
import zlib

MOST_UNPACKED = 64 * 1024 * 1024
_ACTING = re.compile(
    rb"/(JavaScript|Launch|EmbeddedFiles?|RichMedia|SubmitForm|ImportData|GoToR|GoToE|Rendition)"
    rb"(?![A-Za-z0-9])"
)
_FORM_SCRIPT = re.compile(rb"/XFA(?=[\s\[\(<0-9])")
_HEX = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"stream\r?\n")
_HEAD = 2_048
_OTHER_FILTERS = re.compile(rb"/(ASCIIHexDecode|ASCII85Decode|LZWDecode|RunLengthDecode|Crypt|Predictor)")


class RefusedDocument(ValueError):
    """`args[0]` is the code of what is wrong with it."""


def is_document(content: bytes) -> bool:
    """Whether the first bytes are those of a PDF."""
    return content.startswith(b"%PDF-")


def check_document(content: bytes) -> None:
    """Looks through a PDF. Raises RefusedDocument: `file_broken`, `file_locked`, `file_active`, `file_polyglot`."""
    tail = content[-2_048:]
    if not re.match(rb"%PDF-[12]\.\d", content) or b"startxref" not in tail or b"%%EOF" not in tail:
        raise RefusedDocument("file_broken")
    if b"PK\x05\x06" in content[-65_600:] and b"PK\x01\x02" in content:
        raise RefusedDocument("file_polyglot")
    if re.search(rb"<script|<html|<!doctype html", content[:4_096], re.I):
        raise RefusedDocument("file_polyglot")
    plain = _spelt_out(content)
    if re.search(rb"/Encrypt(?![A-Za-z0-9])", plain):
        raise RefusedDocument("file_locked")
    _ensure_idle(plain)
    left = MOST_UNPACKED
    for found in _STREAM.finditer(content):
        left -= _look_into(content, found.start(), found.end(), left)


def _look_into(content: bytes, head_end: int, start: int, left: int) -> int:
    """Looks into one stream; gives how many bytes it unpacked to."""
    head = _spelt_out(content[max(0, head_end - _HEAD) : head_end])
    head = head[head.rfind(b" obj") + 1 :]
    is_packed = b"/ObjStm" in head
    if is_packed and _OTHER_FILTERS.search(head):
        raise RefusedDocument("file_locked")
    unpacker = zlib.decompressobj()
    try:
        body = unpacker.decompress(content[start:], left + 1)
    except zlib.error:
        return 0  # not deflated: pictures and fonts; their bytes were read with the rest
    if len(body) > left:
        raise RefusedDocument("file_large")
    _ensure_idle(_spelt_out(body))
    return len(body)


def _ensure_idle(plain: bytes) -> None:
    if _ACTING.search(plain) or _FORM_SCRIPT.search(plain):
        raise RefusedDocument("file_active")


def _spelt_out(content: bytes) -> bytes:
    """Names with `#61` written as the letter that it means."""
    return _HEX.sub(lambda m: bytes([int(m[1], 16)]), content)
