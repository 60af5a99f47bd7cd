"""Health in the demo: guidelines acknowledged by most, visits made and planned, findings at every stage, a spot check
that was drawn and one that waits for its signatures, a letter."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.accounts.queries import people_with_role, person
from marketplace.core.audit import Actor
from marketplace.core.clock import tehran
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.demo.bulk import Bulk
from marketplace.festival.admission import ADMITTED_STORES
from marketplace.festival.queries import present_edition
from marketplace.inspections.checklist import Item, first_version
from marketplace.inspections.guidelines import guidelines_at
from marketplace.inspections.inputs import Line, Report
from marketplace.inspections.models import (
    Acknowledgement,
    CorrectiveAction,
    Finding,
    Mark,
    Severity,
    Visit,
    VisitAnswer,
    VisitKind,
    VisitState,
)
from marketplace.inspections.rules import due_at
from marketplace.inspections.visits import record_visit
from marketplace.lottery.sources import FIGURE_NAMES
from marketplace.orders.after_models import KitReport
from marketplace.orders.models import Order, StoreOrder
from marketplace.oversight.deadlines import check_deadlines
from marketplace.oversight.kit_cases import watch_kits
from marketplace.oversight.letters import write_letter
from marketplace.oversight.picking import type_figures
from marketplace.oversight.shipping import check_shipping
from marketplace.oversight.spot_checks import open_spot_check, sign_spot_check
from marketplace.policy.policy import policy_at
from marketplace.stores.models import Seal, SealState, StoreMember

SEED = 1409
DONE, PLANNED, PICKED, MISSING = 36, 24, 3, 4
NOTES = {
    "storage_dry": "گوشه سقف انبار نم داده است.",
    "storage_off_floor": "چند جعبه روی زمین چیده شده است.",
    "packing_surface": "برگه پاک‌سازی از دیروز امضا ندارد.",
    "packing_kit": "تنها هجده بسته بهداشتی برای سی سفارش آماده است.",
    "transport_box": "جعبه پیک بوی شوینده می‌دهد.",
    "receiver_advice": "توصیه به گیرنده چاپ نشده است.",
    "storage_dates": "دو بسته تاریخ‌گذشته کنار کالای فروش بود.",
}
MENDED = "همان روز اصلاح شد؛ عکس پیوست است."


def load_inspections(now: datetime) -> None:
    """Writes what the desks of health look at. After people and orders, once; nothing where there is no store."""
    edition = present_edition(now)
    if edition is None:
        return
    rng = Random(SEED)
    stores = list(db.session.scalars(ADMITTED_STORES, {"festival": edition.id, "at": now}))
    rng.shuffle(stores)
    _acknowledge(rng, now)
    _spot_checks(now)
    _visits(stores, rng, now)
    office = _actor(Role.office)
    if stores:
        with unit_of_work():
            write_letter({"addressee": "معاونت بهداشت وزارت بهداشت"}, office, now - timedelta(days=3))
    _missing_kits(now)
    for sweep in (check_shipping, check_deadlines):
        for _ in range(8):
            if not sweep(now):
                break
    watch_kits(now)


def _missing_kits(now: datetime) -> None:
    """Shoppers told of missing kits: enough of them at one store for a warning."""
    rows = db.session.execute(
        select(StoreOrder.id, StoreOrder.store_id, Order.person_id)
        .join(Order, Order.id == StoreOrder.order_id)
        .where(StoreOrder.delivered_at.is_not(None))
        .order_by(StoreOrder.store_id, StoreOrder.id)
        .limit(MISSING)
    ).all()
    bulk = Bulk(KitReport)
    for hours, row in enumerate(rows, 1):
        told = {"store_order_id": row.id, "store_id": row.store_id, "person_id": row.person_id}
        bulk.add(KitReport, at=now - timedelta(hours=hours), **told)
    bulk.finish()


def _acknowledge(rng: Random, now: datetime) -> None:
    bulk = Bulk(Acknowledgement)
    owners = db.session.execute(
        select(StoreMember.store_id, StoreMember.person_id)
        .join(Seal, Seal.store_id == StoreMember.store_id)
        .where(Seal.state == SealState.active, StoreMember.role == "owner")
        .order_by(StoreMember.id)
    ).all()
    documents = guidelines_at(now)
    seen: set[int] = set()
    for store_id, person_id in owners:
        if store_id in seen or rng.random() < 0.08:
            continue
        seen.add(store_id)
        read = documents if rng.random() < 0.85 else documents[: rng.randrange(1, 5)]
        for document in read:
            bulk.add(
                Acknowledgement,
                store_id=store_id,
                key=document.key,
                version=document.version,
                person_id=person_id,
                at=now - timedelta(days=rng.randrange(2, 40), minutes=rng.randrange(600)),
            )
    bulk.finish()


def _visits(stores: list[int], rng: Random, now: datetime) -> None:
    bulk = Bulk(Visit, VisitAnswer, Finding, CorrectiveAction)
    inspector = _actor(Role.health_inspector).id
    busy = set(db.session.scalars(select(Visit.store_id)))
    free = [store_id for store_id in stores if store_id not in busy]
    today = tehran(now).date()
    for place, store_id in enumerate(free[: min(DONE, len(free) // 2)]):
        made_at = now - timedelta(days=1 + place * 2 % 60, hours=rng.randrange(5))
        visit_id = bulk.add(
            Visit,
            store_id=store_id,
            kind=VisitKind.planned if place % 5 else VisitKind.complaint,
            state=VisitState.done,
            planned_on=tehran(made_at).date(),
            note="",
            planned_at=made_at - timedelta(days=4),
            checklist_version=1,
            submission_key=f"demo-visit-{place:08d}",
            met_name="مسئول انبار",
            inspected_at=made_at,
            reported_at=made_at,
            reported_by_id=inspector,
            inspector_id=inspector,
        )
        wrong = set(rng.sample(sorted(NOTES), (0, 0, 1, 0, 2)[place % 5]))
        for item in first_version().items:
            mark = Mark.not_ok if item.key in wrong else Mark.not_here if rng.random() < 0.08 else Mark.ok
            bulk.add(
                VisitAnswer,
                visit_id=visit_id,
                item_key=item.key,
                mark=mark,
                note=NOTES[item.key] if item.key in wrong else "",
            )
            if item.key in wrong:
                _finding(bulk, store_id, visit_id, item, made_at, place, now)
    for place, store_id in enumerate(free[min(DONE, len(free) // 2) :][:PLANNED]):
        bulk.add(
            Visit,
            store_id=store_id,
            kind=VisitKind.complaint if place % 6 == 5 else VisitKind.planned,
            state=VisitState.planned,
            planned_on=today + timedelta(days=place // 5 - 1),
            note="گزارش خریدار: بسته بوی نم می‌داد." if place % 6 == 5 else "",
            planned_at=now - timedelta(days=3),
            inspector_id=inspector if place % 3 else None,
        )
    bulk.finish()


def _finding(
    bulk: Bulk, store_id: int, visit_id: int, item: Item, at: datetime, place: int, now: datetime
) -> None:
    """Open, mended by the store's word, or cleared, in turn; what would be overdue is cleared."""
    due = due_at(item.severity, at, policy_at(now))
    is_over = due is not None and due < now
    step = 2 if is_over else place % 3
    owner = db.session.scalars(
        select(StoreMember.person_id).where(StoreMember.store_id == store_id).order_by(StoreMember.id)
    ).first()
    finding_id = bulk.add(
        Finding,
        store_id=store_id,
        severity=item.severity,
        text_fa=NOTES[item.key],
        found_at=at,
        due_at=due,
        visit_id=visit_id,
        item_key=item.key,
        breached_at=at if item.severity is not Severity.minor else None,
        mended_at=at + timedelta(hours=20) if step else None,
        cleared_at=at + timedelta(hours=44) if step == 2 else None,
    )
    if step and owner is not None:
        bulk.add(
            CorrectiveAction,
            finding_id=finding_id,
            person_id=owner,
            text=MENDED,
            at=at + timedelta(hours=20),
        )


def _spot_checks(now: datetime) -> None:
    """One that was drawn a week ago, one of its visits made; and one that waits for its signatures."""
    inspector, auditor, seal = (
        _actor(role) for role in (Role.health_inspector, Role.auditor, Role.seal_officer)
    )
    begun = now - timedelta(days=9)
    planned = begun + timedelta(minutes=policy_at(begun).spot_check_lead_minutes)
    late = planned + timedelta(hours=72)
    figures = dict(zip(FIGURE_NAMES, ("2148310", "58120", "41250000"), strict=True))
    with unit_of_work():
        slug = open_spot_check(PICKED, planned, inspector, begun).slug
        sign_spot_check(slug, Role.auditor, auditor, begun)
        sign_spot_check(slug, Role.seal_officer, seal, begun)
    for typist in (inspector, auditor):
        with unit_of_work():
            type_figures(slug, figures, typist, late)
    picked = db.session.scalars(
        select(Visit.id).where(Visit.origin.startswith(slug)).order_by(Visit.id)
    ).all()
    lines = tuple(Line(item.key, Mark.ok, None, "") for item in first_version().items)
    report = Report("demo-spot-check-0001", 1, True, "مسئول فروش", None, lines, {}, "")
    with unit_of_work():
        record_visit(picked[0], report, {}, inspector, late + timedelta(days=2))
    with unit_of_work():
        open_spot_check(PICKED, now + timedelta(days=1), inspector, now - timedelta(minutes=20))


def _actor(role: Role) -> Actor:
    """The first demo official of a role."""
    found = person(people_with_role(role)[0])
    return Actor(found.id if found else None, role.value, found.display_name if found else role.value)
