"""Every page that links lead to is sound, for everybody who may see it, in both languages.

The walk follows links from the home page and asks for every address without gaps; the client checks each. A page of
which there are many is looked at a few times. Nothing may answer 500, and what one may not see is refused, not broken.
"""

from __future__ import annotations

from collections import Counter, deque
from urllib.parse import unquote, urlsplit

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from marketplace.accounts.models import Role
from tests.factories import World, an_official, world
from tests.factories.buying import paid, placed_open
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.pages import HOST, Client, Page

A_FEW = 3
SOUND = range(200, 500)
PASSED_OVER = ("/static/", "/media/", "/metrics", "/api/", "/webhooks/")

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def here(ctx, app: Flask, at) -> World:
    """The small festival with a paid order, one that waits for its money, and a full cart."""
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    small = world(at)
    paid(gateway, small.shopper, (small.soap, 2), (small.carpet, 1), at=at)
    placed_open(small.shopper, (small.tea, 1), at=at)
    return small


def _walk(client: Client, prefix: str, own: str | tuple[str, ...]) -> dict[str, int]:
    """Fetches pages until no new kind is left; gives each address with its status. Of kinds that are not under `own`,
    which others look at as well, one will do.
    """
    adapter = client.app.url_map.bind("localhost")
    ahead = deque([f"{prefix}/", *(prefix + path for path in _plain_addresses(client.app))])
    seen: dict[str, int] = {}
    kinds: Counter[str] = Counter()
    while ahead:
        address = ahead.popleft()
        path = unquote(urlsplit(address).path)
        bare = (path.removeprefix("/en") or "/") if prefix else path
        if address in seen or bare.startswith(PASSED_OVER):
            continue
        try:
            kind, _ = adapter.match(bare, method="GET")
        except (RequestRedirect, HTTPException):
            continue
        kinds[kind] += 1
        if kinds[kind] > (A_FEW if bare.startswith(own) else 1):
            continue
        page = client.get(address, expect=SOUND)
        seen[address] = page.status
        if page.tree is not None:
            ahead.extend(_links_of(page, prefix))
    return seen


def _plain_addresses(app: Flask) -> list[str]:
    """Every address that has no gaps and can be looked at."""
    return sorted(
        rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments
    )


def _links_of(page: Page, prefix: str) -> list[str]:
    """Addresses of the same language on this site."""
    found = []
    for link in page.links():
        parts = urlsplit(link)
        if parts.netloc and f"{parts.scheme}://{parts.netloc}" != HOST:
            continue
        is_english = parts.path == "/en" or parts.path.startswith("/en/")
        if parts.path.startswith("/") and is_english == bool(prefix):
            found.append(parts.path + (f"?{parts.query}" if parts.query else ""))
    return found


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["fa", "en"])
@pytest.mark.parametrize("who", ["visitor", "shopper", "store", *(role.value for role in Role)])
def test_every_page_is_sound(here: World, app: Flask, who: str, prefix: str):
    client = Client(app)
    people = {"shopper": here.shopper, "store": here.owners[0]}
    if who != "visitor":
        client.sign_in(people.get(who) or an_official(Role(who)))
    own = "/" if who == "visitor" else {"shopper": ("/me", "/orders"), "store": "/panel"}.get(who, "/office")
    seen = _walk(client, prefix, own)
    shown = [address for address, status in seen.items() if status == 200]
    least = 12 if who == "visitor" else 14
    assert len(shown) >= least, seen
