"""Claims on the fund through the verbs themselves: from the purchase to the decision."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from marketplace.accounts.models import Person, Role
from marketplace.complaints.clocks import escalate_overdue
from marketplace.complaints.inputs import ComplaintWish
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Offer
from marketplace.guarantee.answering import let_answer_pass
from marketplace.guarantee.claim_inputs import Choice, ClaimWish
from marketplace.guarantee.claim_models import Claim, ClaimState
from marketplace.guarantee.claim_queries import seats_of
from marketplace.guarantee.deciding import choose
from marketplace.guarantee.decision_models import ClaimDecision, Ground
from marketplace.guarantee.filing import file_claim
from marketplace.ledger.chart import BANK, GUARANTEE_FUND
from marketplace.ledger.transfers import post_transfer
from marketplace.orders.models import OrderPayment, StoreOrder
from marketplace.payments.disputes import record_dispute
from marketplace.payments.gateways.port import GatewayDispute
from marketplace.payments.models import Payment
from marketplace.stores.standing import Category
from tests.factories.buying import paid, parts_of
from tests.factories.complaints import a_complaint
from tests.factories.people import an_official
from tests.factories.rows import AT, number

WISH = ClaimWish("کالا هرگز نرسید و فروشگاه پاسخی نداد.")
NOT_DELIVERED = ComplaintWish(Category.not_delivered, "کالا نرسیده و پاسخی نگرفته‌ام.")
WEEK = timedelta(hours=168, seconds=1)
THREE_DAYS = timedelta(hours=72, seconds=1)


def adjudicators(count: int = 4, at: datetime = AT) -> list[Person]:
    """People who may decide claims."""
    return [an_official(Role.adjudicator, at=at) for _ in range(count)]


def fill_fund(amount_toman: int, at: datetime = AT) -> None:
    """A gift to the fund, by the ledger alone."""
    with unit_of_work():
        post_transfer(
            key=f"gift:{number()}",
            debit=BANK,
            credit=GUARANTEE_FUND,
            amount_toman=amount_toman,
            code="fund_gift",
            subject="gift:test",
            at=at,
        )


def unanswered_complaint(
    gateway: Any,
    person: Person,
    *lines: tuple[Offer, int],
    at: datetime = AT,
    wish: ComplaintWish = NOT_DELIVERED,
) -> tuple[str, datetime]:
    """A purchase, a complaint about it, and the moment just after its seven days; gives its number and that moment."""
    part = parts_of(paid(gateway, person, *lines, at=at))[0]
    case, later = a_complaint(part, person, at, wish), at + WEEK
    escalate_overdue(later)
    return case, later


def filed(case: str, person: Person, at: datetime, wish: ClaimWish = WISH) -> str:
    """A claim about a complaint; gives its number."""
    with unit_of_work():
        return file_claim(case, person.id, wish, at).number


def claim(number: str) -> Claim:
    """A claim as the database has it now."""
    db.session.rollback()
    return db.session.scalars(
        select(Claim).where(Claim.number == number).execution_options(populate_existing=True)
    ).one()


def complete(number: str, at: datetime) -> datetime:
    """The store lets its 72 hours pass; gives the moment after it."""
    later = at + THREE_DAYS
    with unit_of_work():
        let_answer_pass(claim_id(number), later)
    return later


def claim_id(number: str) -> int:
    return db.session.scalars(select(Claim.id).where(Claim.number == number)).one()


def a_choice(number: str, *, loss: int | None = None, share: int = 100, approve: bool = True) -> Choice:
    """A choice from the page as it is now."""
    of = claim(number)
    ground = Ground.not_delivered if approve else Ground.delivered
    amount = (of.loss_toman if loss is None else loss) if approve else 0
    words = "مدرکی از رسیدن کالا نیست." if approve else "رسید امضاشده نشان می‌دهد که کالا رسیده است."
    return Choice(approve, amount, share if approve else 0, ground, words, "", of.version)


def sitting(number: str) -> list[Actor]:
    """Who sits at a claim and has not chosen."""
    seats = [seat for seat in seats_of(claim_id(number)) if seat.chosen_at is None]
    return [actor(db.session.get_one(Person, seat.adjudicator_id)) for seat in seats]


def actor(person: Person) -> Actor:
    return Actor(person.id, "adjudicator", person.display_name)


def decided(number: str, at: datetime, **choice: Any) -> ClaimDecision:
    """All who sit choose the same."""
    decision = None
    while decision is None:
        who = sitting(number)[0]
        wanted = a_choice(number, **choice)
        with unit_of_work():
            decision = choose(number, wanted, who, at)
    return decision


def approved(
    gateway: Any, person: Person, *lines: tuple[Offer, int], at: datetime = AT, **choice: Any
) -> tuple[str, datetime]:
    """A claim from the purchase to a decision for the shopper; gives its number and the moment of the decision."""
    case, later = unanswered_complaint(gateway, person, *lines, at=at)
    name = filed(case, person, later)
    moment = complete(name, later)
    decided(name, moment, **choice)
    return name, moment


def is_in(number: str, state: ClaimState) -> bool:
    return claim(number).state is state


def charged_back(name: str, amount_toman: int, at: datetime) -> None:
    """The payer's bank takes money of a claim's purchase back, and its gateway says so."""
    part = db.session.get_one(StoreOrder, claim(name).store_order_id)
    payment = db.session.scalars(
        select(Payment)
        .join(OrderPayment, OrderPayment.payment_id == Payment.id)
        .where(OrderPayment.order_id == part.order_id, OrderPayment.is_kept)
    ).one()
    told = GatewayDispute(f"dp_{number()}", "lost", amount_toman, True, payment.intent_id, "fraudulent")
    payment_id = payment.id
    db.session.rollback()
    with unit_of_work():
        record_dispute(payment_id, told, at)
