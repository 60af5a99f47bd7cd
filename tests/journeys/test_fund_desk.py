"""The desks of the fund and the store's page of it, as people use them; the auditor reads and changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.core.db import db
from marketplace.guarantee.assessments import collect_assessments
from marketplace.guarantee.book import write_book
from marketplace.guarantee.book_models import AssessmentShare, FundAssessment, FundGift
from marketplace.guarantee.month_end import share_waiting
from marketplace.guarantee.months import begins_at
from marketplace.guarantee.paying import pay_reserved
from marketplace.ledger.chart import GUARANTEE_FUND
from marketplace.ledger.transfers import balance
from marketplace.messages.models import Message
from tests.factories import World, a_policy_row, an_official
from tests.factories.buying import broken_invariants, run_jobs
from tests.factories.claiming import adjudicators, approved, claim, fill_fund
from tests.factories.settling import settled
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.pages import Client
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")
GIFT = {
    "giver": "بانک شهر",
    "amount_toman": "۶۰۰٬۰۰۰",
    "bank_reference": "۱۲۳۴۵",
    "received_on": "1405/01/04",
    "is_named": "1",
}


@pytest.fixture
def gateway(app: Flask) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


@pytest.fixture
def w(ctx, at, gateway) -> World:
    return the_world()


@pytest.fixture
def office(w, client: Client) -> Client:
    client.sign_in(an_official(Role.office))
    return client


@pytest.fixture
def second(w, app: Flask) -> Client:
    """Another official, in another browser."""
    made = Client(app)
    made.sign_in(an_official(Role.office))
    return made


def test_a_gift_is_the_funds_with_a_second_signature(office, second, at):
    page = office.get("/office/fund")
    page = office.submit(page.form("/office/fund/gifts"), **GIFT)
    assert balance(GUARANTEE_FUND) == 0
    waiting = second.get("/office/approvals")
    assert "بانک شهر" in waiting.text
    assert "۶۰۰٬۰۰۰ تومان" in waiting.text
    second.submit(waiting.form("/agreement"))
    db.session.rollback()
    [gift] = db.session.scalars(select(FundGift))
    assert (gift.amount_toman, gift.bank_reference, balance(GUARANTEE_FUND)) == (600_000, "12345", 600_000)
    write_book(at)
    assert "هدیه بانک شهر" in Client(office.app).get("/fund").text
    with nothing_written():
        again = office.submit(office.get("/office/fund").form("/office/fund/gifts"), **GIFT, expect=409)
    assert "پیش‌تر ثبت شده است" in again.text
    assert broken_invariants() == {}


def test_bad_gifts_are_told_field_by_field(office):
    form = office.get("/office/fund").form("/office/fund/gifts")
    for name, value in (
        ("amount_toman", "۶٬۰۰۰٬۰۰۰ ریال"),
        ("amount_toman", "0"),
        ("amount_toman", "-5"),
        ("amount_toman", "1e9"),
        ("giver", " "),
        ("bank_reference", ""),
        ("received_on", "1405/13/40"),
        ("received_on", "1406/01/01"),
    ):
        with nothing_written():
            page = office.submit(form, **{**GIFT, name: value}, expect=422)
        assert page.one("input", id=name).get("aria-invalid") == "true", (name, value)


def test_stores_fill_the_fund_up_to_its_floor(office, second, w, gateway, app, at):
    settled(gateway, w.shopper, (w.bowl, 2), at=at)
    settled(gateway, w.shopper2, (w.tea, 1), at=at)
    assert "کف پایین‌تر نیست" not in office.get("/office/fund").text
    brought = balance(GUARANTEE_FUND)
    page = office.get("/office/fund")
    page = office.submit(page.form("/office/fund/assessments"), reason="موجودی زیر کف است")
    second.submit(second.get("/office/approvals").form("/agreement"))
    db.session.rollback()
    shares = list(db.session.scalars(select(AssessmentShare)))
    assert sum(share.amount_toman for share in shares) == brought, "no more than each brought first"
    owner = Client(app)
    owner.sign_in(w.owners[2])
    cover = owner.get("/panel/cover")
    assert "سهم رسیدن به کف" in cover.text
    told = select(Message.template).where(Message.person_id == w.owners[2].id, Message.channel == "sms")
    assert "fund_assessed" in db.session.scalars(told).all()
    assert collect_assessments(at) == brought
    with nothing_written():
        assert collect_assessments(at) == 0
    assert balance(GUARANTEE_FUND) == 2 * brought
    db.session.rollback()
    assert db.session.scalars(select(FundAssessment.state)).one() == "done"
    assert "بدهی‌ای نیست" in owner.get("/panel/cover").text
    page = office.get("/office/fund")
    assert [form for form in page.forms if form.action.endswith("assessments")] == []
    with nothing_written():
        office.post("/office/fund/assessments", {"reason": "باز هم"}, expect=409)
    write_book(at)
    assert broken_invariants() == {}


def test_nobody_is_asked_while_the_fund_has_its_floor(office, w, gateway, at):
    settled(gateway, w.shopper, (w.bowl, 2), at=at)
    a_policy_row("fund_floor_toman", 2_500, at=at - timedelta(days=1))
    assert "کف پایین‌تر نیست" in office.get("/office/fund").text
    with nothing_written():
        office.post("/office/fund/assessments", {"reason": "زود"}, expect=409)


def test_an_insolvent_month_from_the_page_to_the_money(office, w, gateway, app, client, at):
    """Approved above what is free: the page says so, the month shares it, the store pays the rest of its debt."""
    adjudicators(2, at)
    name, moment = approved(gateway, w.shopper, (w.carpet, 1), at=at, loss=1_000_000)
    fill_fund(400_000, moment)
    write_book(moment)
    public = Client(app)
    assert "موجودی صندوق این ماه به همه نمی‌رسد" in public.get("/fund").text
    month = begins_at("1405-02")
    assert share_waiting(month) == 1
    pay_reserved(month)
    run_jobs(month)
    assert claim(name).paid_toman == 400_000
    write_book(month)
    page = public.get("/fund")
    for words in ("فروردین ۱۴۰۵", "۷۰۰٬۰۰۰", "۳۰۰٬۰۰۰", f"جبران پرونده {name}"):
        assert words in page.text, words
    desk = office.get("/office/recourse")
    assert name in desk.text
    form = next(f for f in desk.forms if f.action.endswith("/payments"))
    with nothing_written():
        office.submit(form, amount_toman="400001", bank_reference="B1", expect=409)
        office.submit(form, amount_toman="صد", bank_reference="B1", expect=422)
    page = office.submit(form, amount_toman="۱۵۰٬۰۰۰", bank_reference="B1")
    assert "۲۵۰٬۰۰۰" in page.text
    with nothing_written():
        office.submit(form, amount_toman="150000", bank_reference="B1", expect=409)
    form = next(f for f in office.get("/office/recourse").forms if f.action.endswith("/write-off"))
    office.submit(form, amount_toman="250000", reason="فروشگاه ورشکسته است")
    write_book(month)
    assert "بازیافت از فروشگاه" in public.get("/fund?kind=recovered").text
    assert broken_invariants() == {}


def test_the_auditor_reads_every_desk_and_changes_nothing(w, app):
    auditor = Client(app)
    auditor.sign_in(an_official(Role.auditor))
    for path in ("/office/fund", "/office/recourse", "/fund"):
        page = auditor.get(path)
        own = [f for f in page.forms if "/office/" in f.action]
        assert own == [], path
    with nothing_written():
        for path in ("fund/gifts", "fund/assessments", "recourse/1/payments", "recourse/1/write-off"):
            auditor.post(f"/office/{path}", {}, expect=403)


def test_a_store_sees_its_line_and_its_staff_does_not(w, app, gateway, at):
    owner = Client(app)
    owner.sign_in(w.owners[2])
    page = owner.get("/panel/cover")
    assert "۲۰٬۰۰۰٬۰۰۰" in page.text
    assert "Headroom" in owner.get("/en/panel/cover").text
    a_policy_row("fund_store_line_least_toman", 100_000, at=at - timedelta(days=1))
    settled(gateway, w.shopper, (w.bowl, 1), at=at)
    assert "سقف پر است" in owner.get("/panel/cover").text
