"""How an answer is packed for the way: brotli, zstd or gzip, as the asker's `Accept-Encoding` says (RFC 9110, 12.5.3).

The coding with the highest weight wins, at equal weight the earlier of ours; none that is refused by `q=0`.
Whoever takes nothing of ours gets the plain bytes, also when `identity` is refused: that is better than no answer.
Bodies are packed whole, streams as they come, with the memory of the packer alone.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from functools import lru_cache

import brotli
import zstandard

CODINGS = ("zstd", "br", "gzip")
"""Ours for what is made for one answer, the cheapest first: of a page of 64 KB zstd makes 11.9 KB in 1.5 ms, brotli
11.1 KB in 5 ms, gzip 11.2 KB in 6 ms."""
KEPT_CODINGS = ("br", "zstd", "gzip")
"""Ours for files that are packed once and sent often, the smallest first."""
IDENTITY = ""
BROTLI_QUALITY, ZSTD_LEVEL, GZIP_LEVEL = 4, 3, 5
QUICK_BROTLI_QUALITY, QUICK_ZSTD_LEVEL, QUICK_GZIP_LEVEL = 2, 1, 1
"""For what may never be asked for again: a page of 76 KB takes 0.24, 0.07 and 0.3 ms instead of 0.62, 0.09 and 0.59,
and is sent with 10.9, 11.3 and 12.3 KB instead of 10.2, 10.8 and 10.6."""
KEPT_BROTLI_QUALITY, KEPT_ZSTD_LEVEL, KEPT_GZIP_LEVEL = 9, 12, 9
WINDOW_BITS = (16, 22)
"""No wider than the body: with wider ones than 64 KiB brotli takes 20 MB and 10 to 50 ms for a file that is kept,
whatever its length, else 1 MB and 1 to 9 ms."""
STREAM_WINDOW_BITS = 18
"""A stream's packer looks back 256 KiB; with the widest window each of them would hold 8 MiB and more."""
LONGEST_HEADER = 500
_presses: defaultdict[int, deque[zstandard.ZstdCompressor]] = defaultdict(deque)
"""Those of zstd that nobody uses now, by level: 1 to 2 MB each, so that as many are made as pack at the same time, and
not one for every thread."""
_WEIGHT = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")


def choose(header: str, ours: tuple[str, ...] = CODINGS) -> str:
    """The coding for an `Accept-Encoding` header, `IDENTITY` where plain bytes go out."""
    return _choose(header, ours) if header and len(header) <= LONGEST_HEADER else IDENTITY


@lru_cache(maxsize=256)
def _choose(header: str, ours: tuple[str, ...]) -> str:
    weights = _weights(header)
    rest = weights.get("*", 0)
    best = max(ours, key=lambda coding: weights.get(coding, rest))
    weight = weights.get(best, rest)
    return best if weight > 0 and weight >= weights.get("identity", 0) else IDENTITY


def _weights(header: str) -> dict[str, int]:
    """Each coding named, with its weight in thousandths; what is misspelt is not heard."""
    weights: dict[str, int] = {}
    for part in header.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weight = 1000
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                weight = round(float(value) * 1000) if _WEIGHT.fullmatch(value.strip()) else 0
        if name:
            weights["gzip" if name == "x-gzip" else name] = weight
    return weights


def pack(body: bytes, coding: str) -> bytes:
    """A body in a coding of ours, at the price of a moment; the same bytes for the same body."""
    return _pack(body, coding, BROTLI_QUALITY, ZSTD_LEVEL, GZIP_LEVEL)


def pack_quickly(body: bytes, coding: str) -> bytes:
    """As `pack`, with less patience: for what is perhaps sent once."""
    return _pack(body, coding, QUICK_BROTLI_QUALITY, QUICK_ZSTD_LEVEL, QUICK_GZIP_LEVEL)


def pack_to_keep(body: bytes, coding: str) -> bytes:
    """As `pack`, with more patience: for what is sent often."""
    return _pack(body, coding, KEPT_BROTLI_QUALITY, KEPT_ZSTD_LEVEL, KEPT_GZIP_LEVEL)


def _pack(body: bytes, coding: str, quality: int, zstd_level: int, gzip_level: int) -> bytes:
    if coding == "br":
        window = min(max(WINDOW_BITS[0], len(body).bit_length()), WINDOW_BITS[1])
        return bytes(brotli.compress(body, mode=brotli.MODE_TEXT, quality=quality, lgwin=window))
    if coding == "zstd":
        return _pressed(body, zstd_level)
    if coding == "gzip":
        return gzip.compress(body, gzip_level, mtime=0)
    return body


def _pressed(body: bytes, level: int) -> bytes:
    """With the press that was used last, or another where all are in use: making one takes as long as a page."""
    idle = _presses[level]
    try:
        press = idle.pop()
    except IndexError:
        press = zstandard.ZstdCompressor(level=level)
    packed = press.compress(body)
    idle.append(press)
    return packed


def pack_stream(parts: Iterable[bytes], coding: str) -> Iterator[bytes]:
    """Parts in a coding of ours, as soon as the packer gives any; holds no more than its window."""
    if coding == "br":
        press = brotli.Compressor(mode=brotli.MODE_TEXT, quality=BROTLI_QUALITY, lgwin=STREAM_WINDOW_BITS)
        yield from _filled(press.process(part) for part in parts)
        yield press.finish()
    elif coding == "zstd":
        narrow = zstandard.ZstdCompressionParameters.from_level(ZSTD_LEVEL, window_log=STREAM_WINDOW_BITS)
        frame = zstandard.ZstdCompressor(compression_params=narrow).compressobj()
        yield from _filled(frame.compress(part) for part in parts)
        yield frame.flush()
    elif coding == "gzip":
        member = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS | 16)
        yield from _filled(member.compress(part) for part in parts)
        yield member.flush()
    else:
        yield from parts


def _filled(parts: Iterable[bytes]) -> Iterator[bytes]:
    return (part for part in parts if part)
