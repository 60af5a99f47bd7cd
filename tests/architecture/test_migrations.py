"""The migrations make what the models say, and can be undone."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import event, inspect, text

from marketplace.app import create_app
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from tests import databases
from tests.conftest import miss


@pytest.fixture(params=databases.kinds())
def bare(request: pytest.FixtureRequest, tmp_path: Path):
    """An app over a database without any table."""
    if not databases.is_there(request.param):
        miss(request.param)
    with databases.bare_database(request.param, tmp_path) as url:
        app = create_app(databases.settings_for(url, tmp_path))
        with app.app_context():
            yield app
            db.session.remove()
            db.engine.dispose()


def test_up_down_up_and_the_models_agree(bare):
    upgrade()
    assert _differences() == []
    downgrade(revision="base")
    with db.engine.connect() as connection:
        left = set(inspect(connection).get_table_names()) - {"alembic_version"}
    assert left == set()
    upgrade()
    assert _differences() == []


@pytest.mark.parametrize("bare", [kind for kind in databases.kinds() if kind == "postgresql"], indirect=True)
def test_a_migration_gives_up_a_lock_soon_and_may_work_for_an_hour(bare):
    """Who waits for a lock of a whole table holds up everybody who comes after. What comes of it when it gives up:
    `tests/faults/test_migration_waits.py`.
    """
    told: set[tuple[str, str]] = set()

    def ask(connection, cursor, statement, *rest):
        if statement.lstrip().startswith(("CREATE TABLE", "ALTER TABLE")):
            driver = connection.connection.dbapi_connection
            told.add(
                tuple(driver.execute(f"SHOW {name}_timeout").fetchone()[0] for name in ("lock", "statement"))
            )

    event.listen(db.engine, "before_cursor_execute", ask)
    upgrade(revision="0002")
    assert told == {("300ms", "1h")}


def test_the_gateways_account_loses_its_floor_where_it_was_opened_with_one(bare):
    upgrade(revision="0049")
    with unit_of_work():
        for name in ("gateway_clearing", "guarantee_fund"):
            db.session.execute(
                text(
                    "INSERT INTO ledger_accounts (name, side, is_limited, debits_toman, credits_toman,"
                    " held_debits_toman, held_credits_toman) VALUES (:name, 'debit', true, 0, 0, 0, 0)"
                ),
                {"name": name},
            )
    db.session.remove()
    upgrade()
    with db.engine.connect() as connection:
        found = connection.execute(text("SELECT name, is_limited FROM ledger_accounts")).all()
    assert {name: bool(limited) for name, limited in found} == {
        "gateway_clearing": False,
        "guarantee_fund": True,
    }


def test_revisions_are_numbered_without_gaps():
    files = sorted((databases.ROOT / "migrations/versions").glob("*.py"))
    assert [f.name[:4] for f in files] == [f"{n:04d}" for n in range(1, len(files) + 1)]


def _differences() -> list[object]:
    def is_ours(thing, name, kind, reflected, compare_to):
        return not (kind in ("table", "index", "column") and str(name).startswith("offer_search"))

    options = {"compare_type": True, "render_as_batch": True, "include_object": is_ours}
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        return compare_metadata(context, db.metadata)
