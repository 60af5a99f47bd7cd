"""Paid orders in every state for the demo: made by the verbs themselves, some days ago, without asking a gateway."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Offer, OfferState
from marketplace.festival.queries import present_edition
from marketplace.orders.after_inputs import Cancellation, ReturnDecision, ReturnWish, Shipment
from marketplace.orders.after_models import ReturnReason
from marketplace.orders.cancellation import cancel_store_order, report_unavailable
from marketplace.orders.cart import CartOwner, put_line
from marketplace.orders.checkout import Buyer, place_order
from marketplace.orders.fulfilment import accept_store_order, confirm_receipt, pack_store_order
from marketplace.orders.inputs import Checkout
from marketplace.orders.models import OrderLine, OrderPayment, StoreOrder
from marketplace.orders.parcels import ship_store_order
from marketplace.orders.queries import store_orders_of
from marketplace.orders.return_check import decide_return
from marketplace.orders.returns import ask_return, send_return
from marketplace.payments.gateways.port import GatewayRefund, GatewaySession, RefundStatus, SessionStatus
from marketplace.payments.models import Payment, Refund, RefundState
from marketplace.payments.payments import record_session
from marketplace.payments.refunds import record_refund
from marketplace.stores.models import MemberRole, StoreMember

GATEWAY = "demo"
SHOPPERS = ("09120000001", "09120000002")
ADDRESS = {
    "receiver": "سارا رضایی",
    "mobile": "09120000001",
    "province": "اصفهان",
    "city": "اصفهان",
    "line": "خیابان چهارباغ بالا، کوچه بهار، پلاک ۷، واحد ۳",
    "postal_code": "8163745129",
}
STORE = Actor(None, "store", "demo")
Verb = Callable[[StoreOrder, datetime], object]


@dataclass(frozen=True, slots=True)
class _Story:
    """An order of so many days ago, of the offers at these places of the shop, and what became of it."""

    days_ago: int
    offers: tuple[int, ...]
    steps: tuple[str, ...]


STORIES = (
    _Story(8, (0, 1), ("accept", "pack", "ship", "receive", "ask", "send", "take")),
    _Story(8, (2,), ("accept", "pack", "ship", "receive", "ask", "send")),
    _Story(7, (1, 3), ("accept", "pack", "ship", "receive", "ask")),
    _Story(7, (4,), ("accept", "pack", "ship", "receive", "ask", "send", "refuse")),
    _Story(6, (0, 2), ("accept", "pack", "ship", "receive")),
    _Story(5, (3, 4), ("accept", "pack", "ship_one")),
    _Story(4, (1, 2), ("accept", "pack", "ship")),
    _Story(4, (0,), ("cancel",)),
    _Story(3, (1, 4), ("accept", "pack")),
    _Story(2, (0, 3), ("accept",)),
    _Story(2, (2, 1), ()),
    _Story(2, (2, 3), ("missing_one", "accept")),
    _Story(2, (4,), ("missing",)),
)
"""What a store cannot supply comes last: nothing of those offers is left to sell afterwards."""


def load_orders(at: datetime) -> None:
    """Writes the orders into the demo that stands; does nothing where its shoppers or offers are missing."""
    edition = present_edition(at)
    buyers = {p.mobile: p.id for p in db.session.scalars(select(Person).where(Person.mobile.in_(SHOPPERS)))}
    store_id = db.session.scalar(select(StoreMember.store_id).where(StoreMember.role == MemberRole.staff))
    if edition is None or len(buyers) < len(SHOPPERS) or store_id is None:
        return
    first = edition.live_from + timedelta(hours=2)
    offers = list(
        db.session.scalars(
            select(Offer.id)
            .where(
                Offer.store_id == store_id,
                Offer.state == OfferState.live,
                Offer.stocked_count - Offer.sold_count - Offer.held_count >= len(STORIES),
            )
            .order_by(Offer.festival_toman)
            .limit(5)
        )
    )
    for place, story in enumerate(STORIES if len(offers) == 5 else ()):
        person_id = buyers[SHOPPERS[place % 3 == 2]]
        moment = max(first, at - timedelta(days=story.days_ago))
        _tell(story, place, person_id, [offers[n] for n in story.offers], moment)


def _tell(story: _Story, place: int, person_id: int, offers: Sequence[int], at: datetime) -> None:
    part = _paid(f"demo-order-{place:04d}", person_id, offers, at)
    verbs = _verbs(person_id, place)
    for hour, step in enumerate(story.steps, 1):
        with unit_of_work():
            verbs[step](db.session.get_one(StoreOrder, part), at + timedelta(hours=3 * hour))
    with unit_of_work():
        for refund in db.session.scalars(select(Refund).where(Refund.state == RefundState.asked)):
            payment = db.session.get_one(Payment, refund.payment_id)
            if payment.gateway == GATEWAY:
                answer = GatewayRefund(
                    f"re_{refund.id}", RefundStatus.SUCCEEDED, refund.amount_toman, True, None, None
                )
                record_refund(refund.id, answer, at + timedelta(hours=3 * len(story.steps), minutes=4))


def _paid(key: str, person_id: int, offers: Sequence[int], at: datetime) -> int:
    """A paid order of one store; gives its store order."""
    owner = CartOwner(person_id=person_id)
    mobile = db.session.scalars(select(Person.mobile).where(Person.id == person_id)).one()
    with unit_of_work():
        for offer_id in offers:
            put_line(owner, offer_id, 1, at)
    with unit_of_work():
        buyer = Buyer(person_id, mobile, "fa", "", GATEWAY)
        order_id = place_order(buyer, Checkout.parse(ADDRESS, {}, key), at).order_id
    with unit_of_work():
        payment = db.session.scalars(
            select(Payment)
            .join(OrderPayment, OrderPayment.payment_id == Payment.id)
            .where(OrderPayment.order_id == order_id)
        ).one()
        page = GatewaySession(
            f"demo_{payment.id}",
            None,
            SessionStatus.COMPLETE,
            True,
            payment.amount_toman,
            True,
            f"demo_pi_{payment.id}",
            payment.reference,
            payment.expires_at,
        )
        record_session(payment.id, page, at + timedelta(minutes=2))
    return store_orders_of(order_id)[0].id


def _verbs(person_id: int, place: int) -> dict[str, Verb]:
    """What each word of a story does."""
    me = Actor(person_id, "shopper", "demo")
    code = f"2140{place:06d}8816"

    def offers(part: StoreOrder) -> list[int]:
        query = select(OrderLine.offer_id).where(OrderLine.store_order_id == part.id).order_by(OrderLine.id)
        return list(db.session.scalars(query))

    def one(part: StoreOrder) -> dict[int, int]:
        return {offers(part)[0]: 1}

    def ask(part: StoreOrder, at: datetime) -> None:
        wish = ReturnWish(one(part), ReturnReason.not_as_described, "رنگ کالا با عکس صفحه یکی نیست.")
        numbers[part.id] = ask_return(part.id, person_id, wish, (), me, at).number

    def send(part: StoreOrder, at: datetime) -> None:
        send_return(numbers[part.id], person_id, Shipment("pishtaz", f"{code}9"), me, at)

    def decide(part: StoreOrder, taken: dict[int, int], note: str, at: datetime) -> None:
        decide_return(numbers[part.id], part.store_id, ReturnDecision(taken, note), STORE, at)

    numbers: dict[int, str] = {}
    return {
        "accept": lambda part, at: accept_store_order(part.id, part.store_id, STORE, at),
        "pack": lambda part, at: pack_store_order(part.id, part.store_id, True, me, at),
        "ship": lambda part, at: ship_store_order(
            part.id, part.store_id, Shipment("pishtaz", code), STORE, at
        ),
        "ship_one": lambda part, at: ship_store_order(
            part.id, part.store_id, Shipment("pishtaz", code, one(part)), STORE, at
        ),
        "receive": lambda part, at: confirm_receipt(part.id, person_id, at),
        "cancel": lambda part, at: cancel_store_order(
            part.id, person_id, Cancellation("too_slow", ""), me, at
        ),
        "missing": lambda part, at: report_unavailable(part.id, part.store_id, None, "", STORE, at),
        "missing_one": lambda part, at: report_unavailable(part.id, part.store_id, one(part), "", STORE, at),
        "ask": ask,
        "send": send,
        "take": lambda part, at: decide(part, one(part), "", at),
        "refuse": lambda part, at: decide(part, {}, "کالا پوشیده شده و برچسب آن کنده است.", at),
    }
