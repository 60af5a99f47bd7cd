"""Money of the demo: orders of the first days that are closed, statements, payouts at every step, and two differences.

Rows of orders are plain inserts; the money goes by the verbs themselves, so that every invariant holds of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select, update

from marketplace.accounts.models import Person, Role, RoleGrant
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import AnyRow, db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.demo.bulk import Bulk
from marketplace.demo.closed_orders import Sale, closed_order
from marketplace.festival.admission import ADMITTED_STORES
from marketplace.festival.models import Festival, Offer, OfferState
from marketplace.ledger.transfers import Posting, post_transfers
from marketplace.lottery.entries import grant_entries
from marketplace.orders.events import OrderPaid, PaidPart
from marketplace.orders.models import (
    HygieneKit,
    Order,
    OrderLine,
    OrderPayment,
    StoreOrder,
)
from marketplace.orders.payout_run import propose_payouts
from marketplace.orders.settlement import settle_closed_store_orders
from marketplace.orders.statements import write_statements
from marketplace.payments.models import Payment
from marketplace.payments.payout_accounts import AccountWish, enter_payout_account
from marketplace.payments.payout_answers import record_answers
from marketplace.payments.payout_files import AnswerFile, AnswerRow, AnswerStatus
from marketplace.payments.payout_models import Payout, PayoutBatch
from marketplace.payments.payouts import send_batch, sign_batch
from marketplace.payments.reconciliation_models import (
    DifferenceKind,
    Finding,
    FindingState,
    ReconciliationRun,
    RunState,
)
from marketplace.stores.models import Store, StoreMember

STORES = 8
ORDERS = 5


def load_settlement(at: datetime, seed: int = 1405) -> None:
    """Writes the demo's money around the present. Needs the festival and its people."""
    stores = demo_stores(at)
    signers = demo_officials()
    if not stores or len(signers) < 2:
        return
    rng = Random(seed)
    early, late = at - timedelta(days=8), at - timedelta(days=6)
    sell(stores, early, rng)
    enter_accounts(stores, at - timedelta(days=20))
    settle_closed_store_orders(at - timedelta(days=3))
    write_statements(at - timedelta(days=3))
    pay_out(signers, at - timedelta(days=2), refused=3)
    sell(stores, late, rng)
    settle_closed_store_orders(at - timedelta(hours=5))
    if propose_payouts(at - timedelta(hours=4)):
        with unit_of_work():
            batch = _newest_batch()
            sign_batch(batch.id, batch.digest, signers[0], at - timedelta(hours=2))
    _reconcile(at)


def demo_stores(at: datetime) -> Sequence[AnyRow]:
    """The demo owner's store and some others that are admitted at a moment."""
    festival_id = db.session.scalar(select(Festival.id).order_by(Festival.id).limit(1))
    owner_stores = (
        select(StoreMember.store_id)
        .join(Person, Person.id == StoreMember.person_id)
        .where(Person.password_hash.is_not(None))
    )
    return db.session.execute(
        select(Store.id, Store.manager_name, Store.province_id, Store.city_fa)
        .where(Store.id.in_(ADMITTED_STORES))
        .order_by(Store.id.in_(owner_stores).desc(), Store.id)
        .limit(STORES),
        {"festival": festival_id, "at": at},
    ).all()


def demo_officials() -> list[Actor]:
    rows = db.session.execute(
        select(Person.id, Person.given_name, Person.surname)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(RoleGrant.role == Role.office, Person.password_hash.is_not(None))
        .order_by(Person.id)
    ).all()
    return [Actor(row.id, "office", f"{row.given_name} {row.surname}") for row in rows]


def sell(stores: Sequence[AnyRow], at: datetime, rng: Random, *, shopper: int | None = None) -> None:
    """Orders that were paid, delivered and closed, some for each store; their money is held."""
    festival_id = db.session.scalar(select(Festival.id).order_by(Festival.id).limit(1))
    if shopper is None:
        shopper = db.session.execute(
            select(Person.id).where(Person.password_hash.is_(None)).order_by(Person.id.desc()).limit(1)
        ).scalar_one()
    bulk = Bulk(Order, StoreOrder, OrderLine, HygieneKit, Payment, OrderPayment)
    postings: list[Posting] = []
    sold: dict[int, int] = {}
    for place, store in enumerate(stores):
        offers = db.session.execute(
            select(Offer)
            .where(
                Offer.store_id == store.id,
                Offer.festival_id == festival_id,
                Offer.state == OfferState.live,
                Offer.stocked_count - Offer.sold_count - Offer.held_count > 10,
            )
            .order_by(Offer.id)
            .limit(6)
        ).scalars()
        goods = list(offers)
        for _ in range(ORDERS * 2 if place == 0 else ORDERS):
            if goods:
                offer, quantity = rng.choice(goods), rng.randint(1, 2)
                moment = at + timedelta(minutes=rng.randrange(600))
                sale = Sale(store, offer, quantity, shopper, festival_id or 0, moment, rng.randrange(10**6))
                postings += closed_order(bulk, sale)
                sold[offer.id] = sold.get(offer.id, 0) + quantity
    bulk.finish()
    with unit_of_work():
        for offer_id, quantity in sold.items():
            db.session.execute(
                update(Offer).where(Offer.id == offer_id).values(sold_count=Offer.sold_count + quantity)
            )
        post_transfers(postings, at)
        first = min(int(p.subject.partition(":")[2]) for p in postings) if postings else 0
        for row in db.session.execute(
            select(StoreOrder, Order.number)
            .join(Order, Order.id == StoreOrder.order_id)
            .where(StoreOrder.id >= first)
        ).all():
            part: StoreOrder = row.StoreOrder
            paid = (PaidPart(part.id, part.store_id, part.goods_toman, part.entries),)
            grant_entries(
                OrderPaid(part.order_id, row.number, shopper, festival_id or 0, paid, part.paid_at or at)
            )


def enter_accounts(stores: Sequence[AnyRow], at: datetime) -> None:
    with unit_of_work():
        for store in stores:
            enter_payout_account(store.id, AccountWish(_sheba(store.id), store.manager_name), SYSTEM, at)


def _sheba(number: int) -> str:
    """A number that no bank gave, with the right check digits."""
    body = f"012{number:019d}"
    return f"IR{98 - int(f'{body}182700') % 97:02d}{body}"


def pay_out(signers: Sequence[Actor], at: datetime, *, refused: int = 0) -> None:
    """A batch that went all its way: paid, but for the one at place `refused`."""
    if not propose_payouts(at):
        return
    with unit_of_work():
        batch = _newest_batch()
        sign_batch(batch.id, batch.digest, signers[0], at)
    with unit_of_work():
        sign_batch(batch.id, batch.digest, signers[1], at + timedelta(minutes=20))
        send_batch(batch.id, signers[1], at + timedelta(minutes=30))
    with unit_of_work():
        payouts = db.session.scalars(select(Payout).where(Payout.batch_id == batch.id).order_by(Payout.id))
        rows = tuple(
            AnswerRow(place, p.reference, AnswerStatus.rejected, "", "حساب مقصد بسته است", None)
            if place == refused
            else AnswerRow(place, p.reference, AnswerStatus.accepted, f"PY{7_310_000 + p.id}", "", None)
            for place, p in enumerate(payouts, start=1)
        )
        file = AnswerFile("paya-answer.csv", f"{batch.digest[:60]}demo", rows)
        record_answers(batch.id, file, signers[1], at + timedelta(hours=20))


def _newest_batch() -> PayoutBatch:
    return db.session.scalars(select(PayoutBatch).order_by(PayoutBatch.id.desc()).limit(1)).one()


def _reconcile(at: datetime) -> None:
    """Today's run with what it found: two that wait for a person, one that was healed."""
    bulk = Bulk(ReconciliationRun, Finding)
    run = bulk.add(
        ReconciliationRun,
        gateway="stripe",
        state=RunState.done,
        since_at=at - timedelta(days=3),
        begun_at=at - timedelta(hours=1),
        ended_at=at - timedelta(minutes=59),
        capture_count=212,
        refund_count=9,
        deposit_count=0,
        found_count=3,
        healed_count=1,
    )
    kinds = DifferenceKind
    for kind, subject, here, there, state in (
        (kinds.capture_missing_here, "pi_3Q9XkL2eZv", 0, 84_000, FindingState.open),
        (kinds.refund_state_differs, "re_3Q8WmB7aTy", 62_000, 62_000, FindingState.open),
        (kinds.late_success, "payment:418", 0, 129_000, FindingState.healed),
    ):
        bulk.add(
            Finding,
            run_id=run,
            last_run_id=run,
            kind=kind,
            subject=subject,
            here_toman=here,
            there_toman=there,
            detail="",
            state=state,
            found_at=at - timedelta(minutes=59),
            ended_at=at - timedelta(minutes=59) if state is FindingState.healed else None,
        )
    bulk.finish()
