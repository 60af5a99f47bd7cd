"""A gigabyte at the door, and a picture of 40,000 by 40,000: refused while they come, without memory, nothing kept."""

from __future__ import annotations

import io
import tracemalloc

import pytest
from flask import Flask

from marketplace.core.csrf import token_for
from marketplace.files.raster import RefusedPicture, clean_picture
from tests.factories import a_session, world
from tests.factories.uploads import a_picture, a_png_that_claims, a_webp_that_claims
from tests.unchanged import nothing_written

pytestmark = pytest.mark.databases("sqlite")
GIGABYTE = 2**30
MEGABYTE = 2**20
MOST_READ = 64 * MEGABYTE
BOUNDARY = b"----gigabyte"


class Flood(io.RawIOBase):
    """The beginning of a form with a file in it, and then zeros up to a gigabyte; counts what was taken of it."""

    def __init__(self, field: str) -> None:
        disposition = f'Content-Disposition: form-data; name="{field}"; filename="big.csv"'
        self.head = b"--" + BOUNDARY + b"\r\n" + disposition.encode() + b"\r\n\r\n"
        self.taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        size = min(len(buffer), GIGABYTE - self.taken)
        start = self.head[self.taken : self.taken + size]
        buffer[:size] = start + b"0" * (size - len(start))
        self.taken += size
        return size


@pytest.mark.parametrize("is_told", [True, False], ids=["with its length", "without"])
@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/panel/offers/imports", "table"),
        ("/panel/offers/{offer}/pictures", "picture"),
        ("/panel/application/hard_hit", "files"),
        ("/panel/seal/files", "files"),
        ("/panel/application/who", "name"),
    ],
)
def test_a_gigabyte_is_refused_while_it_comes(
    app: Flask, ctx, at, settings, path: str, field: str, is_told: bool
):
    small = world(at)
    secret, flood = a_session(small.owners[0]), Flood(field)
    browser = app.test_client()
    browser.set_cookie("sid", secret)
    browser.get("/panel/offers")
    with nothing_written():
        tracemalloc.start()
        answer = browser.post(
            path.format(offer=small.soap.id),
            content_type=f"multipart/form-data; boundary={BOUNDARY.decode()}",
            headers={"X-CSRF-Token": token_for(secret)},
            environ_overrides={
                "wsgi.input": flood,
                "wsgi.input_terminated": True,
                **({"CONTENT_LENGTH": str(GIGABYTE)} if is_told else {"HTTP_TRANSFER_ENCODING": "chunked"}),
            },
        )
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert answer.status_code == 413, answer.status
    assert flood.taken <= (MEGABYTE if is_told else MOST_READ)
    assert peak < 24 * MEGABYTE, f"{peak / MEGABYTE:.0f} MiB"
    kept = [
        p for name in ("imports", "evidence") for p in (settings.instance / name).glob("**/*") if p.is_file()
    ]
    assert kept == []


@pytest.mark.parametrize(
    "content",
    [
        a_png_that_claims(40_000, 40_000),
        a_webp_that_claims(16_383, 16_383),
        a_picture("JPEG").replace(b"\x00\x30\x00\x40", b"\x9c\x40\x9c\x40", 1),
    ],
    ids=["png", "webp", "jpeg"],
)
def test_a_picture_of_40000_by_40000_is_refused_by_its_header(content: bytes):
    clean_picture(a_picture("PNG"), "image/png")  # the decoders themselves are in memory now
    tracemalloc.start()
    with pytest.raises(RefusedPicture, match="file_pixels"):
        clean_picture(content, {b"\x89": "image/png", b"R": "image/webp"}.get(content[:1], "image/jpeg"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MEGABYTE
