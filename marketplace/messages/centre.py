"""The notification centre: what a person does with their notices."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from marketplace.core.db import db
from marketplace.messages.models import Channel, Message


def mark_read(person_id: int, at: datetime, *, up_to: int | None = None) -> int:
    """Marks a person's notices as read, up to the newest one they saw; gives how many were unread."""
    which = (Message.person_id == person_id) & (Message.channel == Channel.app) & Message.read_at.is_(None)
    if up_to is not None:
        which &= Message.id <= up_to
    read = db.session.scalars(update(Message).where(which).values(read_at=at).returning(Message.id))
    return len(read.all())
