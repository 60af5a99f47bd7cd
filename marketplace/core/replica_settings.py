"""Addresses of databases, as the operator gives them: the primary's and a replica's."""

from __future__ import annotations

from collections.abc import Mapping


def with_driver(url: str) -> str:
    """PostgreSQL addresses get the driver we ship."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def replica_problems(env: Mapping[str, str]) -> list[str]:
    """A replica is of a PostgreSQL, and there must be pages for it to make."""
    replica = env.get("REPLICA_URL")
    if not replica:
        return []
    urls = (replica, env.get("DATABASE_URL", ""))
    if all(with_driver(url).startswith("postgresql") for url in urls) and env.get("PAGE_CACHE_MB") != "0":
        return []
    return ["REPLICA_URL is a replica of a PostgreSQL, for public pages that are kept"]
