"""What a store's count does to its seal. A function of the history and the moment alone: it may be asked at any time,
in any order, and twice changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from marketplace.complaints.models import RevocationCase, RevocationState, StarLoss
from marketplace.complaints.notices import tell_case, warning_news
from marketplace.complaints.queries import last_cases, lock_stores, open_cases
from marketplace.complaints.seal_effects import mend_seal, seals_of_stores
from marketplace.complaints.seal_journal import SealJournal
from marketplace.core.audit import SYSTEM, record
from marketplace.core.db import db
from marketplace.policy.policy import policy_at
from marketplace.stores.models import Seal, SealState
from marketplace.stores.record_rows import cases_that_may_count
from marketplace.stores.standing import Case, CountRules, Standing, standing

V = RevocationState


def apply_consequences(store_id: int, at: datetime) -> Standing:
    """Brings stars, warnings, revocation case and seal into line with the count at a moment; inside a unit.

    Gives the standing that it acted upon.
    """
    return apply_to_stores([store_id], at)[store_id]


def apply_to_stores(store_ids: Iterable[int], at: datetime) -> dict[int, Standing]:
    """The same for several stores at once: what is known of all of them is read in six statements, and what follows
    is written in a few, however many seals have to change."""
    ids = sorted(set(store_ids))
    lock_stores(ids)
    policy = policy_at(at)
    rules = CountRules.of(policy)
    lives = cases_that_may_count(ids, at, is_literal=rules.is_literal)
    found = {store_id: standing(lives.get(store_id, []), rules, at) for store_id in ids}
    seals, losses, trials = seals_of_stores(ids), _losses_of(ids), open_cases(ids)
    due = [s for s in seals if s not in trials and found[s].is_above_limit]
    lasts = last_cases(due) if due else {}
    journal, defence = SealJournal(at), timedelta(days=policy.revocation_defence_days)
    for store_id, seal in sorted(seals.items()):
        here, trial = found[store_id], trials.get(store_id)
        _settle_stars(seal, losses.get(store_id, []), here, journal)
        if here.warning is not None:
            journal.tell(warning_news(store_id, here.warning, here.counting[-1].complaint))
        if trial is not None:
            trial = _settle_case(seal, trial, lives.get(store_id, []), here, journal)
        elif here.is_above_limit and _is_new(lasts.get(store_id), here):
            trial = _open(seal, here, defence, journal)
        if trial is None and seal.stars > 0 and seal.state is SealState.suspended:
            journal.write()
            mend_seal(seal, False, at)
    journal.write()
    return found


def _losses_of(store_ids: Sequence[int]) -> dict[int, list[StarLoss]]:
    found: dict[int, list[StarLoss]] = {}
    for loss in db.session.scalars(select(StarLoss).where(StarLoss.store_id.in_(store_ids))):
        found.setdefault(loss.store_id, []).append(loss)
    return found


def _settle_stars(seal: Seal, losses: Sequence[StarLoss], found: Standing, journal: SealJournal) -> None:
    """Takes a star for each loss that is new, and gives back those whose ground fell away; none left suspends."""
    kept = {loss.complaint: loss for loss in losses}
    due = set(found.star_losses)
    for complaint, loss in kept.items():
        if complaint not in due and loss.given_back_at is None:
            loss.given_back_at = found.at
            if loss.stars_before > 0:
                journal.set_stars(seal, seal.stars + 1, "lateness_fell_away", complaint, is_back=True)
    for complaint in found.star_losses:
        known = kept.get(complaint)
        if known is not None and known.given_back_at is None:
            continue
        if known is None:
            journal.lose(seal, complaint)
        else:
            known.given_back_at, known.stars_before = None, seal.stars
        if seal.stars > 0:
            journal.set_stars(seal, seal.stars - 1, "late_answers", complaint, is_back=False)
    if seal.stars == 0 and due:
        journal.suspend(seal, "no_stars_left")


def _settle_case(
    seal: Seal, case: RevocationCase, cases: list[Case], found: Standing, journal: SealJournal
) -> RevocationCase | None:
    """Ends the case that is open where its ground fell away; gives what is open after it."""
    is_groundless = not standing(cases, found.rules, case.opened_at).is_above_limit
    has_fallen = not found.is_above_limit and case.state in (V.opened, V.defended)
    if not is_groundless and not has_fallen:
        return case
    journal.write()
    case.state, case.ended_at = V.fallen, found.at
    db.session.flush()
    record(SYSTEM, "end_revocation", f"revocation:{case.id}", found.at, state=case.state.value)
    tell_case(case, "revocation_fallen", {"counted": found.counted}, found.at)
    mend_seal(seal, seal.stars == 0, found.at, is_won=True)
    return None


def _is_new(last: RevocationCase | None, found: Standing) -> bool:
    """Whether something counts that was not decided upon in the last case."""
    if last is None or last.state is V.fallen:
        return True
    return not {e.complaint for e in found.counting} <= set(last.complaints)


def _open(seal: Seal, found: Standing, defence: timedelta, journal: SealJournal) -> RevocationCase:
    case = RevocationCase(
        store_id=seal.store_id,
        state=V.opened,
        complaints=[entry.complaint for entry in found.counting],
        opened_at=found.at,
        defence_until=found.at + defence,
    )
    journal.open_case(case)
    journal.suspend(seal, "counted_complaints", case.defence_until)
    return case
