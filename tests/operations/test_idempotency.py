"""A request sent again has one effect and one answer, whatever was lost on the way."""

from __future__ import annotations

import os
import signal
import socket
import threading
from contextlib import suppress
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import delete, select, update

from marketplace.accounts.tokens import SCOPES
from marketplace.app import create_app
from marketplace.core import idempotency
from marketplace.core.db import db
from marketplace.core.idempotency import (
    BadKey,
    Kept,
    KeyReused,
    StillRunning,
    asked_for,
    begin,
    forget_kept_answers,
    keep,
    keep_running,
    recall,
    settle,
)
from marketplace.core.models import Job, JobState, KeptAnswer
from marketplace.core.unit_of_work import unit_of_work
from marketplace.orders.models import Order
from marketplace.payments.models import Payment
from tests import databases
from tests.factories import a_token
from tests.factories.buying import broken_invariants, in_cart, rows_of
from tests.fakes.sandbox import running_sandbox, until
from tests.journeys.api_calls import ADDRESS, Program
from tests.processes import in_processes
from tests.together import at_once
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

COPIES = 20
KEY = "a-key-of-the-caller"
KILLS = int(os.environ.get("ROUNDS", "2"))


def a_call(said=None, *, actor="person:1", route="POST /x", key=KEY):
    return asked_for(actor, route, key, said)


# --- rows --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["", "a b", "ß", "a\n", "\x7f", "x" * 256])
def test_a_key_is_visible_ascii(key):
    with pytest.raises(BadKey):
        a_call(key=key)


def test_the_order_of_names_does_not_matter():
    assert a_call({"a": 1, "b": [1, {"c": 2, "d": 3}]}) == a_call({"b": [1, {"d": 3, "c": 2}], "a": 1})
    assert a_call({"a": [1, 2]}) != a_call({"a": [2, 1]})
    assert a_call({"a": 1}) != a_call({"a": "1"})


def test_an_answer_is_kept_with_the_work(ctx, at):
    with unit_of_work():
        assert begin(a_call({"n": 1})) is None
        keep(a_call({"n": 1}), 201, '{"سلام": 1}', at)
    assert recall(a_call({"n": 1})) == Kept(201, '{"سلام": 1}')
    with pytest.raises(KeyReused):
        recall(a_call({"n": 2}))
    assert recall(a_call({"n": 2}, actor="person:2")) is None, "another person's key is another key"
    assert recall(a_call({"n": 2}, route="POST /y")) is None


def test_a_key_is_free_when_the_work_fell(ctx, at):
    with nothing_written(), pytest.raises(ZeroDivisionError), unit_of_work():
        keep(a_call(), 201, "{}", at)
        raise ZeroDivisionError
    assert recall(a_call()) is None


def test_the_database_is_the_last_guard(ctx, at):
    with unit_of_work():
        keep(a_call(), 200, "{}", at)
    with pytest.raises(StillRunning), unit_of_work():
        keep(a_call(), 200, "{}", at)
    assert rows_of(KeptAnswer) == 1


def test_an_answer_is_settled_once(ctx, at):
    with unit_of_work():
        keep_running(a_call(), at)
    assert recall(a_call()).is_running
    with unit_of_work():
        assert settle(a_call(), 201, '{"n": 1}') == Kept(201, '{"n": 1}')
    with unit_of_work():
        assert settle(a_call(), 201, '{"n": 2}') == Kept(201, '{"n": 1}')


def test_two_transactions_do_not_share_a_key(app, ctx, at):
    """On PostgreSQL the second is told at once that the first is running; on SQLite it waits its turn."""
    inside, leave = threading.Event(), threading.Event()

    def work(index):
        if index == 0:
            with unit_of_work():
                begin(a_call())
                inside.set()
                leave.wait(10)
                keep(a_call(), 200, "first", at)
            return "first"
        inside.wait(10)
        threading.Timer(0.2, leave.set).start()
        with unit_of_work():
            return begin(a_call()).body

    first, second = at_once(app, 2, work)
    assert (first, second) in (("first", "first"), ("first", StillRunning))


def test_old_answers_are_forgotten(ctx, at):
    with unit_of_work():
        keep(a_call(), 200, "{}", at - timedelta(days=idempotency.KEPT_DAYS, seconds=1))
        keep(a_call(key="b"), 200, "{}", at - timedelta(days=30))
    with unit_of_work():
        assert forget_kept_answers(at) == 1
    assert recall(a_call(key="b")) is not None


# --- calls -------------------------------------------------------------------------------------------------------


@pytest.fixture
def bazaar(ctx, at):
    return the_world()


@pytest.fixture
def shopper(app, bazaar) -> Program:
    return Program(app, a_token(bazaar.shopper, *SCOPES))


def test_the_same_call_gets_the_same_bytes(app, bazaar, shopper):
    in_cart(bazaar.shopper, (bazaar.soap, 1))
    first = shopper.order(key=KEY)
    with nothing_written():
        again = shopper.order(key=KEY)
    assert "Idempotency-Replayed" not in first.headers
    assert (again.status, again.json, again.headers["Idempotency-Replayed"]) == (201, first.json, "true")
    assert again.headers["Location"] == first.headers["Location"]
    kept = db.session.scalars(select(KeptAnswer.body)).one()
    raw = shopper.client.browser.post(
        "/api/v1/orders",
        json={"address": ADDRESS},
        headers={"Authorization": f"Bearer {shopper.token}", "Idempotency-Key": KEY},
    )
    assert raw.data == kept.encode()


def test_another_body_is_refused(app, bazaar, shopper):
    in_cart(bazaar.shopper, (bazaar.soap, 1))
    shopper.order(key=KEY)
    in_cart(bazaar.shopper, (bazaar.tea, 1))
    with nothing_written():
        for changed in (
            {"shipping": {"artin": "tipax"}},
            {"total_toman": 1},
            {"address": {**ADDRESS, "city": "قم"}},
        ):
            assert shopper.order(key=KEY, expect=422, **changed)["code"] == "idempotency_key_reused"
    assert rows_of(Order) == 1


def test_the_same_key_of_another_person_is_independent(app, bazaar, shopper):
    other = Program(app, a_token(bazaar.shopper2, *SCOPES))
    for person in (bazaar.shopper, bazaar.shopper2):
        in_cart(person, (bazaar.soap, 1))
    assert shopper.order(key=KEY)["number"] != other.order(key=KEY)["number"]


def test_every_unsafe_call_takes_a_key(app, bazaar, shopper):
    path = f"/cart/lines/{bazaar.soap.id}"
    first = shopper.put(path, {"quantity": 2}, key=KEY)
    shopper.put(path, {"quantity": 5})
    assert shopper.put(path, {"quantity": 2}, key=KEY) == first, "the answer of then"
    assert shopper.get("/cart")["stores"][0]["lines"][0]["quantity"] == 5, "and nothing was done"
    assert shopper.put(path, {"quantity": 3}, key=KEY, expect=422)["code"] == "idempotency_key_reused"
    there = f"/cart/lines/{bazaar.tea.id}"
    assert shopper.put(there, {"quantity": 2}, key=KEY, expect=422)["code"] == "idempotency_key_reused"
    assert shopper.delete("/cart", key=KEY)["stores"] == [], "another call may have the same key"


def test_a_refusal_leaves_the_key_free(app, bazaar, shopper):
    with nothing_written():
        assert shopper.order(key=KEY, expect=422)["code"] == "empty_cart"
    in_cart(bazaar.shopper, (bazaar.soap, 1))
    assert shopper.order(key=KEY)["state"] == "awaiting_payment"


def test_a_lost_kept_answer_makes_no_second_order(app, bazaar, shopper):
    in_cart(bazaar.shopper, (bazaar.soap, 1))
    first = shopper.order(key=KEY)
    with unit_of_work():
        db.session.execute(delete(KeptAnswer))
    in_cart(bazaar.shopper, (bazaar.tea, 1))
    assert shopper.order(key=KEY)["number"] == first["number"]
    assert rows_of(Order) == 1


def test_while_the_gateway_is_asked_a_second_call_is_told_to_wait(app, bazaar, shopper, at):
    in_cart(bazaar.shopper, (bazaar.soap, 1))
    shopper.order(key=KEY)
    with unit_of_work():
        db.session.execute(update(KeptAnswer).values(status=idempotency.RUNNING, body=""))
        db.session.execute(update(Job).values(state=JobState.running, lease_until=at + timedelta(seconds=30)))
    with nothing_written():
        refused = shopper.order(key=KEY, expect=409)
    assert (refused["code"], refused.headers["Retry-After"]) == ("idempotency_key_running", "1")


def test_twenty_copies_at_once_make_one_order(app, bazaar):
    in_cart(bazaar.shopper, (bazaar.soap, 1))
    headers = {"Authorization": f"Bearer {a_token(bazaar.shopper, *SCOPES)}", "Idempotency-Key": KEY}

    def work(index):
        answer = app.test_client().post("/api/v1/orders", json={"address": ADDRESS}, headers=headers)
        return answer.status_code, answer.data

    answers = at_once(app, COPIES, work)
    good = {body for status, body in answers if status == 201}
    assert {status for status, _ in answers} <= {201, 409}
    assert len(good) == 1
    assert (rows_of(Order), rows_of(Payment), rows_of(KeptAnswer)) == (1, 1, 1)
    assert not broken_invariants()


# --- kill -9 -----------------------------------------------------------------------------------------------------


def killed_before_reply(app):
    """The app whose process dies when its answer is ready: everything is committed, nobody is told."""
    inner = app.wsgi_app

    def dying(environ, start_response):
        inner(environ, lambda *_: os.kill(os.getpid(), signal.SIGKILL))

    app.wsgi_app = dying
    return app


def killed_when_called(listener: socket.socket) -> None:
    """This process dies as soon as somebody reaches the address that it believes to be the gateway.

    The connection is held to the end: one that is let go is a gateway that refused, and that would be recorded.
    """

    def wait():
        held = None
        with suppress(OSError):
            held = listener.accept()
        os.kill(os.getpid(), signal.SIGKILL)
        del held

    threading.Thread(target=wait, daemon=True).start()


def prepared(settings):
    """The small festival with something in the cart; gives the headers of the call. Leaves no connection open."""
    app = create_app(settings)
    with app.app_context():
        bazaar = the_world()
        in_cart(bazaar.shopper, (bazaar.bowl, 1))
        token = a_token(bazaar.shopper, *SCOPES)
        db.session.remove()
        db.engine.dispose()
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": KEY}


def sent(app, headers):
    return app.test_client().post("/api/v1/orders", json={"address": ADDRESS}, headers=headers)


@pytest.mark.parametrize("round_", range(KILLS))
def test_killed_between_commit_and_reply(settings, at, round_):
    headers = prepared(settings)

    def work(index):
        from flask import current_app  # noqa: PLC0415

        sent(killed_before_reply(current_app._get_current_object()), headers)

    assert in_processes(1, settings, work) == [None], "it was killed"
    app = create_app(settings)
    with app.app_context():
        answer = sent(app, headers)
        assert (answer.status_code, answer.headers["Idempotency-Replayed"]) == (201, "true")
        assert rows_of(Order) == 1
        assert not broken_invariants()
        db.session.remove()
        db.engine.dispose()


def test_killed_while_asking_the_gateway(database, tmp_path, at):  # noqa: F811
    """The order is written, its page is not: the same call finds it as soon as the dead one's lease is over."""
    listener = socket.create_server(("127.0.0.1", 0))
    doomed = databases.settings_for(
        database, tmp_path, STRIPE_API_BASE=f"http://127.0.0.1:{listener.getsockname()[1]}"
    )
    headers = prepared(doomed)

    def work(index):
        from flask import current_app  # noqa: PLC0415

        killed_when_called(listener)
        sent(current_app._get_current_object(), headers)

    assert in_processes(1, doomed, work) == [None], "it was killed"
    listener.close()
    with running_sandbox(tmp_path) as sandbox:
        sandbox.set_clock(at)
        app = create_app(databases.settings_for(database, tmp_path, STRIPE_API_BASE=sandbox.base))
        with app.app_context():
            assert db.session.scalars(select(KeptAnswer.status)).one() == idempotency.RUNNING
            early = sent(app, headers)
            assert (early.status_code, early.headers["Retry-After"]) == (409, "1")
            with time_machine.travel(at + timedelta(seconds=31), tick=False):
                answer = until(lambda: _good(sent(app, headers)), what="the answer")
                again = sent(app, headers)
            assert answer.get_json()["payment"]["url"].startswith(sandbox.base)
            assert again.data == answer.data
            assert (rows_of(Order), rows_of(Payment)) == (1, 1)
            assert not broken_invariants()
            db.session.remove()
            db.engine.dispose()


def _good(answer):
    return answer if answer.status_code == 201 else None
