"""Suspicions of the demo in every state, about orders, claims and reviews that are there, by the verbs themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from marketplace.accounts.models import Person, Role, RoleGrant
from marketplace.complaints.models import Complaint
from marketplace.core.audit import Actor
from marketplace.core.db import AnyRow, db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.guarantee.claim_models import Claim
from marketplace.orders.models import Order, StoreOrder
from marketplace.policy.policy import Policy
from marketplace.reviews.models import Review
from marketplace.stores.models import MemberRole, StoreMember
from marketplace.suspicions.deciding import decide_suspicion
from marketplace.suspicions.filing import file_finding, watch_suspicions
from marketplace.suspicions.findings import Evidence, Finding, Measure
from marketplace.suspicions.hearing import answer_as_person, ask_subject, hold_payouts
from marketplace.suspicions.inputs import Decision, Words
from marketplace.suspicions.models import Signal, SubjectKind, Suspicion, SuspicionState, Verdict

SHOPPERS = ("09120000001", "09120000002")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
POLICY = Policy()
ASKED_STORE = (
    "سه سفارش از فروشگاه شما به موبایل یکی از اعضا داده شده است. این خریدها برای که و برای چه بوده است؟"
)
HELD = "تا روشن شدن این سه سفارش، پرداخت آن‌ها موقت نگه داشته می‌شود. بقیه تسویه‌ها به وقت خود انجام می‌شود."
ASKED_CLAIMS = "یک عکس در پرونده دو سفارش جدا آمده است. لطفاً بنویسید هر عکس از کدام کالاست و اگر عکس دیگری دارید بفرستید."
ASKED_HOME = "از نشانی شما با چند حساب خرید شده است. آیا این نشانی خوابگاه، محل کار یا خانه‌ای مشترک است؟"
ANSWERED_HOME = (
    "این نشانی دفتر کار ماست و همکارها بسته‌هایشان را به همین‌جا سفارش می‌دهند. هر کس حساب خودش را دارد."
)
ACCEPTED_HOME = "نشانی یک دفتر کار است و هر حساب خریدهای معمول خودش را دارد. چیزی خلاف قاعده ندیدیم."
ASKED_BACK = "بیشتر خریدهای شما در این دوره پس داده یا لغو شده است. چه چیزی درست نبوده است؟"
ANSWERED_BACK = "چند رنگ سفارش دادم تا کنار هم ببینم و آنچه را نمی‌خواستم پس فرستادم."
WARNED = "بازگشت کالا حق شماست؛ خریدی که از آغاز برای پس دادن باشد نه. این بار تنها یادآوری می‌کنیم."


def load_suspicions(at: datetime) -> None:
    """Files the cases and takes each as far as its desk should find it; the sweep adds what it finds by itself.

    In the order of time: each case is found after all that it speaks of.
    """
    people = {p.mobile: p.id for p in db.session.scalars(select(Person).where(Person.mobile.in_(SHOPPERS)))}
    store_id = db.session.scalar(select(StoreMember.store_id).where(StoreMember.role == MemberRole.staff))
    office = _office()
    if len(people) < len(SHOPPERS) or store_id is None or office is None:
        return
    first, second = (people[mobile] for mobile in SHOPPERS)
    _household((first, second), office, at)
    _own_dealing(store_id, office, at)
    _given_back(first, office, at)
    watch_suspicions(at - 2 * DAY - HOUR)
    _same_file(second, office, at)
    _ring((first, second), at)
    _on_steps((first, second), at)


def _own_dealing(store_id: int, office: Actor, at: datetime) -> None:
    """Heard soon: the store was asked, and its payouts of these orders wait."""
    found_at = at - 3 * DAY
    orders = _orders(StoreOrder.store_id == store_id, until=found_at, most=3)
    ties = (["mobile"], ["mobile", "address"], ["mobile"])
    facts = [
        _bought(row, {"ties": tie}, {"person_id": row.person_id})
        for row, tie in zip(orders, ties, strict=False)
    ]
    measures = (
        Measure("orders", len(facts), POLICY.suspect_self_orders, "suspect_self_orders"),
        Measure("toman", sum(row.goods_toman for row in orders), 0, ""),
        Measure("buyers", len({row.person_id for row in orders}), 0, ""),
    )
    number = _file(Signal.self_dealing, SubjectKind.store, store_id, measures, facts, found_at)
    if number is not None:
        _do(number, lambda seen: ask_subject(number, Words(ASKED_STORE, seen), office, at - 2 * DAY))
        _do(number, lambda seen: hold_payouts(number, Words(HELD, seen), office, at - 2 * DAY))


def _same_file(person_id: int, office: Actor, at: datetime) -> None:
    """A shopper who may answer now."""
    found_at = at - 2 * DAY
    claims = db.session.execute(
        select(Claim.number, Claim.filed_at)
        .join(Complaint, Complaint.id == Claim.complaint_id)
        .where(Claim.person_id == person_id, Claim.filed_at <= found_at)
        .order_by(Claim.id)
        .limit(2)
    ).all()
    digest = "7c1f0a93be24"
    facts = [
        Evidence(
            f"file:claim:{row.number}:{digest}",
            row.filed_at,
            {"case": f"claim:{row.number}", "file": digest},
        )
        for row in claims
    ]
    measures = (Measure("same_file", len(facts), POLICY.suspect_same_file_cases, "suspect_same_file_cases"),)
    number = _file(Signal.claim_abuse, SubjectKind.person, person_id, measures, facts, found_at)
    if number is not None:
        _do(number, lambda seen: ask_subject(number, Words(ASKED_CLAIMS, seen), office, at - DAY))


def _household(but: Sequence[int], office: Actor, at: datetime) -> None:
    """Colleagues at one address, each by the newest order: found, heard, and decided as unfounded."""
    found_at = at - 5 * DAY
    orders = _orders(Order.person_id.not_in(but), until=found_at, most=400)
    orders = _one_each(orders, POLICY.suspect_linked_accounts)
    for place, row in enumerate(orders):
        measures = (
            Measure("accounts", len(orders), POLICY.suspect_linked_accounts, "suspect_linked_accounts"),
            Measure("orders", 1, 0, ""),
        )
        fact = _bought(row, {"shared": "address"}, {"mark": "5be07d1c"})
        number = _file(Signal.linked_accounts, SubjectKind.person, row.person_id, measures, [fact], found_at)
        if number is None or place > 1:
            continue
        _ask_and_answer(number, row.person_id, (ASKED_HOME, ANSWERED_HOME), office, at - 4 * DAY)
        if place == 0:
            _decide(number, Verdict.unfounded, ACCEPTED_HOME, office, at - DAY)


def _ask_and_answer(
    number: str, person_id: int, words: tuple[str, str], office: Actor, asked_at: datetime
) -> None:
    """Question and answer, a day later."""
    question, answer = words
    person = Actor(person_id, "shopper", "demo")
    _do(number, lambda seen: ask_subject(number, Words(question, seen), office, asked_at))
    _do(number, lambda seen: answer_as_person(number, person_id, answer, (), person, asked_at + DAY))


def _decide(number: str, verdict: Verdict, reason: str, office: Actor, at: datetime) -> None:
    _do(number, lambda seen: decide_suspicion(number, Decision(verdict, reason, seen), office, at))


def _given_back(person_id: int, office: Actor, at: datetime) -> None:
    """Asked, heard and warned."""
    found_at = at - 3 * DAY
    orders = _orders(Order.person_id == person_id, until=found_at, most=8)
    facts = [_bought(row, {"is_undone": True}) for row in orders[: POLICY.suspect_refunds]]
    if len(facts) < POLICY.suspect_refunds:
        return
    measures = (
        Measure("refunds", len(facts), POLICY.suspect_refunds, "suspect_refunds"),
        Measure(
            "percent",
            len(facts) * 100 // len(orders),
            POLICY.suspect_refund_percent,
            "suspect_refund_percent",
        ),
        Measure("orders", len(orders), 0, ""),
    )
    number = _file(Signal.refund_loop, SubjectKind.person, person_id, measures, facts, found_at)
    if number is not None:
        _ask_and_answer(number, person_id, (ASKED_BACK, ANSWERED_BACK), office, found_at + HOUR)
        _decide(number, Verdict.warning, WARNED, office, at - DAY)


def _ring(but: Sequence[int], at: datetime) -> None:
    """Three who praised the same stores: found, and nobody has looked yet."""
    found_at = at - DAY
    reviews = db.session.execute(
        select(Review.id, Review.person_id, Review.store_id, Review.stars, Review.written_at)
        .where(Review.person_id.not_in(but), Review.written_at <= found_at)
        .order_by(Review.person_id, Review.id)
    ).all()
    people = list(dict.fromkeys(row.person_id for row in reviews))[: POLICY.suspect_ring_persons]
    for person_id in people:
        mine = [row for row in reviews if row.person_id == person_id][:3]
        measures = (
            Measure("accounts", len(people), POLICY.suspect_ring_persons, "suspect_ring_persons"),
            Measure("stores", len(mine), POLICY.suspect_ring_stores, "suspect_ring_stores"),
        )
        inside = {"others": [one for one in people if one != person_id]}
        facts = [
            Evidence(f"review:{r.id}", r.written_at, {"store_id": r.store_id, "stars": r.stars}, inside)
            for r in mine
        ]
        if len(facts) >= POLICY.suspect_ring_stores:
            _file(Signal.review_ring, SubjectKind.person, person_id, measures, facts, found_at)


def _on_steps(but: Sequence[int], at: datetime) -> None:
    """A shopper whose orders stand on the steps of the lottery: found, and nobody has looked yet."""
    step, found_at = POLICY.entries_step_toman, at - DAY
    orders = _orders(Order.person_id.not_in(but), until=found_at, most=2_000)
    on_step = [
        row for row in orders if row.goods_toman % step * 100 <= step * POLICY.suspect_step_margin_percent
    ]
    counts = Counter(row.person_id for row in on_step)
    if not counts:
        return
    person_id = counts.most_common(1)[0][0]
    mine = [row for row in on_step if row.person_id == person_id]
    orders_count = len(mine) + 5
    measures = (
        Measure("on_step", len(mine), POLICY.suspect_step_orders, "suspect_step_orders"),
        Measure("undone", 0, POLICY.suspect_undone_orders, "suspect_undone_orders"),
        Measure(
            "farmed",
            len(mine) * 100 // orders_count,
            POLICY.suspect_farming_percent,
            "suspect_farming_percent",
        ),
        Measure("orders", orders_count, 0, ""),
    )
    if len(mine) >= POLICY.suspect_step_orders:
        facts = [_bought(row, {"over_toman": row.goods_toman % step, "is_undone": False}) for row in mine]
        _file(Signal.entry_farming, SubjectKind.person, person_id, measures, facts, found_at)


def _file(
    signal: Signal,
    kind: SubjectKind,
    subject_id: int,
    measures: tuple[Measure, ...],
    facts: Sequence[Evidence],
    at: datetime,
) -> str | None:
    """The number of the subject's new case, which the sweep may have found before; None without evidence."""
    with unit_of_work():
        if not file_finding(Finding(signal, kind, subject_id, measures, tuple(facts)), at):
            return None
    of = Suspicion.person_id if kind is SubjectKind.person else Suspicion.store_id
    mine = (Suspicion.signal == signal, of == subject_id, Suspicion.state == SuspicionState.found)
    return db.session.scalars(select(Suspicion.number).where(*mine)).one_or_none()


def _do(number: str, verb: Callable[[int], Any]) -> None:
    seen = _seen(number)
    with unit_of_work():
        verb(seen)


def _seen(number: str) -> int:
    found = db.session.scalars(select(Suspicion.version).where(Suspicion.number == number)).one()
    db.session.rollback()
    return found


def _orders(which: Any, *, until: datetime, most: int) -> Sequence[AnyRow]:
    """The newest that were paid by then."""
    return db.session.execute(
        select(StoreOrder.id, Order.number, Order.person_id, StoreOrder.goods_toman, StoreOrder.paid_at)
        .join(Order, Order.id == StoreOrder.order_id)
        .where(which, StoreOrder.paid_at <= until)
        .order_by(StoreOrder.paid_at.desc(), StoreOrder.id)
        .limit(most)
    ).all()


def _one_each(orders: Sequence[AnyRow], people: int) -> list[AnyRow]:
    """The newest order each of so many people."""
    newest: dict[int, AnyRow] = {}
    for row in orders:
        newest.setdefault(row.person_id, row)
    return list(newest.values())[:people]


def _bought(row: AnyRow, what: dict[str, Any], inside: dict[str, Any] | None = None) -> Evidence:
    figures = {"number": row.number, "toman": row.goods_toman, **what}
    return Evidence(f"store-order:{row.id}", row.paid_at, figures, inside or {})


def _office() -> Actor | None:
    row = db.session.execute(
        select(Person.id, Person.given_name, Person.surname)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(RoleGrant.role == Role.office)
        .order_by(Person.id)
        .limit(1)
    ).first()
    return Actor(row.id, "office", f"{row.given_name} {row.surname}") if row else None
