"""Disputes, reconciliation and the rest of payouts for programs of the office."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request

from marketplace.accounts.access import visitor
from marketplace.accounts.models import Role
from marketplace.api.acts import Said, Verb, act, acting, reading
from marketplace.api.schemas import made
from marketplace.api.schemas import office_disputes as schemas
from marketplace.core.audit import record
from marketplace.core.errors import NotFound
from marketplace.office.dispute_pages import decided_disputes, dispute_of, open_disputes
from marketplace.office.payouts import show_batch
from marketplace.office.reconciliation_pages import ended_differences, last_runs, open_differences
from marketplace.payments.disputes import hear_of_dispute
from marketplace.payments.gateway import gateway
from marketplace.payments.payout_accounts import AccountWish
from marketplace.payments.payout_models import Payout
from marketplace.payments.payout_queries import payouts_of
from marketplace.payments.payouts import ask_gateway_again, clear_payout, unsign_batch
from marketplace.payments.reconciling import begin_run, close_finding
from marketplace.payments.shopper_transfers import correct_transfer

TAG, SCOPE = "office", "office:money"
READERS = (Role.office, Role.auditor)


@reading(
    "/office/disputes", TAG, "office:read", *READERS, gives=schemas.DISPUTE.listed, asks=schemas.EndedQuery
)
def list_disputes() -> Any:
    """Disputes at payers' banks with what proves a delivery; open ones, or how the last ended."""
    return schemas.DISPUTE.many(decided_disputes() if _wants_ended() else open_disputes())


@act("/office/disputes/<int:dispute_id>/question", TAG, SCOPE, Role.office)
def create_dispute_question(dispute_id: int) -> Verb:
    """Has the gateway asked about a dispute now; what it says stands at the dispute once it came."""
    found = dispute_of(dispute_id)
    payment_id, there = found.payment_id, found.gateway_dispute_id

    def verb(at: datetime) -> None:
        record(acting(Role.office), "ask_about_dispute", f"dispute:{dispute_id}", at)
        hear_of_dispute(payment_id, there, f"desk-{at.isoformat()}", at)

    return verb


@reading(
    "/office/reconciliation",
    TAG,
    "office:read",
    *READERS,
    gives=schemas.DIFFERENCE.listed,
    asks=schemas.EndedQuery,
)
def list_differences() -> Any:
    """What differs between us and the gateway; open differences, or those that ended lately."""
    return schemas.DIFFERENCE.many(ended_differences() if _wants_ended() else open_differences())


@reading("/office/reconciliation/runs", TAG, "office:read", *READERS, gives=schemas.RUN.listed)
def list_reconciliation_runs() -> Any:
    """The last runs that compared."""
    return schemas.RUN.many(last_runs())


@act("/office/reconciliation/runs", TAG, SCOPE, Role.office, status=201, makes=made.RUN)
def create_reconciliation_run() -> Verb:
    """Compares with the gateway now; the worker does it, and `made` is the run."""
    name = gateway().name
    return lambda at: begin_run(name, acting(Role.office), at)[0]


@act("/office/reconciliation/<int:finding_id>/closing", TAG, SCOPE, Role.office, says=schemas.ClosingBody)
def create_difference_closing(said: Said, finding_id: int) -> Verb:
    """A person settled a difference."""
    note = said.get("note", "")
    return lambda at: close_finding(finding_id, note, acting(Role.office), at)


@act("/office/payouts/<int:batch_id>/renewal", TAG, SCOPE, Role.office, moves_money=True)
def create_payout_renewal(batch_id: int) -> Verb:
    """Takes off a first signature that nobody joined in time."""
    if not show_batch(batch_id, visitor().id).batch.is_lapsed:
        raise NotFound()
    return lambda at: unsign_batch(batch_id, acting(Role.office), at)


@act("/office/payouts/<int:batch_id>/<int:payout_id>/clearing", TAG, SCOPE, Role.office, moves_money=True)
def create_payout_clearing(batch_id: int, payout_id: int) -> Verb:
    """Lets a payout that the bank refused go with the next batch."""
    _in(batch_id, payout_id)
    return lambda at: clear_payout(payout_id, acting(Role.office), at)


@act("/office/payouts/<int:batch_id>/<int:payout_id>/question", TAG, SCOPE, Role.office)
def create_payout_question(batch_id: int, payout_id: int) -> Verb:
    """Has the gateway asked about a payout that goes through it."""
    _in(batch_id, payout_id)

    def verb(at: datetime) -> None:
        ask_gateway_again(payout_id, at.isoformat(), at)
        record(acting(Role.office), "ask_gateway_again", f"payout:{payout_id}", at)

    return verb


@act(
    "/office/payouts/<int:batch_id>/<int:payout_id>/account",
    TAG,
    SCOPE,
    Role.office,
    says=schemas.AccountBody,
    moves_money=True,
)
def create_payout_correction(said: Said, batch_id: int, payout_id: int) -> Verb:
    """Names another account for a shopper's transfer that the bank refused."""
    of = _in(batch_id, payout_id).shopper_transfer_id
    if of is None:
        raise NotFound()
    wish = AccountWish.parse(said)
    return lambda at: correct_transfer(of, wish, acting(Role.office), at)


def _wants_ended() -> bool:
    return request.args.get("ended") == "true"


def _in(batch_id: int, payout_id: int) -> Payout:
    """A payout of a batch. Raises NotFound."""
    for payout in payouts_of(batch_id):
        if payout.id == payout_id:
            return payout
    raise NotFound()
