"""Claims as documents."""

from __future__ import annotations

from typing import Any

from marketplace.api.answers import absolute
from marketplace.guarantee.claim_shown import ClaimShown, EligibilityShown


def claim_document(case: ClaimShown) -> dict[str, Any]:
    """A claim as one of its sides reads it."""
    return {
        "number": case.number,
        "state": case.state,
        "category": case.category,
        "payer": case.payer,
        "store": {"slug": case.store_slug, "name": case.store_name},
        "complaint_number": case.complaint_number,
        "loss_toman": case.loss_toman,
        "approved_toman": case.approved_toman,
        "reserved_toman": case.reserved_toman,
        "paid_toman": case.paid_toman,
        "filed_at": case.filed_at,
        "answer_due_at": case.answer_due_at,
        "decide_by_at": case.decide_by_at,
        "appeal_until_at": case.appeal_until_at,
        "messages": [{"side": m.side, "kind": m.said, "text": m.text, "at": m.at} for m in case.messages],
        "decisions": [
            {
                "number": d.number,
                "round": d.round,
                "is_for_shopper": d.is_for_shopper,
                "ground": d.ground,
                "text": d.text,
                "loss_toman": d.sums.loss_toman,
                "amount_toman": d.sums.amount_toman if d.is_for_shopper else 0,
                "decided_at": d.decided_at,
            }
            for d in case.decisions
        ],
        "payments": [
            {"amount_toman": p.amount_toman, "way": p.way, "state": p.state, "at": p.at}
            for p in case.payments
        ],
        "url": absolute(f"/claims/{case.number}"),
    }


def eligibility_document(found: EligibilityShown) -> dict[str, Any]:
    """Every condition of a claim."""
    return {
        "is_met": found.is_met,
        "closes_at": found.closes_at,
        "most_toman": found.sums.amount_toman if found.sums else None,
        "conditions": [
            {"code": c.code, "message": c.label, "is_met": c.holds, "until": c.at} for c in found.checks
        ],
    }
