"""Kept pages with holes: each reader gets, from whatever cache, the page that would be made for them alone."""

from __future__ import annotations

import multiprocessing
import os
import random
import re
from contextvars import Context
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask, current_app
from flask.ctx import AppContext
from flask.testing import FlaskClient
from sqlalchemy import text

from marketplace.accounts.models import Person, SignInSession
from marketplace.accounts.secrets import secret_hash
from marketplace.core.db import db
from marketplace.core.quick_reads import QuickReader
from marketplace.core.settings import Settings
from marketplace.core.unit_of_work import count_queries
from marketplace.orders.cart import CartOwner, put_line
from marketplace.reviews.models import Wish
from marketplace.storefront import bitmaps
from marketplace.stores.models import Store
from tests import databases
from tests.factories import World, a_policy_row, a_session, put, writing
from tests.operations.test_page_cache import an_app, cache_of, cached, changes, kept, run  # noqa: F401
from tests.packing import UNPACK
from tests.processes import in_processes
from tests.worlds import database, the_world  # noqa: F401

ROUNDS = 14 * int(os.environ.get("ROUNDS") or 1)
GUEST, EMPTY = "a-guest-with-a-cart", "a-guest-without"
TOLD = (
    "Cache-Control",
    "Content-Type",
    "Content-Encoding",
    "Set-Cookie",
    "Content-Security-Policy",
    "Location",
)


def somebody(app: Flask, session_name: str) -> FlaskClient:
    client = app.test_client()
    if session_name:
        client.set_cookie("sid", session_name)
    return client


@pytest.fixture
def names(ctx: AppContext, at: datetime) -> dict[str, str]:
    """Session names: of guests, and of people who shop, keep a store and sit in the office."""
    w = the_world()
    with writing():
        found = {
            "nobody": "",
            "guest": GUEST,
            "empty": EMPTY,
            "shopper": a_session(w.shopper),
            "elsewhere": a_session(w.shopper),
            "store": a_session(w.owners[0]),
            "office": a_session(w.office),
        }
        put_line(CartOwner(guest_hash=secret_hash(GUEST)), w.tea.id, 2, at)
        put_line(CartOwner(person_id=w.shopper.id), w.bowl.id, 1, at)
        put(Wish, person_id=w.shopper.id, offer_id=w.carpet.id, seen_toman=1, wished_at=at)
    return found


def of_people(names: dict[str, str], at: datetime) -> list[tuple[str, dict[str, Any]]]:
    """What makes a page another for one reader: each is undone by the next of its kind, or by its own repetition."""
    w = the_world()
    mine, who = {"h": secret_hash(names["shopper"])}, {"p": w.shopper.id}
    past, ahead = kept(at - timedelta(hours=1)), kept(at + timedelta(days=1))
    cart = "(SELECT id FROM carts WHERE {})"
    return [
        ("UPDATE sessions SET ended_at = :t WHERE token_hash = :h", {**mine, "t": past}),
        ("UPDATE sessions SET ended_at = NULL WHERE token_hash = :h", mine),
        ("UPDATE sessions SET expires_at = :t WHERE token_hash = :h", {**mine, "t": past}),
        ("UPDATE sessions SET expires_at = :t WHERE token_hash = :h", {**mine, "t": ahead}),
        ("UPDATE sessions SET waits_for_second = true, second_at = NULL WHERE token_hash = :h", mine),
        ("UPDATE sessions SET waits_for_second = false WHERE token_hash = :h", mine),
        ("UPDATE sessions SET last_used_at = :t WHERE token_hash = :h", {**mine, "t": past}),
        ("UPDATE people SET disabled_at = :t WHERE id = :p", {**who, "t": past}),
        ("UPDATE people SET disabled_at = NULL WHERE id = :p", who),
        ("UPDATE people SET given_name = given_name || ' & <b>' WHERE id = :p", who),
        ("UPDATE people SET given_name = '', surname = '' WHERE id = :p", who),
        ("UPDATE role_grants SET ended_at = :t WHERE person_id = :p", {"p": w.office.id, "t": past}),
        ("UPDATE role_grants SET ended_at = NULL WHERE person_id = :p", {"p": w.office.id}),
        ("UPDATE store_members SET ended_at = :t WHERE person_id = :p", {"p": w.owners[0].id, "t": past}),
        ("UPDATE store_members SET ended_at = NULL WHERE person_id = :p", {"p": w.owners[0].id}),
        (
            f"UPDATE cart_lines SET quantity = quantity % 9 + 1 WHERE cart_id = {cart.format('person_id = :p')}",
            who,
        ),
        (
            f"UPDATE cart_lines SET quantity = quantity % 9 + 1 WHERE cart_id = {cart.format('guest_hash = :g')}",
            {"g": secret_hash(GUEST)},
        ),
        ("UPDATE wishes SET offer_id = :o WHERE person_id = :p", {**who, "o": w.carpet.id}),
        ("UPDATE wishes SET offer_id = :o WHERE person_id = :p", {**who, "o": w.tea.id}),
    ]


def told(reader: FlaskClient, path: str) -> tuple[Any, ...]:
    answer = reader.get(path, headers={"Accept-Encoding": "gzip"} if hash(path) % 2 else {})
    body = UNPACK[answer.headers.get("Content-Encoding", "")](answer.data)
    return (answer.status_code, body, *(answer.headers.get(name) for name in TOLD))


def test_each_reader_gets_the_page_that_is_made_for_them(
    at: datetime,
    settings: Settings,
    names: dict[str, str],
    cached: list[Flask],  # noqa: F811
) -> None:
    """Any order of changes of the bazaar and of its people, read by all kinds of readers from two caches."""
    w, dice = the_world(), random.Random(1406)
    offer = f"/offers/{w.carpet.id}-{w.carpet.slug}"
    usual = ["/c/crafts", "/stores/artin", offer, f"/en{offer}"]
    others = ["/", "/search?cursor=wrong", "/no-such-page", f"/offers/{w.tea.id}", "/cart", "/fund"]
    people, bazaar = of_people(names, at), changes()
    with an_app(settings, "0") as third:
        for _ in range(ROUNDS):
            statement, values = dice.choice(bazaar if dice.random() < 0.2 else people)
            run(statement, **values)
            who = dice.choice(list(names))
            for path in (dice.choice(usual), dice.choice(usual), dice.choice(others))[: dice.choice((2, 3))]:
                anew = told(somebody(third, names[who]), path)
                for one in dice.sample(cached, 2):
                    assert told(somebody(one, names[who]), path) == anew, (statement, who, path)
    assert sum(cache_of(one).hits for one in cached) > ROUNDS // 2, "nothing was answered from memory"


def test_readers_share_a_page_and_none_of_their_words(
    at: datetime,
    names: dict[str, str],
    cached: list[Flask],  # noqa: F811
) -> None:
    """A page is made once for nobody and all guests, once for all who only shop; each sees themselves alone."""
    w, cache = the_world(), cache_of(cached[0])
    path = f"/offers/{w.carpet.id}-{w.carpet.slug}"
    pages = {who: somebody(cached[0], name).get(path) for who, name in names.items()}
    assert len(cache.pages) == 4, "without an account; shoppers; of a store; of the office"
    assert cache.hits == len(names) - 4
    assert "سارا" in pages["shopper"].text
    assert not any("سارا" in pages[who].text for who in names.keys() - {"shopper", "elsewhere"})
    tokens = {
        who: set(re.findall(r'name="csrf_token" value="(\w+)"', page.text)) for who, page in pages.items()
    }
    assert tokens.pop("nobody") == set()
    assert all(len(found) == 1 for found in tokens.values())
    assert len(set.union(*tokens.values())) == len(tokens)
    assert "hole" not in "".join(page.text for page in pages.values())
    assert {page.headers["Cache-Control"] for who, page in pages.items() if who != "nobody"} == {"no-store"}
    assert pages["nobody"].headers["Cache-Control"] == "no-cache"


def test_what_asks_for_the_reader_is_made_for_the_reader(
    at: datetime,
    names: dict[str, str],
    cached: list[Flask],  # noqa: F811
) -> None:
    """The answers to a question may be given by its buyers: nobody marked this page, and it is right all the same."""
    w = the_world()
    path = f"/offers/{w.carpet.id}/questions"
    for _ in range(2):
        assert "سارا" in somebody(cached[0], names["shopper"]).get(path).text
    assert cache_of(cached[0]).hits == 0
    assert len(cache_of(cached[0]).pages) == 0


def test_the_use_of_a_session_is_noted(
    at: datetime,
    names: dict[str, str],
    cached: list[Flask],  # noqa: F811
) -> None:
    """Once an hour the request goes to Flask, which writes down where the session is used."""
    shopper = somebody(cached[0], names["shopper"])
    for _ in range(2):
        shopper.get("/")
    hits = cache_of(cached[0]).hits
    old = kept(at - timedelta(hours=2))
    run("UPDATE sessions SET last_used_at = :t WHERE token_hash = :h", t=old, h=secret_hash(names["shopper"]))
    shopper.get("/")
    assert cache_of(cached[0]).hits == hits
    db.session.rollback()
    row = db.session.query(SignInSession).filter_by(token_hash=secret_hash(names["shopper"])).one()
    assert row.last_used_at == at
    shopper.get("/")
    assert cache_of(cached[0]).hits == hits + 1


def test_one_statement_finds_the_reader(
    at: datetime,
    names: dict[str, str],
    cached: list[Flask],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A kept page costs two statements with a session: the stamps, and who reads."""
    asked: list[str] = []
    real = QuickReader.rows

    def heard(self: QuickReader, statement: str, values: Any = ()) -> list[Any]:
        asked.append(statement)
        return real(self, statement, values)

    for who in ("guest", "shopper"):
        reader = somebody(cached[0], names[who])
        reader.get("/c/crafts")
        with monkeypatch.context() as patch:
            patch.setattr(QuickReader, "rows", heard)
            asked.clear()
            reader.get("/c/crafts")
        assert len(asked) == 2, who


MADE_ANEW = {
    "/?anew=1": 4,
    "/c/crafts?sort=price": 1,
    "/search?q=Rug&sort=price": 2,
    "/offers/{offer}": 9,
    "/stores/artin": 7,
    "/stores?q=a": 2,
}
"""Statements of a page that is made anew, while what many pages read alike is remembered: edition, policy, the rows of
the bazaar, the provinces, and what facets are counted from."""


@pytest.mark.databases("sqlite")
def test_a_page_made_anew_asks_what_no_other_page_asked(
    at: datetime,
    names: dict[str, str],
    cached: list[Flask],  # noqa: F811
) -> None:
    w, reader = the_world(), cached[0].test_client()
    for path in ("/", "/c/beauty", f"/offers/{w.soap.id}-{w.soap.slug}"):
        reader.get(path)
    found = {}
    for path in MADE_ANEW:
        statements: list[str] = []
        with cached[0].app_context():
            stop = count_queries(statements)
        reader.get(path.format(offer=f"{w.carpet.id}-{w.carpet.slug}"))
        with cached[0].app_context():
            stop()
        asked = (" ".join(statement.split()) for statement in statements)
        found[path] = sum(one.startswith(("SELECT", "WITH")) for one in asked)
    assert found == MADE_ANEW


def test_what_is_remembered_goes_with_its_rows(
    at: datetime,
    names: dict[str, str],
    cached: list[Flask],  # noqa: F811
) -> None:
    """A number of the policy, a name of a row: the next page of any address has the new one."""
    w, reader = the_world(), cached[0].test_client()
    days = "reference_days"
    assert "۳۰ روز" in reader.get("/c/crafts").text
    with writing():
        a_policy_row(days, 41, effective_from=at)
    page = reader.get("/c/crafts?sort=price").text
    assert "۴۱ روز" in page
    assert "۳۰ روز" not in page
    run("UPDATE categories SET name_fa = 'دست‌سازها' WHERE id = :c", c=w.categories[1].id)
    assert "دست‌سازها" in reader.get("/c/beauty").text


# --- several processes -----------------------------------------------------------------------------------------------

READS = 15
"""Between two writes, by all processes together."""
WRITES = 5 * int(os.environ.get("ROUNDS") or 1)
SHOPPER = "a-shopper-of-all-processes"


def test_no_process_shows_what_was_before_a_commit(
    at: datetime, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One process writes, two read through caches of their own: what was committed before a request is in its answer.

    Each write is of a number: the name of the store and of the reader carry it, and the seal stands while it is even.
    """
    context = multiprocessing.get_context("fork")
    begun, committed, reads = (context.Value("i", 0) for _ in range(3))
    is_ready, is_over = context.Event(), context.Event()
    with_cache = databases.settings_for(settings.database_url, settings.instance, PAGE_CACHE_MB="4")
    monkeypatch.setattr(bitmaps, "LAG_SECONDS", 0)

    def write(w: World) -> int:
        with writing():
            a_session(w.shopper, token_hash=secret_hash(SHOPPER))
        is_ready.set()
        for number in range(1, WRITES + 1):
            begun.value = number
            with writing():
                state = "revoked" if number % 2 else "active"
                store = db.session.get_one(Store, w.stores[0].id)
                store.name_fa = f"آرتین نسخه {number} تمام"
                db.session.get_one(Person, w.shopper.id).given_name = f"خریدار{number}تمام"
                db.session.execute(
                    text("UPDATE seals SET state = :n WHERE store_id = :s"), {"n": state, "s": store.id}
                )
            committed.value = number
            db.session.remove()
            wanted = reads.value + READS
            while reads.value < wanted and not is_over.wait(0.005):
                pass
        is_over.set()
        return WRITES

    def read(w: World, app: Flask) -> int:
        readers = {name: somebody(app, name) for name in ("", GUEST, SHOPPER)}
        is_ready.wait(20)
        while not is_over.is_set():
            for name, reader in readers.items():
                least = committed.value
                page = Context().run(reader.get, f"/stores/{w.stores[0].slug}").text
                most = committed.value + 1
                shown = int((re.findall(r"نسخه (\d+) تمام", page) or ["0"])[0])
                assert least <= shown <= most, (least, shown, most)
                if begun.value == least:  # no write fell between two statements of this page
                    assert (f"/offers/{w.soap.id}-" in page) == (shown % 2 == 0), shown
                if name == SHOPPER:
                    told_name = int((re.findall(r"خریدار(\d+)تمام", page) or ["0"])[0])
                    assert least <= told_name <= most, (least, told_name, most)
                with reads.get_lock():
                    reads.value += 1
        return cache_of(app).hits

    def work(index: int) -> int:
        try:
            return write(the_world()) if index == 0 else read(the_world(), current_app._get_current_object())
        finally:
            is_over.set()

    results = in_processes(3, with_cache, work)
    assert sum(results[1:]) > WRITES, "nothing was answered from memory"
