"""Where traces are sent; read with the other settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TracesPlace:
    """The collector's whole address, and of how many requests in a hundred it is told."""

    url: str
    percent: int


def read_traces(env: Mapping[str, str]) -> TracesPlace | None:
    """None unless `TRACES_URL` names a collector. That the share is a whole number has been looked at."""
    url = env.get("TRACES_URL")
    return TracesPlace(url, int(env.get("TRACES_PERCENT") or 100)) if url else None
