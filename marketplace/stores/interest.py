"""Nobody decides about their own."""

from __future__ import annotations

from sqlalchemy import exists, select

from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.stores.errors import OwnStore
from marketplace.stores.models import StoreMember


def has_interest(person_id: int | None, store_id: int) -> bool:
    """Whether a person belongs to a store or ever did."""
    if person_id is None:
        return False
    belongs = exists().where(StoreMember.store_id == store_id, StoreMember.person_id == person_id)
    return bool(db.session.scalar(select(belongs)))


def ensure_disinterested(actor: Actor, store_id: int) -> None:
    """Raises OwnStore where the actor belongs to the store or ever did."""
    if has_interest(actor.id, store_id):
        raise OwnStore()
