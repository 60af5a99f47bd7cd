"""Closed store orders, accounts to be paid to, batches: what tests of settlement and payouts begin with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from marketplace.accounts.models import Person, Role
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Offer
from marketplace.orders.models import HygieneKit, Order, StoreOrder, StoreOrderState
from marketplace.orders.payout_run import propose_payouts
from marketplace.orders.settlement import settle_closed_store_orders
from marketplace.payments.payout_accounts import AccountWish, enter_payout_account
from marketplace.payments.payout_answers import Read, record_answers
from marketplace.payments.payout_files import read_answer_file
from marketplace.payments.payout_models import Payout, PayoutBatch
from marketplace.payments.payouts import send_batch, sign_batch
from marketplace.stores.models import Store
from tests.factories.buying import paid, parts_of
from tests.factories.people import an_official
from tests.factories.rows import AT

SHEBAS = (
    "IR062960000000100324200001",
    "IR820540102680020817909002",
    "IR580540105180021273113007",
)
OWNER = Actor(None, "store", "owner")


def closed(of: Order, at: datetime = AT) -> list[StoreOrder]:
    """All standing parts of an order as they are when every window is over."""
    with unit_of_work():
        ids = list(
            db.session.scalars(
                select(StoreOrder.id).where(StoreOrder.order_id == of.id, StoreOrder.paid_at.is_not(None))
            )
        )
        kits = update(HygieneKit).where(HygieneKit.store_order_id.in_(ids))
        db.session.execute(kits.values(ticked_at=at, ticked_by_id=of.person_id))
        db.session.execute(
            update(StoreOrder)
            .where(StoreOrder.id.in_(ids))
            .values(
                state=StoreOrderState.closed, tracking_code="T1", carrier="x", shipped_at=at, delivered_at=at
            )
        )
    return [part for part in parts_of(of) if part.id in ids]


def settled(gateway: Any, person: Person, *lines: tuple[Offer, int], at: datetime = AT) -> Order:
    """An order that was paid, delivered, closed and settled."""
    made = paid(gateway, person, *lines, at=at)
    closed(made, at)
    settle_closed_store_orders(at)
    return made


def with_accounts(*stores: Store, at: datetime = AT) -> None:
    """Each store has a Sheba."""
    with unit_of_work():
        for place, store in enumerate(stores):
            enter_payout_account(store.id, AccountWish(SHEBAS[place % len(SHEBAS)], "علی محمدی"), OWNER, at)


def actor_of(person: Person) -> Actor:
    return Actor(person.id, "office", person.display_name)


def two_signers(at: datetime = AT) -> tuple[Actor, Actor]:
    """Two officials of the office."""
    return actor_of(an_official(Role.office, at=at)), actor_of(an_official(Role.office, at=at))


def newest_batch() -> PayoutBatch:
    db.session.rollback()
    return db.session.scalars(select(PayoutBatch).order_by(PayoutBatch.id.desc()).limit(1)).one()


def payouts_in(batch_id: int) -> list[Payout]:
    db.session.rollback()
    return list(db.session.scalars(select(Payout).where(Payout.batch_id == batch_id).order_by(Payout.id)))


def proposed(at: datetime = AT) -> PayoutBatch:
    """A batch for every store that can be paid."""
    assert propose_payouts(at)
    return newest_batch()


def sent(at: datetime = AT) -> PayoutBatch:
    """A batch that was signed twice and is with the bank."""
    batch = proposed(at)
    first, second = two_signers(at)
    for actor in (first, second):
        with unit_of_work():
            sign_batch(batch.id, batch.digest, actor, at)
    with unit_of_work():
        send_batch(batch.id, second, at)
    return newest_batch()


def answer_file(*rows: tuple[str, str, str, str], name: str = "answer.csv") -> bytes:
    """The bank's file: (reference, status, bank reference, reason)."""
    lines = ["reference,status,bank_reference,reason", *(",".join(row) for row in rows)]
    return "\r\n".join(lines).encode()


def answer(batch_id: int, *rows: tuple[str, str, str, str], at: datetime = AT) -> Read:
    """The bank's answer, read and recorded."""
    file = read_answer_file("answer.csv", answer_file(*rows))
    with unit_of_work():
        return record_answers(batch_id, file, Actor(None, "office", "test"), at)
