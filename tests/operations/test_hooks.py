"""Stores' own programs hear of what happened: queued once, signed, in order, again after failures, never inwards."""

from __future__ import annotations

import hmac
import json
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import sqlalchemy
from flask import Flask
from sqlalchemy import func, select, update

from marketplace.accounts.models import Role
from marketplace.cli.running import _send_hooks_beside
from marketplace.complaints.answering import answer_complaint
from marketplace.complaints.clocks import escalate_overdue
from marketplace.complaints.deciding import rule_on_complaint
from marketplace.complaints.inputs import Answer, Ruling
from marketplace.complaints.models import Said
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.models import AuditEntry
from marketplace.core.outward import OutwardClient, outward
from marketplace.core.unit_of_work import unit_of_work
from marketplace.messages import hook_queue, hook_sending, hooks
from marketplace.messages.hook_models import DeliveryState, HookDelivery, HookState, HookTarget
from marketplace.messages.hook_rules import EVENTS, PATIENCE
from marketplace.messages.hook_sending import HookSender, send_hooks
from marketplace.messages.models import Message
from marketplace.orders.after_inputs import Cancellation
from marketplace.orders.cancellation import cancel_store_order
from marketplace.orders.events import OrderPaid, PaidPart
from marketplace.orders.hook_events import hook_paid
from marketplace.stores.announcing import members_of
from marketplace.stores.standing import Fact
from tests.factories import an_official
from tests.factories.buying import paid, parts_of, run_jobs
from tests.factories.complaints import WISH, a_complaint
from tests.factories.rows import AT
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.faults.house import wait_for
from tests.worlds import database, the_world  # noqa: F401

ME = Actor(1, "store", "owner")


class Ear(BaseHTTPRequestHandler):
    """A store's program: remembers what it heard, answers what it is told to."""

    heard: list[tuple[str, dict[str, str], bytes]]
    answers: list[Any]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).heard.append((self.path, dict(self.headers), body))
        answer = self.answers.pop(0) if self.answers else 204
        if answer == "hang":
            time.sleep(1.5)
            answer = 200
        if answer == "huge":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"x" * 200_000)
            return
        self.send_response(answer)
        if answer == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Says nothing."""


@pytest.fixture
def ear(app: Flask, ctx) -> Iterator[type[Ear]]:
    app.extensions["outward"] = OutwardClient(allow_loopback=True)
    kind = type("ThisEar", (Ear,), {"heard": [], "answers": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    kind.url = f"http://127.0.0.1:{server.server_address[1]}/hear"
    yield kind
    server.shutdown()
    server.server_close()
    thread.join()


def listening(owner: str, url: str, *events: str) -> tuple[int, str]:
    with unit_of_work():
        return hooks.add_target(owner, url, events or EVENTS, ME, AT, allow_loopback=True)


def told(owner: str, number: int, at: datetime = AT, event: str = "order.paid") -> int:
    with unit_of_work():
        return hooks.emit(owner, event, f"{event}:{number}", f"store_order:{number}", {"n": number}, at)


def states() -> list[str]:
    db.session.rollback()
    return [s.value for s in db.session.scalars(select(HookDelivery.state).order_by(HookDelivery.id))]


def test_news_of_an_order_arrives_signed_once_and_names_nobody(ear: type[Ear]) -> None:
    w = the_world()
    store, other = w.stores[0].id, w.stores[1].id
    _, secret = listening(f"store:{store}", ear.url)
    listening(f"store:{other}", ear.url, "order.refunded")
    event = OrderPaid(
        7,
        "100200300",
        w.shopper.id,
        w.festival.id,
        (PaidPart(71, store, 5, 1), PaidPart(72, other, 6, 1)),
        AT,
    )
    for _ in range(2):
        with unit_of_work():
            hook_paid(event)
    assert states() == ["waiting"], "told twice, queued once; who did not ask hears nothing"
    assert send_hooks(AT) == 1
    assert send_hooks(AT) == 0
    assert states() == ["delivered"]
    [(_, headers, body)] = ear.heard
    seconds, sign = headers["Bazargah-Signature"].split(",")
    expected = hmac.new(
        secret.encode(), seconds.removeprefix("t=").encode() + b"." + body, sha256
    ).hexdigest()
    assert sign == f"v1={expected}"
    data = json.loads(body)
    assert data["event"] == headers["Bazargah-Event"] == "order.paid"
    assert data["data"] == {"store_order_id": 71, "order_number": "100200300", "goods_toman": 5}
    assert w.shopper.mobile not in body.decode()


@pytest.mark.databases("sqlite")
def test_what_really_happens_to_an_order_is_told(app: Flask, at: datetime, ear: type[Ear]) -> None:
    """By the verbs themselves: bought and paid, then cancelled, which also sends the money back."""
    w, gateway = the_world(), MemoryGateway()
    use_gateway(app, gateway)
    listening(f"store:{w.carpet.store_id}", ear.url)
    [part] = parts_of(paid(gateway, w.shopper, (w.carpet, 1)))
    with unit_of_work():
        me = Actor(w.shopper.id, "shopper", "me")
        cancel_store_order(part.id, w.shopper.id, Cancellation("changed_mind", ""), me, AT)
    run_jobs(AT)
    told = db.session.scalars(select(HookDelivery.event).order_by(HookDelivery.id)).all()
    assert list(dict.fromkeys(told)) == ["order.paid", "order.cancelled", "order.refunded"]


@pytest.mark.databases("sqlite")
def test_what_really_happens_to_a_complaint_is_told(app: Flask, at: datetime, ear: type[Ear]) -> None:
    """Filed, gone unanswered, answered late, ruled upon: each once, to its store alone, without a word of anybody."""
    w, gateway = the_world(), MemoryGateway()
    use_gateway(app, gateway)
    for store in w.stores:
        listening(f"store:{store.id}", ear.url)
    [part] = parts_of(paid(gateway, w.shopper, (w.soap, 1)))
    number, late, me = (
        a_complaint(part, w.shopper),
        AT + timedelta(days=8),
        Actor(w.owners[0].id, "store", "me"),
    )
    for _ in range(2):
        escalate_overdue(late)
    refusal = Answer(Said.refusal, "کالا درست تحویل شده است.")
    with unit_of_work():
        answer_complaint(number, part.store_id, refusal, me, late + timedelta(hours=1))
    centre = Actor(an_official(Role.seal_officer).id, "seal_officer", "officer")
    with unit_of_work():
        rule_on_complaint(number, Ruling(Fact.unfounded, "دلیل‌ها در پرونده است."), centre, late)
    found = db.session.scalars(
        select(HookDelivery).where(HookDelivery.subject == f"complaint:{number}").order_by(HookDelivery.id)
    ).all()
    assert [one.event for one in found] == [
        f"complaint.{e}" for e in ("filed", "escalated", "answered", "decided")
    ]
    told = [json.loads(one.body)["data"] for one in found]
    assert {(one["complaint"], one["store_order_id"]) for one in told} == {(number, part.id)}
    assert (told[0]["category"], told[2]["kind"], told[3]["decision"]) == (
        "not_delivered",
        "refusal",
        "unfounded",
    )
    assert not any(word in one.body for one in found for word in (WISH.text, refusal.text, w.shopper.mobile))


@pytest.mark.databases("sqlite")
def test_the_worker_sends_beside_its_other_work(app: Flask, ear: type[Ear]) -> None:
    listening("store:1", ear.url)
    told("store:1", 1)
    stop: list[int] = []
    thread = _send_hooks_beside(app, lambda: bool(stop))
    try:
        wait_for(lambda: states() == ["delivered"], 20, "the delivery")
    finally:
        stop.append(1)
        thread.join()
    assert len(ear.heard) == 1


def test_a_unit_that_fails_tells_nothing(ear: type[Ear]) -> None:
    listening("store:1", ear.url)
    with pytest.raises(RuntimeError), unit_of_work():
        hooks.emit("store:1", "order.paid", "order.paid:1", "store_order:1", {}, AT)
        raise RuntimeError
    assert states() == []


def test_of_one_subject_the_next_waits_for_the_one_before(ear: type[Ear]) -> None:
    listening("store:1", ear.url)
    told("store:1", 1)
    told("store:1", 1, event="order.cancelled")
    told("store:1", 2)
    ear.answers[:] = [500]
    send_hooks(AT)
    assert states() == ["waiting", "waiting", "waiting"]
    assert send_hooks(AT) == 1, "another subject does not wait"
    assert states() == ["waiting", "waiting", "delivered"]
    assert send_hooks(AT + timedelta(seconds=9)) == 0
    later = AT + timedelta(seconds=10)
    assert send_hooks(later) == 1
    assert send_hooks(later) == 1
    assert states() == ["delivered", "delivered", "delivered"]
    events = [json.loads(body)["id"] for _, _, body in ear.heard]
    assert events == ["order.paid:1", "order.paid:2", "order.paid:1", "order.cancelled:1"]


def test_however_many_subjects_wait_for_their_first_the_next_free_one_is_sent(ear: type[Ear]) -> None:
    listening("store:1", ear.url)
    with unit_of_work():
        for number in range(250):
            for event in ("first", "second"):
                hooks.emit("store:1", "order.paid", f"{event}:{number}", f"store_order:{number}", {}, AT)
        firsts = HookDelivery.id.in_(select(func.min(HookDelivery.id)).group_by(HookDelivery.subject))
        db.session.execute(update(HookDelivery).where(firsts).values(next_at=AT + timedelta(hours=1)))
        hooks.emit("store:1", "order.paid", "free:1", "store_order:free", {}, AT)
    assert send_hooks(AT) == 1
    assert [json.loads(body)["id"] for _, _, body in ear.heard] == ["free:1"]
    assert send_hooks(AT) == 0, "the others wait for the first of their subject"


def test_a_question_does_not_grow_with_the_subjects_that_are_held_up(
    ear: type[Ear], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database takes some thousands of values in a question: one address with more would stop everybody's."""
    monkeypatch.setattr(hook_queue, "AT_A_LOOK", 20)
    monkeypatch.setattr(hook_queue, "MOST_NAMED", 30)
    listening("store:1", ear.url)
    with unit_of_work():
        for number in range(200):
            for event in ("first", "second", *(f"more{n}" for n in range(50 if number == 90 else 0))):
                subject, at = f"store_order:{number}", AT - timedelta(seconds=number // 7)
                hooks.emit("store:1", "order.paid", f"{event}:{number}", subject, {}, at)
        firsts = HookDelivery.id.in_(select(func.min(HookDelivery.id)).group_by(HookDelivery.subject))
        db.session.execute(update(HookDelivery).where(firsts).values(next_at=AT + timedelta(hours=1)))
        hooks.emit("store:1", "order.paid", "free:1", "store_order:free", {}, AT)
    asked: list[int] = []

    def count(connection: Any, cursor: Any, statement: str, values: Any, *more: Any) -> None:
        asked.append(len(values))

    sqlalchemy.event.listen(db.engine, "before_cursor_execute", count)
    try:
        assert send_hooks(AT) == 1
    finally:
        sqlalchemy.event.remove(db.engine, "before_cursor_execute", count)
    assert [json.loads(body)["id"] for _, _, body in ear.heard] == ["free:1"]
    assert len(asked) > 20
    assert max(asked) < 60


@pytest.mark.parametrize("answer", [500, 404, 302, "huge", "hang"])
@pytest.mark.databases("sqlite")
def test_a_bad_answer_is_no_arrival_and_harms_no_other(
    ear: type[Ear], answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hook_sending, "SECONDS", 0.5)
    listening("store:1", ear.url)
    told("store:1", 1)
    ear.answers[:] = [answer]
    send_hooks(AT)
    listening("store:2", ear.url)
    told("store:2", 2)
    assert send_hooks(AT) == 1
    assert states() == ["waiting", "delivered"]
    first = db.session.scalars(select(HookDelivery).order_by(HookDelivery.id)).first()
    assert first.last_status == (answer if isinstance(answer, int) else None)
    assert first.last_error == {"huge": "too_large", "hang": "too_slow"}.get(answer)
    assert len(ear.heard) == 2, "no redirect was followed"


def test_three_days_without_an_answer_switch_it_off_and_it_can_be_resumed(ear: type[Ear]) -> None:
    target, _ = listening("store:1", ear.url)
    told("store:1", 1)
    told("store:1", 2)
    at = AT
    for _ in range(200):
        ear.answers[:] = [500] * 3
        send_hooks(at)
        found = db.session.get(HookTarget, target, populate_existing=True)
        if found.state is HookState.disabled:
            break
        at += timedelta(hours=2)
    assert at - AT >= PATIENCE
    assert states() == ["given_up", "given_up"]
    assert told("store:1", 3) == 0, "it hears nothing more"
    with unit_of_work():
        hooks.resume_target(target, "store:1", ME, at)
    with pytest.raises(Conflict), unit_of_work():
        hooks.resume_target(target, "store:1", ME, at)
    ear.answers.clear()
    assert told("store:1", 4, at) == 1
    send_hooks(at)
    assert states()[-1] == "delivered"
    last = db.session.scalars(select(HookDelivery.id).order_by(HookDelivery.id)).first()
    with unit_of_work():
        hooks.replay(last, "store:1", at)
    send_hooks(at)
    assert states() == ["given_up", "given_up", "delivered", "delivered"]
    assert json.loads(ear.heard[-1][2])["id"] == "order.paid:1", "the same event, by its own id"


@pytest.mark.databases("sqlite")
def test_the_store_is_told_that_an_address_was_switched_off(app: Flask, at: datetime, ear: type[Ear]) -> None:
    w = the_world()
    target, _ = listening(f"store:{w.stores[0].id}", ear.url)
    told(f"store:{w.stores[0].id}", 1)
    ear.answers[:] = [500, 500]
    send_hooks(AT)
    assert not db.session.scalars(select(Message).where(Message.template == "hook_disabled")).all()
    send_hooks(AT + PATIENCE)
    news = db.session.scalars(select(Message).where(Message.template == "hook_disabled")).all()
    assert {m.person_id for m in news} == set(members_of(w.stores[0].id))
    assert news[0].params["host"] == "127.0.0.1"
    assert news[0].params["path"] == "/panel/webhooks"
    assert db.session.get(HookTarget, target).state is HookState.disabled


@pytest.mark.databases("sqlite")
def test_an_address_that_hangs_is_left_alone_as_a_whole(
    ear: type[Ear], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hook_sending, "SECONDS", 0.3)
    listening("store:1", ear.url)
    for number in range(3):
        told("store:1", number)
    ear.answers[:] = ["hang"]
    assert send_hooks(AT) == 1
    assert send_hooks(AT + timedelta(seconds=9)) == 0, "another subject waits as well: nothing answers there"
    later = AT + timedelta(seconds=10)
    assert [send_hooks(later) for _ in range(4)] == [1, 1, 1, 0], "one that answers again hears everything"
    assert states() == ["delivered"] * 3


@pytest.mark.databases("sqlite")
def test_one_that_hangs_holds_a_slot_and_nobody_else(
    ear: type[Ear], app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hook_sending, "SECONDS", 5.0)
    monkeypatch.setattr(hook_sending, "AT_ONCE", 2)
    listening("store:1", ear.url + "/slow")
    told("store:1", 1)
    sender = HookSender(outward())
    ear.answers[:] = ["hang"]
    assert sender.step(AT) == 1
    wait_for(lambda: len(ear.heard) == 1, 5, "the slow call")
    listening("store:2", ear.url)
    for number in range(5):
        told("store:2", number)
    while states().count("delivered") < 5:
        sender.step(AT)
        sender.rest(0.05)
    assert states()[0] == "waiting", "five arrived while the slow one was still being asked"
    sender.close(AT)
    assert states() == ["delivered"] * 6


def test_one_with_very_many_starves_nobody(ear: type[Ear], monkeypatch: pytest.MonkeyPatch) -> None:
    """Two slots, three addresses: whoever waited longest is next, however much another has."""
    listening("store:1", ear.url)
    for number in range(40):
        told("store:1", number)
    listening("store:2", ear.url)
    listening("store:3", ear.url)
    told("store:2", 100)
    told("store:3", 101)
    monkeypatch.setattr(hook_sending, "AT_ONCE", 1)
    for _ in range(3):
        assert send_hooks(AT) == 1
    heard = {json.loads(body)["subject"] for _, _, body in ear.heard}
    assert heard == {"store_order:0", "store_order:100", "store_order:101"}


def test_a_new_secret_overlaps_the_old_one_for_a_day(ear: type[Ear]) -> None:
    target, old = listening("store:1", ear.url)
    with unit_of_work():
        new = hooks.renew_secret(target, "store:1", ME, AT)
    assert new != old
    for number, at, signs in ((1, AT, 2), (2, AT + timedelta(hours=24), 1)):
        told("store:1", number, at)
        send_hooks(at)
        assert ear.heard[-1][1]["Bazargah-Signature"].count("v1=") == signs


def test_a_lease_that_ran_out_is_sent_again_and_the_late_record_changes_nothing(ear: type[Ear]) -> None:
    """Two workers: the first hangs beyond its lease, the second delivers; the first's late word is ignored."""
    listening("store:1", ear.url)
    told("store:1", 1)
    with unit_of_work():
        [slow] = hook_queue.claim(AT, 8)
    assert send_hooks(AT) == 0, "leased"
    assert send_hooks(AT + hook_queue.LEASE) == 1
    with unit_of_work():
        hook_queue.record(slow, hook_queue.Outcome(500, None), AT)
    assert states() == ["delivered"]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x",
        "https://[::1]/",
        "https://10.0.0.8/",
        "https://169.254.169.254/latest",
        "https://0x7f.1/",
        "ftp://shop.example/",
        "https://user:pass@shop.example/",
        "https://shop.example:8443/",
        "javascript:alert(1)",
        "",
        "https://" + "a" * 3000 + ".ir/",
    ],
)
@pytest.mark.databases("sqlite")
def test_addresses_inside_our_walls_are_refused_and_nothing_is_written(ctx, url: str) -> None:
    with pytest.raises(Invalid) as refused, unit_of_work():
        hooks.add_target("store:1", url, ["order.paid"], ME, AT)
    assert refused.value.fields == {"url": "hook_url"}
    assert db.session.scalar(select(func.count()).select_from(HookTarget)) == 0
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == 0


@pytest.mark.databases("sqlite")
def test_a_name_that_turns_inwards_later_is_not_asked(app: Flask, ctx) -> None:
    app.extensions["outward"] = OutwardClient(resolve=lambda host, port: ["127.0.0.1"])
    with unit_of_work():
        hooks.add_target("store:1", "https://shop.example/hook", ["order.paid"], ME, AT)
    told("store:1", 1)
    send_hooks(AT)
    found = db.session.scalars(select(HookDelivery)).one()
    assert (found.state, found.last_error) == (DeliveryState.waiting, "address_not_public")


@pytest.mark.databases("sqlite")
def test_nobody_touches_anothers_and_five_are_enough(ear: type[Ear]) -> None:
    target, _ = listening("store:1", ear.url)
    told("store:1", 1)
    delivery = db.session.scalars(select(HookDelivery.id)).one()
    for act in (
        lambda: hooks.renew_secret(target, "store:2", ME, AT),
        lambda: hooks.resume_target(target, "store:2", ME, AT),
        lambda: hooks.remove_target(target, "store:2", ME, AT),
        lambda: hooks.replay(delivery, "store:2", AT),
    ):
        with pytest.raises(NotFound), unit_of_work():
            act()
    assert hooks.deliveries_of("store:2") == []
    for _ in range(4):
        listening("store:1", ear.url)
    with pytest.raises(Conflict):
        listening("store:1", ear.url)
    with unit_of_work():
        hooks.remove_target(target, "store:1", ME, AT)
    assert len(hooks.targets_of("store:1")) == 4
    assert send_hooks(AT) == 0, "what waited for it is given up"
    with pytest.raises(Invalid):
        listening("store:1", ear.url, "everything")
