"""Changing rows behind the database's guards, as somebody with the file or the superuser's password could."""

from __future__ import annotations

from typing import Any

from marketplace.core.db import db


def tamper(statement: str) -> None:
    """Runs a statement with all triggers off."""
    db.session.rollback()
    raw: Any = db.engine.raw_connection()
    try:
        cursor = raw.cursor()
        if db.engine.dialect.name == "sqlite":
            cursor.execute("PRAGMA query_only=OFF")
            triggers = cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for name, _ in triggers:
                cursor.execute(f"DROP TRIGGER {name}")
            cursor.execute(statement)
            for _, sql in triggers:
                cursor.execute(sql)
        else:
            raw.driver_connection.read_only = False
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(statement)
        raw.commit()
    finally:
        raw.close()
