"""A browser without scripts that checks every page it fetches.

    page = client.get("/cart")                       # fails on a broken page, whatever the test is about
    page = client.submit(page.form("/checkout"), receiver="مریم")
    answer = client.api("GET", "/orders", token)     # /api/v1 is put in front

Redirects within the site are followed; one that leaves it ends there (`page.location`). Without `expect`
(a status, or a range of them) an answer of 400 or more is a failure of the test.
"""

from __future__ import annotations

import contextvars
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import SplitResult, unquote, urljoin, urlsplit
from xml.etree import ElementTree

import html5lib
import orjson
from flask import Flask, has_app_context
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import RequestRedirect
from werkzeug.test import Client as Browser
from werkzeug.test import TestResponse

from marketplace.core import assets
from marketplace.core.db import db
from marketplace.core.web import HEADERS

HOST = "http://localhost"
MOST_REDIRECTS = 6
NAMELESS = frozenset({"hidden", "submit", "button", "image", "reset"})
DATA_SCRIPTS = frozenset({"application/ld+json", "application/json"})
FETCHING = frozenset({"script", "img", "link", "source", "use", "iframe"})
NAMING = ("canonical", "alternate")
MISSING_TEXT = re.compile(r"\[[a-z][a-z0-9_]*(?:\.[a-z0-9_\-]+)+\]")
HASHED = re.compile(r"\.[0-9a-f]{12}(?=\.[a-z0-9]+$)")

# What html5lib calls an error although the standard of today allows it.
ALLOWED_PARSE_ERRORS: frozenset[str] = frozenset()

Element = ElementTree.Element


@dataclass(frozen=True)
class Form:
    """A form of a page with the values that a browser would send."""

    action: str
    method: str
    values: dict[str, list[str]]
    element: Element
    buttons: tuple[dict[str, str], ...] = ()


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
        return " ".join("".join(_words(self._root())).split())

    @property
    def title(self) -> str:
        return _text(self.one("title"))

    @property
    def h1(self) -> str:
        return _text(self.one("h1"))

    @property
    def forms(self) -> list[Form]:
        return [_form(e, self.url) for e in self.all("form")]

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
            and all(_matches(e, name, value) for name, value in attributes.items())
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
        from marketplace.core.csrf import token_for  # noqa: PLC0415

        value = self.cookie()
        return _alone(lambda: self._within(lambda: token_for(value))) if value else ""

    def sign_in(self, person: Any) -> None:
        """Signs a person in without the sign-in page (a session row and its cookie)."""
        from tests.factories.people import a_session  # noqa: PLC0415

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
                problems = [*errors, *problems_of(tree, path, response, self)]
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


# --- reading a page ----------------------------------------------------------------------------------------------


def parse(body: bytes) -> tuple[Element, list[str]]:
    """The tree of a page and what is wrong with its HTML."""
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
    tree = parser.parse(body, transport_encoding="utf-8")
    lines = body.decode(errors="replace").splitlines()
    errors = []
    for (line, column), code, details in parser.errors:
        if code not in ALLOWED_PARSE_ERRORS:
            near = lines[line - 1][max(0, column - 60) : column + 20].strip() if line <= len(lines) else ""
            errors.append(f"HTML, line {line}: {code} {details or ''} near …{near}…")
    return tree, errors


def _words(element: Element) -> Iterator[str]:
    if isinstance(element.tag, str) and element.tag not in ("script", "style", "template", "head"):
        yield element.text or ""
        for child in element:
            yield from _words(child)
            yield child.tail or ""


def _text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _matches(element: Element, name: str, value: str) -> bool:
    if name == "class_":
        return value in element.get("class", "").split()
    return element.get(name.rstrip("_").replace("_", "-")) == value


def _form(element: Element, url: str) -> Form:
    """The form with what a browser would send: checked boxes, chosen options, no buttons."""
    values: dict[str, list[str]] = {}
    buttons = []
    for e in element.iter():
        name = e.get("name") if isinstance(e.tag, str) else None
        if not name or "disabled" in e.attrib:
            continue
        if e.tag == "button" or (e.tag == "input" and e.get("type") in ("submit", "image")):
            buttons.append({"name": name, "value": e.get("value", "")})
        elif e.tag == "input" and e.get("type") in ("checkbox", "radio"):
            if "checked" in e.attrib:
                values.setdefault(name, []).append(e.get("value", "on"))
        elif e.tag == "input" and e.get("type") != "file":
            values.setdefault(name, []).append(e.get("value", ""))
        elif e.tag == "textarea":
            values.setdefault(name, []).append(_text(e))
        elif e.tag == "select":
            values.setdefault(name, []).extend(_chosen(e))
    action = urlsplit(urljoin(HOST + url, element.get("action") or url))
    address = action.path + (f"?{action.query}" if action.query else "")
    if f"{action.scheme}://{action.netloc}" != HOST:
        address = action.geturl()
    return Form(address, element.get("method", "get").upper(), values, element, tuple(buttons))


def _chosen(select: Element) -> list[str]:
    options = list(select.iter("option"))
    chosen = [o for o in options if "selected" in o.attrib]
    if not chosen and "multiple" not in select.attrib:
        chosen = options[:1]
    return [o.get("value", _text(o)) for o in chosen]


# --- checking a page ---------------------------------------------------------------------------------------------


def problems_of(tree: Element, path: str, response: TestResponse, client: Client) -> list[str]:
    """Everything that is wrong with a page; empty when it is fine."""
    elements = [e for e in tree.iter() if isinstance(e.tag, str)]
    return [
        *_about_head(elements, path),
        *_about_ids(elements),
        *_about_labels(tree, elements),
        *_about_inline(elements),
        *_about_forms(elements, path, client),
        *_about_links(elements, path, client.app),
        *_about_texts(elements),
        *_about_headers(response),
    ]


def _about_head(elements: list[Element], path: str) -> Iterator[str]:
    html = elements[0]
    lang, direction = ("en", "ltr") if path == "/en" or path.startswith(("/en/", "/en?")) else ("fa", "rtl")
    if html.get("lang") != lang or html.get("dir") != direction:
        yield f"<html lang={html.get('lang')} dir={html.get('dir')}> under {path}"
    titles = [_text(e) for e in elements if e.tag == "title"]
    if not titles or not titles[0]:
        yield "no title"
    headings = [_text(e) for e in elements if e.tag == "h1"]
    if len(headings) != 1 or not headings[0]:
        yield f"{len(headings)} h1: {headings}"


def _about_ids(elements: list[Element]) -> Iterator[str]:
    ids = Counter(e.get("id") for e in elements if "id" in e.attrib)
    yield from (f"id {name!r} stands {count} times" for name, count in ids.items() if count > 1)
    for e in elements:
        for attribute in (
            "for",
            "aria-labelledby",
            "aria-describedby",
            "aria-controls",
            "list",
            "popovertarget",
        ):
            for name in e.get(attribute, "").split():
                if name not in ids:
                    yield f"<{e.tag} {attribute}={name!r}> names nothing on the page"


def _about_labels(tree: Element, elements: list[Element]) -> Iterator[str]:
    labelled = {e.get("for") for e in elements if e.tag == "label" and _text(e)}
    wrapped = {id(child) for e in elements if e.tag == "label" and _text(e) for child in e.iter()}
    for e in elements:
        if e.tag in ("input", "select", "textarea") and e.get("type") not in NAMELESS:
            has_name = (
                e.get("id") in labelled or id(e) in wrapped or e.get("aria-label") or e.get("aria-labelledby")
            )
            if not has_name:
                yield f"<{e.tag} name={e.get('name')!r}> has no label"
        if e.tag == "img" and e.get("alt") is None:
            yield f"<img src={e.get('src')!r}> has no alt"
        if e.tag in ("button", "a") and not _has_name(e):
            yield f"<{e.tag} href={e.get('href')!r} class={e.get('class')!r}> has no words"


def _has_name(element: Element) -> bool:
    if element.get("aria-label") or element.get("aria-labelledby") or element.get("title") or _text(element):
        return True
    return element.get("aria-hidden") == "true" or any(e.get("alt") for e in element.iter())


def _about_inline(elements: list[Element]) -> Iterator[str]:
    for e in elements:
        if e.tag == "style" or "style" in e.attrib:
            yield f"inline style in <{e.tag} class={e.get('class')!r}>"
        if e.tag == "script" and "src" not in e.attrib and e.get("type") not in DATA_SCRIPTS:
            yield "inline script"
        yield from (
            f"inline handler {name} in <{e.tag}>" for name in e.attrib if str(name).lower().startswith("on")
        )
        if e.get("href", "").lower().startswith("javascript:"):
            yield f"javascript: address in <{e.tag}>"


def _about_forms(elements: list[Element], path: str, client: Client) -> Iterator[str]:
    for element in (e for e in elements if e.tag == "form"):
        form = _form(element, path)
        if form.method not in ("GET", "POST"):
            yield f"form {form.action} has the method {form.method}"
        tokens = form.values.get("csrf_token", [])
        is_ours = form.action.startswith("/")
        if form.method == "POST" and is_ours and client.has_session and not any(tokens):
            yield f"form {form.action} has no csrf_token"
        if tokens and (form.method == "GET" or not is_ours):
            yield f"form {form.action} would leak the csrf_token"


def _about_links(elements: list[Element], path: str, app: Flask) -> Iterator[str]:
    if os.environ.get("PAGES_LINKS") == "off":
        return
    ids = {e.get("id") for e in elements}
    for e in elements:
        tag = e.tag.rpartition("}")[2]
        method = (
            e.get("method", "get").upper() if tag == "form" else "POST" if "formaction" in e.attrib else "GET"
        )
        for address in _addresses(e):
            parts = urlsplit(urljoin(HOST + path, address))
            is_ours = f"{parts.scheme}://{parts.netloc}" == HOST
            if address.startswith("#"):
                if address not in ("#", "#top") and unquote(address[1:]) not in ids:
                    yield f"<{tag}> leads to {address}, which is not on the page"
            elif is_ours and _plain(parts.path) == _plain(urlsplit(path).path):
                continue
            elif is_ours and (fault := _fault_of(parts.path, method, app) or _symbol_fault(tag, parts)):
                yield f"<{tag}> leads to {address}: {fault}"
            elif (
                not is_ours
                and tag in FETCHING
                and parts.scheme in ("http", "https")
                and e.get("rel") not in NAMING
            ):
                yield f"<{tag}> fetches from another site: {address}"


def _plain(path: str) -> str:
    """A path without the prefix of its language."""
    return (path[3:] or "/") if path == "/en" or path.startswith("/en/") else path


def _addresses(element: Element) -> Iterator[str]:
    for name in ("href", "src", "action", "formaction"):
        if element.get(name):
            yield element.get(name, "")
    for part in element.get("srcset", "").split(","):
        if part.strip():
            yield part.split()[0]


def _fault_of(path: str, method: str, app: Flask) -> str | None:
    """Why an address of ours is dead; None when it lives."""
    path = unquote(path)
    if path.startswith("/static/"):
        name = path.removeprefix("/static/")
        plain = HASHED.sub("", name)
        if not assets.content(plain):
            return "there is no such file"
        return (
            None
            if plain == name or f"/static/{name}" == assets.asset(plain)
            else "the hash is not the file's"
        )
    try:
        app.url_map.bind("localhost").match(_plain(path), method=method)
    except RequestRedirect:
        return None
    except MethodNotAllowed:
        return f"the route takes no {method}"
    except HTTPException:
        return "no route"
    return None


def _symbol_fault(tag: str, address: SplitResult) -> str | None:
    """Why `<use>` finds no picture in a sprite of ours."""
    if tag != "use" or not address.path.startswith("/static/"):
        return None
    plain = HASHED.sub("", unquote(address.path).removeprefix("/static/"))
    return None if address.fragment in _symbols(plain) else "the sprite has no such symbol"


@cache
def _symbols(path: str) -> frozenset[str]:
    return frozenset(re.findall(r'\sid="([^"]+)"', assets.content(path).decode()))


def _about_texts(elements: list[Element]) -> Iterator[str]:
    for e in elements:
        texts = [e.text or "", e.tail or "", *(str(v) for v in e.attrib.values())]
        if e.tag in ("script", "code", "pre"):
            continue
        for found in MISSING_TEXT.findall(" ".join(texts)):
            yield f"missing sentence {found}"


def _about_headers(response: TestResponse) -> Iterator[str]:
    for name in (*HEADERS, "Content-Security-Policy", "Cache-Control"):
        if name not in response.headers:
            yield f"header {name} is missing"
    policy = response.headers.get("Content-Security-Policy", "")
    if "unsafe" in policy:
        yield f"the policy allows the unsafe: {policy}"
