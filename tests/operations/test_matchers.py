"""The HTTP adapter of the two questions to the outside: only a clear answer counts, and never as yes by silence."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from marketplace.core.jobs import TryLater
from marketplace.festival.matchers import DemoMatcher, HttpMatcher, matcher

pytestmark = pytest.mark.databases("sqlite")
ID, MOBILE = "0499370899", "09121112233"
SHEBA, OWNER = "IR980296000000010032420001", "مریم رضایی"


class Service:
    """Answers every question in one way and keeps what it was asked."""

    def __init__(self) -> None:
        self.status, self.body, self.asked = 200, b'{"match": true}', []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                service.asked.append((self.path, self.headers["Authorization"], json.loads(body)))
                self.send_response(service.status)
                if service.status == 302:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", str(len(service.body)))
                self.end_headers()
                self.wfile.write(service.body)

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def http(service: Service) -> HttpMatcher:
    return HttpMatcher(f"{service.url}/shahkar", f"{service.url}/bank", "a-key")


def test_what_is_asked_and_what_is_answered(http: HttpMatcher, service: Service):
    assert http.has_mobile(ID, MOBILE, 2) is True
    service.body = b'{"match": false}'
    assert http.has_account(SHEBA, OWNER, ID, 2) is False
    assert service.asked == [
        ("/shahkar", "Bearer a-key", {"national_id": ID, "mobile": MOBILE}),
        ("/bank", "Bearer a-key", {"sheba": SHEBA, "owner": OWNER, "holder_id": ID}),
    ]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b'{"match": true}'),
        (404, b'{"match": true}'),
        (302, b'{"match": true}'),
        (200, b'{"match": "true"}'),
        (200, b'{"match": 1}'),
        (200, b"{}"),
        (200, b"[true]"),
        (200, b"<html>"),
        (200, b"[" * 100_000),
    ],
)
def test_whatever_is_no_answer_is_asked_later(http: HttpMatcher, service: Service, status: int, body: bytes):
    service.status, service.body = status, body
    with pytest.raises(TryLater):
        http.has_mobile(ID, MOBILE, 2)


def test_a_service_that_is_away_or_not_set(http: HttpMatcher, service: Service):
    service.server.shutdown()
    service.server.server_close()
    with pytest.raises(TryLater):
        http.has_account(SHEBA, OWNER, ID, 1)
    with pytest.raises(TryLater):
        HttpMatcher(None, None, "").has_mobile(ID, MOBILE, 1)


def test_the_embedded_one_is_never_asked_where_an_address_is_set(app, ctx):
    assert isinstance(matcher(), DemoMatcher)
    settings = app.config["SETTINGS"]
    values = {name: getattr(settings, name) for name in settings.__dataclass_fields__}
    app.config["SETTINGS"] = type(settings)(**{**values, "shahkar_url": "http://127.0.0.1:9/x"})
    assert isinstance(matcher(), HttpMatcher)
