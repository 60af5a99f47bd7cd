"""The sandbox's memory: one SQLite file, one connection, one writer at a time.

What was answered survives `kill -9`. Objects are kept whole as JSON beside the few columns that are
searched. All methods but `turn` are called inside a turn.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

try:  # the bundled library is newer than many systems' own
    import pysqlite3 as sqlite3
except ImportError:  # pragma: no cover
    import sqlite3

SCHEMA = """
CREATE TABLE IF NOT EXISTS object (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, label TEXT,
  intent TEXT, created INTEGER NOT NULL, due INTEGER, body TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS object_kind ON object (kind, seq);
CREATE INDEX IF NOT EXISTS object_intent ON object (intent);
CREATE INDEX IF NOT EXISTS object_due ON object (due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS reply (
  key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, status INTEGER, body TEXT) STRICT;
CREATE TABLE IF NOT EXISTS delivery (
  event TEXT PRIMARY KEY, queued REAL NOT NULL, due REAL, attempts INTEGER NOT NULL DEFAULT 0,
  outcome TEXT) STRICT;
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (due) WHERE due IS NOT NULL;
"""
Row = dict[str, Any]


class State:
    """Opens (or makes) the file. A call that was running when the last process died is forgotten."""

    def __init__(self, path: str | Path) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(str(path), isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(SCHEMA)
        self._db.execute("DELETE FROM reply WHERE status IS NULL")

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One writer: all that happens inside is kept, or, on an error, none of it. May be nested."""
        with self._lock:
            depth = self._depth
            self._db.execute(f"SAVEPOINT turn{depth}" if depth else "BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth = depth
                self._db.execute(f"ROLLBACK TO turn{depth}" if depth else "ROLLBACK")
                raise
            self._depth = depth
            self._db.execute(f"RELEASE turn{depth}" if depth else "COMMIT")

    def reset(self) -> None:
        self._db.execute("DELETE FROM object")
        self._db.execute("DELETE FROM reply")
        self._db.execute("DELETE FROM delivery")

    # --- objects ----------------------------------------------------------------------------------

    def put(self, kind: str, body: Row, *, label: str | None = None, due: int | None = None) -> None:
        """Writes an object, new or changed; its order among its kind stays that of its making."""
        intent = body.get("payment_intent")
        self._db.execute(
            "INSERT INTO object (id, kind, label, intent, created, due, body) VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET label = excluded.label, intent = excluded.intent,"
            " due = excluded.due, body = excluded.body",
            (body["id"], kind, label, intent, body["created"], due, json.dumps(body)),
        )

    def get(self, kind: str, identifier: str) -> Row | None:
        found = self._db.execute(
            "SELECT body FROM object WHERE id = ? AND kind = ?", (identifier, kind)
        ).fetchone()
        return json.loads(found[0]) if found else None

    def all(self, kind: str, *, intent: str | None = None) -> list[Row]:
        """All of a kind, oldest first, or those of one intent."""
        rows = self._db.execute(
            "SELECT body FROM object WHERE kind = ? AND (? IS NULL OR intent = ?) ORDER BY seq",
            (kind, intent, intent),
        )
        return [json.loads(row[0]) for row in rows]

    def page(
        self,
        kind: str,
        *,
        limit: int,
        after: str | None,
        created: tuple[int, int],
        label: str | None = None,
        intent: str | None = None,
    ) -> tuple[list[Row], bool]:
        """Newest first: at most `limit` after the object `after`, and whether there are more."""
        rows = self._db.execute(
            "SELECT body FROM object WHERE kind = ? AND created BETWEEN ? AND ?"
            " AND (? IS NULL OR label = ?) AND (? IS NULL OR intent = ?)"
            " AND (? IS NULL OR seq < (SELECT seq FROM object WHERE id = ?)) ORDER BY seq DESC LIMIT ?",
            (kind, *created, label, label, intent, intent, after, after, limit + 1),
        ).fetchall()
        return [json.loads(row[0]) for row in rows[:limit]], len(rows) > limit

    def due(self, kind: str, at: int) -> list[Row]:
        rows = self._db.execute(
            "SELECT body FROM object WHERE kind = ? AND due <= ? ORDER BY due, seq", (kind, at)
        )
        return [json.loads(row[0]) for row in rows]

    # --- replies by idempotency key ---------------------------------------------------------------

    def reply(self, key: str) -> tuple[str, int | None, str | None] | None:
        """(fingerprint, status, body) of the call with this key; no status while it runs."""
        found: tuple[str, int | None, str | None] | None = self._db.execute(
            "SELECT fingerprint, status, body FROM reply WHERE key = ?", (key,)
        ).fetchone()
        return found

    def begin_reply(self, key: str, fingerprint: str) -> None:
        self._db.execute("INSERT INTO reply (key, fingerprint) VALUES (?, ?)", (key, fingerprint))

    def end_reply(self, key: str, status: int, body: str) -> None:
        self._db.execute("UPDATE reply SET status = ?, body = ? WHERE key = ?", (status, body, key))

    def forget_reply(self, key: str) -> None:
        self._db.execute("DELETE FROM reply WHERE key = ?", (key,))

    # --- deliveries -------------------------------------------------------------------------------

    def queue(self, event: str, now: float, due: float) -> None:
        self._db.execute(
            "INSERT INTO delivery (event, queued, due) VALUES (?, ?, ?)"
            " ON CONFLICT (event) DO UPDATE SET queued = excluded.queued, due = excluded.due",
            (event, now, due),
        )

    def due_deliveries(self, now: float) -> list[tuple[str, float, int, str]]:
        """(event id, queued at, attempts so far, event as JSON), oldest event first."""
        rows: list[tuple[str, float, int, str]] = self._db.execute(
            "SELECT d.event, d.queued, d.attempts, o.body FROM delivery d JOIN object o ON o.id = d.event"
            " WHERE d.due <= ? ORDER BY o.seq",
            (now,),
        ).fetchall()
        return rows

    def end_attempt(self, event: str, outcome: str, due: float | None) -> None:
        """`due`: when to try again; None when delivered or given up."""
        self._db.execute(
            "UPDATE delivery SET attempts = attempts + 1, outcome = ?, due = ? WHERE event = ?",
            (outcome, due, event),
        )

    def deliveries(self) -> list[Row]:
        rows = self._db.execute(
            "SELECT event, attempts, outcome, due IS NOT NULL FROM delivery ORDER BY rowid"
        )
        return [
            {"event": event, "attempts": attempts, "outcome": outcome, "pending": bool(pending)}
            for event, attempts, outcome, pending in rows
        ]
