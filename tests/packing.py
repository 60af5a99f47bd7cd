"""What went out packed, as it was before."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import brotli
import zstandard

UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "": lambda body: body,
    "br": brotli.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
    "gzip": gzip.decompress,
}
