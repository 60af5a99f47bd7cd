"""What we have of what the gateway lists, read for a comparison."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.sql.elements import ColumnElement

from marketplace.core.db import db
from marketplace.ledger.models import Transfer
from marketplace.payments.differences import Here, OurPayment, OurRefund, There, references_of
from marketplace.payments.dispute_models import Dispute
from marketplace.payments.models import Payment, PaymentState, Refund, RefundState
from marketplace.payments.payout_models import Payout, PayoutRail, PayoutState
from marketplace.payments.payouts import gateway_room
from marketplace.payments.transfer_differences import OurTransfer

AT_ONCE = 500


def our_rows(there: There) -> Here:
    """Our rows that the lists name, those of the span, and all that is undecided."""
    intents = [c.intent_id for c in there.captures if c.intent_id]
    intents += [d.intent_id for d in there.disputes if d.intent_id]
    is_undecided = Payment.state.in_((PaymentState.opening, PaymentState.open))
    payments: dict[int, Payment] = {}
    for condition in (
        *_among(Payment.intent_id, intents),
        *_among(Payment.reference, references_of(there.captures)),
        or_(Payment.captured_at >= there.since, is_undecided),
    ):
        payments |= {p.id: p for p in db.session.scalars(select(Payment).where(condition))}
    refunds: dict[int, Refund] = {}
    for condition in (
        *_among(Refund.gateway_refund_id, [r.id for r in there.refunds]),
        *_among(Refund.key, sorted({r.reference for r in there.refunds if r.reference})),
        or_(Refund.done_at >= there.since, Refund.state == RefundState.asked),
    ):
        refunds |= {r.id: r for r in db.session.scalars(select(Refund).where(condition))}
    booked: set[str] = set()
    for condition in _among(Transfer.key, [f"deposit:{d.id}" for d in there.deposits]):
        booked |= set(db.session.scalars(select(Transfer.key).where(condition)))
    disputes: set[str] = set()
    for condition in _among(Dispute.gateway_dispute_id, [d.id for d in there.disputes]):
        disputes |= set(db.session.scalars(select(Dispute.gateway_dispute_id).where(condition)))
    return Here(
        payments=tuple(_payment(p) for _, p in sorted(payments.items())),
        refunds=tuple(_refund(r) for _, r in sorted(refunds.items())),
        deposits=frozenset(key.removeprefix("deposit:") for key in booked),
        clearing_toman=gateway_room(),
        disputes=frozenset(disputes),
    )


def _among(column: Any, values: Sequence[str]) -> Iterable[ColumnElement[bool]]:
    return (column.in_(values[i : i + AT_ONCE]) for i in range(0, len(values), AT_ONCE))


def _payment(p: Payment) -> OurPayment:
    return OurPayment(
        p.id,
        p.reference,
        PaymentState(p.state),
        p.intent_id,
        p.amount_toman,
        p.captured_toman,
        p.opened_at,
        p.captured_at,
    )


def _refund(r: Refund) -> OurRefund:
    return OurRefund(
        r.id, r.key, RefundState(r.state), r.gateway_refund_id, r.amount_toman, r.asked_at, r.done_at
    )


def our_transfers(there: There) -> list[OurTransfer]:
    """Our payouts through the gateway that its list names, those of the span, and all that are undecided."""
    found: dict[int, Payout] = {}
    through = Payout.rail == PayoutRail.gateway
    for condition in (
        *_among(Payout.gateway_transfer_id, [t.id for t in there.transfers]),
        *_among(Payout.reference, sorted({t.reference for t in there.transfers if t.reference})),
        or_(Payout.answered_at >= there.since, Payout.state == PayoutState.sent),
    ):
        found |= {p.id: p for p in db.session.scalars(select(Payout).where(through, condition))}
    return [
        OurTransfer(
            p.id,
            p.reference,
            PayoutState(p.state),
            p.gateway_transfer_id,
            p.amount_toman,
            p.sent_at,
            p.answered_at,
        )
        for _, p in sorted(found.items())
    ]
