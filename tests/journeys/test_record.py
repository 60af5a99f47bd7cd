"""A store's public record, its open data, its badge on other people's sites, and the search for a seal."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import timedelta

import pytest

from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.stores.models import Seal, SealState
from marketplace.stores.record import Share
from marketplace.stores.record_rows import Filing, add_fact, file_in_record
from marketplace.stores.standing import Category, Fact
from tests.factories import AT, World, change
from tests.factories.complaints import unanswered
from tests.pages import Client
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def w(ctx, at) -> World:
    return the_world()


def histories(store, count: int = 12) -> None:
    """Complaints of the last months: most answered and judged, one late, one unanswered."""
    with unit_of_work():
        for n in range(count):
            at = AT - timedelta(days=20 + 23 * n)
            filing = Filing(f"H{n}", store.id, list(Category)[n % 3], 168, f"store-order:8{n}")
            file_in_record(filing, at)
            if n == 0:
                continue
            answered = at + timedelta(hours=200 if n == 1 else 10 + n)
            add_fact(f"H{n}", Fact.answered, answered)
            add_fact(f"H{n}", Fact.solved if n % 4 else Fact.not_solved, answered + timedelta(days=1))


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_record_shows_all_figures(app, w, prefix):
    histories(w.stores[0])
    client = Client(app)
    page = client.get(f"{prefix}/stores/artin/record")
    assert len(page.all(class_="gauge")) == 1
    assert len(page.all(class_="months")) == 1
    assert f"{prefix}/stores/artin/record.csv" in page.links()
    record = client.api("GET", "/stores/artin/record").json
    year = record["periods"]["months_12"]
    assert (year["filed"], year["answered_late"], year["unanswered"]) == (12, 1, 1)
    assert record["counted"] == 2
    assert year["solved_lower"] == Share(year["solved"], year["solved"] + year["not_solved"]).lower


def test_a_new_store_has_not_enough_data(app, w):
    page = Client(app).get("/stores/nik/record")
    assert "داده کافی نیست" in page.text
    assert not page.all(class_="gauge")


def test_open_data_add_up_to_the_record_and_show_no_small_group(app, w):
    histories(w.stores[0], 30)
    client = Client(app)
    rows = list(csv.DictReader(io.StringIO(client.get("/stores/artin/record.csv").source.lstrip("\ufeff"))))
    whole = client.api("GET", "/stores/artin/record")["periods"]["whole"]
    assert all(int(row["filed"]) >= 5 for row in rows)
    for name in ("filed", "answered_in_time", "answered_late", "unanswered", "solved", "not_evaluated"):
        assert sum(int(row[name]) for row in rows) == whole[name]
    # Whoever has nothing but the file comes to the shares of the record, to the ten-thousandth.
    of = Counter(
        {name: sum(int(row[name]) for row in rows) for name in rows[0] if name not in ("month", "category")}
    )
    in_time = Share(of["answered_in_time"], of["answered_in_time"] + of["answered_late"] + of["unanswered"])
    judged = Share(of["solved"], of["solved"] + of["not_solved"])
    assert (in_time.lower, in_time.upper) == (whole["in_time_lower"], whole["in_time_upper"])
    assert (judged.lower, judged.upper) == (whole["solved_lower"], whole["solved_upper"])


# --- the badge


def badge(client: Client, code: str, referrer: str | None = None, prefix: str = ""):
    headers = {"Referer": referrer} if referrer else {}
    return client.get(f"{prefix}/seal/{code}/badge.svg", headers=headers, expect=range(200, 405))


@pytest.mark.parametrize(
    ("referrer", "word"),
    [
        (None, "برای بررسی بزنید"),
        ("https://artin.example/", "نماد معتبر است"),
        ("https://www.artin.example/about?x=1", "نماد معتبر است"),
        ("https://artin.example:8443/", "نماد معتبر است"),
        ("http://localhost/panel", "نماد معتبر است"),
        ("https://artin.example.evil.test/", "این‌جا معتبر نیست"),
        ("https://evil.test/artin.example", "این‌جا معتبر نیست"),
        ("https://artin.example@evil.test/", "این‌جا معتبر نیست"),
        ("javascript:artin.example", "برای بررسی بزنید"),
        ("https://[artin", "برای بررسی بزنید"),
    ],
)
def test_the_badge_is_bound_to_its_domain(app, w, referrer, word):
    seal = _seal(w, domain="artin.example")
    found = badge(Client(app), seal.code, referrer)
    assert word in found.source
    assert found.headers["Content-Type"].startswith("image/svg+xml")
    assert "Referer" in found.headers["Vary"]
    kept = dict(part.split("=") for part in found.headers["Cache-Control"].split(", ") if "=" in part)
    assert int(kept["max-age"]) + int(kept["s-maxage"]) <= 60, "revoked everywhere within a minute"
    assert found.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Set-Cookie" not in found.headers
    assert "<script" not in found.source and "style" not in found.source


def test_the_badge_says_what_became_of_the_seal_wherever_it_stands(app, w):
    seal = _seal(w, domain="artin.example")
    client = Client(app)
    for state, word in ((SealState.suspended, "تعلیق"), (SealState.revoked, "لغو")):
        change(seal, state=state)
        for referrer in (None, "https://artin.example/", "https://evil.test/"):
            assert word in badge(client, seal.code, referrer).source
    assert badge(client, "99999999").status == 404
    assert "Valid" in badge(client, _seal(w, state=SealState.active).code, "http://localhost/", "/en").source


def test_an_unchanged_badge_is_not_sent_twice(app, w):
    seal = _seal(w, domain="artin.example")
    client = Client(app)
    first = badge(client, seal.code)
    headers = {"If-None-Match": first.headers["ETag"]}
    assert client.get(f"/seal/{seal.code}/badge.svg", headers=headers).status == 304
    other = client.get(
        f"/seal/{seal.code}/badge.svg", headers={**headers, "Referer": "https://artin.example/"}
    )
    assert other.status == 200


def _seal(w: World, **columns) -> Seal:
    db.session.rollback()
    seal = db.session.query(Seal).filter_by(store_id=w.stores[0].id).one()
    if columns:
        change(seal, **columns)
    return seal


# --- the search


@pytest.mark.parametrize(
    "asked", ["artin.example", "https://www.Artin.example/shop?id=3", "//artin.example", " artin.example. "]
)
def test_a_seal_is_found_by_its_domain(app, w, asked):
    seal = _seal(w, domain="artin.example")
    page = Client(app).get("/about-the-seal", query_string={"domain": asked})
    assert f"/seal/{seal.code}" in page.links()
    assert "معتبر است" in page.text


@pytest.mark.parametrize(
    "asked", ["nobody.example", "<script>alert(1)</script>", "http://[x", "بازار", "'; --"]
)
def test_what_is_no_seal_is_told(app, w, asked):
    page = Client(app).get("/about-the-seal", query_string={"domain": asked})
    assert "<script>alert" not in page.source
    assert not [link for link in page.links() if link.startswith("/seal/")]


def test_counted_complaints_stand_in_the_record(app, w):
    unanswered(w.stores[0], 6)
    assert "۶ شکایت شمرده شده" in Client(app).get("/stores/artin/record").text
