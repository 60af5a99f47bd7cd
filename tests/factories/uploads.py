"""Files as people and enemies send them."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Any

from PIL import Image


def a_picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    """A picture with a gradient, so that its content is not all the same."""
    picture = Image.linear_gradient("L").resize(size).convert("RGB")
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def a_picture_with_place() -> bytes:
    """A photograph as a phone makes it: with the camera's name and the place, lying on its side."""
    exif = Image.Exif()
    exif[0x010F] = "Nokia-3310"
    exif[0x0112] = 6
    exif.get_ifd(0x8825).update({1: "N", 2: (35.0, 41.0, 22.0), 3: "E", 4: (51.0, 23.0, 20.0)})
    return a_picture(exif=exif, size=(64, 32))


def an_animation(kind: str) -> bytes:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "green", "blue")]
    out = io.BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=100)
    return out.getvalue()


def a_png_that_claims(width: int, height: int) -> bytes:
    """A small PNG whose header promises a huge picture."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def a_webp_that_claims(width: int, height: int) -> bytes:
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + canvas + a_picture("WEBP")[12:]
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def an_archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("run.js", "alert(1)")
    return out.getvalue()


def a_pdf(catalog: bytes = b"", *objects: bytes, trailer: bytes = b"") -> bytes:
    """A one-page PDF; `catalog` is put into its catalog, `objects` are added, `trailer` into its trailer."""
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R " + catalog + b" >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>",
        *objects,
    ]
    out, places = b"%PDF-1.7\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + part + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"<< /Size %d /Root 1 0 R " % (len(parts) + 1) + trailer + b" >>"
    return out + b"trailer\n" + head + b"\nstartxref\n%d\n%%%%EOF\n" % start


def a_packed_object(
    inside: bytes, extra: bytes = b"/Filter /FlateDecode", *, is_deflated: bool = True
) -> bytes:
    """An object stream of a PDF that hides `inside`."""
    body = zlib.compress(inside) if is_deflated else inside
    head = b"<< /Type /ObjStm /N 1 /First 4 /Length %d " % len(body) + extra + b" >>"
    return head + b"\nstream\n" + body + b"\nendstream"
