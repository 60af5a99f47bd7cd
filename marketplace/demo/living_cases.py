"""Cases of the demo that one can open and act in: clocks that run, an offer that waits, one that goes to the expert."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from marketplace.accounts.models import Person, RoleGrant
from marketplace.complaints.models import (
    Complaint,
    ComplaintMessage,
    ComplaintState,
    Evaluation,
    OfferOfStoreState,
    Remedy,
    Said,
    Side,
    StoreOffer,
)
from marketplace.complaints.rules import next_reminder
from marketplace.core.db import db
from marketplace.demo.bulk import Bulk
from marketplace.policy.policy import Policy
from marketplace.stores.record_models import RecordCase, RecordRow
from marketplace.stores.standing import Category, Fact

HOURS = 168
SAID = {
    Category.not_delivered: "ده روز از سفارش گذشته و بسته نرسیده است. کد رهگیری هم کار نمی‌کند. پولم را می‌خواهم یا کالا را بفرستید.",
    Category.defective: "زیپ کیف در همان روز نخست کنده شد. عکس گرفته‌ام. می‌خواهم عوض شود.",
    Category.not_as_described: "رنگی که رسید با عکس یکی نیست؛ نوشته بودید قهوه‌ای، سیاه فرستادید.",
    Category.kit_missing: "در بسته دستکش و پد الکلی نبود.",
}
ANSWERED = "سلام. بسته در انبار شهر مانده بود؛ امروز دوباره فرستادیم و هزینه ارسال را برمی‌گردانیم."
DISPUTED = "رسیدی که فرستادید به نام من نیست."
REFUSED = "طبق رسید پست، بسته در تاریخ یادشده به خود شما تحویل شده است. تصویر رسید پیوست است."


def load_living_cases(store_id: int, provinces: dict[int, int], at: datetime) -> None:
    """Cases that one can open and act in: of the two demo shoppers, against the demo owner's store."""
    officials = select(RoleGrant.person_id)
    shoppers = db.session.scalars(
        select(Person.id)
        .where(Person.password_hash.is_not(None), Person.id.not_in(officials))
        .order_by(Person.id)
        .limit(2)
    ).all()
    if len(shoppers) < 2:
        return
    bulk = Bulk(RecordRow, RecordCase, Complaint, ComplaintMessage, StoreOffer)
    for person, hours, category, end in (
        (shoppers[0], 150, Category.not_delivered, "open"),
        (shoppers[1], 30, Category.kit_missing, "open"),
        (shoppers[0], 100, Category.defective, "offered"),
        (shoppers[1], 260, Category.not_as_described, "disputed"),
    ):
        name = f"C{930_000_000 + hours * 3_571 + person}"
        one = _Living(name, store_id, provinces[store_id], person, category, at - timedelta(hours=hours), end)
        _add_record(bulk, one)
        _add_case(bulk, one, at)
    bulk.finish()


@dataclass(frozen=True, slots=True)
class _Living:
    """A case that is still open: `end` is open, offered or disputed."""

    name: str
    store_id: int
    province_id: int
    person_id: int
    category: Category
    filed: datetime
    end: str

    @property
    def due(self) -> datetime:
        return self.filed + timedelta(hours=HOURS)

    @property
    def answered(self) -> datetime | None:
        return None if self.end == "open" else self.filed + timedelta(hours=40)

    @property
    def judged(self) -> datetime | None:
        return self.filed + timedelta(hours=49) if self.end == "disputed" else None

    @property
    def admitted(self) -> datetime:
        return self.filed + timedelta(hours=6)


def _add_record(bulk: Bulk, one: _Living) -> None:
    shared: dict[str, Any] = {"store_id": one.store_id, "complaint": one.name, "is_outside": True}
    filing: dict[str, Any] = {
        "category": one.category,
        "answer_hours": HOURS,
        "province_id": one.province_id,
    }
    facts = (
        (Fact.filed, one.filed),
        (Fact.admitted, one.admitted),
        (Fact.answered, one.answered),
        (Fact.not_solved, one.judged),
    )
    for fact, moment in facts:
        if moment is not None:
            extra = filing if fact is Fact.filed else {}
            bulk.add(RecordRow, key=f"{one.name}:{fact.value}", fact=fact, at=moment, **shared, **extra)
    bulk.add(
        RecordCase,
        **shared,
        **filing,
        filed_at=one.filed,
        due_at=one.due,
        ruling=Fact.admitted,
        ruled_at=one.admitted,
        answered_at=one.answered,
        clock_minutes=40 * 60 if one.answered else None,
        evaluation=Fact.not_solved if one.judged else None,
        evaluated_at=one.judged,
    )


STATES = {
    "open": ComplaintState.filed,
    "offered": ComplaintState.answered,
    "disputed": ComplaintState.evaluated,
}


def _add_case(bulk: Bulk, one: _Living, at: datetime) -> None:
    complaint_id = bulk.add(
        Complaint,
        number=one.name,
        store_id=one.store_id,
        person_id=one.person_id,
        is_outside=True,
        category=one.category,
        state=STATES[one.end],
        filed_at=one.filed,
        answer_due_at=one.due,
        remind_at=next_reminder(one.due, at, Policy()) if one.end == "open" else None,
        answered_at=one.answered,
        evaluation=Evaluation.not_solved if one.judged else None,
        evaluated_at=one.judged,
        ruling=Fact.admitted,
        ruled_at=one.admitted,
    )
    answer = (Said.refusal, REFUSED) if one.judged else (Said.offer, ANSWERED)
    words = (
        (Side.shopper, Said.complaint, one.person_id, SAID[one.category], one.filed),
        (Side.store, answer[0], None, answer[1], one.answered),
        (Side.shopper, Said.evaluation, one.person_id, DISPUTED, one.judged),
    )
    for side, said, author, text, moment in words:
        if moment is not None:
            bulk.add(
                ComplaintMessage,
                complaint_id=complaint_id,
                side=side,
                said=said,
                author_id=author,
                text=text,
                at=moment,
            )
    if one.end == "offered":
        bulk.add(
            StoreOffer,
            complaint_id=complaint_id,
            remedy=Remedy.replacement,
            state=OfferOfStoreState.open,
            made_at=one.answered,
        )
