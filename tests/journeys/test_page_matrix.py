"""Who may call which page: every route of the table, every role, and everybody's own things.

The table of declared access stands in `tests/architecture/access.txt`; a route that is new, gone or opened to others
shows there as a changed line. `ACCESS=write` writes it anew. The API has a matrix of its own in `test_api_matrix.py`.
"""

from __future__ import annotations

import contextvars
import os
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client as Browser

from marketplace.accounts.access import Access
from marketplace.accounts.models import Role
from marketplace.core.csrf import token_for
from marketplace.core.web import HEADERS
from tests.architecture.house import ensure_none
from tests.factories import World, a_person, an_official, world
from tests.factories.buying import paid
from tests.factories.people import a_session, a_token
from tests.factories.stores import a_member, a_store
from tests.fakes.gateway import MemoryGateway, use_gateway

pytestmark = pytest.mark.databases("sqlite")
TABLE = Path(__file__).parent.parent / "architecture" / "access.txt"
POLICY = (
    "script-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
)
GAP = re.compile(r"<(?:(?P<kind>[^:<>]+):)?(?P<name>\w+)>")


def declared(app: Flask) -> list[tuple[str, str, str, Access]]:
    """Method, address, endpoint and declaration of each page."""
    found = []
    for rule in app.url_map.iter_rules():
        access = getattr(app.view_functions[rule.endpoint], "access", None)
        if access is not None and access.kind != "token":
            found += [
                (m, rule.rule, rule.endpoint, access) for m in (rule.methods or set()) - {"HEAD", "OPTIONS"}
            ]
    return sorted(found, key=lambda row: (row[1], row[0]))


def line(method: str, rule: str, access: Access) -> str:
    return f"{method:<6} {rule:<80} {access.kind} {','.join(sorted(access.roles))}".rstrip()


def test_every_page_stands_in_the_table_as_it_is_declared(app: Flask):
    rows = [line(method, rule, access) for method, rule, _, access in declared(app)]
    if os.environ.get("ACCESS") == "write":
        TABLE.write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert rows == TABLE.read_text(encoding="utf-8").splitlines()


class Caller:
    """Somebody who calls addresses as a program would, with the token of their session."""

    def __init__(self, app: Flask, person: Any = None) -> None:
        self.browser = Browser(app)
        self.headers = {"Accept": "application/json"}
        if person is not None:
            secret = a_session(person)
            self.browser.set_cookie("sid", secret)
            self.headers["X-CSRF-Token"] = token_for(secret)

    def call(self, method: str, path: str) -> int:
        """The status; in a context of its own, as a server would. Every answer carries the guarding headers."""
        answer = contextvars.Context().run(
            lambda: self.browser.open(path, method=method, headers=self.headers)
        )
        missing = [name for name, value in HEADERS.items() if answer.headers.get(name) != value]
        policy = answer.headers.get("Content-Security-Policy", "")
        missing += [part for part in POLICY if part not in policy]
        if "X-CSRF-Token" in self.headers and "no-store" not in answer.headers.get("Cache-Control", ""):
            missing.append("no-store")
        if missing or "unsafe" in policy:
            raise AssertionError(f"{method} {path} ({answer.status_code}) lacks {missing}: {policy}")
        return answer.status_code


@pytest.fixture
def small(app: Flask, ctx, at) -> World:
    return world(at)


def filled(rule: str, number: str = "987654321") -> str:
    """An address with its gaps filled: numbers by this one, of a choice the first, words by one that nobody has."""

    def fill(match: re.Match[str]) -> str:
        kind = match["kind"] or ""
        if kind.startswith("any("):
            return kind[4:-1].split(",")[0].strip()
        return number if kind.startswith("int") else "BZ-0000-0000"

    return GAP.sub(fill, rule)


def test_every_role_meets_every_page(app: Flask, small: World, at):
    """Visitors are asked to sign in, others' desks are forbidden, panels are unknown to who has no store."""
    anybody, shopper = Caller(app), Caller(app, a_person())
    officials = {role: Caller(app, an_official(role)) for role in Role}
    wrong, seen = [], 0
    for method, rule, _, access in declared(app):
        if access.kind == "public":
            continue
        path = filled(rule)
        expected = [(anybody, {401})]
        if access.kind == "store_member":
            expected.append((shopper, {404}))
            expected.append((officials[Role.auditor], {404}))
        if access.kind == "official":
            expected.append((shopper, {403}))
            expected += [(caller, {403}) for role, caller in officials.items() if role not in access.roles]
        for caller, allowed in expected:
            seen += 1
            status = caller.call(method, path)
            if status not in allowed:
                wrong.append(f"{method} {path}: {status} instead of {allowed}")
    ensure_none(wrong)
    assert seen > 1_000


FOR_EVERYBODY = {
    "reviews.create_question": "offers are public: whoever is signed in may ask about one",
    "reviews.create_wish": "offers are public, the list is one's own",
    "reviews.update_wish": "offers are public, the list is one's own",
    "reviews.delete_wish": "offers are public, the list is one's own",
    "complaints_panel.delete_template": "deletes by number and own store; says the same where nothing was",
}
FIRST_THE_FORM = frozenset({400, 422})
"""An empty form is refused before anything is looked up, and then for a number that nobody has as well."""


def test_nobody_meets_anothers_things(app: Flask, small: World, at):
    """What has a number and belongs to others is unknown: the same 404 as for a number that nobody has."""
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    order = paid(gateway, small.shopper, (small.soap, 1))
    for _ in range(2):
        a_session(small.shopper)
        a_token(small.shopper, "orders:read")
    owner = a_person()
    a_member(a_store(), owner)
    stranger = Caller(app, owner)
    wrong, seen = [], 0
    for method, rule, endpoint, access in declared(app):
        if (
            access.kind not in ("signed_in", "store_member")
            or not GAP.search(rule)
            or endpoint in FOR_EVERYBODY
        ):
            continue
        for number in ("1", "2"):
            path = filled(rule, number).replace("BZ-0000-0000", str(getattr(order, "number", "BZ-0000-0000")))
            seen += 1
            status = stranger.call(method, path)
            is_form = status in FIRST_THE_FORM and stranger.call(method, filled(rule)) == status
            if status != 404 and not is_form:
                wrong.append(f"{method} {path} ({endpoint}): {status}")
    ensure_none(wrong)
    assert seen > 100
