"""The demo festival in small, its pages by route, and who may see each: for tests that look at every page.

The festival is written once a run and copied; its moment is fixed, so that a page is the same in every run. The list
of pages is the route table: `find_pages` follows links as a visitor, as shoppers whose cases differ, as a store and as
an official of all roles; `more_cases.py` adds what the demo does not have.
"""

from __future__ import annotations

import fcntl
import hashlib
import html
import json
import re
import shutil
import tempfile
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import time_machine
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from marketplace.accounts.models import Person, Role
from marketplace.app import create_app
from marketplace.cli.demonstration import fill
from marketplace.core.db import db
from marketplace.demo.plan.scale import Scale
from marketplace.guarantee.claim_models import Claim
from marketplace.lottery.models import Award
from marketplace.orders.after_models import Invoice, Return
from marketplace.orders.models import Order, StoreOrder, StoreOrderState
from tests import databases
from tests.factories import a_session, an_official

AT = datetime(2026, 3, 25, 10, 0, tzinfo=UTC)
A_FEW = 3
PASSED_OVER = ("/static/", "/media/", "/metrics", "/api/", "/webhooks/", "/healthz", "/readyz", "/en")
LINK = re.compile(r'<a\b[^>]*? href="([^"]+)"')

HIDDEN = ("/search?q=کیف", "/sitemaps/offers-0.xml", "/stores/record.csv", "/files/none")
HIDDEN_OF = {
    "official": ("/office/seals/registry.csv",),
}
"""Addresses that no link leads to: forms do, or programs."""

NO_PAGE = frozenset(
    [
        "audit.show_export",
        "black_box.show_box",
        "files.show_evidence",
        "files.show_picture",
        "imports.show_import_errors",
        "inspections.show_worker",
        "lottery.show_receipt",
        "me.show_copy",
        "panel_after.print_invoice",
        "panel_imports.download_errors",
        "storefront.print_invoice",
        "storefront.show_badge",
        "storefront.show_security_contact",
        "storefront.show_feed",
        "storefront.show_store_feed",
        "winner.show_certificate_pdf",
        "static.show_asset",
        "health.show_health",
        "health.show_metrics",
        "health.show_readiness",
    ]
)
"""Files, scripts and answers for programs that no link of the small demo leads to."""

HALF_SIGNED_IN = "half"
"""Somebody whose password was right and whose second factor is asked for."""


@dataclass(frozen=True)
class Found:
    """A page of the house: its endpoint, an address, and who sees it ("" for a visitor)."""

    endpoint: str
    path: str
    who: str


@dataclass(frozen=True)
class House:
    """The application over a copy of the demo, and the session cookies of its people."""

    app: Flask
    sessions: dict[str, str]

    def browser(self, who: str) -> FlaskClient:
        """A client without scripts for one of the people."""
        client = self.app.test_client()
        if who:
            client.set_cookie(*self.cookie(who))
        return client

    def cookie(self, who: str) -> tuple[str, str]:
        """Name and value of what one of the people's browsers holds."""
        return ("second_step" if who == HALF_SIGNED_IN else "sid"), self.sessions[who]


@contextmanager
def demo_house(folder: Path, **settings: str) -> Iterator[House]:
    """The demo at its moment, where the clock stands still; `settings` are environment variables."""
    with time_machine.travel(AT, tick=False):
        shutil.copyfile(_demo_database(), folder / "bazargah.db")
        app = _app_of(folder, **settings)
        try:
            with app.app_context():
                sessions = _sessions()
                db.session.remove()
            yield House(app, sessions)
        finally:
            _let_go(app)


def _app_of(folder: Path, **settings: str) -> Flask:
    url = f"sqlite:///{folder / 'bazargah.db'}"
    return create_app(databases.settings_for(url, folder, **{"BAZARGAH_MODE": "demo", **settings}))


def _let_go(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


def _demo_database() -> Path:
    """The small demo in a file that is kept between runs while nothing in the house changes."""
    folder = databases.sqlite_template().parent
    path = folder / f"demo-{_fingerprint()}"
    with (folder / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            with tempfile.TemporaryDirectory(dir=folder) as name:
                place = Path(name)
                shutil.copyfile(databases.sqlite_template(), place / "bazargah.db")
                app = _app_of(place)
                with app.app_context():
                    fill(Scale.SMALL, AT)
                _let_go(app)
                databases._checkpoint(place / "bazargah.db")
                (place / "bazargah.db").replace(path)
            for old in sorted(folder.glob("demo-*"), key=lambda p: p.stat().st_mtime)[:-3]:
                old.unlink()
    return path


def _fingerprint(*more: str) -> str:
    digest = hashlib.sha256()
    for folder in ("marketplace", "migrations", *more):
        for file in sorted((databases.ROOT / folder).rglob("*.html" if folder == "templates" else "*.py")):
            if folder != "tests" or file.name == Path(__file__).name:
                digest.update(file.read_bytes())
    return digest.hexdigest()[:20]


def _sessions() -> dict[str, str]:
    """Signs in people whose cases differ; the official holds every role."""
    of_order = select(Order.person_id).join(StoreOrder, StoreOrder.order_id == Order.id)
    people = {
        "shopper": select(Person.id).where(Person.mobile == "09120000001"),
        "store": select(Person.id).where(Person.mobile == "09120000015"),
        "claimant": select(Claim.person_id).order_by(Claim.id),
        "winner": select(Award.person_id).order_by(Award.id),
        "invoiced": of_order.join(Invoice, Invoice.store_order_id == StoreOrder.id).order_by(Invoice.id),
        "returning": of_order.join(Return, Return.store_order_id == StoreOrder.id).order_by(Return.id),
    }
    for state in (StoreOrderState.paid, StoreOrderState.delivered):
        people[state.value] = of_order.where(StoreOrder.state == state).order_by(StoreOrder.id.desc())
    official = an_official(*Role, at=AT, mobile="09129990000", given_name="علی", surname="صمدی")
    found = {"official": a_session(official, at=AT)}
    for name, query in people.items():
        number = db.session.scalar(query.limit(1))
        person = db.session.get(Person, number) if number else None
        db.session.rollback()
        if person is not None:
            found[name] = a_session(person, at=AT)
    return found


def pages_of(house: House) -> tuple[dict[str, Found], set[str]]:
    """What `find_pages` finds, remembered while neither the house nor its templates change."""
    assert not has_app_context(), "whoever asks in it stays who asked first"
    path = databases.sqlite_template().parent / f"pages-{_fingerprint('templates', 'tests')}.json"
    with (path.parent / "pages.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            found, others = find_pages(house)
            for old in path.parent.glob("pages-*"):
                old.unlink()
            path.write_text(json.dumps([[astuple(page) for page in found.values()], sorted(others)]))
        rows, others = json.loads(path.read_text())
    return {row[0]: Found(*row) for row in rows}, set(others)


def find_pages(house: House) -> tuple[dict[str, Found], set[str]]:
    """A page for each route that answers with HTML, by endpoint; and the routes that answered with something else."""
    plain = sorted(
        rule.rule
        for rule in house.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.arguments
    )
    of_staff = ("/office", "/panel")
    found: dict[str, Found] = {}
    others: set[str] = set()
    public = [path for path in plain if not path.startswith((*of_staff, "/me", "/orders"))]
    _walk(house, "", [*public, *HIDDEN], found, others)
    for who in house.sessions:
        own = {"official": "/office", "store": "/panel"}.get(who)
        starts = [p for p in plain if (p.startswith(own) if own else not p.startswith(of_staff))]
        if who not in ("official", "store", "shopper"):
            starts = [p for p in starts if p.startswith(("/me", "/orders", "/claims", "/complaints"))]
        _walk(house, who, [*starts, *HIDDEN_OF.get(who, ())], found, others)
    return found, others - found.keys()


def _walk(house: House, who: str, starts: list[str], found: dict[str, Found], others: set[str]) -> None:
    """Follows links to routes that nobody has found yet; of those with many addresses, a few."""
    adapter = house.app.url_map.bind("localhost")
    client = house.browser(who)
    ahead, seen, visits = deque(starts), set[str](), Counter[str]()
    while ahead:
        address = ahead.popleft().partition("#")[0]
        path = unquote(urlsplit(address).path)
        if address in seen or not path.startswith("/") or path.startswith(PASSED_OVER):
            continue
        seen.add(address)
        try:
            endpoint, _ = adapter.match(path, method="GET")
        except (RequestRedirect, HTTPException):
            continue
        visits[endpoint] += 1
        is_known = endpoint in found and found[endpoint].who != who and address not in starts
        if visits[endpoint] > A_FEW or is_known or endpoint in others:
            continue
        answer = client.get(address, buffered=True)
        answer.close()
        if answer.mimetype != "text/html" or answer.status_code in (302, 303):
            others.add(endpoint)
        elif answer.status_code == 200:
            found.setdefault(endpoint, Found(endpoint, address, who))
            ahead.extend(urljoin(address, html.unescape(link)) for link in LINK.findall(answer.text))
