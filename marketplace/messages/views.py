"""A person's notices; and, in the demo alone, what the outbox holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for

from marketplace.accounts.access import public, signed_in, visitor
from marketplace.core import clock, text
from marketplace.core.errors import NotFound
from marketplace.core.language import current_language, direction
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.messages import centre, queries
from marketplace.messages.rendering import TextMissing, Words, words_of
from marketplace.messages.shown import Notice, OutboxRow

log = structlog.get_logger(__name__)
blueprint = Blueprint("messages", __name__)


@dataclass(frozen=True, slots=True)
class NoticeShown:
    """A notice as its page shows it."""

    id: int
    title: str
    body: str
    url: str | None
    at: datetime
    is_new: bool


@dataclass(frozen=True, slots=True)
class MessageShown:
    """A message of the outbox as the demo shows it."""

    id: int
    channel: str
    address: str
    language: str
    dir: str
    title: str
    body: str
    code: str
    state: str
    at: datetime


@blueprint.get("/me/notifications")
@signed_in
def list_notifications() -> Any:
    """The person's notices, the newest first."""
    person_id = visitor().id
    cursor = request.args.get("cursor")
    page = queries.notices_of(person_id, cursor)
    shown = [_notice(notice) for notice in page.items]
    next_url = url_for("messages.list_notifications", cursor=page.next_cursor) if page.next_cursor else None
    return render_template(
        "messages/notifications.html",
        items=shown,
        next_url=next_url,
        is_first=not cursor,
        unread_count=queries.unread_count(person_id),
    )


@blueprint.post("/me/notifications/read")
@signed_in
def create_reading() -> Any:
    """Marks the notices as read, up to the newest that the page showed."""
    newest = request.form.get("up_to", "")
    up_to = int(newest) if newest.isascii() and newest.isdecimal() and len(newest) < 19 else None
    at = clock.now()
    with unit_of_work():
        centre.mark_read(visitor().id, at, up_to=up_to)
    put_notice("notices_read")
    return redirect(url_for("messages.list_notifications"), 303)


@blueprint.get("/demo/outbox")
@public
def list_outbox() -> Any:
    """The newest 50 messages with their one-time codes; there is no such page outside the demo."""
    if not current_app.config["SETTINGS"].is_demo:
        raise NotFound()
    typed = request.args.get("mobile", "").strip()[:40]
    mobile = text.mobile(typed) if typed else None
    rows = queries.last_messages(mobile) if mobile or not typed else []
    response = make_response(
        render_template("messages/outbox.html", items=[_message(row) for row in rows], typed=typed)
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _notice(notice: Notice) -> NoticeShown:
    words = _words(notice, current_language())
    return NoticeShown(
        notice.id, words.subject, words.told, words.url, notice.created_at, notice.read_at is None
    )


def _message(row: OutboxRow) -> MessageShown:
    words = _words(row, row.language)
    return MessageShown(
        row.id,
        row.channel.value,
        row.address,
        row.language,
        direction(row.language),
        words.subject,
        words.body,
        str(row.params.get("code", "")),
        row.state.value,
        row.created_at,
    )


def _words(message: Notice | OutboxRow, language: str) -> Words:
    """The words of a message; one without words shows what it is about, and is logged."""
    try:
        return words_of(message.template, message.params, language)
    except TextMissing as missing:
        log.error("message_without_words", message=message.id, missing=str(missing))
        return Words(message.subject, "", None)
