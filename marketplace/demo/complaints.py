"""Histories of complaints for the demo: believable records, one store on the edge, one seal in question, running clocks."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from marketplace.complaints.models import (
    RevocationCase,
    RevocationState,
)
from marketplace.core.db import db
from marketplace.demo.bulk import Bulk
from marketplace.demo.living_cases import HOURS, load_living_cases
from marketplace.demo.plan.source import stream
from marketplace.festival.admission import ADMITTED_STORES
from marketplace.festival.queries import present_edition
from marketplace.stores.case_models import SealHistory
from marketplace.stores.models import MemberRole, Seal, SealState, Store, StoreMember
from marketplace.stores.record_models import RecordCase, RecordRow
from marketplace.stores.standing import Category, Fact

WEIGHTS = {
    Category.not_delivered: 37,
    Category.not_as_described: 17,
    Category.defective: 15,
    Category.kit_missing: 8,
    Category.shipping_charged: 7,
    Category.false_discount: 6,
    Category.counterfeit: 3,
    Category.health: 2,
    Category.other: 5,
}


def load_complaints(at: datetime, seed: int = 1405) -> None:
    """Writes the histories into the demo that stands, in bulk. The number of admitted stores stays as it is."""
    edition = present_edition(at)
    if edition is None:
        return
    admitted = sorted(db.session.scalars(ADMITTED_STORES, {"festival": edition.id, "at": at}))
    staffed = db.session.scalar(
        select(StoreMember.store_id).where(StoreMember.role == MemberRole.staff).order_by(StoreMember.id)
    )
    provinces = {row.id: row.province_id for row in db.session.execute(select(Store.id, Store.province_id))}
    histories = _Histories(Bulk(RecordRow, RecordCase), provinces, at)
    for place, store_id in enumerate(admitted):
        rng = stream(seed, "complaints", store_id)
        if place == EDGE:
            histories.on_the_edge(store_id, rng)
        else:
            histories.usual(store_id, rng)
    suspended = db.session.execute(
        select(Seal.id, Seal.store_id, Seal.stars, Seal.valid_until)
        .where(Seal.state == SealState.suspended)
        .order_by(Seal.id)
        .limit(1)
    ).first()
    names = histories.too_many(suspended.store_id, stream(seed, "revocation")) if suspended else []
    histories.bulk.finish()
    if suspended:
        _open_case(suspended, names, at)
    load_living_cases(staffed or admitted[0], provinces, at)


EDGE = 7
"""Which of the admitted stores has five counted complaints."""


class _Histories:
    """Rows of the record alone: lives of complaints that ended long ago."""

    def __init__(self, bulk: Bulk, provinces: dict[int, int], at: datetime) -> None:
        self.bulk, self.provinces, self.at, self.count = bulk, provinces, at, 0

    def usual(self, store_id: int, rng: Random) -> None:
        """Mostly good: some stores have none, few a late or an unanswered one, never three within 90 days."""
        count = min(40, int(rng.paretovariate(1.1) * 3) - 2)
        slips = {rng.randrange(40, 170), rng.randrange(230, 340)} if rng.random() < 0.3 else set[int]()
        for day in sorted({*(rng.randrange(12, 700) for _ in range(count)), *slips}, reverse=True):
            kind = rng.choice(("late", "late", "unanswered")) if day in slips else "fine"
            self.add(store_id, day, kind, rng)

    def on_the_edge(self, store_id: int, rng: Random) -> None:
        for day in (334, 281, 207, 132, 61):
            self.add(store_id, day, rng.choice(("late", "unanswered")), rng)
        for day in range(20, 420, 17):
            self.add(store_id, day, "fine", rng)

    def too_many(self, store_id: int, rng: Random) -> list[str]:
        for day in range(40, 400, 31):
            self.add(store_id, day, "fine", rng)
        return [
            self.add(store_id, day, "unanswered", rng) for day in (350, 300, 250, 199, 150, 101, 60, 35, 12)
        ]

    def add(self, store_id: int, days_ago: int, kind: str, rng: Random) -> str:
        self.count += 1
        name = f"D{self.count:07d}"
        filed = self.at - timedelta(days=days_ago, minutes=rng.randrange(1_440))
        category = rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        facts = self._facts(filed, kind, rng)
        shared: dict[str, Any] = {
            "store_id": store_id,
            "complaint": name,
            "category": category,
            "purchase": f"demo:{name}",
            "is_outside": False,
            "answer_hours": HOURS,
            "province_id": self.provinces[store_id],
        }
        self.bulk.add(RecordRow, key=f"{name}:filed", fact=Fact.filed, at=filed, **shared)
        case: dict[str, Any] = {"filed_at": filed, "due_at": filed + timedelta(hours=HOURS)}
        for fact, moment in facts:
            self.bulk.add(
                RecordRow,
                key=f"{name}:{fact.value}",
                store_id=store_id,
                complaint=name,
                fact=fact,
                at=moment,
                is_outside=False,
            )
            if fact is Fact.answered:
                case |= {"answered_at": moment, "clock_minutes": int((moment - filed).total_seconds()) // 60}
            elif fact in (Fact.upheld, Fact.dismissed):
                case |= {"review": fact, "reviewed_at": moment}
            else:
                case |= {"evaluation": fact, "evaluated_at": moment}
        self.bulk.add(RecordCase, **shared, **case)
        return name

    def _facts(self, filed: datetime, kind: str, rng: Random) -> list[tuple[Fact, datetime]]:
        if kind == "unanswered":
            return []
        hours = rng.randrange(172, 260) if kind == "late" else min(166, int(rng.expovariate(1 / 30)) + 2)
        answered = filed + timedelta(hours=hours, minutes=rng.randrange(59))
        facts = [(Fact.answered, answered)]
        chance, judged = rng.random(), answered + timedelta(hours=rng.randrange(3, 200))
        if judged > self.at or chance > 0.93:
            return facts
        if chance < 0.82:
            return [*facts, (Fact.solved, judged)]
        facts.append((Fact.not_solved, judged))
        reviewed = judged + timedelta(days=3)
        return [*facts, (Fact.dismissed, reviewed)] if reviewed < self.at else facts


def _open_case(seal: Any, names: list[str], at: datetime) -> None:
    bulk = Bulk(RevocationCase, SealHistory)
    opened = at - timedelta(days=2)
    bulk.add(
        RevocationCase,
        store_id=seal.store_id,
        state=RevocationState.defended,
        complaints=names,
        opened_at=opened,
        defence_until=opened + timedelta(days=7),
        defence="سه شکایت مربوط به یک مرسوله گم‌شده پست است و پول هر سه خریدار برگشته است. رسیدها پیوست پرونده‌هاست.",
        defended_at=at - timedelta(hours=20),
    )
    bulk.add(
        SealHistory,
        seal_id=seal.id,
        at=opened,
        actor_role="system",
        actor_label="system",
        state_before=SealState.active,
        state_after=SealState.suspended,
        stars_before=seal.stars,
        stars_after=seal.stars,
        valid_until=seal.valid_until,
        reason_code="counted_complaints",
        reason_text="",
    )
    bulk.finish()
