"""What an independent look at the goods cost: the payer advances it, and the side against which it spoke owes it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from marketplace.core.audit import SYSTEM, record
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.guarantee.claim_models import ClaimInspection, Party
from marketplace.guarantee.claim_queries import lock_claim
from marketplace.guarantee.claim_rules import account_of
from marketplace.guarantee.clawback_models import ClawbackCause
from marketplace.guarantee.clawbacks import open_clawback
from marketplace.ledger.chart import BANK, store_payable
from marketplace.ledger.transfers import free_balance, lock_accounts, post_transfer

CODE = "inspection_cost"


def book_inspection_costs(at: datetime) -> int:
    """Pays looks at goods that were reported, each once and in a unit of its own; gives how many. A sweep.

    What the payer has not now waits.
    """
    ids = db.session.scalars(
        select(ClaimInspection.id)
        .where(
            ClaimInspection.reported_at.is_not(None),
            ClaimInspection.cost_booked_at.is_(None),
            ClaimInspection.cost_toman > 0,
        )
        .order_by(ClaimInspection.id)
    ).all()
    db.session.rollback()
    done = 0
    for one in ids:
        with unit_of_work():
            done += _book(one, at)
    return done


def _book(inspection_id: int, at: datetime) -> bool:
    look = db.session.get_one(ClaimInspection, inspection_id)
    claim = lock_claim(look.claim_id)
    db.session.refresh(look)
    payer = account_of(claim.payer)
    lock_accounts(payer, BANK, store_payable(claim.store_id))
    if look.cost_booked_at is not None or free_balance(payer) < look.cost_toman:
        return False
    subject = f"claim:{claim.number}"
    key = f"inspection:{look.id}:cost"
    post_transfer(
        key=key,
        debit=payer,
        credit=BANK,
        amount_toman=look.cost_toman,
        code=CODE,
        subject=f"inspection:{look.id}",
        at=at,
    )
    look.cost_booked_at = at
    db.session.flush()
    record(SYSTEM, "pay_inspection", subject, at, amount_toman=look.cost_toman)
    if look.borne_by in (Party.shopper, Party.store):
        open_clawback(claim, look.borne_by, ClawbackCause.inspection, look.cost_toman, key, at)
    return True
