"""A browser without scripts that checks every page it fetches.

    page = client.get("/cart")                       # fails on a broken page, whatever the test is about
    page = client.submit(page.form("/checkout"), receiver="مریم")
    answer = client.api("GET", "/orders", token)     # /api/v1 is put in front

Redirects within the site are followed; one that leaves it ends there (`page.location`). Without `expect`
(a status, or a range of them) an answer of 400 or more is a failure of the test.
"""

from __future__ import annotations

import contextvars
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import orjson
from flask import Flask, has_app_context
from werkzeug.datastructures import Headers
from werkzeug.test import Client as Browser
from werkzeug.test import TestResponse

from marketplace.core.csrf import token_for
from marketplace.core.db import db
from tests.factories.people import a_session
from tests.html import HOST, Element, Form, form_of, matches, parse, text_of, words_of
from tests.page_checks import MISSING_TEXT, problems_of

MOST_REDIRECTS = 6


@dataclass(frozen=True)
class Page:
    """What came back: a page, or something else with its bytes."""

    url: str
    status: int
    headers: Headers
    body: bytes
    tree: Element | None
    history: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def location(self) -> str | None:
        """Where a redirect led that was not followed."""
        return self.headers.get("Location")

    @property
    def source(self) -> str:
        return self.body.decode()

    @property
    def text(self) -> str:
        """All words of the page, blanks made one."""
        return " ".join("".join(words_of(self._root())).split())

    @property
    def title(self) -> str:
        return text_of(self.one("title"))

    @property
    def h1(self) -> str:
        return text_of(self.one("h1"))

    @property
    def forms(self) -> list[Form]:
        return [form_of(e, self.url) for e in self.all("form")]

    def form(self, action: str | None = None, *, id: str | None = None) -> Form:
        """The one form with this action (or ending in it) or id; the only POST form when neither is given."""
        found = [
            f
            for f in self.forms
            if (action is None or f.action == action or f.action.endswith(action))
            and (id is None or f.element.get("id") == id)
        ]
        if action is None and id is None:
            found = [f for f in found if f.method == "POST" and not f.action.endswith("/sign-out")]
        if len(found) != 1:
            raise AssertionError(
                f"{len(found)} forms for {action or id} among "
                f"{[(f.method, f.action) for f in self.forms]} on {self.url}"
            )
        return found[0]

    def all(self, tag: str = "*", **attributes: str) -> list[Element]:
        """Elements by tag and attributes; `class_` matches one of the classes, `_` in names reads `-`."""
        return [
            e
            for e in self._root().iter()
            if isinstance(e.tag, str)
            and (tag == "*" or e.tag == tag)
            and all(matches(e, name, value) for name, value in attributes.items())
        ]

    def one(self, tag: str = "*", **attributes: str) -> Element:
        found = self.all(tag, **attributes)
        if len(found) != 1:
            raise AssertionError(f"{len(found)} <{tag}> {attributes} on {self.url}")
        return found[0]

    def links(self) -> list[str]:
        return [e.get("href", "") for e in self.all("a")]

    def _root(self) -> Element:
        if self.tree is None:
            raise AssertionError(f"{self.url} is no page: {self.headers.get('Content-Type')}")
        return self.tree


@dataclass(frozen=True)
class Answer:
    """What the API answered; `json` is None where there is no body."""

    status: int
    json: Any
    headers: Headers = field(repr=False)

    def __getitem__(self, name: str) -> Any:
        return self.json[name]


class Client:
    """Fetches pages in an app context of their own, as a server would, and checks each of them."""

    def __init__(self, app: Flask, *, is_checking: bool = True) -> None:
        self.app = app
        self.is_checking = is_checking
        self.browser = Browser(app)

    # -- pages

    def get(
        self, path: str, *, expect: int | range | None = None, follow: bool = True, **options: Any
    ) -> Page:
        return self._fetch("GET", path, expect=expect, follow=follow, **options)

    def post(
        self,
        path: str,
        data: Mapping[str, Any] | None = None,
        *,
        expect: int | range | None = None,
        follow: bool = True,
        has_csrf: bool = True,
        **options: Any,
    ) -> Page:
        """Sends a form of our own pages: the CSRF token is put in unless `has_csrf` is False."""
        values = dict(data or {})
        if has_csrf and self.has_session:
            values.setdefault("csrf_token", self.csrf_token())
        return self._fetch("POST", path, expect=expect, follow=follow, data=values, **options)

    def submit(
        self,
        form: Form,
        *,
        expect: int | range | None = None,
        follow: bool = True,
        press: str | None = None,
        **values: Any,
    ) -> Page:
        """Sends a form as it stands on the page, with these fields filled in; `press` names a button by its value.

        Raises AssertionError for a field that the form does not have.
        """
        sent: dict[str, Any] = dict(form.values)
        names = {e.get("name") for e in form.element.iter() if isinstance(e.tag, str)}
        for name, value in values.items():
            if name not in names:
                raise AssertionError(
                    f"the form {form.action} has no field {name!r}, only {sorted(filter(None, names))}"
                )
            sent[name] = value
        if press is not None:
            pressed = [b for b in form.buttons if press in (b["value"], b["name"])]
            if len(pressed) != 1:
                raise AssertionError(
                    f"{len(pressed)} buttons {press!r} in {form.action}, only {form.buttons}"
                )
            sent[pressed[0]["name"]] = pressed[0]["value"]
        if form.method == "GET":
            return self._fetch("GET", form.action, expect=expect, follow=follow, query_string=sent)
        return self._fetch("POST", form.action, expect=expect, follow=follow, data=sent)

    # -- programs

    def api(
        self,
        method: str,
        path: str,
        token: str | None = None,
        json: Any = None,
        *,
        key: str | None = None,
        expect: int | range | None = None,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Answer:
        """Calls the JSON API; `key` is the Idempotency-Key. A refusal must be a problem document."""
        sent = dict(headers or {})
        if token:
            sent["Authorization"] = f"Bearer {token}"
        if key:
            sent["Idempotency-Key"] = key
        if json is not None:
            options.update(data=orjson.dumps(json), content_type="application/json")
        address = path if path.startswith("/api/") else f"/api/v1{path}"
        response = self._open(address, method=method, headers=sent, **options)
        body = orjson.loads(response.data) if response.data and "json" in response.mimetype else None
        answer = Answer(response.status_code, body, response.headers)
        if response.status_code >= 400:
            _check_problem(answer, f"{method} {address}")
        _expect(f"{method} {address}", response.status_code, expect, response.get_data(as_text=True))
        return answer

    # -- the session

    @property
    def has_session(self) -> bool:
        return self.cookie() is not None

    def cookie(self) -> str | None:
        """The session cookie of this browser."""
        for name in ("sid", "__Host-sid"):
            found = self.browser.get_cookie(name)
            if found is not None:
                return found.value
        return None

    def csrf_token(self) -> str:
        """The token that our pages would carry for this browser."""
        value = self.cookie()
        return _alone(lambda: self._within(lambda: token_for(value))) if value else ""

    def sign_in(self, person: Any) -> None:
        """Signs a person in without the sign-in page (a session row and its cookie)."""
        secret = _alone(lambda: self._within(lambda: a_session(person)))
        self.browser.set_cookie("sid", secret)

    def sign_out(self) -> None:
        """Forgets the session cookie."""
        self.browser.delete_cookie("sid")

    # -- inside

    def _within(self, work: Callable[[], Any]) -> Any:
        with self.app.app_context():
            return work()

    def _open(self, path: str, **options: Any) -> TestResponse:
        if has_app_context():
            db.session.rollback()
        try:
            return _alone(lambda: self.browser.open(path, base_url=HOST, buffered=True, **options))
        finally:
            if has_app_context():
                db.session.rollback()

    def _fetch(
        self, method: str, path: str, *, expect: int | range | None, follow: bool, **options: Any
    ) -> Page:
        history: list[str] = []
        while True:
            response = self._open(path, method=method, **options)
            goal = urlsplit(urljoin(HOST + path, response.headers.get("Location", "")))
            is_away = response.status_code in (301, 302, 303, 307, 308)
            if not (follow and is_away and f"{goal.scheme}://{goal.netloc}" == HOST):
                break
            history.append(path)
            if len(history) > MOST_REDIRECTS:
                raise AssertionError(f"too many redirects: {history}")
            path = goal.path + (f"?{goal.query}" if goal.query else "")
            if response.status_code not in (307, 308):
                method, options = "GET", {"headers": options["headers"]} if "headers" in options else {}
        return self._page(path, response, expect, tuple(history), method)

    def _page(
        self,
        path: str,
        response: TestResponse,
        expect: int | range | None,
        history: tuple[str, ...],
        method: str,
    ) -> Page:
        body = response.get_data()
        tree = None
        if response.mimetype == "text/html" and body:
            tree, errors = parse(body)
            if self.is_checking and not 300 <= response.status_code < 400:
                problems = [
                    *errors,
                    *problems_of(tree, path, response, self.app, has_session=self.has_session),
                ]
                if problems:
                    listed = "\n  ".join(dict.fromkeys(problems))
                    raise AssertionError(
                        f"{method} {path} ({response.status_code}) is a broken page:\n  {listed}"
                    )
        _expect(f"{method} {path}", response.status_code, expect, body.decode(errors="replace"))
        return Page(path, response.status_code, response.headers, body, tree, history)


def _alone(work: Callable[[], Any]) -> Any:
    """Runs without the test's own app context, which Flask would otherwise share with the request."""
    return contextvars.Context().run(work)


def _expect(what: str, status: int, expect: int | range | None, body: str) -> None:
    allowed = expect if isinstance(expect, range) else (expect,) if expect is not None else range(100, 400)
    if status not in allowed:
        wanted = "less than 400" if expect is None else expect
        raise AssertionError(f"{what} gave {status}, not {wanted}: {_shortened(body)}")


def _shortened(body: str) -> str:
    return " ".join(re.sub(r"<(script|style|head).*?</\1>|<[^>]+>", " ", body, flags=re.S).split())[:600]


def _check_problem(answer: Answer, what: str) -> None:
    kind = answer.headers.get("Content-Type", "")
    if not kind.startswith("application/problem+json") or not isinstance(answer.json, dict):
        raise AssertionError(f"{what} refused with {answer.status} but not as a problem document: {kind}")
    missing = {"title", "status", "code", "reasons"} - set(answer.json)
    if missing:
        raise AssertionError(f"{what}: the problem document lacks {sorted(missing)}")
    if MISSING_TEXT.search(str(answer.json)):
        raise AssertionError(f"{what}: a sentence is missing in {answer.json}")
