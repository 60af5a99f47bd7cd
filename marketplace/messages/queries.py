"""Reading messages: a person's own notices, the outbox, what became of it."""

from __future__ import annotations

from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.core.paging import Page, decode_cursor, page_of
from marketplace.core.text import masked_mobile
from marketplace.messages.models import Channel, Message, MessageState
from marketplace.messages.shown import DeskRow, Notice, OutboxRow

_NOTICE = (Message.id, Message.template, Message.params, Message.subject, Message.created_at, Message.read_at)
_ROW = (
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


def notices_of(person_id: int, cursor: str | None = None, limit: int = 20) -> Page[Notice]:
    """A person's notices, the newest first. Raises Malformed('bad_cursor')."""
    query = select(*_NOTICE).where(Message.person_id == person_id, Message.channel == Channel.app)
    after = decode_cursor(cursor, (int,))
    if after is not None:
        query = query.where(Message.id < after[0])
    rows = db.session.execute(query.order_by(Message.id.desc()).limit(limit + 1))
    return page_of([Notice(*row) for row in rows], limit, lambda notice: (notice.id,))


def unread_count(person_id: int) -> int:
    """How many notices a person has not read."""
    return int(
        db.session.scalar(
            select(func.count()).where(
                Message.person_id == person_id, Message.channel == Channel.app, Message.read_at.is_(None)
            )
        )
        or 0
    )


def last_messages(mobile: str | None = None, limit: int = 50) -> list[OutboxRow]:
    """The newest messages, to one mobile where it is given: for the demo's outbox page."""
    query = select(*_ROW).where(Message.channel != Channel.app)
    if mobile is not None:
        query = query.where(Message.address == mobile)
    return [OutboxRow(*row) for row in db.session.execute(query.order_by(Message.id.desc()).limit(limit))]


def outbox_counts() -> dict[MessageState, int]:
    """How many messages wait, went, and were given up: for operators."""
    rows = db.session.execute(select(Message.state, func.count()).group_by(Message.state)).all()
    return {MessageState(state): count for state, count in rows}


def desk_counts() -> dict[MessageState, int]:
    """How many messages to phones and mailboxes wait, went and were given up."""
    rows = db.session.execute(
        select(Message.state, func.count()).where(Message.channel != Channel.app).group_by(Message.state)
    ).all()
    return {MessageState(state): count for state, count in rows}


def desk_rows(
    state: MessageState, channel: Channel | None = None, cursor: str | None = None, limit: int = 30
) -> Page[DeskRow]:
    """Messages to phones and mailboxes of one state for the desk, the newest first, addresses masked."""
    query = select(
        Message.id,
        Message.channel,
        Message.address,
        Message.template,
        Message.subject,
        Message.attempts,
        Message.created_at,
        Message.sent_at,
        Message.last_error,
    ).where(Message.state == state, Message.channel != Channel.app)
    if channel is not None:
        query = query.where(Message.channel == channel)
    after = decode_cursor(cursor, (int,))
    if after is not None:
        query = query.where(Message.id < after[0])
    rows = db.session.execute(query.order_by(Message.id.desc()).limit(limit + 1)).all()
    shown = [DeskRow(row[0], row[1], masked_address(row[1], row[2]), *row[3:]) for row in rows]
    return page_of(shown, limit, lambda row: (row.id,))


def masked_address(channel: Channel, address: str) -> str:
    """`0912***6789`, `s***@example.ir`: enough to recognise, too little to call."""
    if channel is Channel.sms:
        return masked_mobile(address)
    name, _, host = address.rpartition("@")
    return f"{name[:1]}***@{host}"
