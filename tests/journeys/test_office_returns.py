"""The office reads the returns of all stores: what waits, what is late, what was refused and why."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from marketplace.accounts.models import Role
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.orders.after_inputs import ReturnDecision, ReturnWish
from marketplace.orders.after_models import Return, ReturnReason
from marketplace.orders.models import StoreOrder, StoreOrderState
from marketplace.orders.return_check import decide_return
from marketplace.orders.returns import ask_return
from tests.factories import AT, World, an_official
from tests.factories.buying import paid, parts_of
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.pages import Client
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def w(ctx, at, app) -> World:
    return the_world()


def a_return(app, w: World) -> Return:
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    [part] = parts_of(paid(gateway, w.shopper, (w.bowl, 1)))
    with unit_of_work():
        delivered = {"delivered_at": AT, "withdraw_until_at": AT + timedelta(days=9)}
        db.session.execute(update(StoreOrder).values(state=StoreOrderState.delivered, **delivered))
    with unit_of_work():
        wish = ReturnWish({w.bowl.id: 1}, ReturnReason.defective, "")
        return ask_return(part.id, w.shopper.id, wish, (), Actor(w.shopper.id, "shopper", "me"), AT)


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_what_waits_what_is_late_and_what_was_refused(app, client: Client, w, prefix):
    client.sign_in(w.office)
    assert client.get(f"{prefix}/office/returns").source.count("<table") == 0
    made = a_return(app, w)
    number, store_id = made.number, w.stores[2].id
    digits = number if prefix else number.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    late = "Overdue" if prefix else "مهلت گذشت"
    page = client.get(f"{prefix}/office/returns")
    assert digits in page.text and late not in page.text
    with unit_of_work():
        db.session.execute(update(Return).values(due_at=AT - timedelta(seconds=1)))
    assert late in client.get(f"{prefix}/office/returns").text
    with unit_of_work():
        clerk = Actor(w.owners[2].id, "store", "clerk")
        decide_return(number, store_id, ReturnDecision({w.bowl.id: 0}, "شکسته برگشت"), clerk, AT)
    assert digits not in client.get(f"{prefix}/office/returns").text
    refused = client.get(f"{prefix}/office/returns?view=refused")
    assert digits in refused.text and "شکسته برگشت" in refused.text
    assert digits in client.get(f"{prefix}/office/returns?view=all").text


def test_it_is_the_offices_and_the_auditors(client: Client, w):
    client.sign_in(an_official(Role.auditor))
    client.get("/office/returns")
    client.sign_in(an_official(Role.health_inspector))
    client.get("/office/returns", expect=403)
