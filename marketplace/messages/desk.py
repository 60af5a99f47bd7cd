"""The office's desk of messages: what waits, what went, what was given up; a person tries again by hand."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from marketplace.accounts.access import official, visitor
from marketplace.accounts.models import Role
from marketplace.core import clock
from marketplace.core.errors import Conflict
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.messages.dead_letters import retry_message, retry_messages
from marketplace.messages.models import Channel, MessageState
from marketplace.messages.queries import desk_counts, desk_rows

blueprint = Blueprint("message_desk", __name__, url_prefix="/office/messages")


@blueprint.get("")
@official(Role.office, Role.auditor)
def list_messages() -> str:
    """Messages of one state, given up ones first of all; addresses are masked and no code is shown."""
    state = _state(request.args.get("state"))
    channel = request.args.get("channel")
    chosen = Channel(channel) if channel in (Channel.sms, Channel.mail) else None
    page = desk_rows(state, chosen, request.args.get("cursor"))
    counts = desk_counts()
    next_url = (
        url_for(".list_messages", state=state.value, channel=channel, cursor=page.next_cursor)
        if page.next_cursor
        else None
    )
    return render_template(
        "messages/desk.html",
        rows=page.items,
        state=state.value,
        channel=chosen.value if chosen else "",
        counts={s.value: counts.get(s, 0) for s in MessageState},
        channels=[c.value for c in (Channel.sms, Channel.mail)],
        next_url=next_url,
        may_write=Role.office in visitor().roles,
    )


@blueprint.post("/<int:message_id>/retry")
@official(Role.office)
def create_retry(message_id: int) -> Any:
    """Puts one given-up message back in the queue."""
    at = clock.now()
    with unit_of_work():
        retry_message(message_id, visitor().actor("office"), at)
    return _back("message_queued")


@blueprint.post("/retries")
@official(Role.office)
def create_retries() -> Any:
    """Puts all given-up messages of a channel back, as after an outage; at most 500 at once."""
    channel = request.form.get("channel", "")
    if channel not in (Channel.sms, Channel.mail):
        raise Conflict("conflict")
    at = clock.now()
    with unit_of_work():
        retry_messages(Channel(channel), visitor().actor("office"), at)
    return _back("messages_queued")


def _state(asked: str | None) -> MessageState:
    return MessageState(asked) if asked in set(MessageState) else MessageState.failed


def _back(notice: str) -> Any:
    put_notice(notice)
    return redirect(url_for(".list_messages"), 303)
