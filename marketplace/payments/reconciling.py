"""A run: the gateway's lists are fetched, held against ours, and each difference is kept, healed, or seen to be gone.

Healed is only what has one clear rule: what the gateway says is paid or undecided is asked about once more (which
honours it or gives it back), a stuck refund is looked at again, a payment to our bank is booked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from marketplace.core.audit import SYSTEM, Actor, record
from marketplace.core.clock import tehran
from marketplace.core.db import changed_count, db
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.jobs import JobKind, enqueue
from marketplace.core.unit_of_work import unit_of_work
from marketplace.ledger.chart import BANK, GATEWAY_CLEARING
from marketplace.ledger.transfers import post_transfer
from marketplace.payments.differences import (
    Difference,
    There,
    differences,
)
from marketplace.payments.disputes import hear_of_dispute
from marketplace.payments.gateway import gateway
from marketplace.payments.gateways.port import GatewayCapture
from marketplace.payments.models import Payment, PaymentCard
from marketplace.payments.payments import ask_about
from marketplace.payments.payout_models import PayoutState
from marketplace.payments.payouts import ask_gateway_again
from marketplace.payments.reconciled_rows import AT_ONCE, our_rows, our_transfers
from marketplace.payments.reconciliation_models import (
    DifferenceKind,
    Finding,
    FindingState,
    ReconciliationRun,
    RunState,
)
from marketplace.payments.refunds import REFUND
from marketplace.payments.transfer_differences import is_healed_by_asking, transfer_differences

RECONCILE = "reconcile"
SPAN = timedelta(days=3)
MARGIN = timedelta(days=1)
COMES_BACK = timedelta(days=30)
"""So long after it was made a transfer is looked at: a bank may send it back after days, and nobody tells."""


class FindingOver(Conflict):
    """The finding is not open any more."""

    code = "finding_over"


def begin_run(gateway_name: str, actor: Actor, at: datetime, *, span: timedelta = SPAN) -> tuple[int, int]:
    """Writes a run over everything since `at - span` and its errand; gives (run id, errand id)."""
    run = ReconciliationRun(
        gateway=gateway_name, state=RunState.asked, since_at=at - span, begun_at=at, asked_by_id=actor.id
    )
    db.session.add(run)
    db.session.flush()
    record(actor, "reconcile", f"reconciliation-run:{run.id}", at, since=(at - span).isoformat())
    return run.id, enqueue(RECONCILE, {"run": run.id}, key=f"{RECONCILE}:{run.id}", at=at)


def reconcile_daily(at: datetime) -> int:
    """Begins the day's run, once a day of Tehran; a sweep. Gives 1 when it began one."""
    last = db.session.scalar(select(func.max(ReconciliationRun.begun_at)))
    if last is not None and tehran(last).date() >= tehran(at).date():
        return 0
    with unit_of_work():
        begin_run(gateway().name, SYSTEM, at)
    return 1


def close_finding(finding_id: int, note: str, actor: Actor, at: datetime) -> None:
    """A person settled a difference and says how. Raises Invalid without a note, FindingOver."""
    words = " ".join(note.split())[:500]
    if not words:
        raise Invalid(fields={"note": "required"})
    closed = changed_count(
        update(Finding)
        .where(Finding.id == finding_id, Finding.state == FindingState.open)
        .values(state=FindingState.closed, note=words, ended_at=at, ended_by_id=actor.id)
    )
    if not closed:
        raise FindingOver()
    record(actor, "close_finding", f"finding:{finding_id}", at, note=words)


# --- the errand


def _prepare(payload: dict[str, Any]) -> tuple[datetime, datetime] | None:
    run = db.session.get_one(ReconciliationRun, payload["run"])
    return (run.since_at, run.begun_at) if run.state is RunState.asked else None


def _fetch(span: tuple[datetime, datetime], patience: float) -> There:
    """All lists, page by page, since a day before the span (transfers: a month): what was paid there may be recorded
    later here.

    What happened after the run began is left to the next one, however late the lists came.
    """
    (since, begun_at), ask = span, gateway()
    return There(
        since=since,
        begun_at=begun_at,
        captures=tuple(ask.captures_since(since - MARGIN)),
        refunds=tuple(ask.refunds_since(since - MARGIN)),
        deposits=tuple(ask.deposits_since(since - MARGIN)),
        disputes=tuple(ask.disputes_since(since - MARGIN)),
        transfers=tuple(ask.transfers_since(since - COMES_BACK)),
    )


def _compare(payload: dict[str, Any], there: There | None, at: datetime) -> None:
    run = db.session.get_one(ReconciliationRun, payload["run"], with_for_update=True)
    if there is None or run.state is not RunState.asked:
        return
    _keep_cards(there.captures, at)
    sent_on = our_transfers(there)
    found = differences(our_rows(there), there)
    found += transfer_differences(sent_on, there.transfers, there.since, there.begun_at)
    states = {each.id: each.state for each in sent_on}
    healed = [d for d in found if _heal(d, run.id, at) or _heal_transfer(d, states, run.id, at)]
    _keep(run, found, healed, at)
    run.state, run.ended_at = RunState.done, at
    run.capture_count, run.refund_count = len(there.captures), len(there.refunds)
    run.transfer_count = len(there.transfers)
    run.deposit_count, run.found_count, run.healed_count = len(there.deposits), len(found), len(healed)
    db.session.flush()


def _give_up(payload: dict[str, Any], at: datetime) -> None:
    db.session.execute(
        update(ReconciliationRun)
        .where(ReconciliationRun.id == payload["run"], ReconciliationRun.state == RunState.asked)
        .values(state=RunState.failed, ended_at=at)
    )


JOB_KINDS = (
    JobKind(
        RECONCILE,
        prepare=_prepare,
        call=_fetch,
        record=_compare,
        give_up=_give_up,
        lease_seconds=600,
        max_attempts=6,
    ),
)


# --- inside


def _keep_cards(captures: Sequence[GatewayCapture], at: datetime) -> None:
    """Which card paid what, where the gateway tells it; known payments are passed over."""
    cards = {each.intent_id: each.card for each in captures if each.intent_id and each.card}
    intents = sorted(cards)
    for start in range(0, len(intents), AT_ONCE):
        rows = db.session.execute(
            select(Payment.id, Payment.intent_id)
            .outerjoin(PaymentCard, PaymentCard.payment_id == Payment.id)
            .where(Payment.intent_id.in_(intents[start : start + AT_ONCE]), PaymentCard.id.is_(None))
        )
        db.session.add_all(
            PaymentCard(payment_id=row.id, fingerprint=cards[row.intent_id], seen_at=at) for row in rows
        )
    db.session.flush()


def _keep(
    run: ReconciliationRun, found: Sequence[Difference], healed: Sequence[Difference], at: datetime
) -> None:
    """New findings are written, known ones seen again; open ones that this run did not find are gone."""
    known = {
        (f.kind, f.subject): f
        for f in db.session.scalars(select(Finding).where(Finding.state == FindingState.open))
    }
    is_healed = {id(d) for d in healed}
    for difference in found:
        row = known.pop((difference.kind, difference.subject), None)
        if row is None:
            row = Finding(
                run_id=run.id,
                last_run_id=run.id,
                kind=difference.kind,
                subject=difference.subject,
                state=FindingState.open,
                found_at=at,
                detail="",
            )
            db.session.add(row)
        row.last_run_id, row.detail = run.id, difference.detail
        row.here_toman, row.there_toman = difference.here_toman, difference.there_toman
        if id(difference) in is_healed:
            row.state, row.ended_at = FindingState.healed, at
        db.session.flush()
    for row in known.values():
        row.state, row.ended_at, row.last_run_id = FindingState.gone, at, run.id


def _heal(difference: Difference, run_id: int, at: datetime) -> bool:
    if difference.kind in (DifferenceKind.late_success, DifferenceKind.page_stuck) and difference.ours:
        ask_about(difference.ours, f"reconcile-{run_id}", at)
        return True
    if difference.kind is DifferenceKind.refund_stuck and difference.ours:
        key = f"{REFUND}:{difference.ours}:reconcile-{run_id}"
        enqueue(REFUND, {"refund": difference.ours}, key=key, at=at)
        return True
    if difference.kind is DifferenceKind.dispute_missing_here and difference.ours:
        hear_of_dispute(difference.ours, difference.subject, f"reconcile-{run_id}", at)
        return True
    if difference.kind is DifferenceKind.deposit_missing_here and difference.there_toman:
        post_transfer(
            key=f"deposit:{difference.subject}",
            debit=BANK,
            credit=GATEWAY_CLEARING,
            amount_toman=difference.there_toman,
            code="gateway_deposit",
            subject=f"deposit:{difference.subject}",
            at=at,
        )
        return True
    return False


def _heal_transfer(difference: Difference, states: dict[int, PayoutState], run_id: int, at: datetime) -> bool:
    state = states.get(difference.ours or 0)
    if state is None or not is_healed_by_asking(difference, state):
        return False
    ask_gateway_again(difference.ours or 0, f"reconcile-{run_id}", at)
    return True
