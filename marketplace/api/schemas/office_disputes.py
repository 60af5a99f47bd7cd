"""Disputes, differences and payouts that the bank refused."""

from __future__ import annotations

from marketplace.api.schemas.base import Wish
from marketplace.api.schemas.said import Truth, body, words
from marketplace.api.shapes.told import Shape
from marketplace.office.dispute_pages import DisputeCase, DisputedPart
from marketplace.payments.reconciliation_models import Finding, ReconciliationRun

PART = Shape("DisputedPart", DisputedPart, "store part_toman=toman delivered_at")
DISPUTE = Shape(
    "Dispute",
    DisputeCase,
    "id=row.id order_number amount_toman=row.amount_toman state=row.state status=row.status reason=row.reason "
    "opened_at=row.opened_at asked_at=row.asked_at decided_at=row.decided_at parts",
    "A dispute at a payer's bank.",
    parts=PART,
)
DIFFERENCE = Shape(
    "Difference",
    Finding,
    "id kind subject here_toman there_toman detail state note found_at ended_at",
    "What differs between us and the gateway.",
)
RUN = Shape(
    "ReconciliationRun",
    ReconciliationRun,
    "id gateway state since_at begun_at ended_at capture_count refund_count deposit_count transfer_count found_count "
    "healed_count",
    "A comparison with the gateway.",
)


class EndedQuery(Wish):
    ended = Truth(metadata={"description": "those that ended lately, instead of the open ones"})


ClosingBody = body("DifferenceClosingWish", note=words("how it was settled", 1_000, needed=True))
AccountBody = body(
    "TransferAccountWish", sheba=words(most=60, needed=True), owner_name=words(most=80, needed=True)
)
