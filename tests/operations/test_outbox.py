"""The outbox: a message is written with its news and goes out at least once, under one id."""

from __future__ import annotations

import json
import os
import signal
import socketserver
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import Message as Mail
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.accounts import codes
from marketplace.core.db import db
from marketplace.core.errors import Malformed
from marketplace.core.http import NetworkInsideUnit
from marketplace.core.settings import Settings
from marketplace.core.unit_of_work import unit_of_work
from marketplace.messages import centre, queries
from marketplace.messages.channels import Parcel, open_way
from marketplace.messages.models import Channel, Message, MessageState
from marketplace.messages.outbox import put_message
from marketplace.messages.rendering import TextMissing, gaps_of, words_of
from marketplace.messages.sending import MOST_ATTEMPTS, pause_after, send_queued
from tests import databases
from tests.factories.people import a_person
from tests.factories.rows import AT, change

SECOND = timedelta(seconds=1)
WORKER = """
import sys
from datetime import datetime
from marketplace.app import create_app
from marketplace.messages.sending import send_queued
with create_app().app_context():
    send_queued(datetime.fromisoformat(sys.argv[1]))
"""


# --- the other side


@dataclass
class SmsGateway:
    """An SMS gateway on loopback: answers `statuses` one after the other, then 200."""

    statuses: list[int] = field(default_factory=list)
    on_message: Callable[[dict[str, Any]], None] = lambda message: None
    taken: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def handler(self) -> type[BaseHTTPRequestHandler]:
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                gateway.taken.append(message)
                gateway.headers.append(dict(self.headers))
                gateway.on_message(message)
                self.send_response(gateway.statuses.pop(0) if gateway.statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *rest: object) -> None:
                pass

        return Handler


@dataclass
class MailServer:
    """As much of SMTP as our worker speaks; addresses in `refused` are answered 550; no TLS."""

    refused: set[str] = field(default_factory=set)
    taken: list[Mail] = field(default_factory=list)
    connections: int = 0

    def handler(self) -> type[socketserver.StreamRequestHandler]:
        server = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                server.connections += 1
                self.say("220 here")
                while line := self.rfile.readline().decode().strip():
                    verb = line.split()[0].upper()
                    if verb == "DATA":
                        self.take()
                    else:
                        is_refused = verb == "RCPT" and any(address in line for address in server.refused)
                        self.say("550 nobody here" if is_refused else "250 fine")

            def take(self) -> None:
                self.say("354 go on")
                lines: list[bytes] = []
                while (line := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(line.removeprefix(b"."))
                server.taken.append(message_from_bytes(b"".join(lines), policy=policy.default))
                self.say("250 taken")

            def say(self, words: str) -> None:
                self.wfile.write(f"{words}\r\n".encode())

        return Handler


@pytest.fixture
def gateway() -> SmsGateway:
    return SmsGateway()


@pytest.fixture
def mails() -> MailServer:
    return MailServer()


@pytest.fixture(scope="module")
def ways_out() -> Iterator[tuple[ThreadingHTTPServer, socketserver.ThreadingTCPServer]]:
    """Two servers that stay where they are, so that settings are equal in each test; who answers there, a test says."""
    web = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    post = socketserver.ThreadingTCPServer(("127.0.0.1", 0), socketserver.StreamRequestHandler)
    post.daemon_threads = True
    for server in (web, post):
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield web, post
    for server in (web, post):
        server.shutdown()
        server.server_close()


@pytest.fixture
def settings(
    database: str,
    tmp_path: Path,
    gateway: SmsGateway,
    mails: MailServer,
    ways_out: tuple[ThreadingHTTPServer, socketserver.ThreadingTCPServer],
) -> Settings:
    """Settings whose ways out lead to the two servers above."""
    web, post = ways_out
    web.RequestHandlerClass, post.RequestHandlerClass = gateway.handler(), mails.handler()
    return databases.settings_for(
        database,
        tmp_path,
        SMS_URL=f"http://:t%2Fk@127.0.0.1:{web.server_port}/send?line=1",
        MAIL_URL=f"smtp://127.0.0.1:{post.server_address[1]}?from=bazaar%40example.ir",
        BASE_URL="http://bazaar.example",
    )


# --- what tests do


def put(at: datetime, key: str = "k", channel: Channel = Channel.sms, **more: Any) -> int | None:
    with unit_of_work():
        return put_message(
            **{
                "key": key,
                "person": None,
                "address": "09121112233",
                "channel": channel,
                "at": at,
                "template": "one_time_code",
                "params": {"code": "123456"},
                "subject": "code:1",
                **more,
            }
        )


def row(message_id: int | None) -> Message:
    return db.session.scalars(
        select(Message).where(Message.id == message_id).execution_options(populate_existing=True)
    ).one()


def count() -> int:
    return int(db.session.scalar(select(func.count()).select_from(Message)) or 0)


def parcel(**changes: Any) -> Parcel:
    return Parcel(
        **{
            "id": 7,
            "message_id": "message-7@x",
            "channel": "sms",
            "address": "09121112233",
            "language": "fa",
            "subject": "س",
            "text": "متن",
            "html": "",
            "created_at": AT,
            **changes,
        }
    )


# --- putting


def test_once_per_key(ctx, at):
    first = put(at)
    assert put(at, params={"code": "999999"}) == first
    assert (count(), row(first).params) == (1, {"code": "123456"})


def test_eight_at_once_put_one(app: Flask, ctx, at):
    def one(_):
        with app.app_context():
            return put(at)

    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(one, range(8)))
    db.session.rollback()
    assert len(ids) == 1 and count() == 1


def test_no_news_no_message(ctx, at):
    with pytest.raises(RuntimeError), unit_of_work():
        put_message(
            key="k",
            person=None,
            address="0",
            channel=Channel.sms,
            template="one_time_code",
            params={},
            subject="x",
            at=at,
        )
        raise RuntimeError
    assert count() == 0


def test_address_and_language_are_the_persons_own(ctx, at):
    person = a_person(email="sara@example.ir", language="en")
    sms = row(put(at, "1", person=person.id, address=None))
    mail = row(put(at, "2", Channel.mail, person=person.id, address=None))
    note = row(put(at, "3", Channel.app, person=person.id, address=None, language="fa"))
    assert [(m.address, m.language, m.state) for m in (sms, mail, note)] == [
        (person.mobile, "en", "queued"),
        ("sara@example.ir", "en", "queued"),
        ("", "fa", "sent"),
    ]


def test_without_an_address_nothing_is_queued(ctx, at):
    person, closed = a_person(email=None), a_person(disabled_at=at)
    assert put(at, "1", Channel.mail, person=person.id, address=None) is None
    assert put(at, "2", person=None, address=None) is None
    assert put(at, "3", person=closed.id, address=None) is None
    assert count() == 0


# --- words


def test_params_read_in_the_readers_language(at):
    params = {
        "n": 3,
        "goods_toman": 1_736_000,
        "refund_toman": -5,
        "share_percent": 15,
        "due_at": at.isoformat(),
        "due_on": "2026-03-21",
        "kit_count": 12,
        "name": "علی\r\nBcc: x\u202e",
        "gone": None,
    }
    said = "{n} {goods_toman} {refund_toman} {share_percent} | {due_at} | {due_on} | {kit_count} {name}{gone}"
    assert said.format(**gaps_of(params, "fa")) == (
        "۳ ۱٬۷۳۶٬۰۰۰ −۵ ۱۵٪ | ۵ فروردین ۱۴۰۵، ۱۳:۳۰ | ۱ فروردین ۱۴۰۵ | ۱۲ علی  Bcc: x"
    )
    assert said.format(**gaps_of(params, "en")) == (
        "3 1,736,000 −5 15% | 25 Mar 2026, 13:30 | 21 Mar 2026 | 12 علی  Bcc: x"
    )
    assert gaps_of(params, "fa")["n"] == 3, "plurals are chosen by the number"


@pytest.mark.parametrize("language", ["fa", "en"])
def test_a_code_is_worded_in_both_languages(language):
    words = words_of("one_time_code", {"code": "۰۱۲{x}"}, language)
    assert "۰۱۲{x}" in words.body and words.subject and "\n" not in words.subject


@pytest.mark.parametrize(("template", "params"), [("no_such", {}), ("one_time_code", {})])
def test_a_message_without_words_is_an_error(template, params):
    with pytest.raises(TextMissing):
        words_of(template, params, "fa")


# --- sending


def test_a_message_goes_out_and_is_marked(ctx, at, gateway):
    put(at, "1")
    last = put(at, "2", address="09350000000", language="en")
    assert send_queued(at) == 2
    assert [m["to"] for m in gateway.taken] == ["09121112233", "09350000000"]
    assert gateway.taken[1] == {
        "id": f"message-{last}@bazaar.example",
        "to": "09350000000",
        "text": words_of("one_time_code", {"code": "123456"}, "en").body,
    }
    assert gateway.headers[1]["Idempotency-Key"] == f"message-{last}@bazaar.example"
    assert gateway.headers[1]["Authorization"] == "Bearer t/k"
    assert (row(last).state, row(last).attempts, row(last).sent_at) == (
        "sent",
        1,
        pytest.approx(at, abs=5 * SECOND),
    )
    assert send_queued(at + timedelta(days=1)) == 0 and len(gateway.taken) == 2


def test_a_code_is_blanked_once_it_went(ctx, at):
    sent, waiting = put(at, "1"), put(at, "2")
    assert send_queued(at, limit=1) == 1
    assert row(sent).params == {"code": ""}
    assert row(waiting).params == {"code": "123456"}


def test_a_mail_has_both_forms_and_a_stable_id(ctx, at, mails):
    ids = [
        put(
            at,
            str(n),
            Channel.mail,
            address=f"sara{n}@example.ir",
            params={"code": "<b>&</b>", "path": "/orders/1"},
        )
        for n in range(3)
    ]
    assert send_queued(at) == 3
    assert mails.connections == 1, "one connection carries a round"
    mail = mails.taken[0]
    assert mail["To"] == "sara0@example.ir" and mail["From"] == "bazaar@example.ir"
    assert mail["Message-ID"] == f"<message-{ids[0]}@bazaar.example>"
    plain, html = (part.get_content() for part in mail.iter_parts())  # type: ignore[attr-defined]
    assert "<b>&</b>" in plain and "http://bazaar.example/orders/1" in plain
    assert '<html lang="fa" dir="rtl">' in html and "&lt;b&gt;&amp;&lt;/b&gt;" in html and "<b>" not in html


@pytest.mark.parametrize(
    "address", ["a@example.ir\r\nBcc: b@example.ir", "a@example.ir, b@example.ir", "nobody"]
)
def test_a_hostile_mail_address_goes_nowhere(ctx, at, mails, address):
    put(at, "1", Channel.mail, address=address)
    last = put(at, "2", Channel.mail, address="fine@example.ir")
    assert send_queued(at) == 1
    assert [m["To"] for m in mails.taken] == ["fine@example.ir"] and row(last).state == "sent"


def test_a_refused_address_does_not_stop_the_others(ctx, at, mails):
    mails.refused.add("gone@example.ir")
    first = put(at, "1", Channel.mail, address="gone@example.ir")
    put(at, "2", Channel.mail, address="fine@example.ir")
    assert send_queued(at) == 1
    assert (row(first).state, row(first).last_error) == ("failed", "refused 550")
    assert [m["To"] for m in mails.taken] == ["fine@example.ir"]


def test_a_failure_waits_longer_each_time_and_then_is_given_up(ctx, at, gateway):
    message = put(at)
    gateway.statuses = [500] * MOST_ATTEMPTS
    moment = at
    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert send_queued(moment) == 0
        assert (len(gateway.taken), row(message).attempts) == (attempt, attempt)
        moment += pause_after(attempt) + SECOND
        if attempt < MOST_ATTEMPTS:
            assert row(message).state == "queued"
            assert send_queued(moment - 2 * SECOND) == 0 and len(gateway.taken) == attempt
    assert (row(message).state, row(message).params) == ("failed", {"code": ""})
    assert send_queued(moment + timedelta(days=30)) == 0
    assert len({m["id"] for m in gateway.taken}) == 1 and len(gateway.taken) == MOST_ATTEMPTS
    assert queries.outbox_counts() == {MessageState.failed: 1}


def test_pauses_double_up_to_an_hour():
    pauses = [pause_after(n).total_seconds() for n in range(1, 11)]
    assert pauses == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_what_is_of_no_more_use_is_not_sent(ctx, at, gateway):
    with unit_of_work():
        codes.send_code("09121112233", at)
    message = db.session.scalars(select(Message.id)).one()
    assert send_queued(at + timedelta(seconds=codes.VALID_SECONDS)) == 0
    assert (gateway.taken, row(message).state, row(message).params["code"]) == ([], "failed", "")


def test_a_worker_killed_in_mid_air_leaves_nothing_unsent(app: Flask, ctx, at, gateway, settings):
    ids = [put(at, str(n)) for n in range(3)]
    environ = {
        **os.environ,
        "BAZARGAH_MODE": "test",
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "INSTANCE_PATH": str(settings.instance),
        "BASE_URL": settings.base_url,
        "SMS_URL": settings.sms_url,
        "MAIL_URL": settings.mail_url,
    }
    ready = threading.Event()
    worker: list[subprocess.Popen[bytes]] = []

    def kill(message: dict[str, Any]) -> None:
        ready.wait(30)
        os.kill(worker[0].pid, signal.SIGKILL)
        worker[0].wait(30)

    gateway.on_message = kill
    worker.append(subprocess.Popen([sys.executable, "-c", WORKER, at.isoformat()], env=environ))
    ready.set()
    assert worker[0].wait(60) == -signal.SIGKILL
    gateway.on_message = lambda message: None
    assert [(row(i).state, row(i).attempts) for i in ids] == [("queued", 1)] * 3
    assert len(gateway.taken) == 1
    assert send_queued(at + timedelta(seconds=29)) == 0, "what a worker holds is left to it for a while"
    assert send_queued(at + timedelta(seconds=40)) == 3
    told = [m["id"] for m in gateway.taken]
    assert len(told) == 4 and set(told) == {f"message-{i}@bazaar.example" for i in ids}
    assert [(row(i).state, row(i).attempts) for i in ids] == [("sent", 2)] * 3


def test_a_message_is_in_one_workers_hands(app: Flask, ctx, at, gateway):
    for n in range(60):
        put(at, str(n))

    def one(_):
        with app.app_context():
            return send_queued(at)

    with ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(one, range(4)))
    assert sum(sent) == 60 == len({m["id"] for m in gateway.taken}) == len(gateway.taken)


def test_nothing_is_called_inside_a_unit(ctx, at, settings, mails):
    for url in (settings.sms_url, settings.mail_url):
        way = open_way(url, host="x")
        with pytest.raises(NetworkInsideUnit), unit_of_work():
            way.hand_over(parcel())
        way.close()
    assert mails.connections == 0


def test_the_folder_holds_one_whole_file_for_each(tmp_path):
    way = open_way(f"file://{tmp_path}/out%20box", host="x")
    for text in ("یک", "دو"):
        way.hand_over(parcel(text=text))
    files = list((tmp_path / "out box").iterdir())
    assert [f.name for f in files] == ["000000007-sms.json"]
    assert json.loads(files[0].read_text())["text"] == "دو"
    assert files[0].stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "url",
    [
        "http://sms.example/send",
        "http://10.0.0.1/send",
        "http://0.0.0.0/",
        "ftp://x",
        "gopher://x",
        "/tmp/x",
        "",
    ],
)
def test_a_way_that_is_none_is_refused(url):
    with pytest.raises(ValueError):
        open_way(url, host="x")


def test_a_password_is_never_sent_in_the_clear(ctx, at, settings, mails):
    way = open_way(settings.mail_url.replace("smtp://", "smtp://me:word@"), host="x")
    with pytest.raises(RuntimeError, match="no TLS"):
        way.hand_over(parcel(address="a@example.ir"))
    assert mails.taken == []


# --- the notification centre


def test_notices_come_in_pages_and_are_read_up_to_what_was_seen(ctx, at):
    mine, other = a_person(), a_person()
    for n in range(5):
        put(at, f"m{n}", Channel.app, person=mine.id, address=None)
    put(at, "o", Channel.app, person=other.id, address=None)
    put(at, "s", person=mine.id, address=None)
    first = queries.notices_of(mine.id, limit=3)
    rest = queries.notices_of(mine.id, first.next_cursor, limit=3)
    assert [len(first.items), len(rest.items), rest.next_cursor] == [3, 2, None]
    assert queries.unread_count(mine.id) == 5
    with unit_of_work():
        assert centre.mark_read(mine.id, at, up_to=first.items[1].id) == 4
    assert (queries.unread_count(mine.id), queries.unread_count(other.id)) == (1, 1)
    with unit_of_work():
        assert centre.mark_read(mine.id, at) == 1
    with pytest.raises(Malformed):
        queries.notices_of(mine.id, "made-up")


def test_the_outbox_shows_the_newest_first_by_mobile(ctx, at):
    person = a_person()
    put(at, "1")
    put(at, "2", address="09350000000")
    put(at, "3", Channel.app, person=person.id, address=None)
    assert [m.address for m in queries.last_messages()] == ["09350000000", "09121112233"]
    assert [m.address for m in queries.last_messages("09121112233")] == ["09121112233"]
    assert len(queries.last_messages(limit=1)) == 1


def test_a_worn_out_claim_is_given_up(ctx, at, gateway):
    message = put(at)
    change(row(message), attempts=MOST_ATTEMPTS, sent_at=at - timedelta(hours=2))
    assert send_queued(at) == 0
    assert (row(message).state, gateway.taken) == ("failed", [])
