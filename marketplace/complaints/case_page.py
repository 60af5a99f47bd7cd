"""One complaint as a page: the thread, the clock that runs, who has to do what by when."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from marketplace.complaints.models import (
    Complaint,
    ComplaintState,
    Evaluation,
    OfferOfStoreState,
    Said,
    Side,
    StoreOffer,
)
from marketplace.complaints.queries import messages_of, offers_of, purchase_of
from marketplace.complaints.rules import OPEN_TO_WORDS, may_become, may_evaluate_until, may_withdraw_until
from marketplace.complaints.shown import CaseShown, FileShown, MessageShown, NextStep, OfferOfStoreShown
from marketplace.core.db import db
from marketplace.core.language import current_language, t
from marketplace.files.evidence import evidence_of
from marketplace.policy.policy import Policy, policy_at
from marketplace.stores.models import Store
from marketplace.stores.moving import unsettled_dues
from marketplace.stores.pauses import Pause, clock_time
from marketplace.stores.record_rows import case_in_count, pauses_from
from marketplace.stores.standing import Counted, CountRules, standing

C = ComplaintState
TONES = {
    C.filed: "zf",
    C.answered: "fz",
    C.overdue: "an",
    C.evaluated: "fz",
    C.reviewed: "fz",
    C.closed: "ps",
    C.withdrawn: "plain",
    C.unfounded: "plain",
    C.referred: "fz",
}
PILLS = {Said.offer: "ps", Said.acceptance: "ps", Said.refusal: "an", Said.decision: "fz"}


def word(fa: str, en: str) -> str:
    return fa if current_language() == "fa" else en


def here(path: str) -> str:
    """A page of this site in the language of the page."""
    return f"/en{path}" if current_language() == "en" else path


def _offer(o: StoreOffer) -> OfferOfStoreShown:
    is_due = o.state is OfferOfStoreState.accepted and o.carried_at is None
    label = t(f"remedy.{o.remedy.value}")
    return OfferOfStoreShown(o.remedy.value, label, o.amount_toman, o.state.value, o.made_at, is_due)


def show_case(complaint: Complaint, at: datetime, *, reader: Side) -> CaseShown:
    """A complaint as the shopper, the store or the seal centre reads it; the count is not the shopper's business."""
    policy = policy_at(complaint.filed_at)
    store = db.session.get_one(Store, complaint.store_id)
    bought = purchase_of(complaint.store_order_id) if complaint.store_order_id else None
    offers = tuple(map(_offer, offers_of(complaint.id)))
    counted = _counted(complaint, at) if reader is not Side.shopper else None
    lines = [line for line in (bought.lines if bought else ()) if complaint.order_line_id in (None, line.id)]
    due_at = unsettled_dues([complaint.number]).get(complaint.number, complaint.answer_due_at)
    hours, is_paused = _clock(complaint, store, due_at, at)
    return CaseShown(
        number=complaint.number,
        url=here(f"/complaints/{complaint.number}"),
        state=complaint.state.value,
        state_label=state_label(complaint),
        tone=TONES[complaint.state],
        category=complaint.category.value,
        category_label=t(f"complaint_category.{complaint.category.value}"),
        store_name=word(store.name_fa, store.name_en),
        store_slug=store.slug,
        is_outside=complaint.is_outside,
        order_number=bought.order.number if bought else None,
        order_url=_order_url(complaint, bought, reader),
        goods=tuple(word(line.title_fa, line.title_en) for line in lines),
        paid_toman=bought.part.goods_toman + bought.part.shipping_toman if bought else None,
        filed_at=complaint.filed_at,
        answer_due_at=due_at,
        answered_at=complaint.answered_at,
        clock_hours=hours,
        clock_of=policy.complaint_answer_hours,
        is_clock_running=hours is not None and not is_paused,
        is_clock_paused=is_paused,
        steps=_steps(complaint),
        next_step=_next_step(
            complaint, policy, due_at, at, bool(offers) and offers[-1].state == "open", reader
        ),
        messages=tuple(_messages(complaint, store, reader)),
        files=files_of(complaint.number),
        offers=offers,
        open_offer=next((o for o in offers if o.state == OfferOfStoreState.open), None),
        evaluation=complaint.evaluation.value if complaint.evaluation else None,
        can_add=complaint.state in OPEN_TO_WORDS,
        can_withdraw_until=_withdraw_until(complaint, policy, at),
        can_evaluate=_can_evaluate(complaint, policy, at),
        status=counted.status.value if counted else None,
        status_label=t(f"count_status.{counted.status.value}") if counted else None,
        drops_out_at=counted.drops_out_at if counted else None,
        contest_text=complaint.contest_text,
        is_contested=complaint.contested_at is not None,
        referral=_referral(complaint),
    )


def state_label(complaint: Complaint) -> str:
    """The state in words; an evaluation in its own."""
    if complaint.state is C.evaluated and complaint.evaluation is not None:
        return t(f"evaluation.{complaint.evaluation.value}")
    if complaint.state is C.unfounded and complaint.ruling is not None:
        return t(f"ruling.{complaint.ruling.value}")
    return t(f"complaint_state.{complaint.state.value}")


def files_of(number: str) -> tuple[FileShown, ...]:
    """The evidence of a case."""
    subject = f"complaint:{number}"
    return tuple(FileShown(file.name, here(f"/files/{file.key}")) for file in evidence_of([subject])[subject])


def hours_left(due_at: datetime, at: datetime) -> int:
    """Whole hours until a deadline, a begun one counted; never below 0."""
    return max(0, math.ceil((due_at - at) / timedelta(hours=1)))


def clock_hours_left(at: datetime, due_at: datetime, pauses: Sequence[Pause], province_id: int | None) -> int:
    """Whole hours of the clock until a deadline, those aside in which it will stand still; a begun one counted."""
    return math.ceil(clock_time(at, due_at, pauses, province_id) / timedelta(hours=1))


def _order_url(complaint: Complaint, bought: Any, reader: Side) -> str | None:
    if bought is None or reader is Side.office:
        return None
    if reader is Side.store:
        return here(f"/panel/orders/{bought.part.id}")
    return here(f"/orders/{bought.order.number}")


def _counted(complaint: Complaint, at: datetime) -> Counted | None:
    found = standing(case_in_count(complaint.number), CountRules.of(policy_at(at)), at)
    return next((entry for entry in found.entries if entry.complaint == complaint.number), None)


def _clock(complaint: Complaint, store: Store, due_at: datetime, at: datetime) -> tuple[int | None, bool]:
    """Hours left on the store's clock while it runs, and whether a pause holds it now."""
    if complaint.state is not C.filed or at > due_at:
        return None, False
    pauses = pauses_from(complaint.filed_at)
    is_paused = any(
        p.starts_at <= at < p.ends_at and p.province_id in (None, store.province_id) for p in pauses
    )
    return clock_hours_left(at, due_at, pauses, store.province_id), is_paused


def _withdraw_until(complaint: Complaint, policy: Policy, at: datetime) -> datetime | None:
    until = may_withdraw_until(complaint.filed_at, policy)
    return until if at <= until and may_become(complaint.state, C.withdrawn) else None


def _can_evaluate(complaint: Complaint, policy: Policy, at: datetime) -> bool:
    if not may_become(complaint.state, C.evaluated):
        return False
    return complaint.answered_at is None or at <= may_evaluate_until(complaint.answered_at, policy)


def _referral(complaint: Complaint) -> str | None:
    if complaint.authority is None:
        return None
    return t(
        "complaint.referred_to", authority=t(f"authority.{complaint.authority}"), letter=complaint.letter
    )


def _steps(complaint: Complaint) -> tuple[dict[str, Any], ...]:
    is_over = complaint.state in (C.withdrawn, C.unfounded, C.referred)
    moments = [
        ("filed", complaint.filed_at),
        ("answered", complaint.answered_at or complaint.escalated_at),
        ("evaluated", complaint.evaluated_at),
        ("closed", complaint.closed_at or complaint.ruled_at if is_over else complaint.closed_at),
    ]
    steps, is_now = [], True
    for code, moment in moments:
        if code == "closed" and is_over:
            steps.append({"label": state_label(complaint), "at": moment, "state": "done"})
            continue
        if moment is not None:
            state = "done"
        elif is_over:
            state = "stopped"
        else:
            state, is_now = ("now" if is_now else "todo"), False
        name = "escalated" if code == "answered" and not complaint.answered_at and moment else code
        steps.append({"label": t(f"complaint_step.{name}"), "at": moment, "state": state})
    return tuple(steps)


def _next_step(
    complaint: Complaint, policy: Policy, due_at: datetime, at: datetime, has_offer: bool, reader: Side
) -> NextStep:
    state = complaint.state
    if state is C.filed and at <= due_at:
        return NextStep("store", t(_turn("store_answers", Side.store, reader)), due_at)
    if state in (C.filed, C.overdue):
        return NextStep("office", t("next.office_has_it"))
    if state is C.answered and complaint.answered_at is not None:
        until = may_evaluate_until(complaint.answered_at, policy)
        step = "shopper_decides" if has_offer else "shopper_evaluates"
        return NextStep("shopper", t(_turn(step, Side.shopper, reader)), until)
    if state is C.evaluated and complaint.evaluation is Evaluation.not_solved:
        return NextStep("office", t("next.office_reviews"))
    if state in (C.evaluated, C.reviewed):
        return NextStep("nobody", t("next.closes_soon"))
    return NextStep("nobody", t("next.nothing"))


def _turn(step: str, side: Side, reader: Side) -> str:
    """The sentence of a step: who has to do it is told so."""
    return f"next.yours.{step}" if side is reader else f"next.{step}"


def _messages(complaint: Complaint, store: Store, reader: Side) -> Sequence[MessageShown]:
    names = {
        Side.store: word(store.name_fa, store.name_en),
        Side.office: t("complaint.seal_centre"),
        Side.shopper: t("complaint.you" if reader is Side.shopper else "complaint.shopper"),
    }
    shown = []
    for message in messages_of(complaint.id):
        tone = PILLS.get(message.said)
        pill = {"text": t(f"said.{message.said.value}"), "tone": tone} if tone else None
        note = (
            t("complaint.reply_stops_nothing")
            if message.said is Said.reply and reader is Side.store
            else None
        )
        shown.append(
            MessageShown(
                names[message.side],
                message.side.value,
                message.said.value,
                message.at,
                _standard(message.text),
                message.said in (Said.offer, Said.acceptance),
                pill,
                note,
            )
        )
    return shown


def _standard(text: str) -> str:
    """Texts that the platform itself wrote are kept as a code and read in the page's language."""
    return t("revocation.no_defence") if text == "no_defence" else text
