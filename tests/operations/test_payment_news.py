"""Five pieces of news of one payment in every order, each once to three times, one of them missing: one same book.

The payer paid in time while one of the two stores fell, so that its part goes back; the payer's bank takes the other
part back as well. Nobody but the gateway knows: it tells of a payment created, processed, made, given back in part
and disputed, in whatever order, as often as it likes, or not at all of one of them; what it did not tell is found by
asking.

120 orders, three patterns of repetition and six of absence are 2,160 stories; every run plays a few of each share of
them, `EVERY_STORY=1` all.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from itertools import permutations, product
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import aliased

from marketplace.core.db import db
from marketplace.ledger.models import LedgerAccount, Transfer
from marketplace.orders.holds import give_back_expired_holds
from marketplace.orders.models import StoreOrderState
from marketplace.payments.dispute_models import Dispute, DisputeState
from marketplace.payments.disputes import ask_open_disputes
from marketplace.payments.models import GatewayEvent, PaymentState, Refund, RefundState
from marketplace.payments.reconciliation import reconcile_payments
from marketplace.payments.reconciling import reconcile_daily
from marketplace.stores.models import Seal, SealState
from tests.factories import AT, change
from tests.factories.buying import (
    broken_invariants,
    later,
    order,
    parts_of,
    payment_of,
    placed_open,
    rows_of,
    run_jobs,
)
from tests.fakes.gateway import MemoryGateway, deliver, dispute_body, event_body, page_body, use_gateway
from tests.pages import Client
from tests.worlds import database, the_world  # noqa: F401

pytestmark = [pytest.mark.databases("sqlite"), pytest.mark.of_sqlite]
NEWS = ("created", "processing", "succeeded", "refunded", "disputed")
PATTERNS = (
    (1, 1, 1, 1, 1),
    (2, 1, 3, 2, 1),
    (3, 3, 2, 1, 2),
)
"""How often the first, the second, ... that comes is sent in all."""
STORIES = list(product(permutations(NEWS), PATTERNS, (None, *NEWS)))
KEPT, FALLEN = 103_000, 92_000
"""Goods and shipping of each part: the payer's bank takes the first back, the second goes back as its store fell."""
SHARES = 4
STEP = 1 if "EVERY_STORY" in os.environ else 173
"""Prime to the patterns and absences, so that a sample meets them all."""


class Bank:
    """A shop at the moment in which the payer paid and we heard of nothing yet; put back for each story."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.app, self.client, self.folder = app, Client(app), folder
        gateway = MemoryGateway()
        use_gateway(app, gateway)
        w = the_world()
        made = placed_open(w.shopper, (w.soap, 1), (w.tea, 1))
        seal = db.session.scalars(select(Seal).where(Seal.store_id == w.stores[1].id)).one()
        change(seal, state=SealState.suspended)
        intent = gateway.pay(payment_of(made).session_id)
        lost = gateway.dispute(intent, KEPT)
        gateway.close_dispute(lost, "lost")
        self.order_id, self.gateway = made.id, gateway
        self.bodies = self._news(intent, gateway)
        self.file = Path(str(db.engine.url.database))
        self.kept = folder / "kept.db"
        self._copy(self.file, self.kept)

    def _news(self, intent: str, gateway: MemoryGateway) -> dict[str, bytes]:
        payment = {"object": "payment_intent", "id": intent}
        charge = {"object": "charge", "id": "ch_1", "payment_intent": intent, "amount_refunded": 1}
        [page], [dispute] = gateway.pages.values(), gateway.disputes.values()
        return {
            "created": event_body("payment_intent.created", payment, "evt_created"),
            "processing": event_body("payment_intent.processing", payment, "evt_processing"),
            "succeeded": event_body("checkout.session.completed", page_body(page), "evt_succeeded"),
            "refunded": event_body("charge.refunded", charge, "evt_refunded"),
            "disputed": event_body("charge.dispute.closed", dispute_body(dispute), "evt_disputed"),
        }

    def put_back(self) -> None:
        self._copy(self.kept, self.file)
        use_gateway(self.app, self.gateway.copy())

    def _copy(self, source: Path, target: Path) -> None:
        db.session.remove()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
        for end in ("-wal", "-shm"):
            Path(f"{target}{end}").unlink(missing_ok=True)
        shutil.copyfile(source, target)

    def tell(self, sent: list[str], *, works_between: bool) -> None:
        """Each piece as it comes; the worker after each, or only when all came."""
        with later(AT, minutes=5) as at:
            for what in sent:
                assert deliver(self.client, self.bodies[what]) == 200
                if works_between:
                    run_jobs(at)
            run_jobs(at)

    def reconcile(self) -> None:
        """Two hours later the sweeps ask, the next day the books are compared, and what is undecided is asked."""
        with later(AT, minutes=120) as at:
            give_back_expired_holds(at)
            reconcile_payments(at)
            run_jobs(at)
        for day in (1, 2):
            with later(AT, days=day) as at:
                reconcile_daily(at)
                ask_open_disputes(at)
                run_jobs(at)

    def book(self) -> str:
        """The hash of every row of the ledger, whatever the order in which they were written."""
        db.session.rollback()
        debit, credit = aliased(LedgerAccount), aliased(LedgerAccount)
        rows = db.session.execute(
            select(
                Transfer.subject, Transfer.code, Transfer.step, debit.name, credit.name, Transfer.amount_toman
            )
            .join(debit, debit.id == Transfer.debit_account_id)
            .join(credit, credit.id == Transfer.credit_account_id)
        )
        return hashlib.sha256(repr(sorted(map(str, rows))).encode()).hexdigest()

    def end(self) -> tuple[object, ...]:
        """What became of everything but the book."""
        made = order(self.order_id)
        payment = payment_of(made)
        refunds = tuple((r.amount_toman, r.state) for r in db.session.scalars(select(Refund)))
        disputes = tuple((d.amount_toman, d.state, d.problem) for d in db.session.scalars(select(Dispute)))
        parts = tuple(part.state for part in parts_of(made))
        return payment.state, payment.captured_toman, payment.refunded_toman, refunds, disputes, parts


def sent_of(ways: tuple[str, ...], pattern: tuple[int, ...], missing: str | None) -> list[str]:
    """All that comes, in its order; what comes again comes after the others once came."""
    present = [(way, times) for way, times in zip(ways, pattern, strict=True) if way != missing]
    return [way for turn in range(3) for way, times in present if times > turn]


@pytest.fixture
def bank(ctx, at, app, tmp_path) -> Bank:
    return Bank(app, tmp_path)


def test_every_story_has_its_place():
    """Every order, every repetition and every absence is among those that a whole run plays."""
    told = [sent_of(*story) for story in STORIES]
    assert len(STORIES) == 120 * 3 * 6
    assert {len(sent) for sent in told} == {4, 5, 6, 7, 8, 9, 10, 11}
    assert {sent.count(way) for sent in told for way in NEWS} == {0, 1, 2, 3}
    assert {tuple(dict.fromkeys(sent)) for sent in told} >= set(permutations(NEWS))


@pytest.mark.parametrize("share", range(SHARES))
def test_any_news_in_any_order_as_often_as_it_likes_ends_in_one_book(bank: Bank, share: int):
    books: dict[str, list[str]] = {}
    ends: dict[tuple[object, ...], list[str]] = {}
    began = bank.book()
    for turn, (ways, pattern, missing) in list(enumerate(STORIES))[share::SHARES][::STEP]:
        bank.put_back()
        sent = sent_of(ways, pattern, missing)
        bank.tell(sent, works_between=turn % 2 == 0)
        bank.reconcile()
        books.setdefault(bank.book(), []).append(" ".join(sent))
        ends.setdefault(bank.end(), []).append(" ".join(sent))
        assert broken_invariants() == {}, sent
        assert rows_of(GatewayEvent) == len(set(sent))
    assert len(books) == len(ends) == 1, {end: stories[:3] for end, stories in ends.items()}
    assert began not in books
    [end] = ends
    assert end == (
        PaymentState.captured,
        KEPT + FALLEN,
        FALLEN,
        ((FALLEN, RefundState.succeeded),),
        ((KEPT, DisputeState.lost, None),),
        (StoreOrderState.cancelled, StoreOrderState.cancelled),
    )
