"""What the payout desk shows: batches with their signatures, refused payouts, one batch with its rows and files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from marketplace.accounts.approvals import pending
from marketplace.accounts.models import Person
from marketplace.core.db import AnyRow, db
from marketplace.core.language import current_language, t
from marketplace.ledger.chart import BANK, GATEWAY_CLEARING, GUARANTEE_FUND, PAYOUTS_IN_FLIGHT
from marketplace.ledger.transfers import balance
from marketplace.payments.payout_files import masked_sheba
from marketplace.payments.payout_models import BankAnswer, BatchState, Payout, PayoutBatch, PayoutState
from marketplace.payments.payout_queries import (
    answers_of,
    batch,
    batch_rows,
    batches,
    failed_payouts,
    has_open_batch,
)
from marketplace.payments.payouts import ACTION

BATCH_TONES = {
    "proposed": "zf",
    "signed": "zf",
    "approved": "fz",
    "sent": "fz",
    "done": "ps",
    "dropped": "plain",
}
TONES = {"proposed": "zf", "sent": "fz", "paid": "ps", "failed": "an", "retried": "plain", "dropped": "plain"}


@dataclass(frozen=True, slots=True)
class BatchShown:
    """A batch: what it pays, who signed, and what the visitor may do with it now.

    `next_step`: signature, sending, answers or None; `why_not`: the sentence that says why the visitor cannot.
    """

    id: int
    number: str
    state: str
    state_label: str
    tone: str
    payout_count: int
    total_toman: int
    digest: str
    proposed_at: datetime
    first_signer: str | None
    first_signed_at: datetime | None
    second_signer: str | None
    second_signed_at: datetime | None
    sent_at: datetime | None
    ended_at: datetime | None
    next_step: str | None
    may_drop: bool
    is_lapsed: bool
    why_not: str | None


@dataclass(frozen=True, slots=True)
class RowShown:
    """One payout of a batch or of the list of refused ones."""

    id: int
    batch_id: int
    reference: str
    store: str
    store_slug: str
    owner_name: str
    masked: str
    rail: str
    amount_toman: int
    state: str
    state_label: str
    tone: str
    bank_reference: str | None
    problem: str | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeskShown:
    """The payout desk; amounts in toman."""

    batches: tuple[BatchShown, ...]
    failed: tuple[RowShown, ...]
    may_propose: bool
    clearing_toman: int
    in_flight_toman: int
    bank_toman: int
    fund_toman: int


@dataclass(frozen=True, slots=True)
class BatchPage:
    """One batch with its rows and the bank's files."""

    batch: BatchShown
    rows: tuple[RowShown, ...]
    answers: tuple[BankAnswer, ...]


def show_desk(visitor_id: int) -> DeskShown:
    """The desk as one official sees it."""
    found = batches()
    names = _names(found)
    return DeskShown(
        batches=tuple(_batch(each, names, visitor_id) for each in found),
        failed=tuple(_row(each) for each in failed_payouts()),
        may_propose=not has_open_batch(),
        clearing_toman=balance(GATEWAY_CLEARING),
        in_flight_toman=balance(PAYOUTS_IN_FLIGHT),
        bank_toman=balance(BANK),
        fund_toman=balance(GUARANTEE_FUND),
    )


def show_batch(batch_id: int, visitor_id: int) -> BatchPage:
    """One batch. Raises UnknownBatch."""
    found = batch(batch_id)
    return BatchPage(
        _batch(found, _names([found]), visitor_id),
        tuple(_row(each) for each in batch_rows(batch_id)),
        tuple(answers_of(batch_id)),
    )


def _batch(one: PayoutBatch, names: dict[int, str], visitor_id: int) -> BatchShown:
    state = BatchState(one.state)
    waits = {a.id for a in pending(ACTION)} if state is BatchState.signed else set()
    is_lapsed = state is BatchState.signed and one.approval_id not in waits
    step = {
        BatchState.proposed: "signature",
        BatchState.signed: "signature",
        BatchState.approved: "sending",
        BatchState.sent: "answers",
    }.get(state)
    is_own = state is BatchState.signed and one.first_signer_id == visitor_id
    return BatchShown(
        id=one.id,
        number=one.number,
        state=state.value,
        state_label=t(f"state.batch_state.{state}"),
        tone=BATCH_TONES[state.value],
        payout_count=one.payout_count,
        total_toman=one.total_toman,
        digest=one.digest,
        proposed_at=one.proposed_at,
        first_signer=names.get(one.first_signer_id or 0),
        first_signed_at=one.first_signed_at,
        second_signer=names.get(one.second_signer_id or 0),
        second_signed_at=one.second_signed_at,
        sent_at=one.sent_at,
        ended_at=one.ended_at,
        next_step=None if is_own or is_lapsed else step,
        may_drop=state in (BatchState.proposed, BatchState.signed, BatchState.approved),
        is_lapsed=is_lapsed,
        why_not=t("payout.own_signature") if is_own and not is_lapsed else None,
    )


def _row(each: AnyRow) -> RowShown:
    payout: Payout = each.Payout
    state = PayoutState(payout.state)
    return RowShown(
        id=payout.id,
        batch_id=payout.batch_id,
        reference=payout.reference,
        store=each.name_fa if current_language() == "fa" else each.name_en,
        store_slug=each.slug,
        owner_name=payout.owner_name,
        masked=masked_sheba(payout.sheba),
        rail=t(f"payout.rail.{payout.rail}"),
        amount_toman=payout.amount_toman,
        state=state.value,
        state_label=t(f"state.payout_state.{state}"),
        tone=TONES[state.value],
        bank_reference=payout.bank_reference,
        problem=payout.problem,
        answered_at=payout.answered_at,
    )


def _names(found: Sequence[PayoutBatch]) -> dict[int, str]:
    ids = {i for each in found for i in (each.first_signer_id, each.second_signer_id) if i is not None}
    return {p.id: p.display_name for p in db.session.scalars(select(Person).where(Person.id.in_(ids)))}
