"""What a slice gives to the black box: parts with a name and bytes, written from the rows, the same each time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class BoxPart:
    """`name` in the archive (`prices.jsonl`); `write(at)` gives its bytes. No part names a person."""

    name: str
    write: Callable[[datetime], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class BoxFolder:
    """Several parts whose names are known only when they are written: gives (name, bytes)."""

    name: str
    write: Callable[[datetime], Iterable[tuple[str, bytes]]]


def json_lines(rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """One row a line, keys in order, moments RFC 3339 in UTC."""
    for row in rows:
        yield orjson.dumps(row, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)
