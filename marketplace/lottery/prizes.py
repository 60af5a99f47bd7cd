"""A prize on its way to its winner: claimed within the days, identity seen, handed over; or drawn again."""

from __future__ import annotations

from datetime import datetime

from marketplace.core.audit import SYSTEM, Actor, record
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.unit_of_work import unit_of_work
from marketplace.lottery.errors import PrizeGone
from marketplace.lottery.models import Award, AwardState, DrawState
from marketplace.lottery.queries import finished_draws, lapsed_awards, lock_award, lock_draw
from marketplace.lottery.rules import may_award_become


def claim_prize(award_id: int, person_id: int, *, is_named: bool, at: datetime) -> Award:
    """The winner wants the prize. `is_named`: may be shown with first name, initial, city and masked mobile.

    Claiming it twice changes nothing but the choice. Raises NotFound for another's, PrizeGone after the last moment.
    """
    award = _of_person(award_id, person_id)
    if award.state is AwardState.claimed:
        award.is_named = is_named
        return award
    if at > award.claim_until:
        raise PrizeGone()
    _step(award, AwardState.claimed)
    award.claimed_at, award.is_named = at, is_named
    return award


def choose_publication(award_id: int, person_id: int, *, is_named: bool) -> Award:
    """The winner's choice, at any time: shown with first name, initial, city and masked mobile, or without a name.

    Raises NotFound for another's.
    """
    award = _of_person(award_id, person_id)
    award.is_named = is_named
    return award


def give_up_prize(award_id: int, person_id: int, at: datetime) -> Award:
    """The winner does not want it; it is drawn again. Raises NotFound, PrizeGone."""
    award = _of_person(award_id, person_id)
    if award.state is not AwardState.given_up:
        _step(award, AwardState.given_up)
    return award


def check_identity(award_id: int, note: str, actor: Actor, at: datetime) -> Award:
    """The office saw who the winner is. Raises PrizeGone unless it was claimed."""
    award = lock_award(award_id)
    _step(award, AwardState.checked)
    award.checked_at, award.note = at, " ".join(note.split())[:500]
    record(actor, "check_identity", f"award:{award.id}", at)
    return award


def hand_over_prize(award_id: int, note: str, actor: Actor, at: datetime) -> Award:
    """The prize is in the winner's hands; the note is the record of it. Raises PrizeGone unless identity was seen."""
    award = lock_award(award_id)
    _step(award, AwardState.handed_over)
    award.handed_over_at, award.note = at, " ".join(note.split())[:500] or award.note
    record(actor, "hand_over_prize", f"award:{award.id}", at)
    return award


def lapse_prizes(at: datetime) -> int:
    """A sweep: a prize that nobody claimed in time is drawn again."""
    ids = lapsed_awards(at)
    db.session.rollback()
    for award_id in ids:
        with unit_of_work():
            award = lock_award(award_id)
            if award.state is AwardState.won and award.claim_until < at:
                award.state = AwardState.lapsed
    return len(ids)


def settle_draws(at: datetime) -> int:
    """A sweep: a draw is settled once no stage is to come and no won prize is on its way.

    What nobody took by then goes to the next edition.
    """
    ids = finished_draws()
    db.session.rollback()
    for draw_id in ids:
        with unit_of_work():
            draw = lock_draw(draw_id)
            if draw.state is DrawState.drawn and draw_id in finished_draws():
                draw.state = DrawState.settled
                record(SYSTEM, "settle_draw", f"draw:{draw.slug}", at)
    return len(ids)


def _of_person(award_id: int, person_id: int) -> Award:
    award = lock_award(award_id)
    if award.person_id != person_id:
        raise NotFound("unknown_award")
    return award


def _step(award: Award, following: AwardState) -> None:
    if not may_award_become(award.state, following):
        raise PrizeGone(params={"state": award.state.value})
    award.state = following
    db.session.flush()
