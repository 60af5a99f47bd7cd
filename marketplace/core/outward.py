"""The way out to addresses that strangers gave: a store's own site, a webhook.

Such an address may point at ourselves. So only http and https on their own ports, the name resolved once, every
address it has looked at, and the connection made to the very address that was looked at: a name that changes its mind
between question and connection gains nothing. Redirects are followed only as far as the caller allows, each looked at
anew. Time and size are bounded, and nothing is asked inside a unit of work.
"""

from __future__ import annotations

import http.client
import os
import socket
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

import urllib3
from flask import current_app
from urllib3.connection import HTTPConnection, HTTPSConnection

from marketplace.core import again, traces
from marketplace.core.http import USER_AGENT, NetworkInsideUnit
from marketplace.core.public_addresses import PORTS, OutwardRefused, check_url, is_address, is_public
from marketplace.core.unit_of_work import is_open

LARGEST_ANSWER_BYTES = 256 * 1024
CONNECT_SECONDS = 4.0
ANSWER_SECONDS = 8.0
LOOK_UP_SECONDS = 5.0
REDIRECTS = frozenset({301, 302, 303, 307, 308})
Resolve = Callable[[str, int], list[str]]


class OutwardFailed(Exception):
    """The other side could not be reached, broke off, took too long or sent too much. `code` says which."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers by lower-case name, the whole body, and the address that answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    def text(self) -> str:
        """The body as UTF-8, what is none replaced."""
        return self.body.decode("utf-8", "replace")


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a name, asked of the system once, within five seconds."""
    looking = _lookers.submit(socket.getaddrinfo, host, port, 0, socket.SOCK_STREAM)
    try:
        found = looking.result(LOOK_UP_SECONDS)
    except (OSError, UnicodeError, TookTooLong) as error:
        raise OutwardFailed("unknown_host") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


_lookers = ThreadPoolExecutor(max_workers=32, thread_name_prefix="look-up")


class OutwardClient:
    """Asks addresses that strangers gave. Keeps no connection, no cookie and no proxy; see the module."""

    def __init__(
        self,
        *,
        allow_loopback: bool = False,
        resolve: Resolve = resolve,
        stand_ins: Mapping[int, int] | None = None,
    ) -> None:
        """`stand_ins`: in tests, the port of this machine that stands for port 80 or 443."""
        self._allow_loopback = allow_loopback
        self._resolve = resolve
        self._stand_ins = dict(stand_ins or {}) if allow_loopback else {}

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        seconds: float = ANSWER_SECONDS,
        most_bytes: int = LARGEST_ANSWER_BYTES,
        most_redirects: int = 0,
        may_follow: Callable[[str], bool] | None = None,
    ) -> Answer:
        """One request; a status is no error. `seconds` bounds each whole answer, `most_bytes` its body.

        A redirect is handed back as it is, unless `most_redirects` allows it and `may_follow(address)`, if given,
        agrees; each is checked and resolved anew and asked with GET. Raises OutwardRefused, OutwardFailed and,
        within a unit of work, NetworkInsideUnit.
        """
        if is_open():
            raise NetworkInsideUnit(f"{method} {url} inside a unit of work")
        again.note_done_for_good()
        for _ in range(most_redirects + 1):
            url = check_url(url, allow_loopback=self._allow_loopback)
            with traces.span("call", method) as span:
                span.note("server.address", str(urlsplit(url).hostname))
                answer = self._ask(method, url, headers or {}, body, seconds, most_bytes)
                span.note("http.response.status_code", answer.status)
            goal = urljoin(url, answer.headers.get("location", ""))
            is_followed = answer.status in REDIRECTS and "location" in answer.headers and most_redirects > 0
            if not is_followed or (may_follow is not None and not may_follow(goal)):
                return answer
            url, method, body = goal, "GET", None
        raise OutwardFailed("too_many_redirects")

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, seconds: float, most: int
    ) -> Answer:
        parts = urlsplit(url)
        host, port = str(parts.hostname), parts.port or PORTS[parts.scheme]
        address = self._checked(host, port)
        kind = _Secure if parts.scheme == "https" else _Plain
        line: Any = kind(host, port, timeout=CONNECT_SECONDS)
        line.place = (address, self._stand_ins.get(port, port))
        path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        watch = _Watch(seconds + CONNECT_SECONDS)
        line.watch = watch
        try:
            line.connect()
            line.timeout = seconds
            sent = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity", "Connection": "close", **headers}
            line.request(method, path, body=body, headers=sent, preload_content=False, decode_content=False)
            response = line.getresponse()
            try:
                content = _body(response, most)
            finally:
                response.close()
            found = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, found, content, url)
        except OutwardFailed:
            raise
        except (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError) as error:
            is_late = watch.fired or isinstance(error, (TimeoutError, urllib3.exceptions.TimeoutError))
            raise OutwardFailed("too_slow" if is_late else "not_reached") from error
        finally:
            watch.cancel()
            line.close()

    def _checked(self, host: str, port: int) -> str:
        """The address to connect to: the first of a name of which each address is public."""
        found = [host] if is_address(host) else self._resolve(host, port)
        if not found:
            raise OutwardFailed("unknown_host")
        if not all(is_public(address, allow_loopback=self._allow_loopback) for address in found):
            raise OutwardRefused("address_not_public")
        return found[0]


def outward() -> OutwardClient:
    """The client of this app; loopback is open in tests that set `OUTWARD_LOOPBACK` alone."""
    made = current_app.extensions.get("outward")
    if made is None:
        made = OutwardClient(allow_loopback=current_app.config["SETTINGS"].outward_loopback)
        current_app.extensions["outward"] = made
    return made


def _body(response: Any, most: int) -> bytes:
    if response.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
        raise OutwardFailed("bad_answer")
    parts, size = [], 0
    while part := response.read(min(65536, most + 1), decode_content=False):
        parts.append(part)
        size += len(part)
        if size > most:
            raise OutwardFailed("too_large")
    return b"".join(parts)


class _Watch:
    """Shuts the connection when everything together has taken too long, whatever trickles in meanwhile."""

    def __init__(self, seconds: float) -> None:
        self.fired = False
        self._twin: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._fire)
        self._timer.daemon = True
        self._timer.start()

    def hold(self, sock: socket.socket) -> None:
        """Keeps a second handle of the plain socket: TLS takes the first one away."""
        self._twin = socket.socket(fileno=os.dup(sock.fileno()))

    def _fire(self) -> None:
        self.fired = True
        if self._twin is not None:
            with suppress(OSError):
                self._twin.shutdown(socket.SHUT_RDWR)

    def cancel(self) -> None:
        self._timer.cancel()
        if self._twin is not None:
            self._twin.close()


class _Checked:
    """Mixin of both connections: dials the address that was looked at, not the name."""

    place: tuple[str, int]
    watch: _Watch

    def _new_conn(self) -> socket.socket:
        connection: Any = self
        sock = socket.create_connection(self.place, timeout=connection.timeout)
        self.watch.hold(sock)
        return sock


class _Plain(_Checked, HTTPConnection):
    pass


class _Secure(_Checked, HTTPSConnection):
    pass
