"""The way out: what is waited for, what is tried again, and that nobody goes out inside a unit."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import requests
from flask import Flask

from marketplace.core.http import AnswerTooLarge, NetworkInsideUnit, client
from marketplace.core.unit_of_work import unit_of_work
from marketplace.payments.gateways.port import GatewayUnavailable
from marketplace.payments.gateways.stripe import StripeGateway

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Script = Callable[[socket.socket], None]


class Outside:
    """A server that plays one script for each connection (the last one for all others) and counts them."""

    def __init__(self) -> None:
        self.scripts: list[Script] = [say(OK)]
        self.requests: list[bytes] = []
        self.is_over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._listen, daemon=True)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/x"

    def _listen(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            script = self.scripts[min(len(self.requests), len(self.scripts) - 1)]
            self.requests.append(b"")
            thread = threading.Thread(
                target=self._play, args=(line, script, len(self.requests) - 1), daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def _play(self, line: socket.socket, script: Script, number: int) -> None:
        with line:
            try:
                self.requests[number] = read_request(line)
                script(line)
            except OSError:
                pass

    def close(self) -> None:
        self.is_over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=5)


def read_request(line: socket.socket) -> bytes:
    """One request, its body included."""
    said = b""
    while b"\r\n\r\n" not in said:
        said += line.recv(65536)
    head, _, body = said.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    while length and len(body) < int(length[1]):
        body += line.recv(65536)
    return head + b"\r\n\r\n" + body


def say(answer: bytes) -> Script:
    return lambda line: line.sendall(answer)


def status(code: int, extra: bytes = b"") -> Script:
    return say(b"HTTP/1.1 %d No\r\nConnection: close\r\nContent-Length: 0\r\n%s\r\n" % (code, extra))


def hang_up(line: socket.socket) -> None:
    """Closes without an answer."""


@pytest.fixture
def outside() -> Iterator[Outside]:
    server = Outside()
    yield server
    server.close()


def drip(outside: Outside, head: bytes) -> Script:
    """`head` at once, then one byte every 20 ms for ever."""

    def script(line: socket.socket) -> None:
        line.sendall(head)
        while not outside.is_over.wait(0.02):
            line.sendall(b"x")

    return script


def silence(outside: Outside) -> Script:
    def script(line: socket.socket) -> None:
        outside.is_over.wait(10)

    return script


def test_an_answer(outside: Outside) -> None:
    answer = client().get(outside.url)
    assert (answer.status_code, answer.content, answer.text) == (200, b"ok", "ok")
    assert b"User-Agent: bazargah/" in outside.requests[0]


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n",
    ],
)
def test_a_drip_ends_in_time_and_is_not_repeated(outside: Outside, head: bytes) -> None:
    outside.scripts = [drip(outside, head)]
    start = time.perf_counter()
    with pytest.raises(requests.exceptions.RequestException):
        client(read_seconds=0.3, retries=2).get(outside.url)
    assert time.perf_counter() - start < 3
    assert len(outside.requests) == 1


def test_silence_is_a_time_out_and_is_not_repeated(outside: Outside) -> None:
    outside.scripts = [silence(outside)]
    with pytest.raises(requests.exceptions.ReadTimeout):
        client(read_seconds=0.2, retries=2).post(outside.url, data="x")
    assert len(outside.requests) == 1


@pytest.mark.parametrize(
    "trouble", [hang_up, status(502), status(503), status(504), status(503, b"Retry-After: 0\r\n")]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_trouble_is_tried_again(outside: Outside, trouble: Script, method: str) -> None:
    outside.scripts = [trouble, trouble, say(OK)]
    assert client(retries=2).request(method, outside.url, data="a=1").status_code == 200
    assert len(outside.requests) == 3 and outside.requests[0] == outside.requests[2]


def test_without_retries_trouble_is_seen_at_once(outside: Outside) -> None:
    outside.scripts = [hang_up, status(503), say(OK)]
    http = client(retries=0)
    with pytest.raises(requests.exceptions.ConnectionError):
        http.get(outside.url)
    assert http.get(outside.url).status_code == 503
    assert len(outside.requests) == 2


def test_the_last_answer_is_given_when_tries_are_used_up(outside: Outside) -> None:
    outside.scripts = [status(503)]
    assert client(retries=1).get(outside.url).status_code == 503
    assert len(outside.requests) == 2


@pytest.mark.parametrize("code", [400, 404, 409, 429, 500])
def test_other_answers_are_not_tried_again(outside: Outside, code: int) -> None:
    outside.scripts = [status(code, b"Retry-After: 0\r\n")]
    assert client(retries=2).get(outside.url).status_code == code
    assert len(outside.requests) == 1


def test_a_long_retry_after_is_the_callers(outside: Outside) -> None:
    outside.scripts = [status(503, b"Retry-After: 60\r\n")]
    answer = client(retries=2).get(outside.url)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert len(outside.requests) == 1


@pytest.mark.parametrize(
    "half",
    [
        b'HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n{"id": "re_1", "status": "succ',
        b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"id": "re_1", "status": "succ',
        b'HTTP/1.1 400 No\r\nConnection: close\r\n\r\n{"error": {"message": "No such',
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"[" * 100_000,
    ],
    ids=["cut off", "ended early", "half an error", "too deep"],
)
def test_half_a_body_of_the_gateway_decides_nothing(outside: Outside, half: bytes) -> None:
    """Neither a refund that was made, nor a no: it is asked again."""
    outside.scripts = [say(half)]
    gateway = StripeGateway(outside.url, "sk_test", "whsec_test", "usd", 1, client(retries=0, read_seconds=2))
    with pytest.raises(GatewayUnavailable):
        gateway.refund(key="k", intent_id="pi_1", amount_toman=1000, reference="r")


def test_an_endless_answer_is_cut(outside: Outside) -> None:
    def flood(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            line.sendall(b"x" * 1_000_000)

    outside.scripts = [flood]
    with pytest.raises(AnswerTooLarge):
        client(retries=0).get(outside.url)


def test_connections_are_kept_and_cookies_are_not(outside: Outside) -> None:
    def twice(line: socket.socket) -> None:
        line.sendall(OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=1\r\n\r\n"))
        second.append(read_request(line))
        line.sendall(OK)

    second: list[bytes] = []
    outside.scripts = [twice]
    http = client(read_seconds=0.3, retries=0)
    assert http.get(outside.url).content == b"ok"
    outside.is_over.wait(0.4)  # longer than the watch over the first answer, which must have ended with it
    assert http.get(outside.url).content == b"ok"
    assert len(outside.requests) == 1 and b"Cookie" not in second[0]


def test_proxies_of_the_environment_are_ignored(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert client(retries=0).get(outside.url).status_code == 200


def test_nobody_goes_out_inside_a_unit(app: Flask, outside: Outside) -> None:
    with app.app_context():
        http = client(retries=0)
        with unit_of_work(), pytest.raises(NetworkInsideUnit):
            http.get(outside.url)
        assert outside.requests == []
        assert http.get(outside.url).status_code == 200
