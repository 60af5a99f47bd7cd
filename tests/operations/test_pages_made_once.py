"""Many who want one page at once: one thread makes it, the others wait for it, and nobody gets what was before."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.ctx import AppContext

from marketplace.core.settings import Settings
from marketplace.storefront import page_cache
from marketplace.storefront.makers import Makers
from tests.operations.test_page_cache import an_app, cache_of, run
from tests.worlds import database, the_world  # noqa: F401

MANY = 8
LONG = 30.0


class Held:
    """A view that begins and does not end before it is told to; counts how often it was begun."""

    def __init__(self, app: Flask, endpoint: str) -> None:
        self._view = app.view_functions[endpoint]
        self.begun = 0
        self.fails: list[Exception] = []
        self.is_inside, self.go = threading.Event(), threading.Event()
        app.view_functions[endpoint] = self

    def __call__(self, **values: Any) -> Any:
        self.begun += 1
        told = self._view(**values)
        self.is_inside.set()
        assert self.go.wait(LONG)
        if self.fails:
            raise self.fails.pop()
        return told


@pytest.fixture
def crowd() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(MANY) as threads:
        yield threads


@pytest.fixture
def house(settings: Settings) -> Iterator[Flask]:
    with an_app(settings, "4") as app:
        app.config["PROPAGATE_EXCEPTIONS"] = False
        yield app


def asks(crowd: ThreadPoolExecutor, app: Flask, path: str) -> Future[tuple[int, bytes]]:
    def ask() -> tuple[int, bytes]:
        told = app.test_client().get(path)
        return told.status_code, told.data

    return crowd.submit(ask)


def until(look: Callable[[], object]) -> None:
    for _ in range(3000):
        if look():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it did not come to that")


def waiting(app: Flask) -> int:
    return cache_of(app)._makers._waiting


def test_one_makes_the_page_of_all_who_want_it(
    at: datetime, ctx: AppContext, house: Flask, crowd: ThreadPoolExecutor
) -> None:
    home = Held(house, "storefront.home")
    asked = [asks(crowd, house, "/") for _ in range(MANY)]
    until(lambda: waiting(house) == MANY - 1)
    other = house.test_client().get("/stores")
    assert other.status_code == 200, "only who wants that page waits for it"
    home.go.set()
    told = [one.result(LONG) for one in asked]
    assert home.begun == 1
    assert {status for status, _ in told} == {200}
    assert len({body for _, body in told}) == 1
    assert cache_of(house).hits == MANY - 1
    assert waiting(house) == 0


def test_who_waited_for_one_that_failed_goes_on(
    at: datetime, ctx: AppContext, house: Flask, crowd: ThreadPoolExecutor
) -> None:
    home = Held(house, "storefront.home")
    home.fails = [RuntimeError("the first one alone")]
    asked = [asks(crowd, house, "/") for _ in range(MANY)]
    until(lambda: waiting(house) == MANY - 1)
    home.go.set()
    told = sorted(one.result(LONG)[0] for one in asked)
    assert told == [*[200] * (MANY - 1), 500]
    assert home.begun == MANY


def test_nobody_waits_longer_than_patience(
    at: datetime, ctx: AppContext, house: Flask, crowd: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_cache, "PATIENCE_SECONDS", 0.05)
    home = Held(house, "storefront.home")
    asked = [asks(crowd, house, "/") for _ in range(3)]
    until(lambda: home.begun == 3)
    home.go.set()
    assert [one.result(LONG)[0] for one in asked] == [200] * 3


def test_a_third_of_the_places_stays_for_what_nobody_waits_for(
    at: datetime, ctx: AppContext, house: Flask, crowd: ThreadPoolExecutor
) -> None:
    cache_of(house)._makers = Makers(6)
    home = Held(house, "storefront.home")
    asked = [asks(crowd, house, "/") for _ in range(6)]
    until(lambda: waiting(house) == 4 and home.begun == 2)
    home.go.set()
    assert [one.result(LONG)[0] for one in asked] == [200] * 6


def test_who_looked_a_moment_before_it_was_kept_does_not_make_it_again(
    at: datetime, ctx: AppContext, house: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, kept, looks = Held(house, "storefront.home"), cache_of(house).pages, []
    home.go.set()
    first, find = house.test_client().get("/"), kept.find

    def not_yet(*asked: Any) -> Any:
        looks.append(asked)
        return None if len(looks) == 1 else find(*asked)

    monkeypatch.setattr(kept, "find", not_yet)
    assert house.test_client().get("/").data == first.data
    assert (home.begun, len(looks)) == (1, 2)


def test_who_came_after_a_commit_does_not_get_the_page_that_was_begun_before(
    at: datetime, ctx: AppContext, house: Flask, crowd: ThreadPoolExecutor
) -> None:
    """The first has read the old name; all who come afterwards see the new one, and one of them makes it for all."""
    store = the_world().stores[0]
    page = Held(house, "storefront.show_store")
    path = f"/stores/{store.slug}"
    first = asks(crowd, house, path)
    assert page.is_inside.wait(LONG)
    run("UPDATE stores SET name_fa = 'نام تازه', name_en = 'A new name' WHERE id = :s", s=store.id)
    later = [asks(crowd, house, path) for _ in range(MANY - 1)]
    until(lambda: waiting(house) == MANY - 1)
    page.go.set()
    assert "نام تازه".encode() not in first.result(LONG)[1]
    assert all("نام تازه".encode() in one.result(LONG)[1] for one in later)
    assert page.begun == 2


def test_what_changes_while_it_is_made_is_made_once_more_and_no_oftener(
    at: datetime, ctx: AppContext, house: Flask, crowd: ThreadPoolExecutor
) -> None:
    """Stamps that never stand still: who waited takes the next page, whose stamps were read after they came."""
    store = the_world().stores[0]
    page = Held(house, "storefront.show_store")
    inner = page._view

    def changing(**values: Any) -> Any:
        told = inner(**values)
        run("UPDATE stores SET name_en = name_en || '2' WHERE id = :s", s=store.id)
        return told

    page._view = changing
    asked = [asks(crowd, house, f"/stores/{store.slug}") for _ in range(MANY)]
    until(lambda: waiting(house) == MANY - 1)
    page.go.set()
    assert [one.result(LONG)[0] for one in asked] == [200] * MANY
    assert page.begun == 2


def test_nobody_waits_for_a_page_that_was_found_to_be_kept_for_nobody(
    at: datetime, ctx: AppContext, house: Flask, crowd: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marketplace.core.stamps.STAMPED", frozenset({"categories"}))
    assert house.test_client().get("/").status_code == 200
    home = Held(house, "storefront.home")
    asked = [asks(crowd, house, "/") for _ in range(3)]
    until(lambda: home.begun == 3)
    assert waiting(house) == 0
    home.go.set()
    assert [one.result(LONG)[0] for one in asked] == [200] * 3
