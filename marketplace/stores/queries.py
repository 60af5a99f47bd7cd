"""Reading stores."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from marketplace.core.db import db
from marketplace.core.ready import Ready
from marketplace.stores.models import MemberRole, Store, StoreKind, StoreMember

_STORES_OF = Ready(
    select(StoreMember.store_id)
    .where(StoreMember.person_id == bindparam("person"), StoreMember.ended_at.is_(None))
    .order_by(StoreMember.store_id)
)


def stores_of_person(person_id: int) -> Sequence[int]:
    """Ids of the stores for which a person works now."""
    return [row.store_id for row in _STORES_OF.all(person=person_id)]


def is_member(person_id: int, store_id: int) -> bool:
    """Whether a person works for a store now."""
    return store_id in stores_of_person(person_id)


def store_kind(store_id: int) -> StoreKind:
    """Whether a store is online or offline."""
    return db.session.scalars(select(Store.kind).where(Store.id == store_id)).one()


def is_owner(person_id: int, store_id: int) -> bool:
    """Whether a person owns a store now: its money is the owners' business alone."""
    return bool(
        db.session.scalar(
            select(StoreMember.id).where(
                StoreMember.person_id == person_id,
                StoreMember.store_id == store_id,
                StoreMember.role == MemberRole.owner,
                StoreMember.ended_at.is_(None),
            )
        )
    )


def owners_of(store_id: int) -> Sequence[int]:
    """The people who own a store now."""
    return list(
        db.session.scalars(
            select(StoreMember.person_id).where(
                StoreMember.store_id == store_id,
                StoreMember.role == MemberRole.owner,
                StoreMember.ended_at.is_(None),
            )
        )
    )
