"""Public pages are answered from memory, and never as they were before a commit or an edge of the clock."""

from __future__ import annotations

import gzip
import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import Date, text

from marketplace.app import create_app
from marketplace.core.db import Moment, db, is_sqlite
from marketplace.core.glances import GLANCES
from marketplace.core.quick_reads import QuickReader
from marketplace.core.settings import Settings
from marketplace.core.stamps import MAY_LAG, STAMPED, StampReader, add_up_stamps
from marketplace.core.unit_of_work import unit_of_work
from marketplace.storefront import bitmaps, page_cache
from marketplace.storefront.edges import EDGES, next_edge
from marketplace.storefront.page_cache import PageCache
from tests import databases
from tests.factories.rows import AT
from tests.fakes.sandbox import until
from tests.packing import UNPACK
from tests.worlds import database, the_world  # noqa: F401

ROUNDS = 25 * int(os.environ.get("ROUNDS") or 1)
NEVER_AHEAD = {
    "awards": {"checked_at", "claimed_at", "handed_over_at", "won_at"},
    "claims": {
        "answered_at",
        "complete_at",
        "decided_at",
        "ended_at",
        "filed_at",
        "paid_at",
        "stood_at",
        "waiting_from_at",
    },
    "draw_signers": {"signed_at"},
    "draw_skips": {"added_at"},
    "draw_witnesses": {"entered_at"},
    "applications": {"submitted_at", "decided_at"},
    "audit_digests": {"day_on", "published_at"},
    "claim_decisions": {"decided_at"},
    "clearance_history": {"at", "clock_from"},
    "corrective_actions": {"at"},
    "draw_stages": {"listed_at", "drawn_at"},
    "figure_marks": {"looked_until", "changed_at"},
    "figures": {"day_on"},
    "fund_coverage_steps": {"noted_at"},
    "fund_days": {"day_on", "computed_at"},
    "fund_lines": {"day_on", "at"},
    "fund_months": {"run_at"},
    "guideline_acknowledgements": {"at"},
    "sponsor_gifts": {"promised_at", "received_at"},
    "visits": {"planned_on", "planned_at", "inspected_at", "reported_at"},
    "clearances": {"clock_from", "asked_at", "answered_at", "objected_at"},
    "clock_pauses": {"declared_at", "moving_from"},
    "draws": {"frozen_at", "voided_at"},
    "findings": {"found_at", "cleared_at", "late_told_at", "breached_at", "mended_at"},
    "guest_offers": {"named_at"},
    "hostings": {"proposed_at", "host_accepted_at", "guest_accepted_at", "ended_at"},
    "offers": {"reduced_at", "created_at", "submitted_at", "decided_at"},
    "people": {"created_at", "disabled_at"},
    "pictures": {"added_at"},
    "pledge_acceptances": {"accepted_at"},
    "policy_rows": {"entered_at"},
    "price_history": {"since_at"},
    "products": {"created_at"},
    "questions": {"asked_at"},
    "record_cases": {"filed_at", "answered_at", "withdrawn_at", "ruled_at", "evaluated_at", "reviewed_at"},
    "record_marks": {"at"},
    "record_rows": {"at"},
    "seal_history": {"at", "valid_until"},
    "seals": {"revoked_at"},
    "stores": {"founded_on", "hidden_at", "created_at"},
}
WITHIN_THE_MINUTE = {
    "record_cases": {"due_at"},
    "store_records": {"computed_at", "good_until"},
    "awards": {"claim_until"},
    "claims": {"answer_due_at", "appeal_until_at", "decide_by_at"},
}
"""Edges of single complaints: too many to look through, and the record says of which minute it is."""


@pytest.fixture
def cached(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Flask]]:
    """Two more apps over the same database, each with a cache of its own, as two processes would be."""
    monkeypatch.setattr(bitmaps, "LAG_SECONDS", 0)
    with an_app(settings, "4") as one, an_app(settings, "4") as other:
        yield [one, other]


@contextmanager
def an_app(settings: Settings, megabytes: str, places: int = 0) -> Iterator[Flask]:
    own = {"PAGE_CACHE_MB": megabytes, "MOST_AT_ONCE": str(places)}
    app = create_app(databases.settings_for(settings.database_url, settings.instance, **own))
    yield app
    if megabytes != "0":
        cache_of(app).close()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def cache_of(app: Flask) -> PageCache:
    found: PageCache = app.extensions["bazargah_page_cache"]
    return found


def run(statement: str, **values: Any) -> None:
    """A raw statement, as somebody at the database's own prompt would send it."""
    with unit_of_work():
        db.session.execute(text(statement), values)


def kept(at: datetime) -> Any:
    """A moment as the database keeps it."""
    value = Moment().process_bind_param(at, db.engine.dialect)
    return value.isoformat(" ", "microseconds") if is_sqlite() and value else value


def pages() -> list[str]:
    w = the_world()
    offers = [f"/offers/{o.id}-{o.slug}" for o in (w.soap, w.carpet)]
    return [
        "/",
        "/c/crafts",
        "/search",
        "/search?q=Rug",
        "/stores",
        "/stores/artin",
        *offers,
        "/en/",
        "/rules",
    ]


def changes() -> list[tuple[str, dict[str, Any]]]:
    """What makes a page another: each is undone by the next of its kind."""
    w = the_world()
    store, offer = w.stores[0].id, w.carpet.id
    return [
        ("UPDATE seals SET state = 'revoked' WHERE store_id = :s", {"s": store}),
        ("UPDATE seals SET state = 'active' WHERE store_id = :s", {"s": store}),
        ("UPDATE seals SET stars = (stars + 1) % 6 WHERE store_id = :s", {"s": store}),
        ("UPDATE clearances SET state = 'adverse' WHERE store_id = :s", {"s": store}),
        ("UPDATE clearances SET state = 'clear' WHERE store_id = :s", {"s": store}),
        ("UPDATE applications SET state = 'suspended' WHERE store_id = :s", {"s": store}),
        ("UPDATE applications SET state = 'approved' WHERE store_id = :s", {"s": store}),
        ("UPDATE offers SET festival_toman = festival_toman - 1000 WHERE id = :o", {"o": offer}),
        ("UPDATE offers SET state = 'frozen' WHERE id = :o", {"o": offer}),
        ("UPDATE offers SET state = 'live' WHERE id = :o", {"o": offer}),
        ("UPDATE offers SET sold_count = stocked_count, held_count = 0 WHERE id = :o", {"o": offer}),
        ("UPDATE offers SET sold_count = 0 WHERE id = :o", {"o": offer}),
        ("UPDATE offers SET sold_count = sold_count + 1 WHERE id = :o AND sold_count < 9", {"o": offer}),
        ("UPDATE offers SET held_count = 1 - held_count WHERE id = :o AND sold_count < 9", {"o": offer}),
        ("UPDATE stores SET name_fa = name_fa || '۲', name_en = name_en || '2' WHERE id = :s", {"s": store}),
        ("UPDATE festivals SET live_until = :t", {"t": kept(AT - timedelta(hours=1))}),
        ("UPDATE festivals SET live_until = :t", {"t": kept(w.festival.live_until)}),
        ("UPDATE categories SET name_fa = name_fa || '۲' WHERE id = :c", {"c": w.categories[1].id}),
    ]


def test_no_page_shows_what_was_before_a_commit(
    at: datetime, settings: Settings, ctx: AppContext, cached: list[Flask]
) -> None:
    """Any order of changes and reads, from two caches: each answer is the one that is made anew."""
    readers, shown, todo, dice = (
        [one.test_client() for one in cached],
        pages(),
        changes(),
        random.Random(1405),
    )
    with an_app(settings, "0") as third:
        fresh = third.test_client()
        for _ in range(ROUNDS):
            statement, values = dice.choice(todo)
            run(statement, **values)
            for path in dice.sample(shown, 4):
                anew = fresh.get(path)
                for reader in dice.sample(readers, len(readers)):
                    told = reader.get(path)
                    assert (told.status_code, told.data) == (anew.status_code, anew.data), (statement, path)
    assert all(cache_of(one).hits > ROUNDS // 3 for one in cached), "nothing was answered from memory"


def test_the_clock_ends_a_page(ctx: AppContext, cached: list[Flask]) -> None:
    """At the second in which a seal ends, its goods are gone; what the clock says in words is a minute old at most."""
    w = the_world()
    end = AT + timedelta(seconds=20)
    with time_machine.travel(AT, tick=False) as clock:
        run("UPDATE seals SET valid_until = :t WHERE store_id = :s", t=kept(end), s=w.stores[0].id)
        reader, cache = cached[0].test_client(), cache_of(cached[0])
        path = f"/stores/{w.stores[0].slug}"
        before = reader.get(path).data
        clock.move_to(end - timedelta(seconds=1))
        assert reader.get(path).data == before
        assert cache.hits == 1
        clock.move_to(end)
        assert reader.get(path).data != before
        assert cache.hits == 1
        clock.move_to(end + page_cache.LONGEST)
        reader.get(path)
        assert cache.hits == 1, "a minute has passed"
        clock.move_to(AT)
        reader.get(path)
        assert cache.hits == 1, "a clock that was set back finds nothing from the future"


def test_pages_that_were_made_together_do_not_end_together(
    at: datetime, ctx: AppContext, cached: list[Flask]
) -> None:
    """Else all of them are made again in the same second, a minute after the first visitors came."""
    reader, cache = cached[0].test_client(), cache_of(cached[0])
    with time_machine.travel(AT, tick=False):
        for path in pages():
            reader.get(path)
    ends = [page.good_until for page in cache.pages._pages.values()]
    assert len(set(ends)) == len(ends) == len(pages())
    assert AT + page_cache.SHORTEST <= min(ends) <= max(ends) <= AT + page_cache.LONGEST


def test_whoever_is_somebody_gets_a_page_of_their_own(at: datetime, cached: list[Flask]) -> None:
    cache, reader = cache_of(cached[0]), cached[0].test_client()
    reader.get("/")
    reader.get("/", headers={"Authorization": "Bearer x"})
    somebody = cached[0].test_client()
    somebody.set_cookie("other", "x")
    assert somebody.get("/").status_code == 200
    for path in ("/sign-in", "/sign-in", "/no-such-page", "/no-such-page"):
        reader.get(path)
    assert cache.hits == 0
    night = cached[0].test_client()
    night.set_cookie("theme", "dark")
    assert b'data-theme="dark"' in night.get("/").data
    assert b'data-theme="dark"' in night.get("/").data
    assert b'data-theme="dark"' not in reader.get("/").data
    assert cache.hits == 2


def test_a_page_that_is_asked_for_again_is_packed_with_more_patience(
    at: datetime, cached: list[Flask]
) -> None:
    reader = cached[0].test_client()
    for coding, unpack in UNPACK.items():
        first, second, third = (reader.get("/search", headers={"Accept-Encoding": coding}) for _ in range(3))
        assert (
            first.headers.get("Content-Encoding", "") == second.headers.get("Content-Encoding", "") == coding
        )
        assert unpack(first.data) == unpack(second.data)
        assert second.data == third.data
        assert len(second.data) < len(first.data) or not coding
        assert first.headers["ETag"] == second.headers["ETag"]
        for answer in (first, second, third):
            assert answer.headers["Content-Length"] == str(len(answer.data))


def test_a_page_says_its_name_and_is_not_sent_twice(at: datetime, cached: list[Flask]) -> None:
    reader = cached[0].test_client()
    made = reader.get("/", headers={"Accept-Encoding": "gzip"})
    told = reader.get("/", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(told.data) == gzip.decompress(made.data)
    assert told.headers["Content-Encoding"] == made.headers["Content-Encoding"] == "gzip"
    assert told.headers["Content-Security-Policy"] == made.headers["Content-Security-Policy"]
    again = reader.get("/", headers={"Accept-Encoding": "gzip", "If-None-Match": told.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    head = reader.head("/", headers={"Accept-Encoding": "gzip"})
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == str(len(told.data))


def test_what_reads_a_table_without_stamps_is_not_kept(
    at: datetime, cached: list[Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marketplace.core.stamps.STAMPED", STAMPED - {"categories"})
    reader = cached[0].test_client()
    reader.get("/")
    reader.get("/")
    assert cache_of(cached[0]).hits == 0


def test_the_oldest_pages_make_room(at: datetime, settings: Settings, ctx: AppContext) -> None:
    with an_app(settings, "1") as app:
        pages, reader = cache_of(app).pages, app.test_client()
        asked = 0
        while len(pages) == asked:
            asked += 1
            reader.get(f"/search?q=x{asked}")
            assert asked < 100, "nothing made room"
        assert 0 < pages.size <= 1024 * 1024
        assert pages.size == sum(pages.sizes())
        hits = cache_of(app).hits
        reader.get(f"/search?q=x{asked}")
        reader.get("/search?q=x1")
        assert cache_of(app).hits == hits + 1, "the oldest one went"


def test_every_table_behind_a_page_has_its_triggers(ctx: AppContext) -> None:
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if is_sqlite()
        else "SELECT tgname FROM pg_trigger"
    )
    found = set(db.session.scalars(text(query)))
    without = {table for table in STAMPED if not any(name.startswith(f"stamp_{table}") for name in found)}
    assert without == set()
    assert not STAMPED & MAY_LAG


def test_every_moment_of_those_tables_is_an_edge_or_lies_behind() -> None:
    """A new column of moments must be put on one of the lists."""
    unknown = {
        (table, column.name)
        for table in STAMPED
        for column in db.metadata.tables[table].columns
        if isinstance(column.type, Moment | Date)
        and column.name not in EDGES.get(table, ())
        and column.name not in NEVER_AHEAD.get(table, ())
        and column.name not in WITHIN_THE_MINUTE.get(table, ())
    }
    assert unknown == set()


def test_the_next_edge_is_the_nearest(at: datetime, ctx: AppContext) -> None:
    w = the_world()
    first = next_edge(at)
    assert at < first <= at + timedelta(days=1)
    soon = at + timedelta(hours=1)
    run("UPDATE seals SET valid_until = :t WHERE store_id = :s", t=kept(soon), s=w.stores[0].id)
    assert next_edge(at) == soon
    assert next_edge(soon) > soon


def test_stamps_are_the_same_object_until_something_changes(ctx: AppContext) -> None:
    """What was compared with them need not be compared again, and one change makes them others."""
    w = the_world()
    with closing(QuickReader(db.engine)) as reader:
        stamps = StampReader(reader)
        before = stamps.read()
        assert stamps.read() is before
        run("UPDATE stores SET founded_on = :d WHERE id = :s", d=str(date(2020, 1, 1)), s=w.stores[0].id)
        after = stamps.read()
        assert after is not before
        assert after["stores"] == before["stores"] + 1
        assert stamps.read() is after


def test_adding_up_changes_no_stamp(ctx: AppContext) -> None:
    """On PostgreSQL the changes of many transactions become one number; what readers see stays."""
    w = the_world()
    with closing(QuickReader(db.engine)) as reader:
        _add_up(StampReader(reader), w.stores[0].id)


def _add_up(reader: StampReader, store_id: int) -> None:
    before = reader.read()
    for _ in range(3):
        run("UPDATE stores SET founded_on = :d WHERE id = :s", d=str(date(2020, 1, 1)), s=store_id)
    counted = reader.read()
    assert counted["stores"] == before["stores"] + 3
    with unit_of_work():
        add_up_stamps(AT)
    assert reader.read() == counted
    db.session.rollback()
    assert db.session.scalar(text("SELECT count(*) FROM stamp_changes")) == 0


@contextmanager
def as_many_look_as_may(app: Flask, told: list[int]) -> Iterator[list[bool]]:
    """Until the end of the block their readings do not end; gives the readings that were begun."""
    cache, go = cache_of(app), threading.Event()
    stamps, begun = cache._stamps, list[bool]()

    def slow() -> dict[str, int]:
        begun.append(True)
        go.wait(20)
        return stamps.read()

    cache._stamps = SimpleNamespace(read=slow)  # type: ignore[assignment]
    looking = [
        threading.Thread(target=lambda: told.append(app.test_client().get("/").status_code))
        for _ in range(GLANCES)
    ]
    for each in looking:
        each.start()
    until(lambda: len(begun) == GLANCES, what="those who look")
    try:
        yield begun
    finally:
        go.set()
        for each in looking:
            each.join(20)
        cache._stamps = stamps


def test_who_cannot_even_look_is_told_so_without_a_reading(
    at: datetime, settings: Settings, ctx: AppContext
) -> None:
    """While as many look as may, the next hears at once when to come back, and nothing is asked for them."""
    with an_app(settings, "4", places=1) as app:
        reader, told = app.test_client(), list[int]()
        assert reader.get("/").status_code == 200
        with as_many_look_as_may(app, told) as begun:
            crowded = reader.get("/")
            assert len(begun) == GLANCES
        assert (crowded.status_code, told) == (503, [200] * GLANCES)
        assert int(crowded.headers["Retry-After"]) > 0
        assert reader.get("/").status_code == 200


def test_a_page_of_one_reader_does_not_stand_behind_them(
    at: datetime, settings: Settings, ctx: AppContext
) -> None:
    """It goes on to the places of its class: while the database hangs, no thread more waits for what pages share."""
    with an_app(settings, "4", places=1) as app:
        reader, told = app.test_client(), list[int]()
        assert reader.get("/").status_code == 200
        with as_many_look_as_may(app, told) as begun:
            assert reader.get("/cart").status_code == 200
            assert len(begun) == GLANCES
        assert told == [200] * GLANCES


def test_a_page_for_many_is_made_while_those_who_buy_hold_all_places(
    at: datetime, settings: Settings, ctx: AppContext
) -> None:
    """It is made once for all who ask, kept before or not; a page of one waits for a place of its class."""
    with an_app(settings, "4", places=1) as app:
        reader = app.test_client()
        assert reader.get("/").status_code == 200
        run("UPDATE categories SET name_fa = name_fa || '۲'")
        here, go = threading.Event(), threading.Event()

        def wait() -> str:
            here.set()
            go.wait(20)
            return "ok"

        app.view_functions["health.show_health"] = wait
        buyer = threading.Thread(target=lambda: app.test_client().get("/healthz", buffered=True))
        buyer.start()
        assert here.wait(20)
        hits = cache_of(app).hits
        for path in ("/", "/stores"):
            assert [reader.get(path).status_code for _ in range(2)] == [200, 200]
        assert cache_of(app).hits == hits + 2, "made once each"
        assert reader.get("/cart").status_code == 503
        go.set()
        buyer.join(20)
        assert reader.get("/cart").status_code == 200


class SlowWayBack(QuickReader):
    """Rows that are a moment old when they are here."""

    def rows(self, statement: str, values: Any = ()) -> list[Any]:
        found = super().rows(statement, values)
        time.sleep(0.002)
        return found


def test_many_who_ask_at_the_same_time_see_what_was_committed_before_they_asked(ctx: AppContext) -> None:
    """One statement answers many of them, and never one that began before they came."""
    store, committed, over = the_world().stores[0].id, [0], threading.Event()
    too_old: list[tuple[int, int]] = []
    with closing(SlowWayBack(db.engine)) as reader:
        stamps = StampReader(reader)
        at_first = stamps.read()["stores"]

        def ask(seed: int) -> None:
            dice = random.Random(seed)
            while not over.is_set():
                time.sleep(dice.random() / 250)
                before = committed[0]
                shown = stamps.read()["stores"] - at_first
                if shown < before:
                    too_old.append((before, shown))

        asking = [threading.Thread(target=ask, args=(seed,)) for seed in range(6)]
        for each in asking:
            each.start()
        try:
            for n in range(1, 40):
                run("UPDATE stores SET founded_on = :d WHERE id = :s", d=str(date(2020, 1, 1)), s=store)
                committed[0] = n
        finally:
            over.set()
            for each in asking:
                each.join(20)
        assert stamps.read()["stores"] == at_first + 39
    assert too_old == []
