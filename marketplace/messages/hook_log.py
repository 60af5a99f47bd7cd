"""What was sent to a store's addresses, for reading: the newest first, by key."""

from __future__ import annotations

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.paging import Page, decode_cursor, page_of
from marketplace.messages.hook_models import DeliveryState, HookDelivery, HookState, HookTarget


def target_of(target_id: int, owner: str) -> HookTarget:
    """An address of an owner. Raises NotFound for another's, or one that ended."""
    found = db.session.scalars(
        select(HookTarget).where(
            HookTarget.id == target_id, HookTarget.owner == owner, HookTarget.state != HookState.removed
        )
    ).first()
    if found is None:
        raise NotFound("unknown_hook")
    return found


def deliveries_page(
    target_id: int, cursor: str | None, limit: int, state: DeliveryState | None = None
) -> Page[HookDelivery]:
    """The deliveries of one address, the newest first. Raises Malformed for a cursor that is none."""
    found = select(HookDelivery).where(HookDelivery.target_id == target_id)
    after = decode_cursor(cursor, (int,))
    if after is not None:
        found = found.where(HookDelivery.id < after[0])
    if state is not None:
        found = found.where(HookDelivery.state == state)
    rows = db.session.scalars(found.order_by(HookDelivery.id.desc()).limit(limit + 1)).all()
    return page_of(rows, limit, lambda row: (row.id,))
