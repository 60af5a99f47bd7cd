"""Missing kits at a store: warned at the first threshold, heard at the second, stopped by the office after that, and
set free with a reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from marketplace.core.audit import SYSTEM, Actor, record
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.deciding import freeze_offer, unfreeze_offer
from marketplace.festival.models import Offer, OfferState
from marketplace.festival.offer_models import OfferStep
from marketplace.messages.outbox import tell
from marketplace.oversight.errors import CaseOver, NotHeardYet
from marketplace.oversight.kit_reports import reports_by_store, reports_of_store
from marketplace.oversight.rules import TRANSITIONS, kit_step, may_freeze
from marketplace.oversight.watch_models import KitCase, KitCaseState
from marketplace.policy.policy import policy_at
from marketplace.stores.interest import ensure_disinterested
from marketplace.stores.paper_queries import members_of

S = KitCaseState
KITS = "kit_reports"
EVER = datetime(2000, 1, 1, tzinfo=UTC)
PANEL = "/panel/pledges"


def watch_kits(at: datetime) -> int:
    """The sweep: opens a case, or takes it one step further, where reports reach a threshold. Gives their number."""
    policy = policy_at(at)
    reached = [n for n, count in reports_by_store().items() if count >= policy.kit_warning_reports]
    db.session.rollback()
    done = 0
    for store_id in sorted(reached):
        with unit_of_work():
            done += _look(store_id, at)
    return done


def explain_kits(store_id: int, words: str, actor: Actor, at: datetime) -> KitCase:
    """The store is heard. Raises NotFound without a case, CaseOver when it is not asked, or has spoken."""
    case = open_case(store_id, lock=True)
    if case is None:
        raise NotFound()
    _step(case, S.heard)
    case.statement, case.stated_at = words, at
    db.session.flush()
    record(actor, "explain_kits", f"store:{store_id}", at, case=case.id)
    return case


def freeze_for_kits(case_id: int, actor: Actor, at: datetime) -> int:
    """The office stops every offer of the store, after it was heard or its time to speak is over. Gives their number.

    Raises NotFound, CaseOver, NotHeardYet, OwnStore.
    """
    case = _locked(case_id)
    ensure_disinterested(actor, case.store_id)
    if S.frozen not in TRANSITIONS[case.state]:
        raise CaseOver(params={"state": case.state.value})
    if not may_freeze(case.state, case.heard_until_at, at):
        raise NotHeardYet()
    _step(case, S.frozen)
    case.frozen_at = at
    ids = db.session.scalars(
        select(Offer.id)
        .where(Offer.store_id == case.store_id, Offer.state.in_((OfferState.live, OfferState.approved)))
        .order_by(Offer.id)
    ).all()
    for offer_id in ids:
        freeze_offer(offer_id, None, (KITS,), actor, at)
    record(actor, "freeze_for_kits", f"store:{case.store_id}", at, case=case.id, offers=len(ids))
    return len(ids)


def close_kit_case(case_id: int, reason: str, actor: Actor, at: datetime) -> int:
    """The office ends a case with a reason; offers that it stopped are free again. Reports count anew from here on.

    Gives the number of offers set free. Raises NotFound, CaseOver, OwnStore, WindowOver.
    """
    case = _locked(case_id)
    ensure_disinterested(actor, case.store_id)
    was = case.state
    _step(case, S.closed)
    case.closed_at, case.closing_reason = at, reason
    db.session.flush()
    ids = _stopped(case) if was is S.frozen else []
    for offer_id in ids:
        unfreeze_offer(offer_id, None, reason, actor, at)
    record(
        actor, "close_kit_case", f"store:{case.store_id}", at, case=case.id, reason=reason, offers=len(ids)
    )
    return len(ids)


def open_case(store_id: int, *, lock: bool = False) -> KitCase | None:
    """The store's open case."""
    query = select(KitCase).where(KitCase.store_id == store_id, KitCase.state != S.closed)
    return db.session.scalar(query.with_for_update() if lock else query)


def counted_from(store_id: int) -> datetime:
    """Since when reports count: the end of the last case."""
    last = db.session.scalar(select(func.max(KitCase.closed_at)).where(KitCase.store_id == store_id))
    return last or EVER


def _look(store_id: int, at: datetime) -> bool:
    case = open_case(store_id, lock=True)
    since = case.counted_from if case else counted_from(store_id)
    reports = reports_of_store(store_id)
    policy = policy_at(at)
    following = kit_step(reports, case.state if case else None, policy)
    if following is None:
        return False
    if case is None:
        case = KitCase(
            store_id=store_id, state=following, counted_from=since, report_count=reports, warned_at=at
        )
        db.session.add(case)
    else:
        _step(case, following)
        case.report_count = reports
    if following is S.hearing:
        case.heard_until_at = at + timedelta(hours=policy.kit_hearing_hours)
    db.session.flush()
    _tell(case, at)
    record(SYSTEM, f"kits_{following.value}", f"store:{store_id}", at, case=case.id, reports=reports)
    return True


def _tell(case: KitCase, at: datetime) -> None:
    params = {"report_count": case.report_count, "path": PANEL}
    if case.heard_until_at is not None:
        params["until_at"] = case.heard_until_at.isoformat()
    template = "kits_hearing" if case.state is S.hearing else "kits_warning"
    for person in members_of(case.store_id):
        tell(
            key=f"{template}:{case.id}:{person}",
            person=person,
            template=template,
            params=params,
            subject=f"store:{case.store_id}",
            at=at,
        )


def _stopped(case: KitCase) -> list[int]:
    """Offers that this case stopped and that are stopped still."""
    steps = db.session.scalars(
        select(OfferStep)
        .join(Offer, Offer.id == OfferStep.offer_id)
        .where(
            Offer.store_id == case.store_id,
            Offer.state == OfferState.frozen,
            OfferStep.action == "freeze_offer",
            OfferStep.at >= case.frozen_at,
        )
        .order_by(OfferStep.offer_id)
    )
    return sorted({step.offer_id for step in steps if KITS in (step.reasons or ())})


def _locked(case_id: int) -> KitCase:
    case = db.session.get(KitCase, case_id, populate_existing=True, with_for_update=True)
    if case is None:
        raise NotFound()
    return case


def _step(case: KitCase, following: KitCaseState) -> None:
    if following not in TRANSITIONS[case.state]:
        raise CaseOver(params={"state": case.state.value})
    case.state = following
