"""A shared cache in front of the house, a real one: it answers badges for us, keeps apart what it is to keep apart, and
a revoked seal shows as revoked everywhere once the badge's short life is over."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.stores.models import Seal, SealState
from tests.browser.browsing import served
from tests.factories import change
from tests.needs import have
from tests.worlds import database, the_world  # noqa: F401

pytestmark = [pytest.mark.needs("nginx"), pytest.mark.databases("sqlite")]
LIFE = 2
"""Seconds for which a badge is kept here."""
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "complaints.md"
OURS = re.findall(r"```nginx\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[0]
"""What operators are told to write."""
CONFIG = """
daemon off;
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    proxy_cache_path {folder}/kept levels=1:2 keys_zone=bazargah:1m;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass {origin};
            proxy_set_header Host $host;
            {ours}
        }}
    }}
}}
"""
OWN, FOREIGN = "https://artin.example/", "https://evil.test/"
ORIGINS = {
    None: "برای بررسی بزنید",
    OWN: "نماد معتبر است",
    "https://artin.example/goods?page=2": "نماد معتبر است",
    FOREIGN: "این‌جا معتبر نیست",
    f"{FOREIGN}artin.example": "این‌جا معتبر نیست",
}
"""Who asks: no referrer, the origin alone, a page of the shop's own, and both of somebody else."""


@dataclass
class Answer:
    text: str
    kept: str
    headers: http.client.HTTPMessage


@contextmanager
def cache(origin: str, folder: Path) -> Iterator[int]:
    """nginx before the house; gives its port."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    config = folder / "nginx.conf"
    user = "user root;" if os.getuid() == 0 else ""
    config.write_text(CONFIG.format(user=user, folder=folder, port=port, origin=origin, ours=OURS), "utf-8")
    program = subprocess.Popen(
        [str(have("nginx")), "-p", str(folder), "-c", str(config)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: is_open(port) or program.poll() is not None)
        assert program.poll() is None, (folder / "error.log").read_text("utf-8")
        yield port
    finally:
        program.terminate()
        program.wait(20)


def is_open(port: int) -> bool:
    with closing(socket.socket()) as found:
        return found.connect_ex(("127.0.0.1", port)) == 0


def until(is_so: Callable[[], bool]) -> None:
    for _ in range(400):
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError("it never came to be so")


def ask(port: int, path: str, referrer: str | None = None, **headers: str) -> Answer:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as line:
        line.request("GET", path, headers={**headers, **({"Referer": referrer} if referrer else {})})
        answer = line.getresponse()
        return Answer(answer.read().decode("utf-8"), answer.headers["X-Cache"] or "", answer.headers)


@pytest.fixture
def seal(app, ctx) -> Seal:
    seal = db.session.scalars(select(Seal).where(Seal.store_id == the_world().stores[0].id)).one()
    settings = replace(app.config["SETTINGS"], badge_seconds=LIFE, base_url="https://bazaar.example")
    app.config["SETTINGS"] = settings
    change(seal, domain="artin.example")
    return seal


def test_a_revoked_seal_shows_as_revoked_behind_a_shared_cache(app, seal, tmp_path):
    badge = f"/seal/{seal.code}/badge.svg"
    pages = [f"/seal/{seal.code}", f"/en/seal/{seal.code}"]
    call = f"/api/v1/seals/{seal.code}"
    with served(app) as origin, cache(origin, tmp_path) as port:
        for referrer, word in ORIGINS.items():
            assert word in ask(port, badge, referrer).text
        for referrer, word in ORIGINS.items():
            until(lambda referrer=referrer: ask(port, badge, referrer).kept == "HIT")
            again = ask(port, badge, referrer)
            assert word in again.text, "what one site is told is not what another is told"
            assert "Referer" in again.headers["Vary"]
            assert again.headers["Cache-Control"] == f"public, max-age={LIFE}, s-maxage={LIFE}"
        for path in (*pages, call):
            assert {ask(port, path).kept for _ in range(3)} <= {"MISS", "BYPASS", "EXPIRED"}, path
        assert '"active"' in ask(port, call).text

        change(seal, state=SealState.revoked)
        assert '"revoked"' in ask(port, call).text
        assert ["لغو" in ask(port, pages[0]).text, "revoked" in ask(port, pages[1]).text.lower()] == [
            True,
            True,
        ]
        time.sleep(LIFE + 1)  # nginx counts whole seconds
        for referrer in ORIGINS:
            assert "لغو شده" in ask(port, badge, referrer).text
        assert "لغو شده" in ask(port, badge, "https://never.asked.example/").text


def test_what_has_not_changed_is_asked_for_once_and_not_sent_again(app, seal, tmp_path):
    """Many who ask at once are one question to us, and after the badge's life a 304 is enough."""
    heard: list[tuple[str, int]] = []
    app.after_request(lambda answer: heard.append((answer.mimetype, answer.status_code)) or answer)
    badge = f"/seal/{seal.code}/badge.svg"
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], badge_seconds=30)
    with served(app) as origin, cache(origin, tmp_path) as port:
        for _ in range(20):
            assert "معتبر" in ask(port, badge, OWN).text
        assert heard == [("image/svg+xml", 200)]
        app.config["SETTINGS"] = replace(app.config["SETTINGS"], badge_seconds=1)
        ask(port, badge, FOREIGN)
        time.sleep(2)
        until(lambda: ask(port, badge, FOREIGN).kept == "REVALIDATED")
        assert heard[-1][1] == 304


def test_a_page_with_somebodys_name_is_never_kept(app, seal, tmp_path):
    """A signed-in visitor's pages go through the same cache, and nobody else is given them."""
    with served(app) as origin, cache(origin, tmp_path) as port:
        assert {ask(port, "/", Cookie=f"sid={n}").kept for n in range(3)} <= {"MISS", "BYPASS", "EXPIRED"}
        for path in ("/", "/stores", f"/stores/{the_world().stores[0].slug}/record", "/about-the-seal"):
            words = ask(port, path).headers["Cache-Control"] or ""
            assert "no-store" in words or "private" in words or "no-cache" in words, (path, words)
