"""What is wrong with a page: its HTML, headings, labels, links, tokens, sentences and headers."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from flask import Flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

from marketplace.core import assets
from marketplace.core.web import HEADERS
from tests.html import HOST, Element, form_of, text_of

NAMELESS = frozenset({"hidden", "submit", "button", "image", "reset"})
DATA_SCRIPTS = frozenset({"application/ld+json", "application/json"})
FETCHING = frozenset({"script", "img", "link", "source", "use", "iframe"})
NAMING = ("canonical", "alternate")
MISSING_TEXT = re.compile(r"\[[a-z][a-z0-9_]*(?:\.[a-z0-9_\-]+)+\]")
HASHED = re.compile(r"\.[0-9a-f]{12}(?=\.[a-z0-9]+$)")


def problems_of(
    tree: Element, path: str, response: TestResponse, app: Flask, *, has_session: bool
) -> list[str]:
    """Everything that is wrong with a page; empty when it is fine."""
    elements = [e for e in tree.iter() if isinstance(e.tag, str)]
    return [
        *_about_head(elements, path),
        *_about_ids(elements),
        *_about_labels(elements),
        *_about_inline(elements),
        *_about_forms(elements, path, has_session=has_session),
        *_about_links(elements, path, app),
        *_about_texts(elements),
        *_about_headers(response),
    ]


def _about_head(elements: list[Element], path: str) -> Iterator[str]:
    html = elements[0]
    lang, direction = ("en", "ltr") if path == "/en" or path.startswith(("/en/", "/en?")) else ("fa", "rtl")
    if html.get("lang") != lang or html.get("dir") != direction:
        yield f"<html lang={html.get('lang')} dir={html.get('dir')}> under {path}"
    titles = [text_of(e) for e in elements if e.tag == "title"]
    if not titles or not titles[0]:
        yield "no title"
    headings = [text_of(e) for e in elements if e.tag == "h1"]
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


def _about_labels(elements: list[Element]) -> Iterator[str]:
    labelled = {e.get("for") for e in elements if e.tag == "label" and text_of(e)}
    wrapped = {id(child) for e in elements if e.tag == "label" and text_of(e) for child in e.iter()}
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
    if (
        element.get("aria-label")
        or element.get("aria-labelledby")
        or element.get("title")
        or text_of(element)
    ):
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


def _about_forms(elements: list[Element], path: str, *, has_session: bool) -> Iterator[str]:
    for element in (e for e in elements if e.tag == "form"):
        form = form_of(element, path)
        if form.method not in ("GET", "POST"):
            yield f"form {form.action} has the method {form.method}"
        tokens = form.values.get("csrf_token", [])
        is_ours = form.action.startswith("/")
        if form.method == "POST" and is_ours and has_session and not any(tokens):
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
