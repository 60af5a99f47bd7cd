"""The outside calls of payments as job kinds: prepare reads, call goes out, record writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select

from marketplace.core.db import db
from marketplace.core.jobs import JobKind, TryLater, enqueue
from marketplace.core.ready import Ready
from marketplace.payments.gateway import gateway
from marketplace.payments.gateways.port import (
    Gateway,
    GatewayRefund,
    GatewayRefused,
    GatewaySession,
    RefundStatus,
    SessionRequest,
    is_key_known,
)
from marketplace.payments.models import Payment, PaymentState, Refund, RefundState
from marketplace.payments.payments import CHECK, EXPIRE, OPEN, end_page, fail_payment, record_session
from marketplace.payments.queries import ALIVE_STATES, lock_payment, sessions_of
from marketplace.payments.refunds import NO_ANSWER, REFUND, record_refund

LOOK_AGAIN = timedelta(minutes=1)
MARGIN = timedelta(hours=1)
GONE = (RefundStatus.FAILED, RefundStatus.CANCELED)


@dataclass(frozen=True, slots=True)
class Refused:
    """The gateway's definite no, as an answer to record."""

    detail: str


Answer = GatewaySession | Refused | None


@dataclass(frozen=True, slots=True)
class OpenWish:
    """A page to open, since when it may have been asked for, and the pages of other attempts at the same purchase."""

    request: SessionRequest
    asked_at: datetime
    others: frozenset[str]


_PAGE = Ready(
    select(
        *(Payment.id, Payment.reference, Payment.amount_toman, Payment.state, Payment.session_id),
        *(Payment.description, Payment.success_url, Payment.cancel_url, Payment.language, Payment.mobile),
        *(Payment.opened_at, Payment.expires_at),
    ).where(Payment.id == bindparam("payment"))
)


def _prepare_open(payload: dict[str, Any]) -> OpenWish | None:
    payment = _PAGE.first(payment=payload["payment"])
    return _opening(payment) if payment.session_id is None else None


def _opening(payment: Any) -> OpenWish:
    request = SessionRequest(
        key=f"payment:{payment.id}:session",
        reference=payment.reference,
        amount_toman=payment.amount_toman,
        description=payment.description,
        success_url=payment.success_url,
        cancel_url=payment.cancel_url,
        expires_at=payment.expires_at,
        locale="en" if payment.language == "en" else "fa",
        customer_mobile=payment.mobile,
    )
    return OpenWish(request, payment.opened_at, sessions_of(payment.reference))


def _call_open(wish: OpenWish, patience: float) -> Answer:
    patient = gateway().with_patience(patience)
    try:
        known = _known_page(patient, wish)
    except GatewayRefused as refusal:
        raise TryLater(refusal.detail) from refusal
    if known is not None:
        return known
    try:
        return patient.open_session(wish.request)
    except GatewayRefused as refusal:
        return Refused(refusal.detail)


def _known_page(patient: Gateway, wish: OpenWish) -> GatewaySession | None:
    """The page where it was made already, as far as its key does not tell: the paid one, if several were."""
    if is_key_known(wish.asked_at):
        return None
    listed = [
        each
        for each in patient.sessions_since(wish.asked_at - MARGIN)
        if each.reference == wish.request.reference and each.id not in wish.others
    ]
    found = next((each for each in listed if each.paid), listed[0] if listed else None)
    return patient.fetch_session(found.id) if found else None


def _record(payload: dict[str, Any], answer: Answer, at: datetime) -> None:
    """The page's state goes into the payment; a refused opening ends the attempt."""
    if isinstance(answer, GatewaySession):
        record_session(payload["payment"], answer, at)
    elif isinstance(answer, Refused):
        payment = lock_payment(payload["payment"])
        if payment.state is PaymentState.opening:
            fail_payment(payment, "refused", at)


def _prepare_look(payload: dict[str, Any]) -> str | OpenWish | None:
    """The page to ask about; without its id the opening is repeated, whose key or the gateway's list tells it."""
    payment = _PAGE.first(payment=payload["payment"])
    if payment.state in (PaymentState.captured, PaymentState.flagged):
        return None
    return payment.session_id or _opening(payment)


def _call_check(page: str | OpenWish, patience: float) -> Answer:
    if isinstance(page, OpenWish):
        return _call_open(page, patience)
    try:
        return gateway().with_patience(patience).fetch_session(page)
    except GatewayRefused as refusal:
        raise TryLater(refusal.detail) from refusal


def _call_expire(page: str | OpenWish, patience: float) -> Answer:
    if isinstance(page, OpenWish):
        opened = _call_open(page, patience)
        if not isinstance(opened, GatewaySession):
            return opened
        page = opened.id
    try:
        return gateway().with_patience(patience).expire_session(page)
    except GatewayRefused as refusal:
        return Refused(refusal.detail)


def _give_up(payload: dict[str, Any], at: datetime) -> None:
    """The attempt is over. Whether a page was made in spite of the lost answers is unknown: it is closed."""
    payment = lock_payment(payload["payment"])
    if payment.state is PaymentState.opening:
        fail_payment(payment, "refused", at)
        end_page(payment.id, at)


def _end_if_closed(payload: dict[str, Any], answer: Answer, at: datetime) -> None:
    """After the order to close: whatever the gateway told, and an attempt that never had a page is over."""
    _record(payload, answer, at)
    payment = lock_payment(payload["payment"])
    if isinstance(answer, Refused) and payment.state in ALIVE_STATES and payment.session_id is None:
        fail_payment(payment, "refused", at)


def _prepare_refund(payload: dict[str, Any]) -> tuple[Refund, str] | None:
    refund = db.session.get_one(Refund, payload["refund"])
    payment = db.session.get_one(Payment, refund.payment_id)
    if refund.state is not RefundState.asked:
        return None
    if payment.intent_id is None:
        raise TryLater("the gateway has not named what was paid")
    db.session.expunge(refund)
    return refund, payment.intent_id


def refund_key(refund: Refund) -> str:
    """The gateway's key of a refund: one per attempt, so that a repeated ask is never a second refund."""
    return f"refund:{refund.id}" if refund.attempt == 1 else f"refund:{refund.id}:{refund.attempt}"


def _call_refund(request: tuple[Refund, str], patience: float) -> GatewayRefund | Refused:
    """Only a refused refund is a no; who is refused a look knows nothing and looks again."""
    refund, intent_id = request
    patient = gateway().with_patience(patience)
    try:
        known = _known_refund(patient, refund, intent_id)
    except GatewayRefused as refusal:
        raise TryLater(refusal.detail) from refusal
    if known is not None:
        return known
    try:
        return patient.refund(
            key=refund_key(refund),
            intent_id=intent_id,
            amount_toman=refund.amount_toman,
            reference=refund.key,
        )
    except GatewayRefused as refusal:
        return Refused(refusal.detail)


def _known_refund(patient: Gateway, refund: Refund, intent_id: str) -> GatewayRefund | None:
    """The refund where it was made already, as far as its key does not tell."""
    if refund.gateway_refund_id:
        return patient.fetch_refund(refund.gateway_refund_id)
    if is_key_known(refund.asked_at):
        return None
    return next(
        (
            each
            for each in patient.refunds_since(refund.asked_at - MARGIN)
            if (each.reference, each.intent_id) == (refund.key, intent_id) and each.status not in GONE
        ),
        None,
    )


def _record_refund(payload: dict[str, Any], answer: GatewayRefund | Refused | None, at: datetime) -> None:
    if answer is None:
        return
    if isinstance(answer, Refused):
        record_refund(payload["refund"], None, at, problem=answer.detail[:300])
    else:
        record_refund(payload["refund"], answer, at)
    if isinstance(answer, GatewayRefund) and answer.status in (
        RefundStatus.PENDING,
        RefundStatus.REQUIRES_ACTION,
    ):
        enqueue(
            REFUND,
            payload,
            key=f"{REFUND}:{payload['refund']}:{at.isoformat()}",
            at=at,
            run_at=at + LOOK_AGAIN,
        )


def _give_up_refund(payload: dict[str, Any], at: datetime) -> None:
    record_refund(payload["refund"], None, at, problem=NO_ANSWER)


JOB_KINDS = (
    JobKind(OPEN, prepare=_prepare_open, call=_call_open, record=_record, give_up=_give_up, lease_seconds=30),
    JobKind(CHECK, prepare=_prepare_look, call=_call_check, record=_record, lease_seconds=30),
    JobKind(
        EXPIRE,
        prepare=_prepare_look,
        call=_call_expire,
        record=_end_if_closed,
        lease_seconds=30,
        max_attempts=40,
    ),
    JobKind(
        REFUND,
        prepare=_prepare_refund,
        call=_call_refund,
        record=_record_refund,
        give_up=_give_up_refund,
        lease_seconds=60,
        max_attempts=60,
    ),
)
