"""Entries that officials take after they heard the shopper: out of an open list, on the skip list of a closed one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.lottery.entries import exclude_grant
from marketplace.lottery.listing import STANDS, skip_entry
from marketplace.lottery.models import Draw, DrawStage, DrawState, EntryGrant, PublishedEntry, StageState
from marketplace.lottery.queries import TAKES_PART, lock_draw

ABUSE = "abuse"
OPEN = (DrawState.announced, DrawState.open)


def take_entries(store_order_ids: Collection[int], person_id: int, actor: Actor, at: datetime) -> int:
    """Takes the chances that these store orders of one person still have; gives of how many it took them.

    Before the freeze a grant earns nothing from now on, and what it lost is a row of its own; after it the published
    entry is skipped by every stage that is still to come, under a word that tells nothing of the case. What is drawn
    stands.
    """
    grants = db.session.scalars(
        select(EntryGrant)
        .where(
            EntryGrant.store_order_id.in_(store_order_ids),
            EntryGrant.person_id == person_id,
            EntryGrant.state.in_(TAKES_PART),
        )
        .order_by(EntryGrant.id)
    ).all()
    taken = 0
    for grant in grants:
        draw_id = db.session.scalar(select(Draw.id).where(Draw.festival_id == grant.festival_id))
        draw = lock_draw(draw_id) if draw_id is not None else None
        if draw is None or draw.state in OPEN:
            exclude_grant(grant, ABUSE, at)
            taken += 1
        elif draw.state in STANDS:
            taken += _skip(draw.id, grant.id, actor, at)
    db.session.flush()
    return taken


def _skip(draw_id: int, grant_id: int, actor: Actor, at: datetime) -> bool:
    entry = db.session.scalar(
        select(PublishedEntry.entry_id).where(
            PublishedEntry.draw_id == draw_id, PublishedEntry.grant_id == grant_id
        )
    )
    is_to_come = db.session.scalar(
        select(DrawStage.id)
        .where(DrawStage.draw_id == draw_id, DrawStage.state == StageState.planned)
        .limit(1)
    )
    if entry is None or is_to_come is None:
        return False
    skip_entry(draw_id, entry, ABUSE, actor, at)
    return True
