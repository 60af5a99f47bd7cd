"""Telling a store's members what waits for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.messages.events import HookDisabled
from marketplace.messages.outbox import tell
from marketplace.stores.models import MemberRole, StoreMember


def members_of(store_id: int, *roles: MemberRole) -> Sequence[int]:
    """Who works for a store now; only these roles where any is given."""
    query = select(StoreMember.person_id).where(
        StoreMember.store_id == store_id, StoreMember.ended_at.is_(None)
    )
    if roles:
        query = query.where(StoreMember.role.in_(roles))
    return db.session.scalars(query.order_by(StoreMember.id)).all()


def tell_store(
    store_id: int,
    *,
    key: str,
    template: str,
    params: Mapping[str, Any],
    subject: str,
    at: datetime,
    roles: Sequence[MemberRole] = (),
) -> None:
    """Tells every member of a store one piece of news, each once per `key` and in their own language and channels.

    Money matters go to owners alone: `roles=(MemberRole.owner,)`.
    """
    for person_id in members_of(store_id, *roles):
        tell(
            key=f"{key}:{person_id}",
            person=person_id,
            template=template,
            params=params,
            subject=subject,
            at=at,
        )


def tell_hook_disabled(news: HookDisabled) -> None:
    """The store's members read that an address of theirs hears nothing any more."""
    tell_store(
        int(news.owner.removeprefix("store:")),
        key=f"hook:{news.target_id}:disabled:{news.at.isoformat()}",
        template="hook_disabled",
        params={"host": news.host, "failing_at": news.failing_from.isoformat(), "path": "/panel/webhooks"},
        subject=f"hook:{news.target_id}",
        at=news.at,
    )
