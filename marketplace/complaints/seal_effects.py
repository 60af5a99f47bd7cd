"""What complaints do to a seal: mended for our own reasons alone, and revoked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db
from marketplace.core.events import publish
from marketplace.stores.case_models import SealHistory
from marketplace.stores.events import SealReinstated
from marketplace.stores.models import Seal, SealState
from marketplace.stores.seals import (
    reinstate_seal,
    revoke_seal,
    write_change,
)

OURS = frozenset({"counted_complaints", "no_stars_left"})
"""Reasons of a suspension that fall away by themselves; whatever else suspended a seal is not ours to mend."""
BACK = "ground_fell_away"


def seal_of_store(store_id: int) -> Seal | None:
    """A store's seal, read anew; None for one never issued."""
    seal = db.session.scalar(
        select(Seal).where(Seal.store_id == store_id).execution_options(populate_existing=True)
    )
    return None if seal is None or seal.state is SealState.applied else seal


def seals_of_stores(store_ids: Sequence[int]) -> dict[int, Seal]:
    """The same of several stores, by store; locked until the unit ends."""
    found = db.session.scalars(
        select(Seal)
        .where(Seal.store_id.in_(store_ids), Seal.state != SealState.applied)
        .order_by(Seal.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {seal.store_id: seal for seal in found}


def revoke_for(seal: Seal, reason: str, text: str, actor: Actor, at: datetime) -> None:
    """Takes a suspended seal."""
    if seal.state is SealState.suspended:
        revoke_seal(seal.store_id, reason, actor, at, text)


def mend_seal(seal: Seal, is_held: bool, at: datetime, *, is_won: bool = False) -> None:
    """Gives a suspended seal back where nothing of ours holds it any more and its last change was ours; a revoked one
    only where the case was won."""
    states = (SealState.suspended, SealState.revoked) if is_won else (SealState.suspended,)
    if is_held or seal.state not in states:
        return
    last = db.session.scalar(
        select(SealHistory.reason_code)
        .where(SealHistory.seal_id == seal.id, SealHistory.state_before != SealHistory.state_after)
        .order_by(SealHistory.id.desc())
        .limit(1)
    )
    if last not in OURS:
        return
    if seal.state is SealState.suspended:
        reinstate_seal(seal.store_id, BACK, SYSTEM, at)
        return
    before = (seal.state, seal.stars)
    seal.state, seal.revoked_at = SealState.active, None
    write_change(seal, before, BACK, "", SYSTEM, at)
    publish(SealReinstated(seal.id, seal.store_id, BACK, at))
