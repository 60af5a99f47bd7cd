"""Claims that are paid by transfer, as the office's desk shows them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from marketplace.accounts.approvals import pending
from marketplace.core.db import db
from marketplace.guarantee.claim_models import Claim
from marketplace.guarantee.paying import ACTION
from marketplace.guarantee.recourse_models import ClaimPayment, ClaimPaymentState, Way

MOST_ROWS = 100


def waiting_transfers() -> list[dict[str, Any]]:
    """What waits for two signatures, the oldest first: `payment`, the claim's `number`, `is_proposed`."""
    rows = db.session.execute(
        select(ClaimPayment, Claim.number)
        .join(Claim, Claim.id == ClaimPayment.claim_id)
        .where(ClaimPayment.way == Way.transfer, ClaimPayment.state == ClaimPaymentState.asked)
        .order_by(ClaimPayment.id)
        .limit(MOST_ROWS)
    ).all()
    waiting = {approval.subject for approval in pending(ACTION)}
    return [
        {
            "payment": row.ClaimPayment,
            "number": row.number,
            "is_proposed": f"claim-payment:{row.ClaimPayment.id}" in waiting,
        }
        for row in rows
    ]
