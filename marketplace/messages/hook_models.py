"""Where stores' own programs hear of what happened, and what was sent to them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args


class HookState(StrEnum):
    """active: hears everything it asked for; disabled: failed for three days and hears nothing; removed: ended."""

    active = "active"
    disabled = "disabled"
    removed = "removed"


class HookTarget(Base):
    """An address of a store (`owner` is `store:<id>`). While `old_secret` holds, both sign.

    `failing_from`: the first failure after the last success. `silent_count`: how often in a row it gave no answer at
    all; until `paused_until` it is then left alone as a whole, so that it costs the sender next to nothing.
    """

    __tablename__ = "hook_targets"
    __table_args__ = table_args(
        Index("ix_hook_targets_owner", "owner"),
        CheckConstraint("(old_secret IS NULL) = (old_secret_until IS NULL)", name="old_secret_has_end"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]
    url: Mapped[str]
    events: Mapped[list[Any]]
    secret: Mapped[str]
    old_secret: Mapped[str | None]
    old_secret_until: Mapped[datetime | None]
    state: Mapped[HookState] = one_of(HookState, default=HookState.active)
    failing_from: Mapped[datetime | None]
    silent_count: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    paused_until: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class DeliveryState(StrEnum):
    """waiting: to be sent, perhaps again; delivered: the other side said 2xx; given_up: no more tries."""

    waiting = "waiting"
    delivered = "delivered"
    given_up = "given_up"


class HookDelivery(Base):
    """One event for one address. Of one subject the next waits for the one before. `tries` fences a claim."""

    __tablename__ = "hook_deliveries"
    __table_args__ = table_args(
        UniqueConstraint("target_id", "key"),
        Index("ix_hook_deliveries_due", "state", "next_at"),
        Index("ix_hook_deliveries_target", "target_id", "id"),
        Index("ix_hook_deliveries_queue", "target_id", "state", "next_at"),
        Index("ix_hook_deliveries_subject", "target_id", "subject", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("hook_targets.id"))
    key: Mapped[str]
    event: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    state: Mapped[DeliveryState] = one_of(DeliveryState, default=DeliveryState.waiting)
    tries: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    last_status: Mapped[int | None]
    last_error: Mapped[str | None]
    created_at: Mapped[datetime]
    tried_at: Mapped[datetime | None]
