"""Brings a PostgreSQL database that a test has used back to what its template holds, or says that it cannot.

Rows and sequences are all that is put back; rows that a template has (see `tests/worlds.py`) are copied in again. A
test that changed anything else (a table, a trigger, a function, a setting, statistics) left a database that nobody can
use again; so did those that together wrote many rows, for what is deleted still takes room and would change how
statements are planned.
"""

from __future__ import annotations

import atexit
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import psycopg
from psycopg import sql

KEPT = "alembic_version"
USES = 40
ROWS = 5000
_uses: Counter[str] = Counter()
_deleted: Counter[str] = Counter()

_SHAPE = """
SELECT (SELECT md5(string_agg(concat_ws(' ', oid, relname, relkind, reltuples, reloptions), ',' ORDER BY oid))
        FROM pg_class WHERE relnamespace = 'public'::regnamespace),
       (SELECT md5(string_agg(concat_ws(' ', attrelid, attname, atttypid, attnotnull), ',' ORDER BY attrelid, attnum))
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE relnamespace = 'public'::regnamespace AND attnum > 0),
       (SELECT md5(string_agg(concat_ws(' ', oid, tgname, tgenabled), ',' ORDER BY oid)) FROM pg_trigger),
       (SELECT md5(string_agg(concat_ws(' ', oid, proname, prosrc), ',' ORDER BY oid))
        FROM pg_proc WHERE pronamespace = 'public'::regnamespace),
       (SELECT md5(string_agg(concat_ws(' ', oid, conname, convalidated), ',' ORDER BY oid)) FROM pg_constraint),
       (SELECT count(*) FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_t%'),
       (SELECT count(*) FROM pg_db_role_setting WHERE setdatabase = (SELECT oid FROM pg_database
        WHERE datname = current_database()))
"""
_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_SEQUENCES = """
SELECT setval(format('%%I.%%I', schemaname, sequencename)::regclass, coalesce(last, start_value), last IS NOT NULL)
FROM pg_sequences
LEFT JOIN unnest(%s::text[], %s::bigint[]) AS first(name, last) ON name = format('%%I.%%I', schemaname, sequencename)
WHERE last_value IS DISTINCT FROM last
"""
_USED = "SELECT format('%I.%I', schemaname, sequencename), last_value FROM pg_sequences WHERE last_value IS NOT NULL"


def restore(url: str, template: str) -> bool:
    """Brings the database at `url` back to its template; False when it cannot be and has to be dropped."""
    _uses[url] += 1
    if _uses[url] >= USES:
        return False
    first = _first(template)
    connection = _connection(url)
    connection.execute(_OTHERS, prepare=True)
    if connection.execute(_SHAPE, prepare=True).fetchone() != first.shape:
        return False
    full = {name for (name,) in connection.execute(first.full_ones, prepare=True)} - {KEPT}
    same = _as_before(connection, first)
    if full - same or first.rows.keys() - same:
        _deleted[url] += sum(connection.execute(_delete(name)).rowcount for name in full - same)
        if _deleted[url] > ROWS:
            return False
        for name in first.rows.keys() - same:
            _write(connection, name, first.rows[name])
    connection.execute(_SEQUENCES, first.sequences, prepare=True)
    return True


_connections: dict[str, psycopg.Connection[Any]] = {}


def _connection(url: str) -> psycopg.Connection[Any]:
    """Ours to the database at `url`, past its triggers and keys. It stays: a new one would learn every table anew."""
    found = _connections.get(_name(url))
    if found is not None:
        with suppress(psycopg.OperationalError):
            found.execute("SELECT 1")
            return found
        leave(url)
    _connections[_name(url)] = connection = psycopg.connect(url, autocommit=True)
    connection.execute("SET session_replication_role = replica")
    return connection


@atexit.register
def leave(url: str | None = None) -> None:
    """Ends our connection to the database at `url`, or all; nobody may be connected to what is copied or dropped."""
    for each in [_name(url)] if url else list(_connections):
        if each in _connections:
            _connections.pop(each).close()


def _name(url: str) -> str:
    """The database's own name, however its address is written."""
    return url.partition("?")[0].rpartition("/")[2]


@dataclass(frozen=True)
class _First:
    """What a template holds."""

    shape: tuple[object, ...] | None
    full_ones: sql.Composed
    """A statement that names the tables with rows."""
    rows: dict[str, bytes]
    """For each table with rows, what COPY makes of them."""
    digests: dict[str, str]
    digest: sql.Composed | None
    """A statement that gives the digests of those tables."""
    sequences: tuple[list[str], list[int]]
    """Those that gave a number, and the last one each."""


def _as_before(connection: psycopg.Connection[Any], first: _First) -> set[str]:
    """The tables whose rows are those of the template."""
    if first.digest is None:
        return set()
    found = connection.execute(first.digest, prepare=True)
    return {name for name, digest in found if first.digests[name] == digest}


@cache
def _first(template: str) -> _First:
    one = sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})")
    mark = sql.SQL("SELECT {}, (SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {} t)")
    with psycopg.connect(template, autocommit=True) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        full_ones = _union(one, [name for (name,) in tables])
        full = [name for (name,) in connection.execute(full_ones) if name != KEPT]
        digest = _union(mark, full) if full else None
        used = connection.execute(_USED).fetchall()
        return _First(
            shape=connection.execute(_SHAPE).fetchone(),
            full_ones=full_ones,
            rows={name: _read(connection, name) for name in full},
            digests=dict(connection.execute(digest).fetchall()) if digest else {},
            digest=digest,
            sequences=([name for name, _ in used], [last for _, last in used]),
        )


def _union(one: sql.SQL, names: list[str]) -> sql.Composed:
    return sql.SQL(" UNION ALL ").join(one.format(sql.Literal(name), sql.Identifier(name)) for name in names)


def _read(connection: psycopg.Connection[Any], name: str) -> bytes:
    with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(name))) as lines:
        return b"".join(bytes(line) for line in lines)


def _write(connection: psycopg.Connection[Any], name: str, rows: bytes) -> None:
    with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(name))) as lines:
        lines.write(rows)


def _delete(name: str) -> sql.Composed:
    return sql.SQL("DELETE FROM {}").format(sql.Identifier(name))
