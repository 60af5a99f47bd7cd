"""One step of a claim: lawful, counted, and said."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import update

from marketplace.core.db import changed_count, db
from marketplace.guarantee.claim_models import Claim, ClaimMessage, ClaimState, Party, Said
from marketplace.guarantee.claim_rules import may_become
from marketplace.guarantee.errors import StaleClaim, WrongClaimStep
from marketplace.orders.payout_holds import release_payout


def move(claim: Claim, following: ClaimState, **more: Any) -> None:
    """Takes a locked claim to its next state, with what must change in the same step.

    Raises WrongClaimStep where that is not lawful, StaleClaim where another process was there first."""
    if not may_become(claim.state, following):
        raise WrongClaimStep(params={"state": claim.state})
    db.session.flush()
    is_moved = changed_count(
        update(Claim)
        .where(Claim.id == claim.id, Claim.version == claim.version, Claim.state == claim.state)
        .values(state=following, version=Claim.version + 1, **more)
        .execution_options(synchronize_session=False)
    )
    if not is_moved:
        raise StaleClaim()
    db.session.refresh(claim)


def touch(claim: Claim) -> None:
    """Something was added: pages drawn before are stale."""
    claim.version += 1
    db.session.flush()


def ensure_seen(claim: Claim, version: int) -> None:
    """Raises StaleClaim for a page drawn from an older state."""
    if claim.version != version:
        raise StaleClaim()


def say(
    claim: Claim, side: Party, said: Said, author_id: int | None, text: str, at: datetime
) -> ClaimMessage:
    """Adds to what was said."""
    message = ClaimMessage(claim_id=claim.id, side=side, said=said, author_id=author_id, text=text, at=at)
    db.session.add(message)
    db.session.flush()
    return message


def hold_subject(claim: Claim) -> str:
    """Under which name the store's payout of this order is kept back."""
    return f"claim:{claim.number}"


def let_go(claim: Claim, at: datetime) -> None:
    """The store's money of this order is kept back for this claim no longer."""
    release_payout(claim.store_order_id, hold_subject(claim), at)
