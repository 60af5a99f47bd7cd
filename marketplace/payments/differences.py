"""What we have against what the gateway lists: values in, typed differences out. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from marketplace.payments.gateways.port import (
    GatewayCapture,
    GatewayDeposit,
    GatewayDispute,
    GatewayRefund,
    GatewayTransfer,
    RefundStatus,
)
from marketplace.payments.models import PaymentState, RefundState
from marketplace.payments.reconciliation_models import DifferenceKind as Kind

IN_FLIGHT = timedelta(minutes=5)
"""What happened so lately may be told by the one and not yet by the other: it is no difference."""
STUCK = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class OurPayment:
    """A payment here."""

    id: int
    reference: str
    state: PaymentState
    intent_id: str | None
    amount_toman: int
    captured_toman: int
    opened_at: datetime
    captured_at: datetime | None


@dataclass(frozen=True, slots=True)
class OurRefund:
    """A refund here."""

    id: int
    key: str
    state: RefundState
    gateway_refund_id: str | None
    amount_toman: int
    asked_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Here:
    """What we have: all that the lists name, all of the span, what is undecided. `deposits`: ids that are booked."""

    payments: tuple[OurPayment, ...]
    refunds: tuple[OurRefund, ...]
    deposits: frozenset[str]
    clearing_toman: int
    disputes: frozenset[str] = frozenset()
    """The gateway's ids of disputes that are known."""


@dataclass(frozen=True, slots=True)
class There:
    """The gateway's lists since a day before `since`, compared by a run that began at `begun_at`."""

    since: datetime
    begun_at: datetime
    captures: tuple[GatewayCapture, ...]
    refunds: tuple[GatewayRefund, ...]
    deposits: tuple[GatewayDeposit, ...]
    disputes: tuple[GatewayDispute, ...] = ()
    transfers: tuple[GatewayTransfer, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. `subject` names it the same in every run; `ours` is the id of our row, where there is one."""

    kind: Kind
    subject: str
    here_toman: int | None = None
    there_toman: int | None = None
    detail: str = ""
    ours: int | None = None


def differences(here: Here, there: There) -> list[Difference]:
    """Every difference, each once."""
    return [
        *_captures(here, there),
        *_refunds(here, there),
        *_deposits(here, there),
        *_disputes(here, there),
        *_stuck(here, there),
    ]


def _captures(here: Here, there: There) -> Iterator[Difference]:
    by_intent = {p.intent_id: p for p in reversed(here.payments) if p.intent_id}
    by_reference: dict[str, list[OurPayment]] = defaultdict(list)
    for payment in here.payments:
        by_reference[payment.reference].append(payment)
    groups: dict[str, list[GatewayCapture]] = defaultdict(list)
    for capture in there.captures:
        groups[capture.intent_id or capture.id].append(capture)
    for intent, captures in groups.items():
        capture = captures[-1]
        if len(captures) > 1:
            extra = sum(c.amount_toman or 0 for c in captures[:-1])
            yield Difference(Kind.double_capture, intent, 0, extra, capture.reference or "")
        if (capture.refunded_toman or 0) > (capture.amount_toman or 0) and capture.amount_toman is not None:
            yield Difference(
                Kind.refunded_above_capture, intent, capture.amount_toman, capture.refunded_toman
            )
        yield from _capture(capture, intent, by_intent.get(intent), by_reference, there)
    yield from _missing_there(here, there, frozenset(groups))
    yield from _doubled(here)


def _capture(
    capture: GatewayCapture,
    intent: str,
    known: OurPayment | None,
    by_reference: dict[str, list[OurPayment]],
    there: There,
) -> Iterator[Difference]:
    """A capture there against the payment here that has its intent, or else is of its reference."""
    is_fresh = capture.captured_at is not None and capture.captured_at > there.begun_at - IN_FLIGHT
    if known is None:
        waiting = [p for p in by_reference.get(capture.reference or "", ()) if p.intent_id is None]
        taken = [p for p in by_reference.get(capture.reference or "", ()) if p.captured_toman]
        if is_fresh:
            return
        if waiting and not taken:
            yield _late(waiting[-1], capture)
        else:
            kind = Kind.double_capture if taken else Kind.capture_missing_here
            yield Difference(kind, intent, 0, capture.amount_toman, capture.reference or "")
        return
    if not capture.currency_ok:
        yield Difference(Kind.currency_differs, intent, known.amount_toman, None, "", known.id)
    elif capture.amount_toman != known.amount_toman:
        yield Difference(
            Kind.amount_differs, intent, known.amount_toman, capture.amount_toman, known.reference, known.id
        )
    elif capture.reference not in (None, known.reference):
        detail = f"{known.reference}, {capture.reference}"
        yield Difference(
            Kind.reference_differs, intent, known.amount_toman, capture.amount_toman, detail, known.id
        )
    elif known.state not in (PaymentState.captured, PaymentState.flagged) and not is_fresh:
        yield _late(known, capture)


def _late(payment: OurPayment, capture: GatewayCapture) -> Difference:
    subject = f"payment:{payment.id}"
    return Difference(Kind.late_success, subject, 0, capture.amount_toman, payment.reference, payment.id)


def _missing_there(here: Here, there: There, intents: frozenset[str]) -> Iterator[Difference]:
    for payment in here.payments:
        was_then = payment.captured_at is not None and there.since <= payment.captured_at < there.begun_at
        if payment.state is PaymentState.captured and was_then and payment.intent_id not in intents:
            yield Difference(
                Kind.capture_missing_there,
                f"payment:{payment.id}",
                payment.captured_toman,
                0,
                payment.reference,
                payment.id,
            )


def _doubled(here: Here) -> Iterator[Difference]:
    seen: dict[str, OurPayment] = {}
    for payment in here.payments:
        if payment.intent_id is None:
            continue
        first = seen.setdefault(payment.intent_id, payment)
        if first is not payment:
            detail = f"{first.reference}, {payment.reference}"
            yield Difference(
                Kind.duplicate_reference, payment.intent_id, payment.amount_toman, None, detail, payment.id
            )


def _refunds(here: Here, there: There) -> Iterator[Difference]:
    ours = {r.gateway_refund_id: r for r in here.refunds if r.gateway_refund_id}
    by_key = {r.key: r for r in here.refunds if r.gateway_refund_id is None}
    listed = {r.id for r in there.refunds}
    for refund in there.refunds:
        known = ours.get(refund.id) or by_key.get(refund.reference or "")
        if known is None:
            if refund.status in (RefundStatus.SUCCEEDED, RefundStatus.PENDING):
                yield Difference(
                    Kind.refund_missing_here, refund.id, 0, refund.amount_toman, refund.reference or ""
                )
        elif refund.amount_toman != known.amount_toman:
            yield Difference(
                Kind.refund_amount_differs, refund.id, known.amount_toman, refund.amount_toman, "", known.id
            )
        elif _disagree(known.state, refund.status):
            detail = f"{known.state.value}, {refund.status.value}"
            yield Difference(
                Kind.refund_state_differs,
                refund.id,
                known.amount_toman,
                refund.amount_toman,
                detail,
                known.id,
            )
    for mine in here.refunds:
        was_then = mine.done_at is not None and there.since <= mine.done_at < there.begun_at
        if mine.state is RefundState.succeeded and was_then and mine.gateway_refund_id not in listed:
            yield Difference(
                Kind.refund_missing_there, f"refund:{mine.id}", mine.amount_toman, 0, "", mine.id
            )


def _disagree(ours: RefundState, theirs: RefundStatus) -> bool:
    """A refund that is asked about here is decided by asking; only decided ones can disagree."""
    if ours is RefundState.succeeded:
        return theirs in (RefundStatus.FAILED, RefundStatus.CANCELED)
    return ours is RefundState.refused and theirs is RefundStatus.SUCCEEDED


def _deposits(here: Here, there: There) -> Iterator[Difference]:
    left = here.clearing_toman
    for deposit in reversed(there.deposits):
        if deposit.id in here.deposits or not deposit.is_paid:
            continue
        amount = deposit.amount_toman
        if amount is None or amount > left:
            yield Difference(Kind.deposit_above_clearing, deposit.id, left, amount)
        else:
            left -= amount
            yield Difference(Kind.deposit_missing_here, deposit.id, 0, amount)


def _disputes(here: Here, there: There) -> Iterator[Difference]:
    """A dispute of which no event came."""
    by_intent = {p.intent_id: p for p in here.payments if p.intent_id}
    for dispute in there.disputes:
        if dispute.id not in here.disputes:
            known = by_intent.get(dispute.intent_id or "")
            yield Difference(
                Kind.dispute_missing_here,
                dispute.id,
                0,
                dispute.amount_toman,
                known.reference if known else dispute.intent_id or "",
                known.id if known else None,
            )


def _stuck(here: Here, there: There) -> Iterator[Difference]:
    long_ago = there.begun_at - STUCK
    for payment in here.payments:
        if payment.state in (PaymentState.opening, PaymentState.open) and payment.opened_at < long_ago:
            subject = f"payment:{payment.id}"
            yield Difference(
                Kind.page_stuck, subject, payment.amount_toman, None, payment.reference, payment.id
            )
    for refund in here.refunds:
        if refund.state is RefundState.asked and refund.asked_at < long_ago:
            yield Difference(
                Kind.refund_stuck, f"refund:{refund.id}", refund.amount_toman, None, "", refund.id
            )


def references_of(captures: Sequence[GatewayCapture]) -> list[str]:
    """What captures are for, each once."""
    return sorted({c.reference for c in captures if c.reference})
