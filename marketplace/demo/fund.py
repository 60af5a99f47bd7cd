"""The guarantee fund of the demo: sponsors' gifts of the past weeks, and claims at every step, by the verbs themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select

from marketplace.accounts.models import Person, RoleGrant
from marketplace.complaints.answering import answer_complaint
from marketplace.complaints.filing import file_complaint
from marketplace.complaints.inputs import Answer, ComplaintWish
from marketplace.complaints.models import Said
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.demo.settlement import demo_officials, demo_stores, sell
from marketplace.guarantee.answering import answer_claim
from marketplace.guarantee.book import measure_exposure, write_book
from marketplace.guarantee.book_models import FundGift
from marketplace.guarantee.claim_inputs import Choice, ClaimWish
from marketplace.guarantee.claim_queries import claim_by_number, seats_of
from marketplace.guarantee.deciding import choose
from marketplace.guarantee.decision_models import Ground
from marketplace.guarantee.filing import file_claim
from marketplace.guarantee.paying import pay_reserved
from marketplace.ledger.chart import BANK, GUARANTEE_FUND
from marketplace.ledger.transfers import post_transfer
from marketplace.orders.models import Order, StoreOrder, StoreOrderState
from marketplace.payments.gateways.port import GatewayRefund, RefundStatus
from marketplace.payments.models import Refund, RefundState
from marketplace.payments.refunds import record_refund
from marketplace.stores.standing import Category

GIFTS = (
    (34, "بانک توسعه بازرگانی شهر", 180_000_000, True),
    (21, "اتحادیه کسب‌وکارهای مجازی", 140_000_000, True),
    (12, "خیر نیک‌اندیش", 45_000_000, False),
    (6, "شرکت بیمه راه روشن", 90_000_000, True),
)
"""(days ago, giver, toman, whether the book names them)."""
CASES = (
    (Category.defective, "دسته کالا پس از دو روز شکست و فروشگاه نپذیرفت.", Ground.defect_proven, "paid"),
    (Category.not_as_described, "جنس کالا با آنچه نوشته بودند یکی نیست.", Ground.not_as_described, "paid"),
    (Category.defective, "زیپ از روز نخست بسته نمی‌شد.", Ground.fault_of_shopper, "rejected"),
    (Category.not_as_described, "اندازه‌ای که رسید دو شماره کوچک‌تر است.", Ground.not_as_described, "open"),
)
REFUSAL = "کالا سالم تحویل پست شده است؛ تصویر بسته‌بندی پیوست است."
ANSWER = "همان پاسخ پیشین؛ رسید تحویل را فرستاده‌ایم."
REASONS = {
    True: "عکس‌های خریدار و شرح کالا در صفحه فروش با هم سنجیده شد؛ زیان ثابت است.",
    False: "نشانه‌های استفاده روی کالا دیده می‌شود و عیبی از پیش ثابت نشد.",
}


def load_fund(at: datetime, seed: int = 1405) -> None:
    """Writes gifts and claims of the past weeks. Needs the festival and its people; before the demo's settlement, which
    gives back what the fund paid."""
    signers, stores = demo_officials(), demo_stores(at)
    shopper = _shopper()
    if len(signers) < 2 or len(stores) < 5 or shopper is None:
        return
    _give(at, signers[1])
    sell(stores[2:5], at - timedelta(days=8, hours=12), Random(seed + 34), shopper=shopper)
    for place, part in enumerate(_dearest(shopper, at - timedelta(days=9), len(CASES))):
        _claim(part, shopper, place, at)
    _pay(at - timedelta(days=3, hours=3))


def finish_fund(at: datetime) -> None:
    """Writes the book, and measures what stands behind open orders."""
    write_book(at)
    measure_exposure(at)


def _give(at: datetime, official: Actor) -> None:
    for place, (days, giver, toman, is_named) in enumerate(GIFTS):
        moment, subject = at - timedelta(days=days), f"gift:{place + 1}"
        with unit_of_work():
            transfer = post_transfer(
                key=f"demo-gift:{place}",
                debit=BANK,
                credit=GUARANTEE_FUND,
                amount_toman=toman,
                code="fund_gift",
                subject=subject,
                at=moment,
            )
            gift = FundGift(
                giver=giver,
                is_named=is_named,
                amount_toman=toman,
                bank_reference=f"{740_115_200 + place * 3_571}",
                transfer_id=transfer,
                booked_by_id=official.id,
                received_on=moment.date(),
                booked_at=moment,
            )
            db.session.add(gift)


def _shopper() -> int | None:
    """The demo's second shopper, who has a password and no office."""
    officials = select(RoleGrant.person_id)
    found = db.session.scalars(
        select(Person.id)
        .where(Person.password_hash.is_not(None), Person.id.not_in(officials))
        .order_by(Person.id)
        .limit(2)
    ).all()
    return found[-1] if found else None


def _dearest(shopper: int, since: datetime, count: int) -> Sequence[StoreOrder]:
    """The dearest closed purchases of a person since a moment, at most a few million each."""
    rows = db.session.scalars(
        select(StoreOrder)
        .join(Order, Order.id == StoreOrder.order_id)
        .where(
            Order.person_id == shopper,
            StoreOrder.state == StoreOrderState.closed,
            StoreOrder.paid_at > since,
            StoreOrder.goods_toman.between(200_000, 6_000_000),
        )
        .order_by(StoreOrder.goods_toman.desc(), StoreOrder.id)
        .limit(count)
    ).all()
    for row in rows:
        db.session.expunge(row)
    db.session.rollback()
    return rows


def _claim(part: StoreOrder, shopper: int, place: int, at: datetime) -> None:
    """From the complaint to what became of it: refused at once, so that all of it fits in a week."""
    category, text, ground, end = CASES[place]
    begun = at - timedelta(days=5, hours=20 - 3 * place)
    store = Actor(None, "store", "فروشگاه")
    with unit_of_work():
        case = file_complaint(part.id, shopper, ComplaintWish(category, text), begun).number
        answer = Answer(Said.refusal, REFUSAL)
        answer_complaint(case, part.store_id, answer, store, begun + timedelta(hours=9))
    with unit_of_work():
        name = file_claim(case, shopper, ClaimWish(text), begun + timedelta(hours=20)).number
    with unit_of_work():
        answer_claim(name, part.store_id, ANSWER, store, begun + timedelta(hours=31))
    if end != "open":
        _decide(name, end == "paid", ground, begun + timedelta(hours=52 + 7 * place))


def _decide(name: str, is_for: bool, ground: Ground, at: datetime) -> None:
    """Everybody who sits chooses the same."""
    decision = None
    while decision is None:
        claim = claim_by_number(name)
        seat = next((s for s in seats_of(claim.id) if s.chosen_at is None and s.released_at is None), None)
        if seat is None:
            return
        person = db.session.get_one(Person, seat.adjudicator_id)
        actor = Actor(person.id, "adjudicator", f"{person.given_name} {person.surname}")
        loss = claim.loss_toman if is_for else 0
        wish = Choice(is_for, loss, 100 if is_for else 0, ground, REASONS[is_for], "", claim.version)
        db.session.rollback()
        with unit_of_work():
            decision = choose(name, wish, actor, at)


def _pay(at: datetime) -> None:
    """Pays what is reserved; the gateway of the demo gave it back at once."""
    pay_reserved(at)
    asked = db.session.scalars(
        select(Refund.id).where(Refund.state == RefundState.asked, Refund.reason == "claim")
    ).all()
    db.session.rollback()
    for refund_id in asked:
        with unit_of_work():
            amount = db.session.get_one(Refund, refund_id).amount_toman
            answer = GatewayRefund(f"re_demo_{refund_id}", RefundStatus.SUCCEEDED, amount, True, None, None)
            record_refund(refund_id, answer, at)
