"""One's own account by its pages: details, addresses, password, sessions, tickets, data, deletion."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.accounts import passwords
from marketplace.accounts.data_models import DataCopy, Deletion
from marketplace.accounts.models import SignInSession
from marketplace.core.db import db
from marketplace.core.language import t
from marketplace.core.unit_of_work import count_queries
from marketplace.messages.models import Message
from marketplace.messages.ticket_models import Ticket, TicketWord
from marketplace.orders.address_models import SavedAddress
from marketplace.orders.models import Order
from marketplace.reviews.models import Review, Wish
from marketplace.storefront.data_copies import copy_path, forget_old_copies
from marketplace.storefront.my_data import delete_due_accounts
from tests.factories import World, a_person, a_session, an_official, fresh, world
from tests.factories.buying import ADDRESS, broken_invariants, in_cart, later, paid, run_jobs
from tests.factories.said import reviewed
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.pages import Client

XSS = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
HOME = {**ADDRESS, "mobile": "۰۹۱۲ ۱۱۱ ۲۲۳۳", "postal_code": "۸۱۳۴۵-۶۷۸۹۱"}


@pytest.fixture
def gateway(app: Flask, ctx) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


@pytest.fixture
def small(gateway, at) -> World:
    return world(at)


@pytest.fixture
def me(small, client: Client) -> Client:
    client.sign_in(small.shopper)
    return client


def count(model) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_every_page_of_the_account_is_sound_when_empty(me, prefix):
    for path in (
        "",
        "/addresses",
        "/security",
        "/data",
        "/tickets",
        "/reviews",
        "/wishlist",
        "/notifications",
    ):
        assert me.get(f"{prefix}/me{path}").status == 200


def test_details_are_kept_and_bad_ones_are_not(me, small):
    page = me.submit(me.get("/me").form("/me"), given_name="نازنین", email="naz@example.ir", language="en")
    assert "نازنین" in page.h1
    row = fresh(small.shopper)
    assert (row.given_name, row.email, row.language) == ("نازنین", "naz@example.ir", "en")
    for wrong in (
        {"given_name": XSS},
        {"given_name": ""},
        {"surname": "x" * 61},
        {"email": "a@b"},
        {"email": "a@example.ir\r\nBcc: x@example.ir"},
    ):
        values = {"given_name": "آ", "surname": "ب", "email": "", "language": "fa", **wrong}
        me.post("/me", values, expect=422)
    assert fresh(small.shopper).given_name == "نازنین"


def test_the_address_book_fills_the_checkout(me, small, at):
    me.post("/me/addresses", HOME)
    other = {**HOME, "city": "نجف‌آباد", "line": "خیابان امام، پلاک ۲"}
    me.post("/me/addresses", other)
    me.post("/me/addresses", {**HOME, "line": HOME["line"] + " "})
    assert count(SavedAddress) == 2, "the same one is kept once"
    in_cart(small.shopper, (small.soap, 1))
    page = me.get("/checkout")
    assert page.one("input", id="city").get("value") == "اصفهان"
    second = db.session.scalars(select(SavedAddress.id).where(SavedAddress.city == "نجف‌آباد")).one()
    assert me.get(f"/checkout?address={second}").one("input", id="city").get("value") == "نجف‌آباد"
    me.submit(me.get("/me/addresses").form(f"/me/addresses/{second}/default"))
    assert me.get("/checkout").one("input", id="city").get("value") == "نجف‌آباد"
    me.submit(me.get("/me/addresses").form(f"/me/addresses/{second}/removal"))
    assert me.get("/checkout").one("input", id="city").get("value") == "اصفهان"


def test_an_address_is_changed(me, small, app):
    me.post("/me/addresses", HOME)
    me.post("/me/addresses", {**HOME, "city": "نجف‌آباد", "line": "خیابان امام، پلاک ۲"})
    first = db.session.scalars(select(SavedAddress.id).where(SavedAddress.city == "اصفهان")).one()
    form = me.get(f"/me/addresses?change={first}").form(f"/me/addresses/{first}")
    assert form.values["line"] == [HOME["line"]]
    me.submit(form, line="خیابان چهارباغ، پلاک ۸")
    db.session.rollback()
    changed = db.session.get_one(SavedAddress, first)
    assert (changed.address_line, changed.is_default, count(SavedAddress)) == (
        "خیابان چهارباغ، پلاک ۸",
        True,
        2,
    )
    wrong = me.post(f"/me/addresses/{first}", {**HOME, "postal_code": "12"}, expect=422)
    assert wrong.all("span", id="postal_code-error")
    assert wrong.form(f"/me/addresses/{first}").values["postal_code"] == ["۱۲"]
    me.post(f"/me/addresses/{first}", {**HOME, "city": "نجف‌آباد", "line": "خیابان امام، پلاک ۲"}, expect=409)
    stranger = Client(app)
    stranger.sign_in(small.shopper2)
    stranger.get(f"/me/addresses?change={first}", expect=404)
    stranger.post(f"/me/addresses/{first}", HOME, expect=404)
    db.session.rollback()
    assert db.session.get_one(SavedAddress, first).address_line == "خیابان چهارباغ، پلاک ۸"


def test_bad_and_foreign_addresses(me, small, app):
    page = me.post("/me/addresses", {**HOME, "postal_code": "12"}, expect=422)
    assert page.all("span", id="postal_code-error")
    me.post("/me/addresses", HOME)
    kept = db.session.scalars(select(SavedAddress.id)).one()
    stranger = Client(app)
    stranger.sign_in(small.shopper2)
    for action in ("default", "removal"):
        stranger.post(f"/me/addresses/{kept}/{action}", expect=404)
    for n in range(19):
        me.post("/me/addresses", {**HOME, "line": f"خیابان چهارباغ، پلاک {n}00"})
    me.post("/me/addresses", {**HOME, "line": "یکی بیش از اندازه"}, expect=409)
    assert count(SavedAddress) == 20


def test_a_password_is_set_changed_and_signs_others_out(me, small, app):
    elsewhere = Client(app)
    elsewhere.sign_in(small.shopper)
    for wrong in ("12345678", "short", "x" * 300, small.shopper.mobile):
        me.post("/me/security/password", {"password": wrong}, expect=422)
    assert fresh(small.shopper).password_hash is None
    me.post("/me/security/password", {"password": "کوه‌های بلند البرز"})
    assert passwords.check_password("کوه‌های بلند البرز", fresh(small.shopper).password_hash)[0]
    assert elsewhere.get("/me", follow=False).status == 302, "signed out elsewhere"
    assert me.get("/me").status == 200
    me.post("/me/security/password", {"password": "another long one", "current": "guess"}, expect=422)
    me.post("/me/security/password", {"password": "another long one", "current": "کوه‌های بلند البرز"})
    told = db.session.scalars(select(Message.template).where(Message.person_id == small.shopper.id)).all()
    assert told.count("password_changed") == 2, "in the centre and by SMS"


def test_sessions_are_listed_and_ended(me, small, app):
    other = Client(app)
    other.sign_in(small.shopper)
    page = me.get("/me/security")
    me.submit(next(f for f in page.forms if f.action.endswith("/end") and "/sessions/end" not in f.action))
    assert other.get("/me", follow=False).status == 302
    third = Client(app)
    third.sign_in(small.shopper)
    me.submit(me.get("/me/security").form("/me/security/sessions/end"))
    assert third.get("/me", follow=False).status == 302 and me.get("/me").status == 200
    a_session(small.shopper2)
    foreign = db.session.scalars(
        select(SignInSession.id).where(SignInSession.person_id == small.shopper2.id)
    ).first()
    me.post(f"/me/security/sessions/{foreign}/end", expect=404)


# --- tickets


def _open(browser: Client, title: str = "کد نمی‌رسد", body: str = "سه بار خواستم و نرسید."):
    form = browser.get("/me/tickets").form("/me/tickets")
    return browser.submit(form, topic="account", title=title, body=body)


def test_a_ticket_from_question_to_answer(me, small, app):
    page = _open(me)
    number = page.path.rpartition("/")[2]
    office, colleague = Client(app), an_official("office", given_name="لیلا", surname="صبا")
    office.sign_in(small.office)
    assert "کد نمی‌رسد" in office.get("/office/tickets").text
    page = office.get(f"/office/tickets/{number}")
    office.submit(page.form("/referral"), colleague=str(colleague.id), body="لطفاً پیگیری کنید")
    second = Client(app)
    second.sign_in(colleague)
    assert "کد نمی‌رسد" in second.get("/office/tickets?mine=1").text
    page = second.get(f"/office/tickets/{number}")
    assert "لطفاً پیگیری کنید" in page.text
    form = page.form("/answer")
    for _ in range(2):
        second.submit(form, body="درست شد؛ دوباره بخواهید.")
    assert count(TicketWord) == 3, "a double click answers once"
    mine = me.get(f"/me/tickets/{number}")
    assert "درست شد" in mine.text and "لطفاً پیگیری کنید" not in mine.text
    assert "درست شد" not in me.get("/me/notifications").text
    me.submit(mine.form("/closing"))
    me.submit(me.get(f"/me/tickets/{number}").form("/words"), body="باز هم نشد")
    db.session.rollback()
    assert db.session.scalars(select(Ticket.state)).one() == "waiting"


def test_hostile_tickets(me, small, app):
    page = _open(me, XSS, XSS)
    number = page.path.rpartition("/")[2]
    assert "alert(1)" in page.text and not [e for e in page.all("img") if e.get("onerror")]
    stranger = Client(app)
    stranger.sign_in(small.shopper2)
    stranger.get(f"/me/tickets/{number}", expect=404)
    key = {"submission_key": "abcdefgh", "body": "نه"}
    stranger.post(f"/me/tickets/{number}/words", key, expect=404)
    stranger.post(f"/me/tickets/{number}/closing", expect=404)
    stranger.get(f"/office/tickets/{number}", expect=403)
    stranger.post(f"/office/tickets/{number}/answer", key, expect=403)
    for form in (
        {"topic": "x", "title": "abc", "body": "abcde", "submission_key": "12345678"},
        {"topic": "idea", "title": "abc", "body": "x" * 300_000, "submission_key": "12345678"},
        {"topic": "idea", "title": "", "body": "", "submission_key": "12345678"},
        {"topic": "idea", "title": "abc", "body": "abcde"},
    ):
        me.post("/me/tickets", form, expect=422)
    for _ in range(4):
        _open(me)
    form = me.get("/me/tickets").form("/me/tickets")
    sent = {**form.values, "topic": "idea", "title": "ششمین", "body": "خیلی زیاد"}
    me.post("/me/tickets", sent, expect=429)
    assert count(Ticket) == 5


# --- data


def test_a_copy_of_everything_and_nothing_of_others(gateway, small, at, me, app):
    reviewed(gateway, small.shopper, small.soap, body="=HYPERLINK خوب بود")
    reviewed(gateway, small.shopper2, small.tea, body="از دیگری")
    for _ in range(2):
        me.submit(me.get("/me/data").form("/me/data/copies"))
    assert count(DataCopy) == 1, "one that is being made is not asked for twice"
    run_jobs(at)
    page = me.get("/me/data")
    link = next(link for link in page.links() if "/me/data/copies/" in link)
    answer = me.get(link)
    archive = zipfile.ZipFile(io.BytesIO(answer.body))
    reviews = json.loads(archive.read("reviews.json"))
    assert [r["body"] for r in reviews] == ["=HYPERLINK خوب بود"]
    rows = list(csv.DictReader(io.StringIO(archive.read("reviews.csv").decode("utf-8-sig"))))
    assert rows[0]["body"] == "'=HYPERLINK خوب بود"
    assert json.loads(archive.read("person.json"))[0]["mobile"] == small.shopper.mobile
    assert all(
        "hash" not in archive.read(name).decode() for name in archive.namelist() if name.endswith(".csv")
    )
    stranger = Client(app)
    stranger.sign_in(small.shopper2)
    stranger.get(link, expect=404)
    path = copy_path(link.rpartition("/")[2])
    with later(at, days=7, seconds=1) as moment:
        me.get(link, expect=404)
        assert forget_old_copies(moment) == 1 and not path.exists()


def test_deletion_waits_for_what_is_open(gateway, small, at, me):
    made = paid(gateway, small.shopper, (small.soap, 1), at=at)
    page = me.get("/me/data")
    assert made.number in page.text
    page = me.post("/me/data/deletion", {"sure": "1"}, expect=409)
    assert made.number in page.text and count(Deletion) == 0


def test_deletion_can_be_undone_and_then_leaves_no_name(gateway, small, at, me, app):
    reviewed(gateway, small.shopper, small.soap, body="خوب بود")
    me.post("/me/addresses", HOME)
    me.post(f"/me/wishlist/{small.tea.id}")
    _open(me)
    with later(at, days=15) as moment:
        me.post("/me/data/deletion", {}, expect=422)
        me.submit(me.get("/me/data").form("/me/data/deletion"), sure="1")
        me.post("/me/data/deletion", {"sure": "1"}, expect=409)
        me.submit(me.get("/me/data").form("/me/data/deletion/undo"))
        assert delete_due_accounts(moment + timedelta(days=8)) == 0
        me.submit(me.get("/me/data").form("/me/data/deletion"), sure="1")
        assert delete_due_accounts(moment + timedelta(days=7) - timedelta(seconds=1)) == 0
        assert delete_due_accounts(moment + timedelta(days=7)) == 1
        assert delete_due_accounts(moment + timedelta(days=7)) == 0
        row = fresh(small.shopper)
        assert (row.given_name, row.surname, row.email, row.password_hash) == ("", "", None, None)
        assert row.mobile != small.shopper.mobile and row.disabled_at is not None
        assert me.get("/me", follow=False).status == 302
    order = db.session.scalars(select(Order).where(Order.person_id == row.id)).one()
    assert (order.receiver, order.receiver_mobile, order.address_line) == ("-", "-", "-")
    assert order.total_toman > 0 and count(SavedAddress) == count(Wish) == 0
    assert count(Review) == 1
    shown = Client(app).get(f"/offers/{small.soap.id}/reviews")
    assert "خوب بود" in shown.text and "سارا" not in shown.text
    texts = " ".join(map(str, db.session.execute(select(Message.address, Message.params)).all()))
    assert small.shopper.mobile not in texts
    assert a_person(mobile=small.shopper.mobile).id != row.id, "the mobile is free again"
    assert not broken_invariants()


@pytest.mark.parametrize("who", ["owner", "office"])
def test_members_and_officials_leave_first(small, client: Client, who):
    client.sign_in(small.owners[0] if who == "owner" else small.office)
    client.post("/me/data/deletion", {"sure": "1"}, expect=409)
    assert count(Deletion) == 0


def test_who_worked_with_my_data_is_mine_to_read(me, small, app):
    page = _open(me)
    number = page.path.rpartition("/")[2]
    office = Client(app)
    office.sign_in(small.office)
    office.submit(office.get(f"/office/tickets/{number}").form("/answer"), body="پاسخ")
    answered = t("touch.ticket.answered", lang="fa")
    assert answered in me.get("/me/data").text
    stranger = Client(app)
    stranger.sign_in(small.shopper2)
    assert answered not in stranger.get("/me/data").text


def test_as_many_questions_to_the_database_for_many(small, app, me, at):
    office = Client(app)
    office.sign_in(small.office)

    def asked() -> dict[str, int]:
        found = {}
        pages = [(me, f"/me{path}") for path in ("", "/tickets", "/addresses", "/security", "/data")]
        for browser, path in [*pages, (office, "/office/tickets")]:
            heard: list[str] = []
            stop = count_queries(heard)
            browser.get(path)
            stop()
            found[path] = len(heard)
        return found

    def more(n: int) -> None:
        _open(me, title=f"درخواست {n}")
        me.post("/me/addresses", {**HOME, "line": f"خیابان چهارباغ، پلاک {n}00"})
        a_session(small.shopper)

    more(0)
    few = asked()
    for n in range(1, 5):
        more(n)
    many = asked()
    assert {path: n for path, n in many.items() if n > few[path]} == {}
    assert max(many.values()) <= 24, many
