"""What the payout desk shows: batches with their signatures, refused payouts, one batch with its rows and files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from marketplace.payments.payout_models import (
    BankAnswer,
    BatchState,
    Payout,
    PayoutBatch,
    PayoutRail,
    PayoutState,
    ShopperTransfer,
)
from marketplace.payments.payout_queries import (
    answers_of,
    batch,
    batch_rows,
    batches,
    failed_payouts,
    has_open_batch,
)
from marketplace.payments.payouts import ACTION
from marketplace.payments.refunds import UNSURE
from marketplace.payments.shopper_transfers import waiting_transfers

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
    payee: str
    is_shopper: bool
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
    may_ask: bool


@dataclass(frozen=True, slots=True)
class WaitingShown:
    """A transfer to a shopper that goes with the next batch."""

    payee: str
    owner_name: str
    masked: str
    amount_toman: int
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class DeskShown:
    """The payout desk; amounts in toman."""

    batches: tuple[BatchShown, ...]
    failed: tuple[RowShown, ...]
    waiting: tuple[WaitingShown, ...]
    may_propose: bool
    clearing_toman: int
    in_flight_toman: int
    bank_toman: int
    fund_toman: int


@dataclass(frozen=True, slots=True)
class BatchPage:
    """One batch with its rows and the bank's files. `by_rail`, `by_payee`: (label, how many, toman) of each kind."""

    batch: BatchShown
    rows: tuple[RowShown, ...]
    by_rail: tuple[tuple[str, int, int], ...]
    by_payee: tuple[tuple[str, int, int], ...]
    has_file: bool
    has_gateway: bool
    answers: tuple[BankAnswer, ...]


def show_desk(visitor_id: int) -> DeskShown:
    """The desk as one official sees it."""
    found = batches()
    names = _names(found)
    return DeskShown(
        batches=tuple(_batch(each, names, visitor_id) for each in found),
        failed=tuple(_row(each) for each in failed_payouts()),
        waiting=tuple(_waiting(each) for each in waiting_transfers()),
        may_propose=not has_open_batch(),
        clearing_toman=balance(GATEWAY_CLEARING),
        in_flight_toman=balance(PAYOUTS_IN_FLIGHT),
        bank_toman=balance(BANK),
        fund_toman=balance(GUARANTEE_FUND),
    )


def show_batch(batch_id: int, visitor_id: int) -> BatchPage:
    """One batch. Raises UnknownBatch."""
    found, rows = batch(batch_id), batch_rows(batch_id)
    payouts: list[Payout] = [each.Payout for each in rows]
    through = [p for p in payouts if p.rail is PayoutRail.gateway]
    return BatchPage(
        _batch(found, _names([found]), visitor_id),
        tuple(_row(each) for each in rows),
        _parts(
            (t("payout.for_file"), t("payout.for_gateway")), payouts, lambda p: p.rail is PayoutRail.gateway
        ),
        _parts((t("payout.for_stores"), t("payout.for_shoppers")), payouts, lambda p: p.store_id is None),
        len(through) < len(payouts),
        bool(through),
        tuple(answers_of(batch_id)),
    )


def _parts(
    labels: tuple[str, str], payouts: Sequence[Payout], is_second: Callable[[Payout], bool]
) -> tuple[tuple[str, int, int], ...]:
    """How many and how much of two kinds, where both occur."""
    kinds = [[p for p in payouts if is_second(p) is wanted] for wanted in (False, True)]
    if not all(kinds):
        return ()
    return tuple(
        (label, len(kind), sum(p.amount_toman for p in kind))
        for label, kind in zip(labels, kinds, strict=True)
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
        payee=_payee(each.subject) or (each.name_fa if current_language() == "fa" else each.name_en),
        is_shopper=payout.store_id is None,
        owner_name=payout.owner_name,
        masked=masked_sheba(payout.sheba),
        rail=t(f"payout.rail.{payout.rail}"),
        amount_toman=payout.amount_toman,
        state=state.value,
        state_label=t(f"state.payout_state.{state}"),
        tone=TONES[state.value],
        bank_reference=payout.bank_reference,
        problem=t(f"payout.problem.{payout.problem}") if payout.problem in UNSURE else payout.problem,
        answered_at=payout.answered_at,
        may_ask=payout.rail is PayoutRail.gateway and state is PayoutState.sent,
    )


def _waiting(each: ShopperTransfer) -> WaitingShown:
    return WaitingShown(
        _payee(each.subject), each.holder, masked_sheba(each.sheba), each.amount_toman, each.asked_at
    )


def _payee(subject: str | None) -> str:
    """What a shopper is paid for, in words; empty for a store."""
    kind, _, number = (subject or "").partition(":")
    if not kind:
        return ""
    return t("payout.to_refund" if kind == "refund" else "payout.to_claim", number=number)


def _names(found: Sequence[PayoutBatch]) -> dict[int, str]:
    ids = {i for each in found for i in (each.first_signer_id, each.second_signer_id) if i is not None}
    return {p.id: p.display_name for p in db.session.scalars(select(Person).where(Person.id.in_(ids)))}
