"""Brings a PostgreSQL database that a test has used back to what its template holds, or says that it cannot.

Rows and sequences are all that is put back. A test that changed anything else (a table, a trigger, a function, a
setting, statistics) left a database that nobody can use again; so did those that together wrote many rows, for what
is deleted still takes room and would change how statements are planned.
"""

from __future__ import annotations

from collections import Counter
from functools import cache

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
_SEQUENCES = (
    "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) "
    "FROM pg_sequences WHERE last_value IS NOT NULL"
)


def empty(url: str, template: str) -> bool:
    """Empties the database at `url`; False when it is not what the template is and has to be dropped."""
    _uses[url] += 1
    if _uses[url] >= USES:
        return False
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_OTHERS)
        if connection.execute(_SHAPE).fetchone() != _shape(template):
            return False
        full = [name for (name,) in connection.execute(_full_ones(template)) if name != KEPT]
        if full:
            connection.execute("SET session_replication_role = replica")
            _deleted[url] += sum(connection.execute(_delete(name)).rowcount for name in full)
            if _deleted[url] > ROWS:
                return False
            connection.execute(_SEQUENCES)
    return True


def _delete(name: str) -> sql.Composed:
    return sql.SQL("DELETE FROM {}").format(sql.Identifier(name))


@cache
def _shape(template: str) -> tuple[object, ...] | None:
    with psycopg.connect(template, autocommit=True) as connection:
        return connection.execute(_SHAPE).fetchone()


@cache
def _full_ones(template: str) -> sql.Composed:
    """One statement that names the tables with rows."""
    one = sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})")
    with psycopg.connect(template, autocommit=True) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        asked = sql.SQL(" UNION ALL ").join(
            one.format(sql.Literal(str(t)), sql.Identifier(str(t))) for (t,) in tables
        )
        if connection.execute(asked).fetchall() != [(KEPT,)]:
            raise RuntimeError(f"a migration writes rows: an emptied copy would lack what is not in {KEPT}")
    return asked
