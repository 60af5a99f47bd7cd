"""kill -9 in the middle of a migration: the schema and the rows are those before or those after, never between, and who
migrates once more comes to the same.

`FAULT_ROUNDS` says how many kills (3 unless told), `FAULT_SEED` repeats a run.
"""

from __future__ import annotations

import os
import random
import secrets
import signal
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from flask_migrate import upgrade
from sqlalchemy import event, inspect, text

from marketplace.core.db import db
from tests import databases
from tests.conftest import miss
from tests.processes import in_processes

ROUNDS = min(60, int(os.environ.get("FAULT_ROUNDS") or 3))
SEED = int(os.environ.get("FAULT_SEED") or secrets.randbelow(10_000))
FIRST_RELEASE = "0049"
"""From here to the newest: migrations that change tables, fill columns, and rewrite a table as SQLite must."""
ACCOUNT = (
    "INSERT INTO ledger_accounts (name, side, is_limited, debits_toman, credits_toman, held_debits_toman,"
    " held_credits_toman) VALUES ('gateway_clearing', 'debit', true, 70, 30, 0, 0)"
)


@pytest.mark.parametrize("kind", databases.kinds())
def test_nothing_is_half(kind: str, tmp_path: Path) -> None:
    if not databases.is_there(kind):
        miss(kind)
    print(f"{ROUNDS} kills, FAULT_SEED={SEED}")
    dice, seen = random.Random(SEED), Counter[str]()
    with databases.bare_database(kind, tmp_path) as url:
        before = _in(url, tmp_path, _begin)
        with databases.copied_database(url, tmp_path) as there:
            statements, after = _in(there, tmp_path, _go_on)
        assert before != after
        assert _version(before) == FIRST_RELEASE
        for number in range(ROUNDS):
            point = statements if number == 0 else dice.randint(1, statements)
            pause = 0.0 if number == 1 else dice.uniform(0, 0.004)
            with databases.copied_database(url, tmp_path) as there:
                _in(there, tmp_path, lambda point=point, pause=pause: _die(point, pause))  # type: ignore[misc]
                found, again = _in(there, tmp_path, lambda: (_facts(), _go_on()[1]))
                assert found in (before, after), f"statement {point} of {statements}: {_version(found)}"
                assert again == after, f"statement {point}: once more it came to something else"
                seen["before" if found == before else "after"] += 1
    print(dict(seen))
    assert seen["before"], "no kill came in the middle"


def _in(url: str, folder: Path, work: Any) -> Any:
    """What `work()` gives in a process of its own; None when that was killed."""
    return in_processes(1, databases.settings_for(url, folder), lambda _: work())[0]


def _begin() -> Any:
    """The house as it was released first, with an account that a later migration changes."""
    upgrade(revision=FIRST_RELEASE)
    with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(text(ACCOUNT))
    return _facts()


def _go_on() -> tuple[int, Any]:
    """Migrates to the newest; gives how many statements that took, and what was found afterwards."""
    heard: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *told: heard.append(told[2]))
    upgrade()
    return len(heard), _facts()


def _die(point: int, pause: float) -> None:
    """Migrates, and is killed from within, a moment after so many statements."""
    heard: list[str] = []

    def count(*told: Any) -> None:
        heard.append(told[2])
        if len(heard) == point and not pause:
            os.kill(os.getpid(), signal.SIGKILL)
        if len(heard) == point:
            threading.Thread(target=_end, args=(pause,), daemon=True).start()

    event.listen(db.engine, "before_cursor_execute", count)
    upgrade()
    time.sleep(1)
    raise AssertionError("it was to be killed")


def _end(pause: float) -> None:
    time.sleep(pause)
    os.kill(os.getpid(), signal.SIGKILL)


def _facts() -> dict[str, Any]:
    """Every table with its columns, keys, indexes and count of rows, the accounts, and whether the pages are sound."""
    with db.engine.connect() as connection:
        look = inspect(connection)
        tables = sorted(look.get_table_names())
        found: dict[str, Any] = {
            name: (
                [(each["name"], str(each["type"]), each["nullable"]) for each in look.get_columns(name)],
                sorted(str(each["name"]) for each in look.get_indexes(name)),
                sorted(str(each["name"]) for each in look.get_foreign_keys(name)),
                connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar(),
            )
            for name in tables
        }
        if "ledger_accounts" in found:
            found["accounts"] = [
                tuple(row) for row in connection.execute(text("SELECT * FROM ledger_accounts"))
            ]
        if "alembic_version" in found:
            found["version"] = (
                connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
            )
        if connection.dialect.name == "sqlite":
            found["sound"] = connection.execute(text("PRAGMA integrity_check")).scalars().all()
        return found


def _version(found: dict[str, Any]) -> Any:
    return "".join(found.get("version", ()))
