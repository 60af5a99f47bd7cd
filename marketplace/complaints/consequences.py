"""What a store's count does to its seal. A function of the history and the moment alone: it may be asked at any time,
in any order, and twice changes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from marketplace.complaints.models import RevocationCase, RevocationState, StarLoss
from marketplace.complaints.notices import tell_case, tell_star, tell_warning
from marketplace.complaints.queries import last_case, lock_store, open_case
from marketplace.complaints.seal_effects import mend_seal, seal_of_store, set_stars, suspend_for
from marketplace.core.audit import SYSTEM, record
from marketplace.core.db import db
from marketplace.policy.policy import policy_at
from marketplace.stores.models import Seal
from marketplace.stores.record_rows import cases_that_may_count
from marketplace.stores.standing import Case, CountRules, Standing, standing

V = RevocationState


def apply_consequences(store_id: int, at: datetime) -> Standing:
    """Brings stars, warnings, revocation case and seal into line with the count at a moment; inside a unit.

    Gives the standing that it acted upon.
    """
    lock_store(store_id)
    policy = policy_at(at)
    rules = CountRules.of(policy)
    cases = cases_that_may_count(store_id, at, is_literal=rules.is_literal)
    found = standing(cases, rules, at)
    seal = seal_of_store(store_id)
    if seal is None:
        return found
    _settle_stars(seal, found, at)
    if found.warning is not None:
        tell_warning(store_id, found.warning, found.counting[-1].complaint, at)
    _settle_case(seal, cases, found, at, timedelta(days=policy.revocation_defence_days))
    mend_seal(seal, _is_held(seal), at)
    return found


def _is_held(seal: Seal) -> bool:
    """Whether something of ours keeps the seal from being active."""
    case = open_case(seal.store_id)
    return case is not None or seal.stars == 0


def _settle_stars(seal: Seal, found: Standing, at: datetime) -> None:
    """Takes a star for each loss that is new, and gives back those whose ground fell away; none left suspends."""
    kept = {
        loss.complaint: loss
        for loss in db.session.scalars(select(StarLoss).where(StarLoss.store_id == seal.store_id))
    }
    due = set(found.star_losses)
    for complaint, loss in kept.items():
        if complaint not in due and loss.given_back_at is None:
            loss.given_back_at = at
            if loss.stars_before > 0:
                set_stars(seal, seal.stars + 1, "lateness_fell_away", at)
                tell_star(seal.store_id, complaint, seal.stars, True, at)
    for complaint in found.star_losses:
        known = kept.get(complaint)
        if known is not None and known.given_back_at is None:
            continue
        if known is None:
            known = StarLoss(store_id=seal.store_id, complaint=complaint, stars_before=seal.stars, lost_at=at)
            db.session.add(known)
        known.given_back_at, known.stars_before = None, seal.stars
        if seal.stars > 0:
            set_stars(seal, seal.stars - 1, "late_answers", at)
            tell_star(seal.store_id, complaint, seal.stars, False, at)
    db.session.flush()
    if seal.stars == 0 and due:
        suspend_for(seal, "no_stars_left", at)


def _settle_case(seal: Seal, cases: list[Case], found: Standing, at: datetime, defence: timedelta) -> None:
    case = open_case(seal.store_id)
    if case is None:
        if found.is_above_limit and _is_new(seal.store_id, found):
            _open(seal, found, at, defence)
        return
    is_groundless = not standing(cases, found.rules, case.opened_at).is_above_limit
    has_fallen = not found.is_above_limit and case.state in (V.opened, V.defended)
    if not is_groundless and not has_fallen:
        return
    case.state, case.ended_at = V.fallen, at
    db.session.flush()
    record(SYSTEM, "end_revocation", f"revocation:{case.id}", at, state=case.state.value)
    tell_case(case, "revocation_fallen", {"counted": found.counted}, at)
    mend_seal(seal, seal.stars == 0, at, is_won=True)


def _is_new(store_id: int, found: Standing) -> bool:
    """Whether something counts that was not decided upon in the last case."""
    last = last_case(store_id)
    if last is None or last.state is V.fallen:
        return True
    return not {e.complaint for e in found.counting} <= set(last.complaints)


def _open(seal: Seal, found: Standing, at: datetime, defence: timedelta) -> RevocationCase:
    case = RevocationCase(
        store_id=seal.store_id,
        state=V.opened,
        complaints=[entry.complaint for entry in found.counting],
        opened_at=at,
        defence_until=at + defence,
    )
    db.session.add(case)
    db.session.flush()
    record(SYSTEM, "open_revocation", f"revocation:{case.id}", at, store=seal.store_id, counted=found.counted)
    suspend_for(seal, "counted_complaints", at, until=case.defence_until)
    facts = {"counted": found.counted, "defence_at": case.defence_until.isoformat()}
    tell_case(case, "revocation_opened", facts, at)
    return case
