"""The contract of each service outside, asked by the very adapter of the festival, of the stand-in for partners."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from marketplace.core.circuits import FAILURES
from marketplace.core.circuits import KEY as CIRCUITS
from marketplace.core.jobs import TryLater
from marketplace.demo.partners.ports import A_BEACON, PARTNERS
from marketplace.demo.partners.serve import PartnerServer
from marketplace.festival.matchers import HttpMatcher
from marketplace.lottery.beacons import ask_relays
from marketplace.messages.channels import open_way
from marketplace.messages.parcel import NotHandedOver, Parcel, RefusedForGood
from marketplace.stores.callbacks import read_callback
from marketplace.stores.errors import BadCallback
from marketplace.stores.gateways.inquiry_service import Inquiry, call_inquiry
from marketplace.stores.gateways.registry_service import UNKNOWN, Told, fetch
from tests.factories.rows import AT

pytestmark = pytest.mark.databases("sqlite")
KEY = "sandbox-key"


@contextmanager
def standing_in(name: str) -> Iterator[PartnerServer]:
    server = PartnerServer(name, KEY)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def tell(server: PartnerServer, **facts: object) -> dict[str, object]:
    found: dict[str, object] = requests.post(f"{server.url}/_control", json=facts, timeout=5).json()
    return found


def a_parcel(number: int, text: str = "کد ورود: ۱۲۳۴") -> Parcel:
    return Parcel(number, f"m-{number}", "sms", "09120000001", "fa", "", text, "", AT)


# --- the registry of seals and licences


def test_the_registry_answers_signed(at):
    with standing_in("registry") as server:
        assert fetch(server.url, KEY, "seals", "DEMO-1", 5) == Told("active", "shop.example", 4)
        assert fetch(server.url, KEY, "licences", "L-1", 5).valid_until is not None
        assert fetch(server.url, KEY, "seals", "NO-SUCH", 5).state == UNKNOWN
        tell(server, seals={"DEMO-1": {"code": "DEMO-1", "state": "revoked"}})
        assert fetch(server.url, KEY, "seals", "DEMO-1", 5).state == "revoked"


@pytest.mark.parametrize(
    ("behave", "problem"),
    [
        ({"status": 503}, "registry_away"),
        ({"status": 302}, "registry_away"),
        ({"forge": True}, "bad_signature"),
        ({"seconds": 1}, "registry_away"),
    ],
)
def test_a_registry_in_trouble_says_nothing(at, behave, problem):
    with standing_in("registry") as server:
        tell(server, behave=behave)
        assert fetch(server.url, KEY, "seals", "DEMO-1", 0.3) == Told(problem=problem)
        tell(server, behave={})
        assert fetch(server.url, KEY, "seals", "DEMO-1", 5).state == "active", "and is believed again"
    assert fetch(server.url, KEY, "seals", "DEMO-1", 0.3) == Told(problem="registry_away"), "nobody there"


# --- the inquiry


def test_the_inquiry_is_taken_once_and_calls_back_signed(at):
    with standing_in("inquiry") as server, standing_in("registry") as ear:
        heard: list[tuple[dict[str, str], bytes]] = []
        ear.partner.answer = lambda asked, at: (  # type: ignore[method-assign]
            heard.append((dict(asked.headers), asked.body)) or PARTNERS["drand"](KEY).answer(asked, at)
        )
        body = b'{"reference":"r-1","name":"x","national_id":"0012","mobile":"0912","callback":"%s/back"}' % (
            ear.url.encode()
        )
        tell(server, outcomes={"0012": {"outcome": "adverse", "category": "identity"}})
        asked = Inquiry(f"{server.url}/inquiries", KEY, body)
        assert call_inquiry(asked, 5)
        assert call_inquiry(asked, 5), "a second try is taken as the first"
        deadline = threading.Event()
        for _ in range(100):
            if heard:
                break
            deadline.wait(0.05)
        headers, answer = heard[0]
        told = read_callback(KEY, answer, headers["inquiry-signature"], at)
        assert (told["reference"], told["outcome"], told["category"]) == ("r-1", "adverse", "identity")
        with pytest.raises(BadCallback):
            read_callback("another", answer, headers["inquiry-signature"], at)
        assert list(tell(server)["seen"]) == ["r-1"]  # type: ignore[call-overload]


def test_an_inquiry_that_is_not_taken_is_asked_again(at):
    with standing_in("inquiry") as server:
        body = b'{"reference":"r-2","callback":"http://127.0.0.1:9/"}'
        with pytest.raises(TryLater, match="403"):
            call_inquiry(Inquiry(f"{server.url}/inquiries", "another", body), 5)
        for status in (500, 302, 307, 404):
            tell(server, behave={"status": status})
            with pytest.raises(TryLater, match=str(status)):
                call_inquiry(Inquiry(f"{server.url}/inquiries", KEY, body), 5)


# --- short messages


@pytest.mark.parametrize("form", ["http://:{key}@{host}/", "kavenegar+http://{key}@{host}?sender=1000"])
def test_a_short_message_arrives_once_however_often_it_is_handed_over(at, form):
    with standing_in("sms") as server:
        way = open_way(form.format(key=KEY, host=server.url.removeprefix("http://")), host="shop.example")
        way.hand_over(a_parcel(1))
        way.hand_over(a_parcel(1))
        way.hand_over(a_parcel(2))
        assert len(tell(server)["seen"]) == 2  # type: ignore[arg-type]
        tell(server, behave={"status": 503})
        with pytest.raises(NotHandedOver):
            way.hand_over(a_parcel(3))
        way.close()


def test_a_message_that_is_refused_for_good_is_not_tried_again(at):
    with standing_in("sms") as server:
        way = open_way(f"kavenegar+http://{KEY}@{server.url.removeprefix('http://')}", host="shop.example")
        with pytest.raises(RefusedForGood):
            way.hand_over(a_parcel(1, text=""))
        way.close()


# --- whose mobile, whose account


def test_matching_says_yes_or_no_and_nothing_else_counts(at):
    with standing_in("matching") as server:
        ask = HttpMatcher(f"{server.url}/mobile", f"{server.url}/account", KEY)
        tell(server, foreign=["09120000009", "IR99"])
        assert ask.has_mobile("0012", "09120000001", 5)
        assert not ask.has_mobile("0012", "09120000009", 5)
        assert ask.has_account("IR11", "x", "0012", 5)
        assert not ask.has_account("IR99", "x", "0012", 5)
        with pytest.raises(TryLater):
            HttpMatcher(f"{server.url}/mobile", None, "another").has_mobile("0012", "0912", 5)
        for behave in ({"status": 202}, {"seconds": 1}):
            tell(server, behave=behave)
            with pytest.raises(TryLater):
                ask.has_mobile("0012", "09120000001", 0.3)


# --- drand


def test_a_relay_gives_a_published_round_and_no_other(at):
    with standing_in("drand") as server:
        assert ask_relays({"round": 1000, "relays": [server.url]}, 5)["signature"] == A_BEACON["signature"]
        tell(server, rounds={"1001": {**A_BEACON, "round": 1001}})
        for number in (1001, 1002):
            with pytest.raises(TryLater):
                ask_relays({"round": number, "relays": [server.url]}, 5)


# --- the process


def test_a_partner_starts_it_with_one_command(tmp_path):
    command = [sys.executable, "-m", "marketplace", "sandbox", "registry", "--port", "0", "--key", KEY]
    environment = {**os.environ, "INSTANCE_PATH": str(tmp_path), "BAZARGAH_MODE": "demo"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            name, _, url = process.stdout.readline().strip().partition(": ")
            assert (name, url[:17]) == ("registry", "http://127.0.0.1:")
            assert requests.get(f"{url}/seals/DEMO-1", timeout=5).json()["state"] == "active"
            assert requests.post(f"{url}/_control", data=b"no json", timeout=5).status_code == 400
        finally:
            process.terminate()
        assert process.wait(10) == 0


# --- a service that is away is not waited for


def test_a_registry_that_is_away_is_not_asked_again_and_again(app, at):
    with app.app_context(), standing_in("registry") as server:
        tell(server, behave={"status": 503})
        asked = [fetch(server.url, KEY, "seals", "DEMO-1", 5) for _ in range(FAILURES)]
        assert set(asked) == {Told(problem="registry_away")}
        tell(server, behave={})
        turned_away = fetch(server.url, KEY, "seals", "DEMO-1", 5)
        assert turned_away == Told(problem="registry_away"), "it would answer, and is not asked yet"
        app.extensions[CIRCUITS]["registry"]._open_until = 0.0
        assert fetch(server.url, KEY, "seals", "DEMO-1", 5).state == "active", "one probe closes it"
        assert not app.extensions[CIRCUITS]["registry"].is_open


def test_what_a_registry_does_not_know_or_signs_wrongly_is_an_answer(app, at):
    with app.app_context(), standing_in("registry") as server:
        for _ in range(2 * FAILURES):
            assert fetch(server.url, KEY, "seals", "NO-SUCH", 5).state == UNKNOWN
            assert fetch(server.url, "another key", "seals", "DEMO-1", 5).problem == "bad_signature"
        assert not app.extensions[CIRCUITS]["registry"].is_open


def test_inquiry_and_matching_have_circuits_of_their_own(app, at):
    with app.app_context(), standing_in("inquiry") as server, standing_in("matching") as other:
        tell(server, behave={"status": 503})
        tell(other, behave={"status": 503})
        matching = HttpMatcher(other.url, other.url, KEY)
        for _ in range(2 * FAILURES):
            with pytest.raises(TryLater):
                call_inquiry(
                    Inquiry(
                        f"{server.url}/inquiries",
                        KEY,
                        b'{"reference":"r-3","callback":"http://127.0.0.1:9/"}',
                    ),
                    5,
                )
            with pytest.raises(TryLater):
                matching.has_mobile("0084575948", "09120000001", 5)
        assert app.extensions[CIRCUITS]["inquiry"].is_open
        assert app.extensions[CIRCUITS][f"matching {other.url}"].is_open
        assert "registry" not in app.extensions[CIRCUITS]
