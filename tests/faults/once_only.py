"""What may happen once: money, claims, votes, holds. Each race names the naive way that its guard is there for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import func, select, update

from marketplace.complaints.clocks import escalate_overdue
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Offer
from marketplace.guarantee.claim_inputs import Choice
from marketplace.guarantee.claim_models import Claim
from marketplace.guarantee.deciding import choose
from marketplace.guarantee.decision_models import ClaimDecision, Ground
from marketplace.guarantee.filing import file_claim
from marketplace.guarantee.paying import pay_reservation
from marketplace.guarantee.recourse_models import ClaimPayment, ClaimReservation
from marketplace.ledger.chart import GATEWAY_CLEARING, GUARANTEE_FUND, SHOPPER_REFUNDABLE, store_held
from marketplace.ledger.models import LedgerAccount, Transfer
from marketplace.ledger.transfers import hold_transfer, post_hold, post_transfer, void_hold
from marketplace.orders.after_inputs import Cancellation
from marketplace.orders.cancellation import cancel_store_order
from marketplace.orders.cart import CartOwner, put_line
from marketplace.orders.models import Order
from marketplace.orders.payout_run import propose_payouts
from marketplace.payments.models import Refund
from marketplace.payments.payout_models import BatchState, PayoutBatch
from marketplace.payments.payouts import drop_batch
from tests.factories import AT, World, a_person, world
from tests.factories.buying import later, paid, parts_of, payment_of
from tests.factories.claiming import WEEK, WISH, adjudicators, claim, complete, decided, fill_fund, sitting
from tests.factories.complaints import a_complaint
from tests.factories.goods import an_offer
from tests.factories.settling import settled, with_accounts
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.faults.buying import buy
from tests.faults.rounds import AT_ONCE, Race

LATER = AT + timedelta(days=30)
OFFICE = Actor(None, "office", "office")


def how_many(model: Any, *where: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def bazaar() -> tuple[World, MemoryGateway]:
    """The small festival with goods enough for every round, and a gateway in memory."""
    gateway = MemoryGateway()
    use_gateway(current_app._get_current_object(), gateway)  # type: ignore[attr-defined]
    small = world()
    with unit_of_work():
        db.session.execute(update(Offer).values(stocked_count=10_000))
    return small, gateway


# --- stock and purchase


def _last_items(rounds: int) -> list[Any]:
    small, _ = bazaar()
    offers = [an_offer(small.stores[0], small.festival, stock=1).id for _ in range(rounds)]
    return [(offer, _with_carts(offer)) for offer in offers]


def _with_carts(offer_id: int) -> list[int]:
    with unit_of_work():
        people = [a_person().id for _ in range(AT_ONCE)]
        for person in people:
            put_line(CartOwner(person_id=person), offer_id, 1, AT)
    return people


def _buy(subject: Any, index: int) -> Any:
    offer, people = subject
    answer = buy(people[index], f"race-{offer}-{index}")
    return answer.isdigit() or answer


def _held_of(subject: Any) -> int:
    return db.session.scalar(select(Offer.held_count).where(Offer.id == subject[0])) or 0


def _one_cart(rounds: int) -> list[Any]:
    small, _ = bazaar()
    with unit_of_work():
        people = [a_person().id for _ in range(rounds)]
        for person in people:
            put_line(CartOwner(person_id=person), small.bowl.id, 1, AT)
    return people


def _same_key(person: int, index: int) -> None:
    assert buy(person, f"the-one-key-of-{person}").isdigit()


def _refunds(rounds: int) -> list[Any]:
    small, gateway = bazaar()
    with later(AT):
        made = [paid(gateway, a_person(), (small.soap, 1)) for _ in range(rounds)]
        return [(parts_of(each)[0].id, each.person_id, payment_of(each).id) for each in made]


def _refund(subject: Any, index: int) -> None:
    part, person, _ = subject
    with unit_of_work():
        cancel_store_order(part, person, Cancellation("changed_mind", ""), Actor(person, "shopper", "x"), AT)


# --- the book


def _balances(rounds: int) -> list[Any]:
    with unit_of_work():
        for place in range(rounds):
            _move(f"in:{place}", GATEWAY_CLEARING, store_held(1000 + place))
    return list(range(rounds))


def _move(key: str, debit: Any, credit: Any, verb: Any = post_transfer) -> int:
    moved: int = verb(
        key=key, debit=debit, credit=credit, amount_toman=100, code="race", subject="race:1", at=AT
    )
    return moved


def _withdraw(place: int, index: int) -> bool:
    with unit_of_work():
        _move(f"out:{place}:{index}", store_held(1000 + place), SHOPPER_REFUNDABLE)
    return True


def _holds(rounds: int) -> list[Any]:
    with unit_of_work():
        return [
            _move(f"hold:{place}", GATEWAY_CLEARING, store_held(1000 + place), hold_transfer)
            for place in range(rounds)
        ]


def _end_hold(hold: int, index: int) -> bool:
    with unit_of_work():
        if index % 2:
            void_hold(hold, key=f"end:{hold}:{index}", at=AT)
        else:
            post_hold(hold, key=f"end:{hold}:{index}", at=AT, amount_toman=1 + index)
    return True


def _new_account(place: int, index: int) -> None:
    with unit_of_work():
        _move(f"first:{place}", GATEWAY_CLEARING, store_held(5000 + place))


def _fund(rounds: int) -> list[Any]:
    return list(range(rounds))


def _fill(place: int) -> None:
    fill_fund(100_000 if place == 0 else 60_000)


def _reserve(place: int, index: int) -> bool:
    """Two of these sums fit singly and not together."""
    with unit_of_work():
        hold_transfer(
            key=f"skew:{place}:{index}",
            debit=GUARANTEE_FUND,
            credit=SHOPPER_REFUNDABLE,
            amount_toman=60_000,
            code="claim",
            subject=f"claim:{index}",
            at=AT,
        )
    return True


# --- payouts


def _due(rounds: int) -> list[Any]:
    small, gateway = bazaar()
    with later(AT):
        settled(gateway, small.shopper, (small.tea, 1), (small.bowl, 2))
        with_accounts(small.stores[1], small.stores[2])
    return list(range(rounds))


def _drop_last(place: int) -> None:
    waiting = select(PayoutBatch.id).where(PayoutBatch.state == BatchState.proposed)
    batch = db.session.scalar(waiting)
    db.session.rollback()
    if batch is not None:
        with unit_of_work():
            drop_batch(batch, "the round is over", OFFICE, AT)


def _propose(place: int, index: int) -> bool:
    return bool(propose_payouts(AT))


def _waiting_batches(place: int) -> int:
    return how_many(PayoutBatch, PayoutBatch.state == BatchState.proposed)


# --- claims


def _cases(rounds: int) -> list[tuple[str, int, Any]]:
    """Complaints that nobody answered, with the moment after their seven days."""
    small, gateway = bazaar()
    adjudicators(3)
    fill_fund(100_000_000)
    with later(AT):
        people = [a_person() for _ in range(rounds)]
        parts = [parts_of(paid(gateway, person, (small.bowl, 1)))[0] for person in people]
        cases = [a_complaint(part, person, AT) for part, person in zip(parts, people, strict=True)]
    escalate_overdue(AT + WEEK)
    return [(case, person.id, AT + WEEK) for case, person in zip(cases, people, strict=True)]


def _file(subject: Any, index: int) -> bool:
    case, person, at = subject
    with unit_of_work():
        file_claim(case, person, WISH, at)
    return True


def _claims_of(subject: Any) -> int:
    return how_many(Claim, Claim.person_id == subject[1])


def _complete_claims(rounds: int) -> list[str]:
    names = []
    for case, person, at in _cases(rounds):
        with unit_of_work():
            names.append(file_claim(case, person, WISH, at).number)
        complete(names[-1], at)
    return names


def _choices(rounds: int) -> list[Any]:
    return [(name, sitting(name)[0], claim(name).version) for name in _complete_claims(rounds)]


def _choose(subject: Any, index: int) -> bool:
    name, who, version = subject
    wish = Choice(True, 250_000, 100, Ground.not_delivered, "مدرکی از تحویل نیست.", "", version)
    with unit_of_work():
        choose(name, wish, who, LATER)
    return True


def _decisions_of(subject: Any) -> int:
    return how_many(ClaimDecision, ClaimDecision.claim_id == claim(subject[0]).id)


def _reservations(rounds: int) -> list[Any]:
    for name in _complete_claims(rounds):
        decided(name, LATER)
    return list(db.session.scalars(select(ClaimReservation.id).order_by(ClaimReservation.id)))


def _pay(reservation: int, index: int) -> None:
    with unit_of_work():
        pay_reservation(reservation, LATER)


UNEXPLAINED = (
    "clearing_equals_captures",
    "refundable_equals_open_refunds",
    "store_held_is_explained",
    "reserved_claims_are_held",
)
MONEY: dict[str, tuple[Race, str]] = {
    "the last item": (Race(_last_items, _buy, _held_of), "count, then take"),
    "a purchase under one key": (
        Race(_one_cart, _same_key, lambda person: how_many(Order, Order.person_id == person)),
        "look, then write",
    ),
    "a refund of the whole": (
        Race(_refunds, _refund, lambda of: how_many(Refund, Refund.payment_id == of[2])),
        "count, then take",
    ),
    "a withdrawal of the whole balance": (
        Race(
            _balances,
            _withdraw,
            lambda place: how_many(Transfer, Transfer.key.like(f"out:{place}:%")),
            unasked=UNEXPLAINED,
        ),
        "count, then take",
    ),
    "the end of a hold": (
        Race(
            _holds, _end_hold, lambda hold: how_many(Transfer, Transfer.hold_id == hold), unasked=UNEXPLAINED
        ),
        "read the state, then step",
    ),
    "the opening of an account of the book": (
        Race(
            lambda rounds: list(range(rounds)),
            _new_account,
            lambda place: how_many(LedgerAccount, LedgerAccount.name == f"store_held:{5000 + place}"),
            unasked=UNEXPLAINED,
        ),
        "look, then write",
    ),
    "two sums of the fund that fit singly": (
        Race(
            _fund,
            _reserve,
            lambda place: how_many(Transfer, Transfer.key.like(f"skew:{place}:%")),
            _fill,
            UNEXPLAINED,
        ),
        "count, then take",
    ),
    "a payout batch": (Race(_due, _propose, _waiting_batches, _drop_last), "look, then write"),
    "a claim": (Race(_cases, _file, _claims_of), "look, then write"),
    "an adjudicator's vote": (Race(_choices, _choose, _decisions_of), "read the state, then step"),
    "the payment of a claim": (
        Race(
            _reservations,
            _pay,
            lambda reservation: how_many(ClaimPayment, ClaimPayment.reservation_id == reservation),
        ),
        "read the state, then step",
    ),
}
"""With the naive way that each is guarded against."""
