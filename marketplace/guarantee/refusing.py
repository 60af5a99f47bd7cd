"""Claims that the office refuses after it heard the shopper about an abuse: those not decided yet, and nothing else."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.guarantee.claim_models import Claim, Stop
from marketplace.guarantee.claim_notices import tell_claim_stopped
from marketplace.guarantee.claim_queries import lock_claim
from marketplace.guarantee.claim_rules import UNDECIDED
from marketplace.guarantee.finishing import stop_claim


def refuse_claims(claim_ids: Collection[int], person_id: int, actor: Actor, at: datetime) -> int:
    """Stops those of one shopper's claims that wait for their first decision; gives how many. What adjudicators
    decided stands, with its own appeal."""
    stopped = 0
    mine = select(Claim.id).where(Claim.id.in_(claim_ids), Claim.person_id == person_id).order_by(Claim.id)
    for claim_id in db.session.scalars(mine).all():
        claim = lock_claim(claim_id)
        if claim.state in UNDECIDED and claim.ended_at is None:
            stop_claim(claim, Stop.abuse, at)
            tell_claim_stopped(claim, at)
            record(actor, "refuse_claim", f"claim:{claim.number}", at)
            stopped += 1
    return stopped
