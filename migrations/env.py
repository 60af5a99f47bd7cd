"""How migrations run: on a connection of their own, with SQLite's foreign keys off and checked at the end.

On PostgreSQL whoever waits for the lock of a table holds up all who come to the table afterwards, and whoever has one
and waits for the next may wait for somebody who waits for the first. So it waits for a moment only, shorter than the
server takes to look for such a circle, lets go of everything, and does it again a little later. From the eleventh time
on it waits longer: a vacuum steps aside for nobody who waits for less than a second.
"""

from __future__ import annotations

import random
import time
from typing import Any

import structlog
from alembic import context
from flask import current_app
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

config = context.config
database = current_app.extensions["migrate"].db
log = structlog.get_logger(__name__)
TRIES, SHORT_TRIES = 60, 10
SHORT_WAIT, LONG_WAIT = "300ms", "2s"
REST_SECONDS = (0.5, 1.5)
STOOD_IN_THE_WAY = {"55P03", "40P01"}
"""A lock that was not had in time, a circle of those who wait for each other."""
WHO = """
SELECT pid, usename, application_name, date_trunc('second', now() - xact_start) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start < now() - interval '2 s'
ORDER BY xact_start
"""


def options() -> dict[str, Any]:
    return {
        "target_metadata": database.metadata,
        "render_as_batch": True,
        "compare_type": True,
        "include_object": is_ours,
        "render_item": render,
    }


def render(kind: str, thing: Any, autogen: Any) -> str | bool:
    """Migrations name plain types, so that they outlive our own classes."""
    plain = {"Moment": "sa.DateTime(timezone=True)", "Sealed": "sa.Text()", "SealedContent": "sa.JSON()"}
    return plain.get(type(thing).__name__, False) if kind == "type" else False


def is_ours(thing: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    """Search tables are made by hand for each database and stay out of the comparison."""
    return not (kind in ("table", "column") and str(name).startswith("offer_search"))


def run_offline() -> None:
    context.configure(url=str(database.engine.url), literal_binds=True, **options())
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    """All that is wanting, in one transaction. Raises RuntimeError when locks are not had in three minutes."""
    for attempt in range(1, TRIES + 1):
        try:
            migrate(database.engine, SHORT_WAIT if attempt <= SHORT_TRIES else LONG_WAIT)
            return
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) not in STOOD_IN_THE_WAY:
                raise
            if attempt == TRIES:
                raise RuntimeError(told_to_operator(error)) from error
            log.warning("migration_waits", attempt=attempt, of=TRIES, said=str(error.orig)[:200])
            time.sleep(random.uniform(*REST_SECONDS))  # noqa: S311


def told_to_operator(error: OperationalError) -> str:
    """What was not had, and who may have it: whoever has been in a transaction for more than a moment."""
    with database.engine.connect() as connection:
        found = connection.execute(text(WHO)).all()
    who = "; ".join(
        f"process {pid} of {role} ({name or 'no name'}) for {span}" for pid, role, name, span in found
    )
    last = str(error.orig).partition("\n")[0]
    return f"nothing was changed: {last}. In a transaction for long: {who or 'nobody now'}. Run it again afterwards."


def migrate(engine: Engine, lock_timeout: str) -> None:
    with engine.connect() as connection:
        connection = connection.execution_options(writes=True)
        if engine.dialect.name == "sqlite":
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                if engine.dialect.name == "postgresql":
                    connection.execute(text(f"SET LOCAL lock_timeout = '{lock_timeout}'"))
                    connection.execute(text("SET LOCAL statement_timeout = '1h'"))
                context.configure(connection=connection, **options())
                context.run_migrations()
                if engine.dialect.name == "sqlite":
                    broken = connection.execute(text("PRAGMA foreign_key_check")).all()
                    if broken:
                        raise RuntimeError(f"rows without their parent after the migration: {broken[:5]}")
        finally:
            if engine.dialect.name == "sqlite":
                connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=ON")


if context.is_offline_mode():
    run_offline()
else:
    run_online()
