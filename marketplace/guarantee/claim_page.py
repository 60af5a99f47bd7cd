"""One claim as a page: whose turn it is and until when, what was said, decided and paid."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from marketplace.complaints.case_page import here, hours_left, word
from marketplace.complaints.models import Complaint
from marketplace.core.db import db
from marketplace.core.language import t
from marketplace.guarantee.claim_models import Claim, ClaimState, Party, Payer
from marketplace.guarantee.claim_money_page import (
    decisions_shown,
    inspection_shown,
    payments_shown,
    recourse_shown,
)
from marketplace.guarantee.claim_queries import appeals_of, inspection_of, open_requests
from marketplace.guarantee.claim_rules import DECIDED, UNDECIDED
from marketplace.guarantee.claim_shown import ClaimShown, RequestShown, StepShown, TurnShown
from marketplace.guarantee.claim_words import complaint_words, files_of, said_in
from marketplace.guarantee.clawback_models import Clawback, ClawbackState
from marketplace.orders.models import Order, StoreOrder
from marketplace.policy.policy import policy_at
from marketplace.stores.models import Store

S = ClaimState
TONES = {
    S.filed: "zf",
    S.answered: "zf",
    S.assessed: "fz",
    S.approved: "ps",
    S.rejected: "an",
    S.appealed: "zf",
    S.final: "fz",
    S.reserved: "ps",
    S.waiting: "zf",
    S.paid: "ps",
    S.recourse_open: "ps",
    S.recovered: "ps",
    S.written_off: "ps",
    S.withdrawn: "plain",
    S.stopped: "plain",
}
PAID_LABELS = (S.recourse_open, S.recovered, S.written_off)


def state_label(claim: Claim, reader: Party) -> str:
    """The state in words; the shopper reads "paid" where the rest is between the fund and the store."""
    state = S.paid if reader is Party.shopper and claim.state in PAID_LABELS else claim.state
    return t(f"state.claim_state.{state.value}")


def show_claim(claim: Claim, at: datetime, *, reader: Party) -> ClaimShown:
    """A claim as the shopper, the store or the fund reads it."""
    store = db.session.get_one(Store, claim.store_id)
    case = db.session.get_one(Complaint, claim.complaint_id)
    names = _names(store, reader)
    look = inspection_of(claim.id)
    owed = recourse_shown(claim.id) if reader is not Party.shopper else None
    return ClaimShown(
        number=claim.number,
        version=claim.version,
        url=here(f"/claims/{claim.number}"),
        state=claim.state.value,
        state_label=state_label(claim, reader),
        tone=TONES[claim.state],
        category=claim.category.value,
        category_label=t(f"complaint_category.{claim.category.value}"),
        store_name=names[Party.store],
        store_slug=store.slug,
        order_number=_order_number(claim),
        complaint_number=case.number,
        complaint_url=_complaint_url(case.number, reader),
        payer=claim.payer.value,
        loss_toman=claim.loss_toman,
        approved_toman=claim.approved_toman,
        reserved_toman=claim.reserved_toman,
        paid_toman=claim.paid_toman,
        waits_toman=claim.approved_toman - claim.reserved_toman,
        clawback_toman=_clawback(claim.id) if reader is not Party.store else 0,
        filed_at=claim.filed_at,
        answer_due_at=claim.answer_due_at,
        decide_by_at=claim.decide_by_at,
        appeal_until_at=claim.appeal_until_at,
        steps=_steps(claim),
        turn=_turn(claim, at),
        messages=said_in(claim, names),
        complaint_messages=complaint_words(claim.complaint_id, names) if reader is Party.office else (),
        files=files_of(f"claim:{claim.number}"),
        complaint_files=files_of(f"complaint:{case.number}"),
        requests=tuple(
            RequestShown(r.of.value, r.text, r.due_at, r.extended_at is None) for r in open_requests(claim.id)
        ),
        decisions=decisions_shown(claim),
        payments=payments_shown(claim.id),
        recourse=owed,
        inspection=inspection_shown(look) if look else None,
        stop_label=t(f"claim_stop.{claim.stop.value}") if claim.stop else None,
        can_add=claim.state in UNDECIDED or claim.state is S.appealed,
        can_answer=claim.state is S.filed and claim.answer_due_at is not None and at <= claim.answer_due_at,
        can_appeal=_may_appeal(claim, reader, at),
        can_withdraw=claim.state in UNDECIDED,
        can_inspect=claim.state in UNDECIDED and look is None,
        needs_account=_needs_account(claim),
        masked_sheba=f"…{claim.sheba[-4:]}" if claim.sheba else None,
    )


def _names(store: Store, reader: Party) -> dict[Party, str]:
    return {
        Party.store: word(store.name_fa, store.name_en),
        Party.office: t("claim_side.office"),
        Party.shopper: t("claim_side.you" if reader is Party.shopper else "claim_side.shopper"),
    }


def _order_number(claim: Claim) -> str:
    part = select(StoreOrder.order_id).where(StoreOrder.id == claim.store_order_id)
    return db.session.scalars(select(Order.number).where(Order.id.in_(part))).one()


def _complaint_url(number: str, reader: Party) -> str | None:
    if reader is Party.office:
        return None
    return here(f"/complaints/{number}" if reader is Party.shopper else f"/panel/complaints/{number}")


def _clawback(claim_id: int) -> int:
    return int(
        db.session.scalar(
            select(
                func.coalesce(
                    func.sum(Clawback.amount_toman - Clawback.returned_toman - Clawback.written_off_toman), 0
                )
            ).where(
                Clawback.claim_id == claim_id,
                Clawback.state == ClawbackState.open,
                Clawback.debtor == Party.shopper,
            )
        )
        or 0
    )


def _needs_account(claim: Claim) -> bool:
    return (
        claim.sheba is None and claim.ended_at is None and claim.paid_at is None and claim.payer is Payer.fund
    )


def _may_appeal(claim: Claim, reader: Party, at: datetime) -> bool:
    if claim.stood_at is not None or claim.appeal_until_at is None or at > claim.appeal_until_at:
        return False
    if claim.state not in DECIDED and claim.state is not S.appealed:
        return False
    return all(appeal.side is not reader for appeal in appeals_of(claim.id))


def _steps(claim: Claim) -> tuple[StepShown, ...]:
    is_over = claim.state in (S.withdrawn, S.stopped)
    has_passed = claim.state is not S.filed and claim.answered_at is None and not is_over
    answered = claim.answered_at or (claim.answer_due_at if has_passed else None)
    moments = [
        ("filed", claim.filed_at),
        ("silent" if has_passed else "answered", answered),
        ("decided", claim.decided_at),
    ]
    if claim.approved_toman or claim.state not in (S.rejected, S.final):
        moments.append(("paid", claim.paid_at))
    steps, is_now = [], not is_over
    for code, moment in moments:
        if moment is not None:
            steps.append(StepShown(t(f"claim.step.{code}"), moment, "done"))
            continue
        steps.append(
            StepShown(t(f"claim.step.{code}"), None, "now" if is_now else "stopped" if is_over else "todo")
        )
        is_now = False
    return tuple(steps)


def _turn(claim: Claim, at: datetime) -> TurnShown:
    side, code, until, of_hours = _whose_turn(claim, at)
    left = hours_left(until, at) if until is not None else None
    return TurnShown(side, t(f"claim.next.{code}"), until, left, of_hours)


def _whose_turn(claim: Claim, at: datetime) -> tuple[str, str, datetime | None, int]:
    policy = policy_at(claim.filed_at)
    if claim.state is S.filed:
        return "store", "store", claim.answer_due_at, policy.claim_answer_hours
    if claim.state is S.answered:
        asked = open_requests(claim.id)
        if asked:
            side = asked[0].of.value
            return side, f"asked_{side}", asked[0].due_at, policy.claim_evidence_hours
        look = inspection_of(claim.id)
        return "office", "inspection", look.due_at if look else None, 24 * 14
    if claim.state is S.assessed:
        return "office", "adjudicators", claim.decide_by_at, 24 * 14
    if claim.state is S.appealed:
        return "office", "appeal", claim.decide_by_at, 24 * 14
    if claim.state is S.waiting:
        return "office", "wait", None, 0
    if claim.state is S.reserved:
        return "office", "pay", None, 0
    if claim.stood_at is None and claim.appeal_until_at is not None and at <= claim.appeal_until_at:
        return "nobody", "may_appeal", claim.appeal_until_at, 24 * policy.claim_appeal_days
    return "nobody", "nothing", None, 0
