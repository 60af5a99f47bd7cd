"""Rows that are written once cannot be changed or deleted, not even by raw SQL."""

from __future__ import annotations

import importlib.util

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from marketplace.core.audit import SYSTEM, Actor, record
from marketplace.core.audit_digests import write_digest
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.offer_steps import note_change
from marketplace.guarantee.book import write_book
from marketplace.ledger.models import LedgerAccount, Side, Step, Transfer
from marketplace.lottery.cost_models import CostRelease, CostShare
from marketplace.lottery.figure_models import DrawWitness, FigureEntry
from marketplace.lottery.models import EntryGrant, PublishedEntry, Skip
from marketplace.orders.after_inputs import Cancellation
from marketplace.orders.cancellation import cancel_store_order
from marketplace.orders.fulfilment import accept_store_order, pack_store_order
from marketplace.orders.statements import write_statements
from marketplace.payments.models import Refund, RefundTransfer
from tests.architecture.house import ROOT
from tests.factories import put, world, writing
from tests.factories.applications import an_application_step
from tests.factories.buying import paid, parts_of
from tests.factories.claims import a_claim_row, one_of_each_row
from tests.factories.complaints import a_complaint, add_record_rows, an_outside_complaint, complaint
from tests.factories.draws import a_draw
from tests.factories.hosting import a_hosting_step
from tests.factories.inspections import health_rows
from tests.factories.oversight import oversight_rows
from tests.factories.papers import a_clearance_change, a_licence_change, a_seal_change
from tests.factories.settling import answer, sent, settled, with_accounts
from tests.fakes.gateway import MemoryGateway, use_gateway


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
def written(ctx, app, at):
    """A database with a row in each append-only table."""
    with writing():
        small = world(at)
        store = small.stores[0]
        an_application_step(small.stores[0], small.festival, at=at)
        for paper in (a_seal_change, a_licence_change, a_clearance_change):
            paper(store, at=at)
        a_hosting_step(store, at=at)
        health_rows(store, small.shopper, at=at)
        note_change(small.soap, "change_stock", SYSTEM, at)
        record(SYSTEM, "tested", "store:1", at, why="a row")
        write_digest(at.date(), at)
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
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    _money_rows(small, gateway, at)
    _what_follows_a_sale(small, gateway, at)
    add_record_rows(small.stores[0], at)
    an_outside_complaint(small.stores[0], small.shopper, at)
    _draw_rows(small, at)
    oversight_rows(small, at)
    _fund_rows(small, gateway, at)
    write_book(at)


def _fund_rows(small, gateway, at):
    """A claim with all that was said, decided and booked about it."""
    part = parts_of(paid(gateway, small.shopper, (small.soap, 1), at=at))[0]
    case = complaint(a_complaint(part, small.shopper, at))
    with writing():
        one_of_each_row(a_claim_row(part, small.shopper, case, at), small.shopper, at)


def _draw_rows(small, at):
    """A line of a published list, and somebody who lost the right after it."""
    grant = db.session.scalars(select(EntryGrant)).first()
    with writing():
        draw = a_draw(small.festival, at=at)
        put(
            PublishedEntry,
            draw_id=draw.id,
            place=0,
            entry_id="0" * 32,
            pseudonym="0" * 64,
            weight=1,
            grant_id=grant.id,
            person_id=grant.person_id,
        )
        share = {"draw_id": draw.id, "store_id": small.stores[0].id, "amount_toman": 1}
        put(CostShare, **share, round=0, net_toman=1, is_capped=False, booked_at=at)
        put(CostRelease, **share, round=1, reason="tried", released_at=at)
        put(DrawWitness, draw_id=draw.id, name="x", capacity="y", entered_at=at)
        typed = {"attempt": 1, "place": 1, "typed_by": "x", "figures": "{}", "typed_at": at}
        put(FigureEntry, draw_id=draw.id, stage=0, person_id=grant.person_id, **typed)
        put(Skip, draw_id=draw.id, kind="entry", key="0" * 32, reason="tried", added_at=at)


def _what_follows_a_sale(small, gateway, at):
    """An invoice, a voided entry, and a refund that was paid by transfer."""
    part = parts_of(paid(gateway, small.shopper, (small.soap, 1), at=at))[0]
    store = Actor(1, "store", "clerk")
    with unit_of_work():
        accept_store_order(part.id, part.store_id, store, at)
        pack_store_order(part.id, part.store_id, True, store, at)
        cancel_store_order(part.id, small.shopper.id, Cancellation("other", ""), store, at)
        refund = db.session.scalars(select(Refund.id)).one()
        put(
            RefundTransfer,
            refund_id=refund,
            sheba="IR" + "0" * 24,
            holder="x",
            bank_reference="1",
            paid_at=at,
        )


def _money_rows(small, gateway, at):
    """A settled store order, its statement, and an answer of the bank."""
    settled(gateway, small.shopper, (small.bowl, 1), at=at)
    write_statements(at)
    with_accounts(small.stores[2], at=at)
    batch = sent(at)
    answer(batch.id, (f"{batch.number}-{small.stores[2].id}", "accepted", "B1", ""), at=at)


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
