"""How migrations run: on a connection of their own, with SQLite's foreign keys off and checked at the end."""

from __future__ import annotations

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import text

config = context.config
database = current_app.extensions["migrate"].db


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
    engine = database.engine
    with engine.connect() as connection:
        connection = connection.execution_options(writes=True)
        if engine.dialect.name == "sqlite":
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                if engine.dialect.name == "postgresql":
                    connection.execute(text("SET LOCAL lock_timeout = '10s'"))
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
