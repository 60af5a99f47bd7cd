"""The badge on a shop's own site: another origin, behind a content policy that allows nothing but this picture."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.stores.models import Seal, SealState
from tests.browser.browsing import chromium, served
from tests.factories import change
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.needs("chromium")


@contextmanager
def shop(badge: str) -> Iterator[str]:
    """Somebody else's site with the snippet in it."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header(
                "Content-Security-Policy", f"default-src 'none'; img-src {badge.rsplit('/seal', 1)[0]}"
            )
            self.end_headers()
            self.wfile.write(
                f'<!doctype html><title>s</title><img src="{badge}" width="168" height="72" alt="seal" '
                'referrerpolicy="origin">'.encode()
            )

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("domain", "state", "word"),
    [
        ("localhost", SealState.active, "معتبر است"),
        ("other.example", SealState.active, "معتبر نیست"),
        ("localhost", SealState.revoked, "لغو شده"),
    ],
)
def test_the_badge_is_shown_on_the_shops_own_site(app, ctx, domain, state, word):
    world = the_world()
    seal = db.session.scalars(select(Seal).where(Seal.store_id == world.stores[0].id)).one()
    app.config["SETTINGS"] = app.config["SETTINGS"].__class__(
        **{**_values(app.config["SETTINGS"]), "base_url": "https://bazaar.example"}
    )
    change(seal, domain=domain, state=state)
    with served(app) as base, shop(f"{base}/seal/{seal.code}/badge.svg") as site, chromium() as browser:
        page = browser.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        with page.expect_response("**/badge.svg") as heard:
            page.goto(site)
        assert word in heard.value.text()
        assert page.evaluate("document.images[0].complete && document.images[0].naturalWidth") == 168
        assert not [line for line in said if "Content Security Policy" in line]


def _values(settings: object) -> dict[str, object]:
    return {name: getattr(settings, name) for name in settings.__dataclass_fields__}  # type: ignore[attr-defined]
