"""Payouts and refused refunds as documents."""

from __future__ import annotations

from typing import Any

from marketplace.office.payouts import BatchPage, BatchShown, DeskShown, RowShown
from marketplace.office.refund_cases import RefundCase


def desk_document(desk: DeskShown) -> dict[str, Any]:
    """The payout desk."""
    return {
        "items": [_batch(each) for each in desk.batches],
        "next_cursor": None,
        "failed": [_row(each) for each in desk.failed],
        "waiting": [
            {
                "payee": each.payee,
                "owner_name": each.owner_name,
                "sheba": each.masked,
                "amount_toman": each.amount_toman,
                "asked_at": each.asked_at,
            }
            for each in desk.waiting
        ],
        "may_propose": desk.may_propose,
        "clearing_toman": desk.clearing_toman,
        "in_flight_toman": desk.in_flight_toman,
        "bank_toman": desk.bank_toman,
        "fund_toman": desk.fund_toman,
    }


def batch_document(page: BatchPage) -> dict[str, Any]:
    """One batch with its rows."""
    return {**_batch(page.batch), "rows": [_row(each) for each in page.rows]}


def refund_document(case: RefundCase) -> dict[str, Any]:
    """A refund that the gateway refused."""
    return {
        "id": case.id,
        "amount_toman": case.amount_toman,
        "reason": case.reason,
        "problem": case.problem,
        "asked_at": case.asked_at,
        "can_transfer": case.can_transfer,
        "waits": case.waits,
        "notes": [{"who": who, "text": text, "at": at} for who, text, at in case.notes],
    }


def _batch(one: BatchShown) -> dict[str, Any]:
    return {
        "id": one.id,
        "number": one.number,
        "state": one.state,
        "payout_count": one.payout_count,
        "total_toman": one.total_toman,
        "digest": one.digest,
        "proposed_at": one.proposed_at,
        "first_signer": one.first_signer,
        "first_signed_at": one.first_signed_at,
        "second_signer": one.second_signer,
        "second_signed_at": one.second_signed_at,
        "sent_at": one.sent_at,
        "ended_at": one.ended_at,
        "next_step": one.next_step,
    }


def _row(each: RowShown) -> dict[str, Any]:
    return {
        "id": each.id,
        "batch_id": each.batch_id,
        "reference": each.reference,
        "payee": each.payee,
        "owner_name": each.owner_name,
        "sheba": each.masked,
        "rail": each.rail,
        "amount_toman": each.amount_toman,
        "state": each.state,
        "bank_reference": each.bank_reference,
        "problem": each.problem,
        "answered_at": each.answered_at,
    }
