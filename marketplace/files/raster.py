"""Pictures of strangers made harmless: judged by content, decoded within bounds, encoded anew without metadata.

What comes out holds pixels and nothing else: no EXIF, no place, no comment, no second file behind the first.
"""

from __future__ import annotations

import io
import struct
import threading
import warnings

from PIL import Image, ImageOps

MOST_PIXELS = 40_000_000
LONGEST_SIDE = 3_000
KINDS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
_ACTIVE = (b"<script", b"<html", b"<!doctype", b"<?php")
_places = threading.BoundedSemaphore(2)


class RefusedPicture(ValueError):
    """`args[0]` is the code of what is wrong with it."""


def kind_of(content: bytes) -> str | None:
    """The media type that the first bytes tell of: JPEG, PNG or WebP; None for anything else."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return None


def clean_picture(content: bytes, kind: str) -> tuple[bytes, int, int]:
    """The picture encoded anew, upright, at most 3,000 pixels a side; gives bytes, width and height.

    Raises RefusedPicture: `file_polyglot` when it is something else as well, `file_animated`, `file_pixels` above
    40 million (told from the header, before anything is decoded), `file_broken`.
    """
    _ensure_one_thing(content)
    if kind == "image/webp":
        _ensure_still_webp(content)
    with _places:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return _encode_anew(content, KINDS[kind])
        except RefusedPicture:
            raise
        except (Image.DecompressionBombError, MemoryError):
            raise RefusedPicture("file_pixels") from None
        except Exception:
            # The decoder's own failures are of many classes; each means that this is no picture to us.
            raise RefusedPicture("file_broken") from None


def _encode_anew(content: bytes, kind: str) -> tuple[bytes, int, int]:
    with Image.open(io.BytesIO(content), formats=(kind,)) as source:
        if source.width * source.height > MOST_PIXELS:
            raise RefusedPicture("file_pixels")
        if getattr(source, "is_animated", False):
            raise RefusedPicture("file_animated")
        if kind == "JPEG":
            source.draft(None, (LONGEST_SIDE, LONGEST_SIDE))
        source.load()
        upright = ImageOps.exif_transpose(source)
        upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        has_alpha = kind != "JPEG" and (
            upright.mode in ("LA", "RGBA", "PA") or "transparency" in upright.info
        )
        plain = Image.new("RGBA" if has_alpha else "RGB", upright.size)
        plain.paste(upright.convert(plain.mode))
    kept = io.BytesIO()
    options = {"JPEG": {"quality": 88}, "PNG": {"compress_level": 6}, "WEBP": {"quality": 86}}
    plain.save(kept, kind, **options[kind])
    return kept.getvalue(), plain.width, plain.height


def _ensure_one_thing(content: bytes) -> None:
    """Refuses what another program would read as a page, a document or an archive."""
    is_archive = b"PK\x05\x06" in content[-65_600:] and b"PK\x01\x02" in content
    if b"%PDF-" in content[:1_100] or is_archive:
        raise RefusedPicture("file_polyglot")
    low = content.lower()
    if any(mark in low for mark in _ACTIVE):
        raise RefusedPicture("file_polyglot")


def _ensure_still_webp(content: bytes) -> None:
    """Size and animation of a WebP from its first chunk: its decoder makes room for the canvas when it opens it."""
    chunk, body = content[12:16], content[20:30]
    if len(body) < 10:
        raise RefusedPicture("file_broken")
    if chunk == b"VP8X":
        if body[0] & 0b10:
            raise RefusedPicture("file_animated")
        width, height = (int.from_bytes(body[at : at + 3], "little") + 1 for at in (4, 7))
    elif chunk == b"VP8L":
        bits = struct.unpack("<I", body[1:5])[0]
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif chunk == b"VP8 ":
        width, height = (side & 0x3FFF for side in struct.unpack("<HH", body[6:10]))
    else:
        raise RefusedPicture("file_broken")
    if width * height > MOST_PIXELS:
        raise RefusedPicture("file_pixels")
