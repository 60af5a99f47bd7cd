"""Which coding an answer gets, and that every coding gives back what went in, whole or as a stream."""

from __future__ import annotations

import threading
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core import encodings
from marketplace.core.assets import BUNDLE, content
from marketplace.core.encodings import CODINGS, KEPT_CODINGS, choose, pack, pack_stream, pack_to_keep
from tests.packing import UNPACK

TEXT = "بازارگاه: تخفیف راستین ".encode() * 400


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("", ""),
        ("identity", ""),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("GZIP;Q=1.0", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate", "gzip"),
        ("deflate", ""),
        ("zstd, gzip", "zstd"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("br;q=0.5, gzip;q=0.5", "br"),
        ("zstd;q=0, *", "br"),
        ("*", "zstd"),
        ("*;q=0", ""),
        ("gzip;q=0", ""),
        ("gzip;q=0.000, br;q=0", ""),
        ("gzip;q=0.5, identity", ""),
        ("gzip;q=0.5, identity;q=0.4", "gzip"),
        ("identity;q=0", ""),
        ("identity;q=0, zstd;q=0.001", "zstd"),
        ("gzip;q=2", ""),
        ("gzip;q=-1", ""),
        ("gzip;q=x, br", "br"),
        ("gzip;q=", ""),
        (";q=1,,br", "br"),
        ("bzip2", ""),
        ("nogzip", ""),
        ("br" + ", x" * 300, ""),
    ],
)
def test_the_asker_s_weights_choose(header, coding):
    assert choose(header) == coding


def test_what_is_kept_is_packed_smaller():
    assert choose("gzip, deflate, br, zstd", KEPT_CODINGS) == "br"
    sheet = content(BUNDLE)
    for coding in CODINGS:
        assert UNPACK[coding](pack_to_keep(sheet, coding)) == sheet
        assert len(pack_to_keep(sheet, coding)) < len(pack(sheet, coding))


def test_as_many_presses_are_made_as_pack_at_the_same_time():
    encodings._presses.clear()
    packed: list[bytes] = []
    for _ in range(5):
        thread = threading.Thread(target=lambda: packed.append(pack(TEXT, "zstd")))
        thread.start()
        thread.join()
    assert len(packed) == 5
    assert len(set(packed)) == 1
    assert [len(idle) for idle in encodings._presses.values()] == [1]


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("length", [1, 65_535, 65_536, 65_537, 5_000_000])
def test_a_body_of_any_length_comes_back(coding, length):
    body = (TEXT * (length // len(TEXT) + 1))[:length]
    assert UNPACK[coding](pack(body, coding)) == body
    assert UNPACK[coding](pack_to_keep(body, coding)) == body


@given(st.text(max_size=120))
def test_no_header_breaks_the_choice(header):
    assert choose(header) in ("", *CODINGS)


@pytest.mark.parametrize("coding", CODINGS)
def test_a_body_comes_back_and_is_smaller(coding):
    assert UNPACK[coding](pack(TEXT, coding)) == TEXT
    assert len(pack(TEXT, coding)) < len(TEXT) / 10
    assert pack(TEXT, coding) == pack(TEXT, coding), "the same bytes, so that a tag of them holds"


@pytest.mark.parametrize("coding", ["", *CODINGS])
@given(st.lists(st.binary(max_size=300), max_size=6))
def test_a_stream_comes_back_however_it_was_cut(coding, parts):
    assert UNPACK[coding](b"".join(pack_stream(iter(parts), coding))) == b"".join(parts)


@pytest.mark.parametrize("coding", CODINGS)
def test_a_stream_is_packed_while_it_is_made(coding):
    """Long before its end something goes out, and nothing of it is kept."""
    made = 0

    def rows():
        nonlocal made
        for n in range(1_000):
            made += 1
            yield b"".join(b"%d,%d\n" % (n, i * i * n % 9973) for i in range(200))

    packed = pack_stream(rows(), coding)
    next(packed)
    assert made < 900
    tracemalloc.start()
    assert sum(map(len, packed)) > 0
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000
