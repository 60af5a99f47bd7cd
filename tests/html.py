"""HTML as a browser without scripts reads it: the tree, its words, and what a form would send."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

import html5lib

HOST = "http://localhost"

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


def words_of(element: Element) -> Iterator[str]:
    if isinstance(element.tag, str) and element.tag not in ("script", "style", "template", "head"):
        yield element.text or ""
        for child in element:
            yield from words_of(child)
            yield child.tail or ""


def text_of(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def matches(element: Element, name: str, value: str) -> bool:
    if name == "class_":
        return value in element.get("class", "").split()
    return element.get(name.rstrip("_").replace("_", "-")) == value


def form_of(element: Element, url: str) -> Form:
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
            values.setdefault(name, []).append(text_of(e))
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
    return [o.get("value", text_of(o)) for o in chosen]
