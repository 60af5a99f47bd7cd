"""Who opens a page of somebody's data is written down, for that person to read; who is refused opens nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.accounts.reading_models import Reading
from marketplace.accounts.readings import forget_old_readings, readings_of
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import Unavailable
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Application
from marketplace.guarantee.claim_models import Claim
from marketplace.guarantee.recourse_models import ClaimPayment
from marketplace.ledger.models import Transfer
from marketplace.messages.ticket_inputs import NewTicket
from marketplace.messages.ticket_models import TicketTopic
from marketplace.messages.tickets import open_ticket
from marketplace.orders.models import Order, StoreOrder
from marketplace.oversight import opened
from marketplace.payments.payout_models import Payout, PayoutRail, ShopperTransfer
from marketplace.storefront.my_data import data_of, forget_person
from marketplace.stores.models import Clearance, MemberRole, StoreMember
from tests.factories import World, a_token, an_official, world
from tests.factories.buying import paid, parts_of
from tests.factories.private import private_rows
from tests.factories.rows import change, put
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.pages import Client
from tests.unchanged import snapshot

SHOWS_NOBODY = {
    "the caller's own": {
        "application.show_step",
        "settlement.*",
        "hooks.*",
        "api.show_webhook*",
        "panel_imports.*",
    }
    | {
        "lottery_panel.show_invoice",
        "panel_offers.*",
        "api.show_store_offer",
        "api.show_import",
        "api.list_webhook*",
        "suspicions_panel.show_own",
        "api.show_store_suspicion",
    },
    "stores and their papers": {
        "seals.*",
        "licences.*",
        "imports.*",
        "inspections.*",
        "letters.*",
        "office_offers.*",
    }
    | {"complaints_desk.show_revocation", "api.show_revocation", "api.show_licence", "api.show_seal_import"}
    | {
        "api.show_office_seal",
        "api.show_office_offer",
        "api.show_visit",
        "spot_checks.*",
        "api.show_spot_check",
    },
    "rules, editions, texts": {"policy.*", "editions.*", "pledges.*", "texts.*", "api.show_policy_number"}
    | {
        "api.show_tariff",
        "api.show_edition",
        "api.show_office_pledges",
        "api.show_pledge_text",
        "api.show_text",
    },
    "masked, or of several persons": {"draws.*", "draw_costs.*", "draw_acts.*", "payouts.show_payouts"}
    | {"api.show_payout_batch", "api.show_draw*", "api.list_rings", "api.list_awards", "api.list_draw*"}
    | {"api.list_said"},
}


@pytest.fixture
def w(app: Flask, ctx: Any, at: datetime) -> World:
    return world(at)


@pytest.fixture
def part(app: Flask, w: World, at: datetime) -> StoreOrder:
    """A part of the shopper's order, at the first store."""
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    return parts_of(paid(gateway, w.shopper, (w.soap, 1), at=at))[0]


def readings() -> list[tuple[int, int, str, str, str]]:
    db.session.rollback()
    rows = db.session.scalars(select(Reading).order_by(Reading.id))
    return [(row.person_id, row.reader_id, row.role, row.what, row.subject) for row in rows]


def test_a_store_that_opens_an_order_is_written_down_once_an_hour_and_the_shopper_reads_it(
    w, part, client, at
):
    client.sign_in(w.owners[0])
    for _ in range(2):
        client.get(f"/panel/orders/{part.id}")
    client.get(f"/panel/orders/{part.id}/slip")
    row = (w.shopper.id, w.owners[0].id, "store", "order", f"order:{part.id}")
    assert readings() == [row]
    with time_machine.travel(at + timedelta(hours=1), tick=False):
        client.get(f"/en/panel/orders/{part.id}")
    assert readings() == [row, row]
    client.sign_in(w.shopper)
    page = client.get("/me/data")
    assert "سفارش شما را باز کرد" in page.text and "نقش فروشگاه" in page.text
    page = client.get("/en/me/data")
    assert "opened your order" in page.text and "as the store" in page.text
    assert w.owners[0].surname not in page.text


def test_who_is_refused_opened_nothing(app, w, part):
    rival, shopper = Client(app), Client(app)
    rival.sign_in(w.owners[1])
    shopper.sign_in(w.shopper)
    before = snapshot()
    for other in (rival, shopper):
        other.get(f"/panel/orders/{part.id}", expect=404)
    rival.get("/panel/orders/999999", expect=404)
    shopper.get(f"/orders/{db.session.get_one(Order, part.order_id).number}")
    assert readings() == []
    assert snapshot() == before


def test_a_program_of_a_store_is_written_down_as_its_people_are(w, part, app):
    token = a_token(w.owners[0], "store:orders")
    answer = app.test_client().get(
        f"/api/v1/store/orders/{part.id}", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 200
    assert readings() == [(w.shopper.id, w.owners[0].id, "store", "order", f"order:{part.id}")]


def test_an_official_is_named_by_the_role_that_the_page_asks_for(w, client, at):
    with unit_of_work():
        wish = NewTicket(next(iter(TicketTopic)), "سفارش من", "کجاست؟", "k" * 32)
        number = open_ticket(wish, Actor(w.shopper.id, "shopper", "x"), at)
    reader = an_official(Role.auditor, Role.adjudicator)
    client.sign_in(reader)
    client.get(f"/office/tickets/{number}")
    assert readings() == [(w.shopper.id, reader.id, "auditor", "ticket", f"ticket:{number}")]


def test_nobody_reads_of_themselves(w, part, client):
    put(
        StoreMember,
        store_id=w.stores[0].id,
        person_id=w.shopper.id,
        role=MemberRole.staff,
        joined_at=part.paid_at,
    )
    client.sign_in(w.shopper)
    client.get(f"/panel/orders/{part.id}")
    assert readings() == []


def test_a_note_that_fails_spoils_no_page_and_is_told_to_the_operator(w, part, client, monkeypatch, capsys):
    def full(*given: Any) -> None:
        raise Unavailable()

    monkeypatch.setattr(opened, "note_readings", full)
    client.sign_in(w.owners[0])
    assert client.get(f"/panel/orders/{part.id}").status == 200
    assert readings() == []


def test_whose_data_each_kind_of_page_shows(app, w, at):
    private_rows(app, w, at)
    claim = db.session.scalars(select(Claim)).one()
    store = w.stores[0].id
    application = db.session.scalars(select(Application.id).where(Application.store_id == store)).one()
    clearance = db.session.scalars(select(Clearance.id).where(Clearance.store_id == store)).one()
    case = db.session.scalars(select(opened.Complaint)).first()
    shopper, owner = {w.shopper.id}, {w.owners[0].id}
    assert set(opened.CLAIM.persons(claim.number)) == shopper
    assert set(opened.COMPLAINT.persons(case.number)) == shopper
    assert set(opened.ORDER.persons(claim.store_order_id)) == shopper
    assert set(opened.APPLICATION.persons(application)) == owner
    assert set(opened.CLEARANCE.persons(clearance)) == owner
    assert set(opened.RETURN.persons("none")) == set(opened.TICKET.persons("none")) == set()
    batch = db.session.scalars(select(Payout.batch_id)).one()
    assert set(opened.PAYOUT.persons(batch)) == set(), "a store alone is paid with it"
    for subject in ("refund", "claim-payment"):
        transfer = db.session.scalars(
            select(ShopperTransfer).where(ShopperTransfer.subject.like("refund:%"))
        ).one()
        if subject == "claim-payment":
            payment = db.session.scalars(select(ClaimPayment.id)).one()
            change(transfer, subject=f"claim-payment:{payment}", refund_id=None)
        else:
            _in_the_batch(batch, transfer, at)
        assert set(opened.PAYOUT.persons(batch)) == shopper


def _in_the_batch(batch: int, transfer: ShopperTransfer, at: datetime) -> None:
    put(
        Payout,
        batch_id=batch,
        shopper_transfer_id=transfer.id,
        reference="r",
        rail=PayoutRail.paya,
        sheba=transfer.sheba,
        owner_name="x",
        amount_toman=5,
        hold_id=db.session.scalars(select(Transfer.id).order_by(Transfer.id).limit(1)).one(),
        proposed_at=at,
    )


def test_a_copy_tells_it_a_year_ends_it_and_a_deleted_account_takes_it_along(w, part, client, at):
    client.sign_in(w.owners[0])
    client.get(f"/panel/orders/{part.id}")
    db.session.rollback()
    copied = {name: (columns, rows) for name, columns, rows in data_of(w.shopper.id)}["readings"]
    assert copied == (["at", "role", "what", "subject"], [[at, "store", "order", f"order:{part.id}"]])
    year = timedelta(days=365)
    with unit_of_work():
        assert forget_old_readings(at + year - timedelta(microseconds=1)) == 0
        assert len(readings_of(w.shopper.id)) == 1
    with unit_of_work():
        forget_person(w.shopper.id, at)
    assert readings() == []
    client.get(f"/panel/orders/{part.id}")
    with unit_of_work():
        assert forget_old_readings(at + year) == 1


def test_every_page_of_one_thing_at_a_desk_says_whose_data_it_shows(app):
    quiet = {name for names in SHOWS_NOBODY.values() for name in names}
    open_ends = {name.removesuffix("*") for name in quiet if name.endswith("*")}
    seen = set()
    for rule in app.url_map.iter_rules():
        path = str(rule).removeprefix("/en")
        if "GET" not in rule.methods or not rule.arguments - {"language"}:
            continue
        if not path.startswith(("/office/", "/panel/", "/api/v1/office/", "/api/v1/store/")):
            continue
        seen.add(rule.endpoint)
        kept = opened.OPENED.get(rule.endpoint)
        if kept is not None:
            assert kept.part in rule.arguments, rule
        else:
            told = rule.endpoint in quiet or any(rule.endpoint.startswith(head) for head in open_ends)
            assert told, f"{rule} ({rule.endpoint}): whose data does it show?"
    assert set(opened.OPENED) <= seen
