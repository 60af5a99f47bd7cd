"""The way out to strangers' addresses, against real servers on this machine."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from marketplace.core.http import NetworkInsideUnit
from marketplace.core.outward import OutwardClient, OutwardFailed, outward, resolve
from marketplace.core.public_addresses import OutwardRefused
from marketplace.core.unit_of_work import unit_of_work
from tests import databases

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Kind: plain\r\n\r\nok"
HERE = "127.0.0.1"


class Stranger:
    """A server that sends one answer for each connection, by its turn, and keeps what was asked."""

    def __init__(self, *answers: bytes | Callable[[socket.socket], None]) -> None:
        self.answers = answers
        self.asked: list[bytes] = []
        self._listener = socket.create_server((HERE, 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            answer = self.answers[min(len(self.asked), len(self.answers) - 1)]
            with line:
                line.settimeout(5)
                try:
                    self.asked.append(line.recv(65536))
                    if callable(answer):
                        answer(line)
                    else:
                        line.sendall(answer)
                except OSError:
                    pass

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)


@pytest.fixture
def strangers() -> Iterator[Callable[..., Stranger]]:
    open_ones: list[Stranger] = []

    def make(*answers: bytes | Callable[[socket.socket], None]) -> Stranger:
        open_ones.append(Stranger(*answers))
        return open_ones[-1]

    yield make
    for stranger in open_ones:
        stranger.close()


class Names:
    """A resolver that gives each answer once, in turn, and counts the questions."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


def reaching(*answers: list[str]) -> tuple[OutwardClient, Names]:
    names = Names(*(answers or ([HERE],)))
    return OutwardClient(allow_loopback=True, resolve=names), names


def test_the_checked_address_is_the_one_connected_to(strangers):
    stranger = strangers(OK)
    client, names = reaching([HERE], ["10.0.0.1"])
    answer = client.request("GET", f"http://shop.example:{stranger.port}/a?b=1")
    assert (answer.status, answer.text(), answer.headers["x-kind"]) == (200, "ok", "plain")
    assert names.asked == ["shop.example"], "the name is resolved once: a second answer can change nothing"
    assert stranger.asked[0].startswith(b"GET /a?b=1 HTTP/1.1\r\n")
    assert f"Host: shop.example:{stranger.port}".encode() in stranger.asked[0]


@pytest.mark.parametrize(
    "addresses", [["10.0.0.1"], ["::1"], ["8.8.8.8", "127.0.0.1"], ["169.254.169.254"], ["::ffff:7f00:1"]]
)
def test_a_name_that_leads_to_us_is_refused(strangers, addresses):
    with pytest.raises(OutwardRefused) as told:
        OutwardClient(resolve=lambda host, port: addresses).request("GET", "http://shop.example/")
    assert told.value.code == "address_not_public"


def test_loopback_is_closed_unless_it_was_opened(strangers):
    stranger = strangers(OK)
    for url in (f"http://{HERE}:{stranger.port}/", f"http://localhost:{stranger.port}/"):
        with pytest.raises(OutwardRefused):
            OutwardClient().request("GET", url)
    assert stranger.asked == []


def test_a_redirect_is_handed_back(strangers):
    stranger = strangers(b"HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n")
    client, _ = reaching()
    answer = client.request("GET", f"http://shop.example:{stranger.port}/")
    assert (answer.status, answer.headers["location"]) == (302, "http://10.0.0.1/")


def test_a_followed_redirect_is_checked_anew(strangers):
    goal = strangers(OK)
    first = strangers(
        f"HTTP/1.1 302 Found\r\nLocation: http://inner.example:{goal.port}/\r\nContent-Length: 0\r\n\r\n".encode()
    )
    client, names = reaching([HERE], ["192.168.0.1"])
    with pytest.raises(OutwardRefused):
        client.request("GET", f"http://shop.example:{first.port}/", most_redirects=2)
    assert names.asked == ["shop.example", "inner.example"]
    assert goal.asked == []


def test_a_redirect_is_followed_where_the_caller_agrees(strangers):
    goal = strangers(OK)
    first = strangers(
        f"HTTP/1.1 301 Moved\r\nLocation: http://shop.example:{goal.port}/x\r\nContent-Length: 0\r\n\r\n".encode()
    )
    client, _ = reaching()
    url = f"http://shop.example:{first.port}/"
    assert client.request("GET", url, most_redirects=1).text() == "ok"
    assert client.request("GET", url, most_redirects=1, may_follow=lambda goal: False).status == 301
    with pytest.raises(OutwardRefused):
        first.answers = (b"HTTP/1.1 301 Moved\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n",)
        client.request("GET", url, most_redirects=1)


def test_a_circle_of_redirects_ends(strangers):
    stranger = strangers(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")
    client, _ = reaching()
    with pytest.raises(OutwardFailed) as told:
        client.request("GET", f"http://shop.example:{stranger.port}/", most_redirects=2)
    assert (told.value.code, len(stranger.asked)) == ("too_many_redirects", 3)


def _drip(line: socket.socket) -> None:
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    for _ in range(100):
        line.sendall(b"x")
        time.sleep(0.05)


def test_a_drip_ends(strangers, monkeypatch):
    monkeypatch.setattr("marketplace.core.outward.CONNECT_SECONDS", 0.2)
    stranger = strangers(_drip)
    client, _ = reaching()
    begun = time.monotonic()
    with pytest.raises(OutwardFailed) as told:
        client.request("GET", f"http://shop.example:{stranger.port}/", seconds=0.3)
    assert told.value.code in ("too_slow", "not_reached")
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize(
    "head",
    [b"Content-Length: 5000\r\n", b"Transfer-Encoding: chunked\r\n", b""],
    ids=["told", "chunked", "open"],
)
def test_too_much_is_not_read(strangers, head):
    body = b"x" * 5000
    sent = b"1388\r\n" + body + b"\r\n0\r\n\r\n" if b"chunked" in head else body
    stranger = strangers(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" + sent)
    client, _ = reaching()
    url = f"http://shop.example:{stranger.port}/"
    with pytest.raises(OutwardFailed) as told:
        client.request("GET", url, most_bytes=4999)
    assert told.value.code == "too_large"
    assert len(client.request("GET", url, most_bytes=5000).body) == 5000


def test_a_compressed_answer_is_not_unpacked(strangers):
    stranger = strangers(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nxx")
    client, _ = reaching()
    with pytest.raises(OutwardFailed) as told:
        client.request("GET", f"http://shop.example:{stranger.port}/")
    assert told.value.code == "bad_answer"


@pytest.mark.parametrize(
    "answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"]
)
def test_a_broken_answer_is_one_failure(strangers, answer):
    stranger = strangers(answer)
    client, _ = reaching()
    with pytest.raises(OutwardFailed):
        client.request("GET", f"http://shop.example:{stranger.port}/")


def test_nobody_there_is_a_failure():
    with socket.create_server((HERE, 0)) as taken:
        port = taken.getsockname()[1]
    client, _ = reaching()
    with pytest.raises(OutwardFailed) as told:
        client.request("GET", f"http://shop.example:{port}/")
    assert told.value.code == "not_reached"
    with pytest.raises(OutwardFailed) as told:
        OutwardClient(resolve=lambda host, port: []).request("GET", "http://shop.example/")
    assert told.value.code == "unknown_host"


def test_the_system_is_asked_for_a_name():
    assert HERE in resolve("localhost", 80)


@pytest.mark.databases("sqlite")
def test_nothing_is_asked_inside_a_unit(ctx):
    with unit_of_work(), pytest.raises(NetworkInsideUnit):
        OutwardClient().request("GET", "http://shop.example/")


@pytest.mark.databases("sqlite")
def test_the_app_opens_loopback_by_its_setting_alone(ctx, strangers, database, tmp_path):
    with pytest.raises(OutwardRefused):
        outward().request("GET", f"http://{HERE}:{strangers(OK).port}/")
    assert databases.settings_for(database, tmp_path, OUTWARD_LOOPBACK="1").outward_loopback
