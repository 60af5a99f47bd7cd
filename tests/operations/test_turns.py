"""Too many at once: who pays an order is let in first, then people signed in, then others; the rest hear so at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

import pytest
from flask import Flask, Response

from marketplace.app import create_app
from marketplace.core import turns
from marketplace.core.db import db
from marketplace.core.glances import Crowded, Glances
from marketplace.core.metrics import IN_FLIGHT
from marketplace.core.turns import (
    IS_FOR_MANY,
    WAIT_SECONDS,
    Turns,
    kind_of,
    own_places,
)
from tests.fakes.sandbox import until

pytestmark = pytest.mark.databases("sqlite")
PLACES = 6


@pytest.mark.parametrize(
    ("path", "cookie", "kind"),
    [
        ("/checkout", "sid=x", "first"),
        ("/checkout", "__Host-sid=x", "first"),
        ("/checkout", "", "others"),
        ("/orders/123456789", "sid=x", "first"),
        ("/orders/123456789/payment", "sid=x", "first"),
        ("/webhooks/stripe", "", "first"),
        ("/readyz", "", "first"),
        ("/static/css/app.css", "", "first"),
        ("/stores", "sid=x", "signed in"),
        ("/checkouts", "sid=x", "signed in"),
        ("/stores", "theme=dark", "others"),
        ("/", "", "others"),
    ],
)
def test_the_class_of_a_request(path, cookie, kind):
    assert kind_of({"PATH_INFO": path, "HTTP_COOKIE": cookie}) == kind


@pytest.fixture
def crowded(settings) -> Iterator[Flask]:
    app = create_app(replace(settings, most_at_once=PLACES))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@contextmanager
def inside(app: Flask, count: int, **environ: bool) -> Iterator[None]:
    """So many requests of the first class are under way and do not end before the block does."""
    here, go = threading.Barrier(count + 1), threading.Event()

    def wait() -> str:
        here.wait(20)
        go.wait(20)
        return "ok"

    app.view_functions["health.show_health"] = wait
    ask = [
        threading.Thread(
            target=lambda: app.test_client().get("/healthz", environ_overrides=environ, buffered=True)
        )
        for _ in range(count)
    ]
    for each in ask:
        each.start()
    here.wait(20)
    try:
        yield
    finally:
        go.set()
        for each in ask:
            each.join(20)


ASKED: dict[str, tuple[str, dict[str, str]]] = {
    "others": ("/sign-up", {}),
    "signed in": ("/sign-up", {"Cookie": "sid=x"}),
    "first": ("/webhooks/nobody", {}),
}


@pytest.mark.parametrize(
    ("taken", "let_in"),
    [(3, {"others", "signed in", "first"}), (4, {"signed in", "first"}), (5, {"first"}), (6, set())],
)
def test_the_last_places_are_for_those_who_buy(crowded, taken, let_in):
    with inside(crowded, taken):
        client, got = crowded.test_client(use_cookies=False), set()
        for kind, (path, headers) in ASKED.items():
            if client.get(path, headers=headers, buffered=True).status_code != 503:
                got.add(kind)
    assert got == let_in
    assert crowded.test_client().get("/sign-up", buffered=True).status_code == 200, "places are free again"


def test_who_is_turned_away_is_told_when_to_come_back(crowded):
    with inside(crowded, PLACES):
        client = crowded.test_client()
        page = client.get("/sign-up")
        assert page.status_code == 503
        assert WAIT_SECONDS[0] <= int(page.headers["Retry-After"]) <= WAIT_SECONDS[1]
        assert page.headers["Refresh"] == page.headers["Retry-After"], (
            "the page asks again by itself, without scripts"
        )
        assert ('<html lang="fa" dir="rtl">' in page.text, "سبد" in page.text) == (True, True)
        assert '<html lang="en" dir="ltr">' in client.get("/en/sign-up").text
        assert "Refresh" not in client.post("/sign-up").headers, "a form is not sent twice"
        told = client.get("/api/v1/stores")
        assert (told.status_code, told.json["code"], told.mimetype) == (
            503,
            "busy",
            "application/problem+json",
        )
        assert client.head("/sign-up").text == ""


SIGNED_IN = {"Cookie": "sid=x"}


def test_who_comes_a_moment_too_early_waits_for_it(crowded, monkeypatch):
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 20)
    got: list[int] = []
    with inside(crowded, PLACES):
        early = coming(crowded, 1, got)
        assert got == []
    early[0].join(20)
    assert got == [200]
    assert_nobody_inside(crowded)


def test_so_many_wait_and_no_more(crowded, monkeypatch):
    """Three for each place when others come, four when somebody is signed in or buys."""
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 20)
    got: list[int] = []
    with inside(crowded, PLACES):
        early = coming(crowded, 3 * PLACES, got)
        client = crowded.test_client(use_cookies=False)
        assert client.get("/sign-up").status_code == 503, "others are told at once"
        early += coming(crowded, PLACES, got, waiting=4 * PLACES)
        assert client.get("/sign-up", headers=SIGNED_IN).status_code == 503, "told at once"
    for each in early:
        each.join(20)
    assert got == [200] * 4 * PLACES
    assert_nobody_inside(crowded)


def test_in_a_crowd_fewer_wait(crowded, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(turns, "time", SimpleNamespace(monotonic=lambda: now))
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 20)
    monkeypatch.setattr(turns, "PATIENCE_OF_A_CROWD", 20)
    got: list[int] = []
    with inside(crowded, PLACES):
        early = coming(crowded, PLACES - 4, got)
        for more in range(4):
            now += turns.CALM_SECONDS - 0.01
            early += coming(crowded, 1, got, waiting=PLACES - 3 + more)
        client = crowded.test_client(use_cookies=False)
        assert client.get("/sign-up").status_code == 503, "one for each place when others come"
        early += coming(crowded, PLACES, got, waiting=2 * PLACES)
        assert client.get("/sign-up", headers=SIGNED_IN).status_code == 503, "two when they are signed in"
    for each in early:
        each.join(20)
    assert got == [200] * 2 * PLACES
    assert_nobody_inside(crowded)


def test_who_waited_in_vain_is_told_and_leaves_nothing(crowded, monkeypatch):
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 0.01)
    with inside(crowded, PLACES):
        client = crowded.test_client(use_cookies=False)
        assert client.get("/sign-up", headers=SIGNED_IN).status_code == 503
        assert not turns_of(crowded)._waiting
    assert_nobody_inside(crowded)


def test_in_a_crowd_hardly_anybody_waits(crowded, monkeypatch):
    """Where somebody has had to wait all the time for a second, more come than can be served: they are told soon."""
    now = 1000.0
    monkeypatch.setattr(turns, "time", SimpleNamespace(monotonic=lambda: now))
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 20)
    monkeypatch.setattr(turns, "PATIENCE_OF_A_CROWD", 0.01)
    got: list[int] = []
    with inside(crowded, PLACES):
        early = coming(crowded, 1, got)
        for more in range(1, 5):
            now += turns.CALM_SECONDS - 0.05
            early += coming(crowded, 1, got, waiting=more + 1)
        now += 0.1
        client = crowded.test_client(use_cookies=False)
        assert client.get("/sign-up", headers=SIGNED_IN).status_code == 503, "told soon"
        assert len(turns_of(crowded)._waiting) == 5, "who came before goes on waiting"
    for each in early:
        each.join(20)
    assert got == [200] * 5
    with inside(crowded, PLACES):
        client = crowded.test_client(use_cookies=False)
        assert client.get("/sign-up", headers=SIGNED_IN).status_code == 503, "an empty line is no calm"
    now += turns.CALM_SECONDS + 0.1
    with inside(crowded, PLACES):
        early = coming(crowded, 1, got)
    early[0].join(20)
    assert got == [200] * 6, "nobody had to wait for a while: there is patience again"


@contextmanager
def outside(app: Flask, after: list[int]) -> Iterator[None]:
    """All places ask the outside, until the end of the block; then each tells how many are taken."""
    there, go = threading.Barrier(PLACES + 1), threading.Event()

    def ask() -> str:
        with turns.outside():
            there.wait(20)
            go.wait(20)
        after.append(turns_of(app)._taken)
        return "ok"

    app.view_functions["health.show_health"] = ask
    askers = [
        threading.Thread(target=lambda: app.test_client().get("/healthz", buffered=True))
        for _ in range(PLACES)
    ]
    for each in askers:
        each.start()
    there.wait(20)
    try:
        yield
    finally:
        go.set()
        for each in askers:
            each.join(20)


def test_who_waits_for_the_outside_for_long_lends_the_place(crowded, monkeypatch):
    """All places ask the gateway: others are let in meanwhile, and each has its place again afterwards."""
    monkeypatch.setattr(turns, "USUAL_SECONDS_OUTSIDE", 0.0)
    after: list[int] = []
    with outside(crowded, after):
        assert crowded.test_client(use_cookies=False).get("/sign-up", buffered=True).status_code == 200
        assert turns_of(crowded)._taken == 0
    assert len(after) == PLACES
    assert min(after) >= 1, "whoever is back holds a place"
    assert_nobody_inside(crowded)


def test_who_is_back_soon_keeps_the_place(crowded, monkeypatch):
    """A gateway that answers as it should: one too many inside would make everybody late."""
    monkeypatch.setattr(turns, "USUAL_SECONDS_OUTSIDE", 60.0)
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 0.01)
    after: list[int] = []
    with outside(crowded, after):
        assert crowded.test_client(use_cookies=False).get("/sign-up").status_code == 503
        assert turns_of(crowded)._taken == PLACES
    assert max(after) == PLACES, "nobody was let in beside them"
    assert_nobody_inside(crowded)


def test_who_waits_already_has_a_place_that_is_lent(crowded, monkeypatch):
    monkeypatch.setattr(turns, "USUAL_SECONDS_OUTSIDE", 1.0)
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 20)
    got: list[int] = []
    with outside(crowded, []):
        for each in coming(crowded, 1, got):
            each.join(20)
        assert got == [200], "let in while they are still outside"
    assert_nobody_inside(crowded)


def test_a_call_that_fails_outside_has_its_place_again(crowded):
    def fail() -> str:
        with turns.outside():
            raise ZeroDivisionError

    crowded.view_functions["health.show_health"] = fail
    for _ in range(PLACES + 2):
        assert crowded.test_client().get("/healthz", buffered=True).status_code == 500
    assert_nobody_inside(crowded)


def test_outside_of_a_request_nothing_is_lent(crowded):
    with inside(crowded, 1), turns.outside():
        assert turns_of(crowded)._taken == 1


def coming(app: Flask, count: int, got: list[int], waiting: int = 0) -> list[threading.Thread]:
    """So many who are signed in wait for a place, `waiting` with those who came before."""

    def come() -> None:
        client = app.test_client(use_cookies=False)
        got.append(client.get("/sign-up", headers=SIGNED_IN, buffered=True).status_code)

    threads = [threading.Thread(target=come) for _ in range(count)]
    for each in threads:
        each.start()
    until(lambda: len(turns_of(app)._waiting) == (waiting or count), what="those who wait")
    return threads


def assert_nobody_inside(app: Flask) -> None:
    now = turns_of(app)
    assert (now._taken, now._taken_for_many, len(now._waiting)) == (0, 0, 0)


def test_a_view_that_fails_gives_its_place_back(crowded):
    def fail() -> str:
        raise ZeroDivisionError

    crowded.view_functions["health.show_health"] = fail
    for _ in range(PLACES + 2):
        assert crowded.test_client().get("/healthz", buffered=True).status_code == 500
    assert crowded.test_client().get("/sign-up", buffered=True).status_code == 200


class Broken:
    """Parts of an answer that cannot be let go, as where the connection that reads them is gone."""

    def __iter__(self) -> Iterator[bytes]:
        return iter([b"a table"])

    def close(self) -> None:
        raise ZeroDivisionError


def test_an_answer_that_cannot_be_let_go_gives_its_place_back_once(crowded):
    crowded.view_functions["health.show_health"] = lambda: Response(Broken())
    under_way = IN_FLIGHT._value.get()
    for _ in range(PLACES + 2):
        answer = crowded.test_client().get("/healthz")
        assert (answer.status_code, answer.text) == (200, "a table")
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                answer.close()
    assert_nobody_inside(crowded)
    assert IN_FLIGHT._value.get() == under_way


def test_the_files_of_a_page_are_sent_whoever_is_inside(crowded):
    with inside(crowded, PLACES):
        client = crowded.test_client()
        assert client.get("/static/css/app.css", buffered=True).status_code == 200
        assert client.get("/webhooks/nobody").status_code == 503
    assert turns_of(crowded)._taken == 0


def test_pages_for_many_have_places_of_their_own(crowded):
    """Made while those who buy hold all others, and given back."""
    many = {IS_FOR_MANY: True}
    with inside(crowded, PLACES):
        client = crowded.test_client(use_cookies=False)
        assert client.get("/sign-up", environ_overrides=many, buffered=True).status_code == 200
        assert client.get("/sign-up", environ_overrides=many, buffered=True).status_code == 200, "given back"
        assert client.get("/sign-up", environ_overrides={IS_FOR_MANY: False}).status_code == 503
    assert (turns_of(crowded)._taken, turns_of(crowded)._taken_for_many) == (0, 0)


def test_who_finds_the_own_places_taken_takes_one_of_their_class(crowded):
    many = {IS_FOR_MANY: True}
    with inside(crowded, own_places(PLACES), **many):
        assert turns_of(crowded)._taken_for_many == own_places(PLACES)
        with inside(crowded, 3):
            ask = crowded.test_client(use_cookies=False).get
            assert ask("/sign-up", environ_overrides=many, buffered=True).status_code == 200, "a fourth place"
        with inside(crowded, 4):
            ask = crowded.test_client(use_cookies=False).get
            assert ask("/sign-up", environ_overrides=many).status_code == 503, "others have four"


def turns_of(app: Flask) -> Turns:
    return next(each for each in layers_of(app) if isinstance(each, Turns))


def test_so_many_may_look_at_the_same_time():
    glances = Glances(2)
    with from_another_thread(glances):
        assert not is_crowded(glances)
        with from_another_thread(glances):
            assert is_crowded(glances)
        assert not is_crowded(glances)


def test_who_is_done_looking_makes_room_also_where_it_failed():
    glances = Glances(1)
    with pytest.raises(ZeroDivisionError), glances:
        raise ZeroDivisionError
    with from_another_thread(glances):
        assert is_crowded(glances)
    assert not is_crowded(glances)


def test_without_places_everybody_may_look():
    everybody = Glances(0)
    with from_another_thread(everybody), from_another_thread(everybody):
        assert not is_crowded(everybody)


def layers_of(app: Flask) -> list[object]:
    found, layer = [], app.wsgi_app
    while layer is not None:
        found.append(layer)
        layer = getattr(layer, "_inner", None) or getattr(layer, "app", None)
    return found


def is_crowded(glances: Glances) -> bool:
    try:
        with glances:
            return False
    except Crowded:
        return True


@contextmanager
def from_another_thread(glances: Glances) -> Iterator[None]:
    here, go = threading.Event(), threading.Event()

    def look() -> None:
        with glances:
            here.set()
            go.wait(20)

    thread = threading.Thread(target=look)
    thread.start()
    assert here.wait(20)
    try:
        yield
    finally:
        go.set()
        thread.join(20)
