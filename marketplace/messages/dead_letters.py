"""Messages that were given up, and trying them again by hand."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.core.errors import Conflict, NotFound
from marketplace.messages.models import Channel, Message, MessageState
from marketplace.messages.rendering import is_outdated

MOST_AT_ONCE = 500
_AFRESH = {"state": MessageState.queued, "attempts": 0, "sent_at": None}


def retry_message(message_id: int, actor: Actor, at: datetime) -> None:
    """Queues a given-up message afresh, under its old id. Raises NotFound; Conflict when it is not given up, or of no
    more use (a code that ran out)."""
    row = db.session.execute(
        select(Message.state, Message.params).where(Message.id == message_id)
    ).one_or_none()
    if row is None:
        raise NotFound()
    if is_outdated(row.params, at):
        raise Conflict("message_outdated")
    changed = db.session.scalars(
        update(Message)
        .where(Message.id == message_id, Message.state == MessageState.failed)
        .values(**_AFRESH)
        .returning(Message.id)
    ).all()
    if not changed:
        raise Conflict("message_not_failed")
    record(actor, "message.retried", f"message:{message_id}", at)


def retry_messages(channel: Channel, actor: Actor, at: datetime) -> int:
    """Queues given-up messages of a channel afresh, the oldest first, those of no more use left out; gives how many."""
    waiting = db.session.execute(
        select(Message.id, Message.params)
        .where(Message.state == MessageState.failed, Message.channel == channel)
        .order_by(Message.id)
        .limit(MOST_AT_ONCE)
    ).all()
    ids = [row.id for row in waiting if not is_outdated(row.params, at)]
    changed = db.session.scalars(
        update(Message)
        .where(Message.id.in_(ids), Message.state == MessageState.failed)
        .values(**_AFRESH)
        .returning(Message.id)
    ).all()
    record(actor, "messages.retried", f"channel:{channel.value}", at, count=len(changed))
    return len(changed)
