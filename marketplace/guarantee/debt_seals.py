"""The seal of a store that owes the fund: suspended while a debt is overdue, given back when none is."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from marketplace.core.audit import SYSTEM
from marketplace.core.db import db
from marketplace.guarantee.claim_queries import open_recourses
from marketplace.guarantee.recourse_models import Recourse, RecourseState
from marketplace.stores.case_models import SealHistory
from marketplace.stores.models import Seal, SealState
from marketplace.stores.seals import reinstate_seal, suspend_seal

UNPAID = "recourse_unpaid"
"""Why a seal was suspended; it comes back by itself when nothing is overdue."""


def lift_suspension(store_id: int, at: datetime) -> bool:
    """Gives a seal back that was suspended for a debt, where nothing is overdue any more."""
    if any(owed.state is RecourseState.overdue for owed in open_recourses(store_id)):
        return False
    if not is_suspended_for_debt(store_id):
        return False
    reinstate_seal(store_id, "recourse_repaid", SYSTEM, at)
    return True


def wrongly_sealed() -> list[int]:
    """Stores whose seal stands while a debt to the fund is overdue, or is suspended for one that is not any more."""
    overdue = select(Recourse.store_id).where(Recourse.state == RecourseState.overdue)
    ever = select(Recourse.store_id)
    active = (Seal.state == SealState.active) & Seal.store_id.in_(overdue)
    waiting = (Seal.state == SealState.suspended) & Seal.store_id.in_(ever) & Seal.store_id.not_in(overdue)
    rows = db.session.execute(
        select(Seal.store_id, Seal.state).where(active | waiting).order_by(Seal.store_id)
    )
    return [
        row.store_id
        for row in rows.all()
        if row.state is SealState.active or is_suspended_for_debt(row.store_id)
    ]


def right_seal(store_id: int, at: datetime) -> bool:
    """Suspends a seal that came back while a debt is overdue; gives back one whose debt is paid, however it was."""
    state = db.session.scalar(select(Seal.state).where(Seal.store_id == store_id))
    if state is not SealState.active:
        return lift_suspension(store_id, at)
    if not any(owed.state is RecourseState.overdue for owed in open_recourses(store_id)):
        return False
    suspend_seal(store_id, UNPAID, SYSTEM, at)
    return True


def is_suspended_for_debt(store_id: int) -> bool:
    """Whether the last change of a suspended seal was for a debt to the fund."""
    seal = db.session.scalar(select(Seal).where(Seal.store_id == store_id))
    if seal is None or seal.state is not SealState.suspended:
        return False
    last = db.session.scalar(
        select(SealHistory.reason_code)
        .where(SealHistory.seal_id == seal.id, SealHistory.state_before != SealHistory.state_after)
        .order_by(SealHistory.id.desc())
        .limit(1)
    )
    return last == UNPAID
