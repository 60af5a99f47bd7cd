"""Payouts through the gateway against its list of transfers: values in, typed differences out. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from marketplace.payments.differences import IN_FLIGHT, STUCK, Difference
from marketplace.payments.gateways.port import GatewayTransfer, TransferStatus
from marketplace.payments.payout_models import PayoutState
from marketplace.payments.reconciliation_models import DifferenceKind as Kind


@dataclass(frozen=True, slots=True)
class OurTransfer:
    """A payout here that goes through the gateway."""

    id: int
    reference: str
    state: PayoutState
    gateway_transfer_id: str | None
    amount_toman: int
    sent_at: datetime | None
    answered_at: datetime | None


def transfer_differences(
    here: Sequence[OurTransfer], there: Sequence[GatewayTransfer], since: datetime, begun_at: datetime
) -> Iterator[Difference]:
    """Every difference, each once: what they made and we do not know or know otherwise, and what they never made."""
    by_id = {each.gateway_transfer_id: each for each in here if each.gateway_transfer_id}
    by_reference = {each.reference: each for each in here if each.gateway_transfer_id is None}
    seen: set[int] = set()
    for made in there:
        ours = by_id.get(made.id) or by_reference.get(made.reference or "")
        is_fresh = made.made_at is not None and made.made_at > begun_at - IN_FLIGHT
        if ours is None:
            if made.status in (TransferStatus.PAID, TransferStatus.PENDING) and not is_fresh:
                yield Difference(
                    Kind.transfer_missing_here, made.id, 0, made.amount_toman, made.reference or ""
                )
            continue
        seen.add(ours.id)
        if not is_fresh:
            yield from _compare(ours, made)
    for mine in here:
        if mine.id not in seen:
            yield from _unlisted(mine, since, begun_at)


def _compare(ours: OurTransfer, made: GatewayTransfer) -> Iterator[Difference]:
    if made.amount_toman != ours.amount_toman:
        yield Difference(
            Kind.transfer_amount_differs,
            made.id,
            ours.amount_toman,
            made.amount_toman,
            ours.reference,
            ours.id,
        )
    elif _disagree(ours.state, made.status):
        yield Difference(
            Kind.transfer_state_differs,
            made.id,
            ours.amount_toman,
            made.amount_toman,
            f"{ours.reference}: {ours.state.value}, {made.status.value}",
            ours.id,
        )


def _disagree(ours: PayoutState, theirs: TransferStatus) -> bool:
    """What is on its way there may be anything here but paid or given up."""
    if ours is PayoutState.paid:
        return theirs is not TransferStatus.PAID
    if ours is PayoutState.sent:
        return theirs is not TransferStatus.PENDING
    return theirs in (TransferStatus.PAID, TransferStatus.PENDING)


def _unlisted(mine: OurTransfer, since: datetime, begun_at: datetime) -> Iterator[Difference]:
    subject = f"payout:{mine.id}"
    was_then = mine.answered_at is not None and since <= mine.answered_at < begun_at
    if mine.state is PayoutState.paid and was_then:
        yield Difference(Kind.transfer_missing_there, subject, mine.amount_toman, 0, mine.reference, mine.id)
    elif mine.state is PayoutState.sent and mine.sent_at is not None and mine.sent_at < begun_at - STUCK:
        yield Difference(Kind.transfer_stuck, subject, mine.amount_toman, None, mine.reference, mine.id)


def is_healed_by_asking(found: Difference, state: PayoutState) -> bool:
    """Whether another question to the gateway ends a difference: it decides what is sent, and tells what came back."""
    return found.kind in (Kind.transfer_stuck, Kind.transfer_state_differs) and state in (
        PayoutState.sent,
        PayoutState.paid,
    )
