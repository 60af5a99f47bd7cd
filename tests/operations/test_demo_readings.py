"""What a person of the demo reads under /me/data: who opened their orders and cases, in the order of time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from marketplace.accounts.models import Role
from marketplace.accounts.reading_models import Reading
from marketplace.accounts.readings import KEPT, readings_of
from marketplace.complaints.models import Complaint
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.demo.readings import load_readings
from marketplace.orders.models import StoreOrder
from tests.factories import AT, an_official, world
from tests.factories.buying import later, paid, parts_of
from tests.factories.complaints import a_complaint
from tests.fakes.gateway import MemoryGateway, use_gateway

HOUR = timedelta(hours=1)


@pytest.mark.databases("sqlite")
def test_stores_and_officials_opened_what_they_handled_and_nobody_themselves(app, ctx):
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    small = world()
    officer = an_official(Role.seal_officer)
    with later(AT):
        bought = [
            parts_of(paid(gateway, person, (small.soap, 1)))[0]
            for person in (small.shopper, small.shopper2, small.owners[0])
        ]
    with unit_of_work():
        db.session.execute(
            update(StoreOrder).values(accepted_at=AT + HOUR, packed_at=AT + HOUR + timedelta(minutes=30))
        )
        db.session.execute(
            update(StoreOrder).where(StoreOrder.id == bought[1].id).values(packed_at=AT + 5 * HOUR)
        )
    case = a_complaint(bought[0], small.shopper, AT + 6 * HOUR)
    with unit_of_work():
        db.session.execute(
            update(Complaint).where(Complaint.number == case).values(escalated_at=AT + 30 * HOUR)
        )
    load_readings(AT + 40 * HOUR)
    shown = [(r.role, r.what, r.subject) for r in readings_of(small.shopper.id)]
    assert shown == [
        ("seal_officer", "complaint", f"complaint:{case}"),
        ("store", "order", f"order:{bought[0].id}"),
    ]
    assert len(readings_of(small.shopper2.id)) == 2, "the slip was opened again, hours later"
    own = [(r.role, r.what) for r in readings_of(small.owners[0].id)]
    assert own == [("office", "application")], "an order of the own store was opened by nobody else"
    rows = db.session.scalars(select(Reading).order_by(Reading.id)).all()
    assert [row.at for row in rows] == sorted(row.at for row in rows)
    assert {row.reader_id for row in rows} == {small.owners[0].id, officer.id, small.office.id}


@pytest.mark.databases("sqlite")
def test_what_was_opened_more_than_a_year_ago_or_is_still_to_come_is_left_out(app, ctx):
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    small = world()
    with later(AT):
        part = parts_of(paid(gateway, small.shopper, (small.soap, 1)))[0]
    for accepted in (AT - KEPT - HOUR, AT + HOUR):
        with unit_of_work():
            db.session.execute(
                update(StoreOrder).where(StoreOrder.id == part.id).values(accepted_at=accepted)
            )
        load_readings(AT)
        assert readings_of(small.shopper.id) == []
