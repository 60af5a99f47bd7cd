"""What the officials of the demo did in the last days: the audit log, its digests, and a black box being built."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from marketplace.accounts.models import Person, Role, RoleGrant
from marketplace.core.audit import SYSTEM, Actor, record
from marketplace.core.audit_digests import write_digest
from marketplace.core.clock import tehran
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Application, ApplicationState
from marketplace.oversight.black_box import order_box
from marketplace.stores.models import Store

DAYS = 6
DECIDED = {ApplicationState.approved: "approve", ApplicationState.rejected: "reject"}


def load_oversight(at: datetime) -> None:
    """Entries of six days with the end of each, in one unit."""
    officials = {
        row.role: Actor(row.id, row.role.value, f"{row.given_name} {row.surname}")
        for row in db.session.execute(
            select(Person.id, Person.given_name, Person.surname, RoleGrant.role)
            .join(RoleGrant, RoleGrant.person_id == Person.id)
            .order_by(RoleGrant.id.desc())
        )
    }
    office = officials.get(Role.office)
    if office is None:
        return
    seal = officials.get(Role.seal_officer, office)
    decided = db.session.execute(
        select(Application.id, Application.state)
        .where(Application.state.in_(DECIDED))
        .order_by(Application.id)
        .limit(DAYS * 6)
    ).all()
    stores = db.session.scalars(select(Store.id).order_by(Store.id).limit(DAYS)).all()
    with unit_of_work():
        for day in range(DAYS):
            moment = at - timedelta(days=DAYS - day)
            for place, row in enumerate(decided[day * 6 : day * 6 + 6]):
                _decision(office, row.id, row.state, moment + timedelta(minutes=17 * place))
            if stores[day : day + 1]:
                _warning(seal, stores[day], moment + timedelta(hours=2))
            record(
                SYSTEM,
                "settle_store_order",
                f"store-order:{day + 1}",
                moment + timedelta(hours=3),
                swept=True,
            )
            write_digest(tehran(moment).date(), moment + timedelta(hours=14))
        order_box(office, at)


def _decision(office: Actor, application_id: int, state: ApplicationState, at: datetime) -> None:
    record(
        office,
        "decide_applications",
        f"application:{application_id}",
        at,
        before={"state": ApplicationState.submitted},
        after={"state": state},
        verdict=DECIDED[state],
        reason="مدارک کامل است" if state is ApplicationState.approved else "مجوز اتحادیه اعتبار ندارد",
    )


def _warning(seal: Actor, store_id: int, at: datetime) -> None:
    record(
        seal,
        "review_complaint",
        f"store:{store_id}",
        at,
        before={"evaluation": None},
        after={"evaluation": "dismissed"},
        reason="پاسخ فروشگاه درست و به‌موقع بوده است",
    )
