"""Addresses of our own pages, built once: a list names some hundred."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import request, url_for

KEPT = 16_384
"""About 4 MiB a process."""


def address(endpoint: str, **values: str | int) -> str:
    """As `url_for`, in a request."""
    return _built(request.script_root, endpoint, tuple(values.items()))


@lru_cache(maxsize=KEPT)
def _built(root: str, endpoint: str, values: tuple[tuple[str, str | int], ...]) -> str:
    known: dict[str, Any] = dict(values)
    return url_for(endpoint, **known)
