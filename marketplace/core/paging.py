"""Keyset paging: an opaque cursor holds the sort values of the last row shown."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from marketplace.core.errors import Malformed

Row = TypeVar("Row")
LARGEST_PAGE = 100


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows of one page and the cursor of the next, None at the end."""

    items: Sequence[Row]
    next_cursor: str | None


def encode_cursor(values: Sequence[Any]) -> str:
    raw = json.dumps(list(values), separators=(",", ":"), ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_cursor(cursor: str | None, kinds: Sequence[type]) -> tuple[Any, ...] | None:
    """The values in a cursor, checked against their kinds. Raises Malformed('bad_cursor')."""
    if not cursor:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        raise Malformed("bad_cursor") from None
    if not isinstance(values, list) or len(values) != len(kinds):
        raise Malformed("bad_cursor")
    for value, kind in zip(values, kinds, strict=True):
        if type(value) is not kind or not _is_storable(value):
            raise Malformed("bad_cursor")
    return tuple(values)


def moment_of(value: str) -> datetime:
    """A moment that stands in a cursor as text. Raises Malformed('bad_cursor')."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise Malformed("bad_cursor") from None
    if found.tzinfo is None or not 1900 < found.year < 9000:
        raise Malformed("bad_cursor")
    return found


def _is_storable(value: Any) -> bool:
    """Whether a database takes this value: whole numbers of 64 bits, text of true characters without NUL."""
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
    return not isinstance(value, int) or abs(value) <= 2**62


def page_of(rows: Sequence[Row], limit: int, key: Callable[[Row], Sequence[Any]]) -> Page[Row]:
    """A page from `limit + 1` fetched rows."""
    shown = rows[:limit]
    more = len(rows) > limit
    return Page(shown, encode_cursor(key(shown[-1])) if more and shown else None)
