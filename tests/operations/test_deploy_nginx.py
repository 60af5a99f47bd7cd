"""The web server's configuration as it is shipped, run by a real nginx in front of the house."""

from __future__ import annotations

import http.client
import os
import re
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask, request

from marketplace.app import create_app
from marketplace.core.assets import asset
from marketplace.core.db import db
from marketplace.core.watch import HEADER
from tests.browser.browsing import served
from tests.needs import have

pytestmark = [pytest.mark.needs("nginx"), pytest.mark.databases("sqlite")]
SHIPPED = Path(__file__).parents[2] / "deploy" / "nginx" / "bazargah.conf"
AROUND = """
daemon off;
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
events {{ worker_connections 256; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/bazargah.conf;
}}
"""


@dataclass
class Front:
    port: int
    folder: Path

    def ask(self, method: str, path: str, **headers: str) -> http.client.HTTPResponse:
        context = ssl.create_default_context(cafile=str(self.folder / "fullchain.pem"))
        line = http.client.HTTPSConnection("localhost", self.port, timeout=30, context=context)
        line.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = line.getresponse()
        answer.text = answer.read().decode("utf-8", "replace")  # type: ignore[attr-defined]
        line.close()
        return answer

    def logged(self, word: str, tries: int = 100) -> bool:
        """Whether the access log, written after the answer, names a word."""
        for _ in range(tries):
            if word in (self.folder / "bazargah.log").read_text("utf-8"):
                return True
            time.sleep(0.05)
        return False


@contextmanager
def in_front(origin: str, folder: Path) -> Iterator[Front]:
    """nginx with what is shipped; places and ports are this test's, and one of the two servers behind it is dead."""
    ports = []
    for _ in range(3):
        with closing(socket.create_server(("127.0.0.1", 0))) as taken:
            ports.append(taken.getsockname()[1])
    plain, secure, dead = ports
    write_certificate(folder)
    words = {
        r"127\.0\.0\.1:8000 ": origin.removeprefix("http://") + " ",
        r"127\.0\.0\.1:8001 ": f"127.0.0.1:{dead} ",
        r"listen 80;": f"listen 127.0.0.1:{plain};",
        r"listen 443 ssl http2;": f"listen 127.0.0.1:{secure} ssl http2;",
        r"/etc/ssl/bazargah/|/var/log/nginx/": f"{folder}/",
        r"/var/cache/nginx/": f"{folder}/cache-",
        r"bazaar\.example": "localhost",
    }
    text = SHIPPED.read_text("utf-8")
    for shipped, here in words.items():
        text, count = re.subn(shipped, here, text)
        assert count, f"{shipped} is not in the file any more"
    (folder / "bazargah.conf").write_text(text, "utf-8")
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(AROUND.format(user=user, folder=folder), "utf-8")
    program = subprocess.Popen(
        [str(have("nginx")), "-p", str(folder), "-c", str(folder / "nginx.conf")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(400):
            with closing(socket.socket()) as found:
                if found.connect_ex(("127.0.0.1", secure)) == 0:
                    break
            assert program.poll() is None, (folder / "error.log").read_text("utf-8")
            time.sleep(0.05)
        yield Front(secure, folder)
    finally:
        program.terminate()
        program.wait(20)


def write_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


@pytest.fixture
def proxied(settings) -> Iterator[Flask]:
    """The app that is told of nginx."""
    app = create_app(replace(settings, trusted_proxies=1))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def heard(proxied) -> list[tuple[str | None, str, str]]:
    """Who asked, how and for what, as the app believes it."""
    told: list[tuple[str | None, str, str]] = []
    proxied.before_request(lambda: told.append((request.remote_addr, request.scheme, request.path)))
    return told


@pytest.fixture
def front(proxied, heard, tmp_path) -> Iterator[Front]:
    with served(proxied) as origin, in_front(origin, tmp_path) as found:
        yield found


def test_what_comes_through_and_what_does_not(front, heard):
    page = front.ask(
        "GET", "/sign-up", X_Forwarded_For="203.0.113.9", X_Forwarded_Proto="ftp", X_Request_ID="x" * 20
    )
    assert page.status == 200
    assert heard[-1] == ("127.0.0.1", "https", "/sign-up"), "nobody may say who they are"
    request_id = page.headers[HEADER]
    assert re.fullmatch("[0-9a-f]{32}", request_id)
    assert front.logged(request_id), "one id in both logs"
    front.ask("GET", "/search?q=secret-word")
    assert front.logged("/search")
    assert not front.logged("secret-word", tries=1)
    for path in ("/metrics", "/readyz"):
        before = len(heard)
        assert front.ask("GET", path).status == 404
        assert len(heard) == before, f"{path} went through"
    for _ in range(6):
        assert front.ask("GET", "/healthz").status == 200, "one of two servers is dead, and nobody notices"


def test_files_are_answered_from_the_cache(front, heard):
    path = asset("css/app.css")
    first, second = front.ask("GET", path), front.ask("GET", path)
    assert (first.headers["X-Cache"], second.headers["X-Cache"]) == ("MISS", "HIT")
    assert "immutable" in second.headers["Cache-Control"]
    assert second.headers["X-Content-Type-Options"] == "nosniff"
    assert sum(told[2] == path for told in heard) == 1
    assert front.ask("GET", "/stores").headers["X-Cache"] is None


def test_too_much_is_refused_before_it_reaches_the_house(front, heard):
    before = len(heard)
    assert front.ask("POST", "/complaints/1/messages", Content_Length=str(200 * 1024 * 1024)).status == 413
    assert len(heard) == before
    tried = [front.ask("POST", "/sign-in", Content_Length="0").status for _ in range(40)]
    reached = sum(told[2] == "/sign-in" for told in heard)
    assert tried.count(429) >= 40 - reached > 0
    assert reached < 35


SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
TWO_MINDS = {
    "both": b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
    "both, the other way": b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\nabc\r\n0\r\n\r\n",
    "unknown coding": b"Content-Length: 4\r\nTransfer-Encoding: xchunked\r\n\r\nabcd",
    "two codings": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "space before the colon": b"Content-Length: 4\r\nTransfer-Encoding : chunked\r\n\r\nabcd",
    "vertical tab": b"Content-Length: 4\r\nTransfer-Encoding:\x0bchunked\r\n\r\nabcd",
    "two lengths": b"Content-Length: 4\r\nContent-Length: 60\r\n\r\nabcd",
    "signed length": b"Content-Length: +4\r\n\r\nabcd",
    "negative length": b"Content-Length: -4\r\n\r\nabcd",
    "length in hex": b"Content-Length: 0x4\r\n\r\nabcd",
    "line goes on": b"Content-Length: 4\r\nTransfer-Encoding:\r\n chunked\r\n\r\nabcd",
    "broken chunk": b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabcd\r\n0\r\n\r\n",
}


def said(front: Front, request: bytes) -> bytes:
    """All that comes back over one connection, until nginx closes it."""
    context = ssl.create_default_context(cafile=str(front.folder / "fullchain.pem"))
    told = b""
    with (
        socket.create_connection(("127.0.0.1", front.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as line,
    ):
        line.sendall(request)
        while part := line.recv(65536):
            told += part
    return told


def test_no_request_is_smuggled_behind_another(front, heard):
    """Where a request ends is no matter of opinion: what could be read in two ways is refused and cut off."""
    ask = b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\n"
    last = SMUGGLED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    answers = said(front, ask + b"Content-Length: 4\r\n\r\nabcd" + last)
    assert answers.count(b"HTTP/1.1 ") == 2
    assert heard[-1][2] == "/smuggled", "two requests in one line are two, so this would be heard"
    heard.clear()
    for name, headers in TWO_MINDS.items():
        told = said(front, ask + headers + SMUGGLED)
        assert told.split(b"\r\n")[0].split()[1] in (b"400", b"501"), name
        assert told.count(b"HTTP/1.1 ") == 1, name
    assert [path for *_, path in heard if path != "/sign-in"] == []
