"""Signing in and out as a browser does it: by password, by code, and all the ways that must not work."""

from __future__ import annotations

import contextvars
import dataclasses
import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pyotp
import pytest
import time_machine
from sqlalchemy import func, select

from marketplace.accounts import limits, passwords, second
from marketplace.accounts.cookies import asked_code, second_step_secret
from marketplace.accounts.models import OneTimeCode, Person, SignInSession
from marketplace.core import metrics
from marketplace.core.db import db
from marketplace.core.notices import put_notice, take_notices
from marketplace.core.text import persian_digits
from marketplace.core.unit_of_work import unit_of_work
from marketplace.messages.models import Channel, Message
from marketplace.messages.outbox import put_message
from tests.factories.people import a_person, a_role
from tests.factories.places import a_policy_row
from tests.factories.rows import change
from tests.pages import HOST, Client

MOBILE = "09121112233"
PASSWORD = "بازار بهار ۱۴۰۵"
EVIL = (
    "//evil.example",
    "/\\evil.example",
    "https:evil.example",
    "https://evil.example",
    "%2f%2fevil.example",
    "/%2f%2fevil.example",
    "javascript:alert(1)",
    "/\r\nSet-Cookie: sid=x",
    "/%0d%0aX: y",
)
PRIVATE = "/me/notifications"


@pytest.fixture
def person(ctx, at):
    return a_person(mobile=MOBILE, password_hash=passwords.password_hash(PASSWORD))


@pytest.fixture
def without_work(ctx, at):
    """The limits alone: no work is asked before they are reached (`tests/operations/test_challenges.py`)."""
    a_policy_row("challenge_bits", 0)


def sent_code() -> str:
    """The code in the newest SMS."""
    db.session.rollback()
    return str(db.session.scalars(select(Message.params).order_by(Message.id.desc()).limit(1)).one()["code"])


def count(model) -> int:
    db.session.rollback()
    return int(db.session.scalar(select(func.count()).select_from(model)) or 0)


def by_password(client: Client, mobile: str = MOBILE, password: str = PASSWORD, **options):
    data = {"mobile": mobile, "password": password, "next": PRIVATE}
    return client.post("/sign-in", data, **options)


def ask_code(client: Client, mobile: str = MOBILE, **options):
    data = {"mobile": mobile, "next": PRIVATE, **options.pop("data", {})}
    return client.post("/sign-in/code", data, **options)


def password_form(page):
    """The form of the sign-in page as its second button sends it."""
    form = next(form for form in page.forms if "password" in form.values)
    return dataclasses.replace(form, action="/sign-in")


def alone(work: Callable[[], Any]) -> Any:
    """Runs a request without the test's own app context, which would lend it its `g`."""
    return contextvars.Context().run(work)


def answer_to(client: Client, path: str, **data: str):
    """What a form gets, redirects not followed."""
    return alone(lambda: client.browser.post(path, data=data, base_url=HOST))


def is_in(client: Client) -> bool:
    return bool(alone(lambda: client.browser.get(PRIVATE, base_url=HOST)).status_code == 200)


def later(at: datetime, **length: float):
    return time_machine.travel(at + timedelta(**length), tick=False)


# --- by password


def test_a_person_signs_in_and_comes_back_to_where_they_were(person, client):
    page = client.get(PRIVATE)
    assert page.path == "/sign-in"
    page = client.submit(password_form(page), mobile="۰۹۱۲ ۱۱۱ ۲۲۳۳", password=PASSWORD)
    assert page.path == PRIVATE
    assert client.get("/sign-in?next=/me/notifications").path == PRIVATE


def test_the_cookie_is_for_the_browser_alone(person, client):
    answer = answer_to(client, "/sign-in", mobile=MOBILE, password=PASSWORD)
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("sid="))
    assert (
        "HttpOnly" in cookie
        and "SameSite=Lax" in cookie
        and "Path=/" in cookie
        and "Max-Age=2592000" in cookie
    )
    assert "Domain" not in cookie and "Secure" not in cookie
    assert answer.status_code == 303 and "no-" in answer.headers["Cache-Control"]


def test_on_https_the_cookie_is_bound_to_the_host(person, app, client, settings):
    app.config["SETTINGS"] = dataclasses.replace(settings, base_url="https://bazaar.example")
    answer = answer_to(client, "/sign-in", mobile=MOBILE, password=PASSWORD)
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("__Host-sid="))
    assert "Secure" in cookie and "Path=/" in cookie and "Domain" not in cookie


def test_on_https_every_cookie_of_ours_but_the_theme_is_bound_to_the_host(person, app, client, settings, at):
    app.config["SETTINGS"] = dataclasses.replace(settings, base_url="https://bazaar.example")
    with unit_of_work():
        secret = second.begin_app(person.id, at)
        assert second.confirm_app(person.id, pyotp.TOTP(secret).at(at), at) is None
    told = []
    for path, data in (
        ("/sign-in/code", {"mobile": MOBILE}),
        ("/sign-in", {"mobile": MOBILE, "password": PASSWORD}),
        ("/sign-up", {"mobile": "09121112234", "given_name": "x", "surname": "y"}),
    ):
        told += answer_to(client, path, **data).headers.getlist("Set-Cookie")
    with app.test_request_context(base_url="https://bazaar.example"):
        put_notice("signed_out")
        told += app.process_response(app.response_class()).headers.getlist("Set-Cookie")
    kept = {cookie.partition("=")[0]: cookie for cookie in told if "Max-Age=0" not in cookie}
    assert set(kept) == {"__Host-code_request", "__Host-second_step", "__Host-notice"}
    for cookie in told:
        assert cookie.startswith("__Host-") and "Secure" in cookie and "HttpOnly" in cookie
        assert "Path=/" in cookie and "Domain" not in cookie


@pytest.mark.parametrize("name", ["notice", "code_request", "second_step"])
def test_on_https_a_cookie_that_another_host_could_have_set_is_not_read(person, app, settings, name):
    app.config["SETTINGS"] = dataclasses.replace(settings, base_url="https://bazaar.example")
    values = {"notice": "ok.signed_out", "second_step": "x", "code_request": "x"}
    reads = {"notice": take_notices, "second_step": second_step_secret, "code_request": asked_code}
    with app.test_request_context(headers={"Cookie": f"__Host-{name}={values[name]}"}):
        bound = reads[name]()
    with app.test_request_context(headers={"Cookie": f"{name}={values[name]}"}):
        assert not reads[name]()
    assert bool(bound) is (name != "code_request"), "that one is signed as well"


def test_an_official_is_remembered_for_twelve_hours(person, client):
    a_role(person, "office")
    cookies = answer_to(client, "/sign-in", mobile=MOBILE, password=PASSWORD).headers.getlist("Set-Cookie")
    assert any(c.startswith("sid=") and "Max-Age=43200" in c for c in cookies)


@pytest.mark.parametrize("known", [True, False])
def test_wrong_password_and_unknown_mobile_get_the_same_page(person, app, known):
    answers = []
    for mobile in (MOBILE, "09350000000" if not known else MOBILE):
        client = Client(app)
        page = by_password(client, mobile, "نادرست ۱۲۳", expect=422)
        assert not client.has_session
        shown = page.source.replace(mobile, "M").replace(persian_digits(mobile), "M")
        answers.append((page.status, len(page.body), shown, sorted(h for h, _ in page.headers)))
    assert answers[0] == answers[1]
    assert count(SignInSession) == 0


def test_wrong_and_unknown_take_the_same_time(person, app):
    limits.limiter.enabled, took = False, {MOBILE: [], "09350000000": []}
    try:
        client = Client(app, is_checking=False)
        for _ in range(12):
            for mobile, times in took.items():
                start = time.thread_time()
                by_password(client, mobile, "نادرست ۱۲۳", expect=422)
                times.append(time.thread_time() - start)
    finally:
        limits.limiter.enabled = True
    known, unknown = (min(times) for times in took.values())
    assert abs(known - unknown) < 0.005 + 0.25 * known


@pytest.mark.parametrize(
    ("mobile", "password", "words"),
    [
        ("", "", "این جا را پر کنید"),
        ("123", PASSWORD, "شماره موبایل ایران"),
        (MOBILE, "", "این جا را پر کنید"),
    ],
)
def test_a_form_with_holes_says_where(person, client, mobile, password, words):
    page = by_password(client, mobile, password, expect=422)
    assert words in page.text and page.h1 == "ورود به بازارگاه"


def test_a_person_without_a_password_cannot_use_one(ctx, at, client):
    a_person(mobile=MOBILE, password_hash=None)
    by_password(client, password="", expect=422)
    by_password(client, password="None", expect=422)
    assert count(SignInSession) == 0


def test_a_closed_account_is_told_so_only_to_its_owner(person, client):
    change(person, disabled_at=person.created_at)
    told = "این حساب بسته شده است"
    assert told not in by_password(client, password="نادرست ۱۲۳", expect=422).text
    assert told in by_password(client, expect=403).text
    assert count(SignInSession) == 0 and not client.has_session


def test_a_closed_account_is_out_with_its_next_request(person, client):
    by_password(client)
    assert is_in(client)
    change(person, disabled_at=person.created_at)
    assert not is_in(client)
    assert client.get(PRIVATE, headers={"Accept": "application/json"}, expect=401).status == 401


# --- sessions


def test_a_planted_cookie_is_not_taken_over(person, client):
    client.browser.set_cookie("sid", "planted-by-somebody")
    by_password(client)
    assert client.cookie() != "planted-by-somebody" and is_in(client)
    other = Client(client.app)
    other.browser.set_cookie("sid", "planted-by-somebody")
    assert not is_in(other)


def test_each_sign_in_changes_the_cookie_and_ends_the_old_session(person, client):
    by_password(client)
    old = client.cookie()
    by_password(client)
    assert client.cookie() != old
    thief = Client(client.app)
    thief.browser.set_cookie("sid", old)
    assert is_in(client) and not is_in(thief)


def test_signing_out_kills_the_cookie(person, client):
    by_password(client)
    stolen = client.cookie()
    answer = answer_to(client, "/sign-out", csrf_token=client.csrf_token())
    assert (answer.status_code, answer.location) == (303, "/") and not client.has_session
    thief = Client(client.app)
    thief.browser.set_cookie("sid", stolen)
    assert not is_in(thief)
    assert thief.post("/me/notifications/read", expect=401).status == 401
    assert answer_to(client, "/sign-out").status_code == 303
    assert count(SignInSession) == 1


def test_signing_in_and_out_cannot_be_forged(person, client):
    hostile = {"Origin": "https://evil.example"}
    by_password(client, headers=hostile, expect=403)
    by_password(client, headers={"Sec-Fetch-Site": "cross-site"}, expect=403)
    assert count(SignInSession) == 0
    by_password(client)
    client.post("/sign-out", has_csrf=False, expect=403)
    client.post("/sign-out", {"csrf_token": "0" * 64}, expect=403)
    assert is_in(client)


def test_the_cart_is_told_who_the_visitor_became(person, app, client):
    told = []
    wiring = app.extensions["bazargah"]
    app.extensions["bazargah"] = dataclasses.replace(wiring, on_sign_in=lambda *what: told.append(what))
    client.browser.set_cookie("sid", "visitor")
    by_password(client)
    assert [(old, who) for old, who, _ in told] == [("visitor", person.id)]


def test_when_the_cart_fails_nobody_is_signed_in(person, app, client):
    def fail(*what):
        raise RuntimeError("no")

    app.extensions["bazargah"] = dataclasses.replace(app.extensions["bazargah"], on_sign_in=fail)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    by_password(client, expect=500)
    assert count(SignInSession) == 0 and not client.has_session


# --- by code


def test_somebody_new_signs_up_by_code(ctx, at, client):
    page = client.get("/sign-up?next=/me/notifications")
    page = client.submit(page.form("/sign-up"), given_name="سارا", surname="کریمی", mobile="+98 912 111 2233")
    assert page.path == "/sign-in/verify" and "۰۹۱۲***۲۲۳۳" in page.text and count(Person) == 0
    page = client.submit(page.form("/sign-in/verify"), code=persian_digits(sent_code()))
    assert page.path == PRIVATE
    made = db.session.scalars(select(Person)).one()
    assert (made.mobile, made.given_name, made.surname, made.language) == (MOBILE, "سارا", "کریمی", "fa")


def test_signing_up_in_english_stays_in_english(ctx, at, client):
    page = client.submit(
        client.get("/en/sign-up?next=/me/notifications").form("/sign-up"),
        given_name="Sara",
        surname="Karimi",
        mobile=MOBILE,
    )
    assert page.path == "/en/sign-in/verify"
    page = client.submit(page.form("/sign-in/verify"), code=sent_code())
    assert page.path == "/en/me/notifications"
    assert db.session.scalars(select(Person.language)).one() == "en"
    assert db.session.scalars(select(Message.language)).one() == "en"


def test_signing_up_with_a_known_mobile_signs_in_and_renames_nobody(person, client):
    client.submit(client.get("/sign-up").form("/sign-up"), given_name="کس", surname="دیگر", mobile=MOBILE)
    assert answer_to(client, "/sign-in/verify", code=sent_code()).status_code == 303
    assert is_in(client) and count(Person) == 1
    assert db.session.scalars(select(Person.given_name)).one() == person.given_name


def test_asking_for_a_code_tells_nothing(person, app):
    answers = []
    for mobile in (MOBILE, "09350000000"):
        page = ask_code(Client(app), mobile)
        masked = f"{mobile[:4]}***{mobile[-4:]}"
        source = page.source
        for shown in (mobile, masked, persian_digits(mobile), persian_digits(masked)):
            source = source.replace(shown, "M")
        answers.append((page.path, page.status, len(page.body), source))
    assert answers[0] == answers[1]


def test_code_and_mobile_stand_in_no_address_and_the_secret_in_no_page(person, client):
    answer = answer_to(client, "/sign-in/code", mobile=MOBILE)
    assert answer.status_code == 303 and answer.location == "/sign-in/verify"
    page = client.get("/sign-in/verify")
    assert sent_code() not in page.source
    assert client.browser.get_cookie("code_request").value not in page.source


def test_a_wrong_code_says_how_many_tries_are_left(person, client, at):
    page = ask_code(client)
    wrong = f"{(int(sent_code()) + 1) % 10**6:06d}"
    page = client.submit(page.form("/sign-in/verify"), code=wrong, expect=400)
    assert "این کد درست نیست" in page.text and "۴ بار دیگر" in page.text
    for _ in range(3):
        client.submit(page.form("/sign-in/verify"), code=wrong, expect=400)
    client.submit(page.form("/sign-in/verify"), code=wrong, expect=429)
    refused = client.submit(page.form("/sign-in/verify"), code=sent_code(), expect=429)
    assert refused.headers["Retry-After"] and not client.has_session
    assert db.session.scalars(select(OneTimeCode.tries)).one() == 5
    assert count(SignInSession) == 0


@pytest.mark.parametrize(("seconds", "is_good"), [(119.999, True), (120, False)])
def test_a_code_lives_two_minutes(person, client, at, seconds, is_good):
    page = ask_code(client)
    with later(at, seconds=seconds):
        page = client.submit(page.form("/sign-in/verify"), code=sent_code(), expect=200 if is_good else 400)
    assert client.has_session is is_good
    assert is_good or "زمان این کد به سر رسیده است" in page.text


def test_a_code_opens_no_other_browser(person, app):
    mine, thine = Client(app), Client(app)
    ask_code(mine)
    code = sent_code()
    assert thine.post("/sign-in/verify", {"code": code}).path == "/sign-in"
    thine.browser.set_cookie("code_request", "made-up")
    assert thine.post("/sign-in/verify", {"code": code}).path == "/sign-in"
    ask_code(thine, "09350000000")
    thine.post("/sign-in/verify", {"code": code}, expect=400)
    assert not thine.has_session and count(SignInSession) == 0
    mine.post("/sign-in/verify", {"code": code})
    assert is_in(mine)


def test_a_code_is_of_no_use_twice(person, client):
    page = ask_code(client)
    code, asked = sent_code(), client.browser.get_cookie("code_request").value
    assert client.submit(page.form("/sign-in/verify"), code=code).path == PRIVATE
    again = Client(client.app)
    again.browser.set_cookie("code_request", asked)
    page = again.post("/sign-in/verify", {"code": code}, expect=400)
    assert "پیش‌تر به کار رفته" in page.text and not again.has_session


def test_the_next_code_comes_after_a_minute(person, client, at):
    page = ask_code(client)
    assert "۶۰ ثانیه" in page.text
    with later(at, seconds=59):
        refused = client.submit(page.form("/sign-in/code"), expect=429)
        assert refused.headers["Retry-After"] == "1" and count(Message) == 1
    ask_code(Client(client.app), expect=429)
    with later(at, seconds=60):
        client.submit(page.form("/sign-in/code"))
    assert count(Message) == 2


def test_a_code_asked_for_again_keeps_name_and_goal(ctx, client, at):
    page = client.submit(
        client.get("/sign-up?next=/me/notifications").form("/sign-up"),
        given_name="سارا",
        surname="کریمی",
        mobile=MOBILE,
    )
    with later(at, seconds=61):
        page = client.submit(page.form("/sign-in/code"))
        page = client.submit(page.form("/sign-in/verify"), code=sent_code())
    assert page.path == PRIVATE
    assert db.session.scalars(select(Person.given_name)).one() == "سارا"


@pytest.mark.parametrize("typed", ["", "12345", "abcdef", "1234567"])
def test_what_is_no_code_costs_no_try(person, client, typed):
    page = ask_code(client)
    page = client.submit(page.form("/sign-in/verify"), code=typed, expect=422)
    assert "شش رقم" in page.text
    assert db.session.scalars(select(OneTimeCode.tries)).one() == 0


def test_the_code_page_without_a_code_leads_to_the_sign_in(ctx, client):
    assert client.get("/sign-in/verify").path == "/sign-in"


# --- where to go next


@pytest.mark.parametrize("evil", EVIL)
def test_nobody_is_sent_to_another_site(person, app, evil):
    client = Client(app)
    page = client.get("/sign-in", query_string={"next": evil})
    assert password_form(page).values["next"] == [""]
    answer = answer_to(client, "/sign-in", mobile=MOBILE, password=PASSWORD, next=evil)
    assert (answer.status_code, answer.location) == (303, "/")
    answer = alone(lambda: client.browser.get("/sign-in", query_string={"next": evil}, base_url=HOST))
    assert (answer.status_code, answer.location) == (302, "/")
    other = Client(app)
    ask_code(other, data={"next": evil})
    assert answer_to(other, "/sign-in/verify", code=sent_code()).location == "/"


def test_a_forged_waiting_cookie_leads_nowhere(person, client):
    ask_code(client)
    value = client.browser.get_cookie("code_request").value
    client.browser.set_cookie("code_request", value[:-3] + "abc")
    assert client.get("/sign-in/verify").path == "/sign-in"


# --- limits


def test_the_eleventh_failed_sign_in_waits(person, app, without_work):
    for _ in range(10):
        by_password(Client(app), password="نادرست ۱۲۳", expect=422)
    client = Client(app)
    page = by_password(client, expect=429)
    assert 0 < int(page.headers["Retry-After"]) <= 301
    assert not client.has_session and count(SignInSession) == 0


def test_the_limit_ends_after_five_minutes(person, app, at, without_work):
    for _ in range(10):
        by_password(Client(app), password="نادرست ۱۲۳", expect=422)
    with later(at, seconds=301):
        client = Client(app)
        by_password(client)
        assert client.has_session


@pytest.mark.databases("sqlite")
def test_a_thousand_mobiles_from_a_thousand_networks_with_one_try_each_meet_the_limit_over_all(
    person, app, without_work
):
    """The first 990 come without a password, which costs no hashing and counts as any failure does."""
    limit_told = metrics.LIMITS.labels("accounts.create_sign_in")

    def attempt(n: int, mobile: str, password: str) -> int:
        data = {"mobile": mobile, "password": password}
        place = {"REMOTE_ADDR": f"10.{n // 65536}.{n // 256 % 256}.{n % 256}"}
        browser = app.test_client()
        return alone(
            lambda: browser.post("/sign-in", data=data, base_url=HOST, environ_base=place).status_code
        )

    before = limit_told._value.get()
    assert {attempt(n, f"0935{n:07d}", "") for n in range(990)} == {422}
    assert {attempt(n, f"0935{n:07d}", "نادرست ۱۲۳") for n in range(990, 1000)} == {422}
    assert attempt(1000, "09351234567", "نادرست ۱۲۳") == 429
    assert attempt(1001, MOBILE, PASSWORD) == 429, "nor does the right one get in now"
    assert count(SignInSession) == 0
    assert limit_told._value.get() == before + 2, "the dashboard shows it"


@pytest.mark.parametrize("spread", ["mobiles", "networks"])
def test_the_limit_holds_for_a_mobile_and_for_a_network(person, app, spread, without_work):
    def attempt(n: int, expect: int) -> None:
        is_many_mobiles = spread == "mobiles"
        by_password(
            Client(app),
            f"0935000{n:04d}" if is_many_mobiles else MOBILE,
            "نادرست ۱۲۳",
            expect=expect,
            environ_base={"REMOTE_ADDR": "10.0.0.1" if is_many_mobiles else f"10.0.0.{n}"},
        )

    for n in range(10):
        attempt(n, 422)
    attempt(11, 429)
    by_password(
        Client(app), "09360000000", "نادرست ۱۲۳", expect=422, environ_base={"REMOTE_ADDR": "10.9.9.9"}
    )


def test_a_network_of_version_six_is_one_caller(person, app, without_work):
    for n in range(10):
        by_password(
            Client(app),
            f"0935000{n:04d}",
            "x" * 9,
            expect=422,
            environ_base={"REMOTE_ADDR": f"2001:db8:1:2::{n:x}"},
        )
    by_password(Client(app), expect=429, environ_base={"REMOTE_ADDR": "2001:db8:1:2:ffff::1"})
    by_password(Client(app), environ_base={"REMOTE_ADDR": "2001:db8:1:3::1"})


def test_signing_in_rightly_is_not_counted(person, app):
    for _ in range(12):
        client = Client(app)
        by_password(client)
        assert client.has_session


def test_an_address_may_ask_for_sixty_codes_an_hour(ctx, app, at, without_work):
    client = Client(app, is_checking=False)
    for n in range(60):
        assert answer_to(client, "/sign-in/code", mobile=f"0935000{n:04d}").status_code == 303
    page = ask_code(client, MOBILE, expect=429)
    assert int(page.headers["Retry-After"]) > 3000 and count(Message) == 60


# --- the pages of messages


def test_notices_are_shown_and_read(person, client, at):
    client.sign_in(person)
    assert "هنوز خبری نیست" in client.get(PRIVATE).text
    with unit_of_work():
        for n in range(25):
            put_message(
                key=f"k{n}",
                person=person.id,
                channel=Channel.app,
                template="one_time_code",
                params={"code": f"<i>{n}</i>", "path": "/me/notifications"},
                subject="x",
                at=at,
            )
    page = client.get(PRIVATE)
    assert "۲۵ اعلان خوانده‌نشده" in page.text and "<i>24</i>" in page.text
    assert len(page.all("li", class_="thread__one")) == 20
    older = client.get(next(link for link in page.links() if "cursor=" in link))
    assert len(older.all("li", class_="thread__one")) == 5
    page = client.submit(page.form("/me/notifications/read"))
    assert "خوانده‌شده نشان خورد" in page.text and "خوانده‌نشده" not in page.text
    assert "unread" not in client.get("/en" + PRIVATE).text
    client.get(PRIVATE + "?cursor=made-up", expect=400)


def test_the_outbox_page_is_the_demos_alone(person, app, client, settings):
    ask_code(client)
    client.get("/demo/outbox", expect=404)
    app.config["SETTINGS"] = dataclasses.replace(settings, mode="demo")
    page = client.get("/demo/outbox")
    assert sent_code() in page.text and page.headers["Cache-Control"] == "no-store"
    assert sent_code() in client.get("/en/demo/outbox").text
    assert sent_code() in client.get("/demo/outbox", query_string={"mobile": "۰۹۱۲ ۱۱۱ ۲۲۳۳"}).text
    for other in ("09350000000", "' or 1=1", "<script>"):
        page = client.get("/demo/outbox", query_string={"mobile": other})
        assert not re.search(r"\b\d{6}\b", page.text) and "پیامی نیست" in page.text


def test_enter_in_the_password_field_signs_in(client, person):
    """A browser presses the form's first button, which asks for a code; a typed password is meant all the same."""
    answer = ask_code(client, data={"password": PASSWORD, "next": PRIVATE})
    assert answer.url == PRIVATE
    assert count(OneTimeCode) == 0
    assert count(Message) == 0
