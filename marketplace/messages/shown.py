"""What pages read of messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from marketplace.messages.models import Channel, MessageState


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice in a person's own centre."""

    id: int
    template: str
    params: dict[str, Any] = field(repr=False)
    subject: str
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One message of the outbox with its address."""

    id: int
    channel: Channel
    address: str
    language: str
    template: str
    params: dict[str, Any] = field(repr=False)
    subject: str
    state: MessageState
    attempts: int
    created_at: datetime
    person_id: int | None


@dataclass(frozen=True, slots=True)
class DeskRow:
    """One message for the desk: its address masked, its params left out."""

    id: int
    channel: Channel
    address: str
    template: str
    subject: str
    attempts: int
    created_at: datetime
    tried_at: datetime | None
    last_error: str | None
