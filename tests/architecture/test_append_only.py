"""Rows that are written once cannot be changed or deleted, not even by raw SQL."""

from __future__ import annotations

import importlib.util

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from marketplace.core.audit import SYSTEM, record
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.offer_steps import note_change
from marketplace.ledger.models import LedgerAccount, Side, Step, Transfer
from tests.architecture.house import ROOT
from tests.factories import put, world, writing
from tests.factories.papers import a_clearance_change, a_licence_change, a_seal_change


def _tables() -> tuple[str, ...]:
    """All tables that any migration declares append-only."""
    names: list[str] = []
    for path in sorted((ROOT / "migrations/versions").glob("*.py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        names += getattr(module, "APPEND_ONLY", ())
    return tuple(names)


@pytest.fixture
def written(ctx, at):
    """A database with a row in each append-only table."""
    with writing():
        small = world(at)
        store = small.stores[0]
        for paper in (a_seal_change, a_licence_change, a_clearance_change):
            paper(store, at=at)
        note_change(small.soap, "change_stock", SYSTEM, at)
        record(SYSTEM, "tested", "store:1", at, why="a row")
        till = put(LedgerAccount, name="till", side=Side.debit)
        owed = put(LedgerAccount, name="owed", side=Side.credit)
        put(
            Transfer,
            key="t:1",
            step=Step.single,
            debit_account_id=till.id,
            credit_account_id=owed.id,
            amount_toman=5,
            code="test",
            subject="test:1",
            posted_at=at,
        )


KNOWN_EMPTY = frozenset[str]()


def test_update_and_delete_are_refused(written):
    for table in _tables():
        if table in KNOWN_EMPTY:
            continue
        before = _count(table)
        assert before, f"{table} has no row to try it on: give it one in `written`"
        for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
            with pytest.raises(IntegrityError, match="append-only"):
                _run_raw(statement)
        assert _count(table) == before


def test_truncate_is_refused(written, database):
    if database.startswith("sqlite"):
        return
    for table in _tables():
        with pytest.raises(IntegrityError, match="append-only"):
            _run_raw(f"TRUNCATE {table} CASCADE")


def _run_raw(statement: str) -> None:
    """Past the unit of work, which would word the error."""
    db.session.rollback()
    with db.engine.connect() as connection:
        writing_connection = connection.execution_options(writes=True)
        with writing_connection.begin():
            writing_connection.execute(text(statement))


def _count(table: str) -> int:
    count = db.session.scalar(select(func.count()).select_from(text(table)))
    db.session.rollback()
    return count


def test_the_unit_of_work_is_refused_as_well(written):
    with pytest.raises(Exception, match="conflict"), unit_of_work():
        db.session.execute(text("UPDATE transfers SET amount_toman = 6"))
