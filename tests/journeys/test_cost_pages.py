"""Prizes and their cost by pages alone: announced, sponsored, shared by two officers, and read by the store."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from marketplace.accounts.models import Role
from marketplace.core.db import db
from marketplace.festival.models import Festival
from tests.factories import AT, an_official, world, writing
from tests.factories.buying import broken_invariants
from tests.factories.settling import settled
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.pages import Client

pytestmark = pytest.mark.databases("sqlite")


def test_from_the_announcement_to_the_invoice(ctx, app: Flask, at, client: Client):
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    small = world(AT)
    with writing():
        second = an_official(Role.office, at=AT)
        auditor = an_official(Role.auditor, at=AT)
    settled(gateway, small.shopper, (small.carpet, 1), at=AT)
    after = db.session.get_one(Festival, small.festival.id).live_until + timedelta(days=1)
    seats = {}
    with time_machine.travel(after, tick=False):
        for name, person in {
            "office": small.office,
            "second": second,
            "auditor": auditor,
            "owner": small.owners[2],
            "shopper": small.shopper,
        }.items():
            seats[name] = Client(app)
            seats[name].sign_in(person)
        office = seats["office"]
        console = f"/office/draws/{small.festival.slug}/costs"
        office.submit(office.get("/office/draws").form("/office/draws"), permit="ق/۱۴۰۵/۹")
        refused = office.submit(office.get(console).form("/prizes"), title_fa="سکه", expect=422)
        assert "سکه" in refused.source
        office.submit(
            office.get(console).form("/prizes"),
            title_fa="سکه",
            title_en="A coin",
            unit_count="۳",
            value_toman="۱٬۰۰۰٬۰۰۰",
        )
        office.submit(
            office.get(console).form("/gifts"), sponsor="چرخ سبز", amount_toman="۶۰۰٬۰۰۰", letter="12/1405"
        )
        office.submit(office.get(console).form("/receipt"))
        assert "۲٬۴۰۰٬۰۰۰" in office.get(console).text
        office.submit(office.get(console).form("/shares"))
        seats["second"].submit(seats["second"].get("/office/approvals").form("/agreement"))
        assert "سفال لالجین" in seats["auditor"].get(console).text
        seats["auditor"].post(f"{console[:-6]}/gifts", {}, expect=403)
        seats["shopper"].get(console, expect=403)
        owner = seats["owner"]
        # 240,000 equally and the whole 1,680,000 by sales: 1,920,000 lies under the cap of 2,400,000
        assert "۱٬۹۲۰٬۰۰۰" in owner.get("/panel/lottery-share").text
        guess = owner.get(
            "/panel/lottery-share?own_toman=0&total_toman=900&cost_toman=9000&gifts_toman=0&store_count=3"
        )
        assert "۹۰۰" in guess.text
        owner.get("/en/panel/lottery-share")
        paper = owner.get(f"/panel/lottery-share/{small.festival.slug}.pdf")
        assert paper.body.startswith(b"%PDF")
        owner.get("/panel/lottery-share/nowhere.pdf", expect=404)
        seats["shopper"].get("/panel/lottery-share")
        office.submit(office.get(console).form("/shares/2/release"), reason="ورشکسته")
        seats["second"].submit(seats["second"].get("/office/approvals").form("/agreement"))
        office.submit(office.get(console).form("/payments"), amount_toman="۱٬۰۰۰٬۰۰۰", note="سکه")
        seats["second"].submit(seats["second"].get("/office/approvals").form("/agreement"))
        office.get(f"/en{console}")
    assert not broken_invariants()
