"""What a store's count does to its seal. A function of the history and the moment alone: it may be asked at any time,
in any order, and twice changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from marketplace.complaints.models import RevocationCase, RevocationState, StarLoss
from marketplace.complaints.notices import Warned, tell_case, tell_star, tell_warnings
from marketplace.complaints.queries import last_case, lock_stores, open_cases
from marketplace.complaints.seal_effects import mend_seal, seals_of_stores, set_stars, suspend_for
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
    return apply_to_stores([store_id], at)[store_id]


def apply_to_stores(store_ids: Iterable[int], at: datetime) -> dict[int, Standing]:
    """The same for several stores at once: what is known of all of them is read in six statements, and more only for
    those whose seal has to change."""
    ids = sorted(set(store_ids))
    lock_stores(ids)
    policy = policy_at(at)
    rules = CountRules.of(policy)
    lives = cases_that_may_count(ids, at, is_literal=rules.is_literal)
    seals, losses, trials = seals_of_stores(ids), _losses_of(ids), open_cases(ids)
    found: dict[int, Standing] = {}
    warned: list[Warned] = []
    for store_id in ids:
        cases = lives.get(store_id, [])
        here = found[store_id] = standing(cases, rules, at)
        seal = seals.get(store_id)
        if seal is None:
            continue
        _settle_stars(seal, losses.get(store_id, []), here, at)
        if here.warning is not None:
            warned.append(Warned(store_id, here.warning, here.counting[-1].complaint))
        days = timedelta(days=policy.revocation_defence_days)
        trial = _settle_case(seal, trials.get(store_id), cases, here, at, days)
        mend_seal(seal, trial is not None or seal.stars == 0, at)
    tell_warnings(warned, at)
    return found


def _losses_of(store_ids: Sequence[int]) -> dict[int, list[StarLoss]]:
    found: dict[int, list[StarLoss]] = {}
    for loss in db.session.scalars(select(StarLoss).where(StarLoss.store_id.in_(store_ids))):
        found.setdefault(loss.store_id, []).append(loss)
    return found


def _settle_stars(seal: Seal, losses: Sequence[StarLoss], found: Standing, at: datetime) -> None:
    """Takes a star for each loss that is new, and gives back those whose ground fell away; none left suspends."""
    kept = {loss.complaint: loss for loss in losses}
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


def _settle_case(
    seal: Seal,
    case: RevocationCase | None,
    cases: list[Case],
    found: Standing,
    at: datetime,
    defence: timedelta,
) -> RevocationCase | None:
    """Opens a case, or ends the one that is open; gives what is open after it."""
    if case is None:
        is_due = found.is_above_limit and _is_new(seal.store_id, found)
        return _open(seal, found, at, defence) if is_due else None
    is_groundless = not standing(cases, found.rules, case.opened_at).is_above_limit
    has_fallen = not found.is_above_limit and case.state in (V.opened, V.defended)
    if not is_groundless and not has_fallen:
        return case
    case.state, case.ended_at = V.fallen, at
    db.session.flush()
    record(SYSTEM, "end_revocation", f"revocation:{case.id}", at, state=case.state.value)
    tell_case(case, "revocation_fallen", {"counted": found.counted}, at)
    mend_seal(seal, seal.stars == 0, at, is_won=True)
    return None


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
