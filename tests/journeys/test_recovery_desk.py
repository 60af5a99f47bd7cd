"""The recovery of hard-hit stores: declared falls beside what the stores sell, and the numbers behind the chart."""

from __future__ import annotations

from itertools import pairwise

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.core.db import db
from marketplace.festival.application_models import ApplicationForm
from marketplace.festival.models import Application
from marketplace.office.recovery_page import months_until
from tests.factories import AT, World, an_official, put, world
from tests.factories.buying import paid
from tests.fakes.gateway import MemoryGateway, use_gateway


@pytest.fixture
def w(ctx, at) -> World:
    return world(at)


def declare(w: World, store: int, fall: int) -> None:
    application = db.session.scalars(
        select(Application.id).where(Application.store_id == w.stores[store].id)
    ).one()
    db.session.rollback()
    put(
        ApplicationForm,
        application_id=application,
        category_ids=[],
        health_answers=[],
        is_hard_hit=True,
        fall_percent=fall,
    )


def test_the_months_are_those_of_the_calendar(app: Flask):
    with app.test_request_context("/"):
        months = months_until(AT, 3)
    assert [m.label for m in months] == ["بهمن ۰۴", "اسفند ۰۴", "فروردین ۰۵"]
    assert all(a.ends_at == b.begins_at for a, b in pairwise(months))
    assert months[-1].begins_at <= AT < months[-1].ends_at


def test_a_fall_is_shown_beside_the_sales(app, client, w):
    client.sign_in(an_official(Role.office))
    assert "اعلام نکرده" in client.get("/office/recovery").text
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    declare(w, 0, 40)
    declare(w, 1, 60)
    paid(gateway, w.shopper, (w.soap, 2), (w.carpet, 1))
    page = client.get("/office/recovery")
    assert "۵۰٪" in page.text and "۱۲۰٬۰۰۰" in page.text
    assert len(page.all("*", class_="chart__bar")) >= 1
    one = client.get("/office/recovery?store=artin")
    assert "۴۰٪" in one.text and one.h1 == "چرم آرتین"
    client.get("/en/office/recovery?store=artin")
    client.get("/office/recovery?store=lalejin", expect=404)
    client.sign_in(an_official(Role.seal_officer))
    client.get("/office/recovery", expect=403)
