"""What the desks of debts and of the insurer show. Amounts in toman."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, select

from marketplace.core.db import db
from marketplace.core.language import current_language, t
from marketplace.guarantee.claim_figures import Waiting, waiting_claims
from marketplace.guarantee.claim_models import Claim, Party, Payer
from marketplace.guarantee.claim_page import TONES, state_label
from marketplace.guarantee.clawback_models import Clawback, ClawbackState, InsurerPayment
from marketplace.guarantee.clawbacks import left_toman
from marketplace.ledger.chart import INSURER
from marketplace.ledger.transfers import balance, free_balance
from marketplace.policy.policy import policy_at
from marketplace.stores.models import Store

SHOWN = 100


@dataclass(frozen=True, slots=True)
class ClawbackShown:
    """What one side of a claim owes. `given_up_toman` may still be booked when it comes all the same."""

    id: int
    claim: str
    debtor_label: str
    store: str
    cause_label: str
    state: str
    amount_toman: int
    returned_toman: int
    given_up_toman: int
    left_toman: int
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class ClawbacksShown:
    """Open debts first, then those that were given up."""

    rows: tuple[ClawbackShown, ...]
    open_toman: int
    open_count: int


@dataclass(frozen=True, slots=True)
class InsuredShown:
    number: str
    state_label: str
    tone: str
    store: str
    approved_toman: int
    paid_toman: int
    filed_at: datetime


@dataclass(frozen=True, slots=True)
class InsurerShown:
    """The insurer's money here, its claims, and what it paid in."""

    is_payer: bool
    balance_toman: int
    free_toman: int
    waiting: Waiting
    claims: tuple[InsuredShown, ...]
    payments: tuple[InsurerPayment, ...]


def show_clawbacks() -> ClawbacksShown:
    """What is owed to the fund besides recourse. One statement."""
    is_open = case((Clawback.state == ClawbackState.open, 0), else_=1)
    rows = db.session.execute(
        select(Clawback, Claim.number, Store.name_fa, Store.name_en)
        .join(Claim, Claim.id == Clawback.claim_id)
        .join(Store, Store.id == Claim.store_id)
        .where(Clawback.state != ClawbackState.returned)
        .order_by(is_open, Clawback.id)
        .limit(SHOWN)
    ).all()
    shown = tuple(
        ClawbackShown(
            row.Clawback.id,
            row.number,
            t("claim_side.store" if row.Clawback.debtor is Party.store else "claim_side.shopper"),
            _word(row.name_fa, row.name_en),
            t(f"clawback.{row.Clawback.cause.value}"),
            row.Clawback.state.value,
            row.Clawback.amount_toman,
            row.Clawback.returned_toman,
            row.Clawback.written_off_toman,
            left_toman(row.Clawback),
            row.Clawback.asked_at,
        )
        for row in rows
    )
    return ClawbacksShown(
        shown, sum(one.left_toman for one in shown), sum(1 for one in shown if one.state == "open")
    )


def show_insurer(at: datetime) -> InsurerShown:
    """The insurer's desk."""
    rows = db.session.execute(
        select(Claim, Store.name_fa, Store.name_en)
        .join(Store, Store.id == Claim.store_id)
        .where(Claim.payer == Payer.insurer)
        .order_by(Claim.id.desc())
        .limit(SHOWN)
    ).all()
    claims = tuple(
        InsuredShown(
            row.Claim.number,
            state_label(row.Claim, Party.office),
            TONES[row.Claim.state],
            _word(row.name_fa, row.name_en),
            row.Claim.approved_toman,
            row.Claim.paid_toman,
            row.Claim.filed_at,
        )
        for row in rows
    )
    payments = db.session.scalars(
        select(InsurerPayment).order_by(InsurerPayment.id.desc()).limit(SHOWN)
    ).all()
    return InsurerShown(
        bool(policy_at(at).fund_payer_is_insurer),
        balance(INSURER),
        free_balance(INSURER),
        waiting_claims(Payer.insurer),
        claims,
        tuple(payments),
    )


def _word(fa: str, en: str) -> str:
    return fa if current_language() == "fa" else en
