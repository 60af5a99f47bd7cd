"""The outbox's worker: claims what waits, hands it over with no transaction open, then marks it.

Each message goes out at least once with one and the same id. A claim counts the try and notes its
moment in `sent_at`; a claim that nobody followed up, because the worker died or the other side failed, is
free again after a pause that doubles with each try. After ten tries a message is `failed`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import current_app
from sqlalchemy import ColumnElement, and_, or_, select, update

from marketplace.core.db import db
from marketplace.core.language import t
from marketplace.core.unit_of_work import in_unit, unit_of_work
from marketplace.messages.channels import open_way
from marketplace.messages.kinds import may_switch_off
from marketplace.messages.models import Channel, Message, MessageState
from marketplace.messages.notices import CODE_TEMPLATE
from marketplace.messages.parcel import NotHandedOver, Parcel, RefusedForGood, Way
from marketplace.messages.preferences import stop_token
from marketplace.messages.rendering import Words, is_outdated, short_words, words_of
from marketplace.messages.shown import OutboxRow

log = structlog.get_logger(__name__)
MOST_ATTEMPTS = 10
FIRST_PAUSE_SECONDS = 30
LONGEST_PAUSE_SECONDS = 3_600
AT_ONCE = 20
PATIENCE_SECONDS = 15


@dataclass(slots=True)
class Round:
    """What became of the messages of one claim; `left` were not tried and go back; `said`: why one did not go."""

    sent: list[OutboxRow] = field(default_factory=list)
    given_up: list[OutboxRow] = field(default_factory=list)
    left: list[OutboxRow] = field(default_factory=list)
    said: dict[int, str] = field(default_factory=dict)


def send_queued(at: datetime, limit: int = 100) -> int:
    """Sends up to `limit` waiting messages, the oldest first; gives the number handed over.

    Safe to run in several processes: each message is in one of them at a time.
    """
    started, claimed, sent = time.monotonic(), 0, 0
    ways: dict[Channel, Way] = {}
    try:
        while claimed < limit:
            moment = at + timedelta(seconds=time.monotonic() - started)
            if not _has_due(moment):
                break
            with unit_of_work():
                rows = _claim(moment, min(AT_ONCE, limit - claimed))
            if not rows:
                break
            outcome = _hand_over(rows, ways, moment)
            marked = at + timedelta(seconds=time.monotonic() - started)
            in_unit(partial(_mark, outcome, marked))
            claimed, sent = claimed + len(rows), sent + len(outcome.sent)
    finally:
        for way in ways.values():
            way.close()
    return sent


def message_id(row_id: int) -> str:
    """The id under which a message goes out in every try."""
    return f"message-{row_id}@{_host()}"


def pause_after(attempts: int) -> timedelta:
    """How long after its last try a message waits for the next."""
    return timedelta(seconds=min(FIRST_PAUSE_SECONDS * 2 ** (attempts - 1), LONGEST_PAUSE_SECONDS))


def _is_due(at: datetime) -> ColumnElement[bool]:
    later = [
        and_(Message.attempts == n, Message.sent_at <= at - pause_after(n)) for n in range(1, MOST_ATTEMPTS)
    ]
    worn_out = and_(Message.attempts >= MOST_ATTEMPTS, Message.sent_at <= at - pause_after(MOST_ATTEMPTS))
    return or_(Message.sent_at.is_(None), *later, worn_out)


def _has_due(at: datetime) -> bool:
    """Asks by reading alone, so that an idle worker takes nobody's turn to write."""
    query = select(Message.id).where(Message.state == MessageState.queued, _is_due(at)).limit(1)
    found = db.session.scalar(query) is not None
    db.session.rollback()
    return found


def _claim(at: datetime, count: int) -> list[OutboxRow]:
    """Counts a try of each due message; messages in other hands are passed over.

    Two statements: PostgreSQL may run a locking subquery of an UPDATE more than once, past its limit.
    """
    due = db.session.scalars(
        select(Message.id)
        .where(Message.state == MessageState.queued, _is_due(at))
        .order_by(Message.id)
        .limit(count)
        .with_for_update(skip_locked=True)
    ).all()
    if not due:
        return []
    rows = db.session.execute(
        update(Message)
        .where(Message.id.in_(due), Message.state == MessageState.queued)
        .values(attempts=Message.attempts + 1, sent_at=at)
        .returning(
            Message.id,
            Message.channel,
            Message.address,
            Message.language,
            Message.template,
            Message.params,
            Message.subject,
            Message.state,
            Message.attempts,
            Message.created_at,
            Message.person_id,
        )
        .execution_options(synchronize_session=False)
    ).all()
    return sorted((OutboxRow(*row) for row in rows), key=lambda row: row.id)


def _hand_over(rows: Sequence[OutboxRow], ways: dict[Channel, Way], at: datetime) -> Round:
    """Hands over one claim; stops in time for its claim not to run out, and puts the rest back."""
    outcome, started = Round(), time.monotonic()
    for row in rows:
        if row.attempts > MOST_ATTEMPTS or is_outdated(row.params, at):
            log.warning("message_given_up", message=row.id, template=row.template, attempts=row.attempts)
            outcome.said[row.id] = "outdated" if is_outdated(row.params, at) else "worn_out"
            outcome.given_up.append(row)
        elif time.monotonic() - started > PATIENCE_SECONDS:
            outcome.left.append(row)
        else:
            _note(outcome, row, _try(row, ways))
    return outcome


def _note(outcome: Round, row: OutboxRow, failure: Exception | None) -> None:
    if failure is None:
        outcome.sent.append(row)
        return
    told = str(failure) if isinstance(failure, NotHandedOver) else type(failure).__name__
    outcome.said[row.id] = told[:120]
    if isinstance(failure, RefusedForGood) or row.attempts == MOST_ATTEMPTS:
        outcome.given_up.append(row)


def _try(row: OutboxRow, ways: dict[Channel, Way]) -> Exception | None:
    """Hands one message over; gives what went wrong."""
    try:
        if row.channel not in ways:
            ways[row.channel] = open_way(_address_of(row.channel), host=_host())
        ways[row.channel].hand_over(_parcel(row))
    except Exception as error:
        log.warning(
            "message_not_sent",
            message=row.id,
            template=row.template,
            attempt=row.attempts,
            error=type(error).__name__,
        )
        return error
    return None


def _mark(outcome: Round, at: datetime) -> None:
    """Sent is sent, whoever else tried meanwhile; giving up and putting back hold for our own try alone."""
    for row in outcome.sent:
        _set(
            row,
            Message.state != MessageState.sent,
            state=MessageState.sent,
            sent_at=at,
            params=_kept_params(row),
        )
    for row in outcome.given_up:
        _set(row, _is_ours(row), state=MessageState.failed, params=_kept_params(row))
    for row_id, told in outcome.said.items():
        db.session.execute(
            update(Message)
            .where(Message.id == row_id, Message.state != MessageState.sent)
            .values(last_error=told)
        )
    for row in outcome.left:
        _set(row, _is_ours(row), attempts=row.attempts - 1, sent_at=None)


def _is_ours(row: OutboxRow) -> ColumnElement[bool]:
    return and_(Message.state == MessageState.queued, Message.attempts == row.attempts)


def _set(row: OutboxRow, guard: ColumnElement[bool], **values: Any) -> None:
    db.session.execute(update(Message).where(Message.id == row.id, guard).values(**values))


def _kept_params(row: OutboxRow) -> dict[str, Any]:
    """A code that went out is of no more use here; the demo keeps it for its outbox page."""
    if row.template != CODE_TEMPLATE or current_app.config["SETTINGS"].is_demo:
        return row.params
    return {**row.params, "code": ""}


def _parcel(row: OutboxRow) -> Parcel:
    base_url = current_app.config["SETTINGS"].base_url
    words = words_of(row.template, row.params, row.language, base_url)
    is_mail = row.channel is Channel.mail
    stop_url = _stop_url(row, base_url)
    return Parcel(
        row.id,
        message_id(row.id),
        row.channel.value,
        row.address,
        row.language,
        words.subject,
        _plain(words) if is_mail else _short(row, words, stop_url),
        _html(words, row.language, stop_url) if is_mail else "",
        row.created_at,
        stop_url,
    )


def _stop_url(row: OutboxRow, base_url: str) -> str:
    """Where this channel is switched off without signing in; empty for what cannot be switched off."""
    if row.person_id is None or not may_switch_off(row.template, row.channel):
        return ""
    prefix = "/en" if row.language == "en" else ""
    return f"{base_url}{prefix}/stop/{stop_token(row.person_id, row.channel)}"


def _short(row: OutboxRow, words: Words, stop_url: str) -> str:
    """An SMS: the short form where there is one; news that may be switched off ends with how."""
    body = short_words(row.template, row.params, row.language) or words.body
    return f"{body}\n{t('stop.sms', lang=row.language, url=stop_url)}" if stop_url else body


def _plain(words: Words) -> str:
    return f"{words.told}\n\n{words.url}\n" if words.url else f"{words.body}\n"


def _html(words: Words, language: str, stop_url: str) -> str:
    page = current_app.jinja_env.get_template("messages/mail.html")
    return page.render(
        subject=words.subject,
        lines=words.told.splitlines(),
        url=words.url,
        stop_url=stop_url,
        stop=t("stop.mail", lang=language),
        language=language,
        site=urlsplit(current_app.config["SETTINGS"].base_url).netloc,
    )


def _address_of(channel: Channel) -> str:
    settings = current_app.config["SETTINGS"]
    return str(settings.sms_url if channel is Channel.sms else settings.mail_url)


def _host() -> str:
    return urlsplit(current_app.config["SETTINGS"].base_url).hostname or "localhost"
