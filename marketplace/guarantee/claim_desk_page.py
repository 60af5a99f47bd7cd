"""Who sits at a claim, and what one of them may see and do."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.accounts.access import Visitor
from marketplace.accounts.models import Person, Role
from marketplace.core.db import db
from marketplace.core.language import t
from marketplace.guarantee.claim_facts import most_loss
from marketplace.guarantee.claim_models import Claim, ClaimState
from marketplace.guarantee.claim_queries import choices_of, seats_of
from marketplace.guarantee.decision_models import ClaimChoice
from marketplace.guarantee.seating import interests_against, round_of, seats_wanted


@dataclass(frozen=True, slots=True)
class SeatShown:
    """One seat. `choice` is None while it is hidden from the reader, or not made."""

    place: int
    who: str | None
    person_id: int | None
    has_chosen: bool
    is_mine: bool
    choice: ClaimChoice | None


@dataclass(frozen=True, slots=True)
class Bench:
    """The seats of a claim as one official sees them. `most_toman`: the most that may be found proven."""

    seats: tuple[SeatShown, ...]
    may_choose: bool
    may_ask: bool
    may_hand_over: bool
    interests: tuple[str, ...]
    most_toman: int


def bench_of(claim: Claim, reader: Visitor) -> Bench:
    """What others chose is hidden from whoever still has to choose, and from everybody until the round is over; the
    third seat, and the auditor, see both choices."""
    round_ = round_of(claim)
    taken = {seat.seat: seat for seat in seats_of(claim.id, round_)}
    chosen = {choice.seat: choice for choice in choices_of(claim.id, round_)}
    is_waiting = claim.state in (ClaimState.answered, ClaimState.assessed, ClaimState.appealed)
    mine = next((s for s in taken.values() if s.adjudicator_id == reader.id and s.chosen_at is None), None)
    are_open = not is_waiting or (1 in chosen and 2 in chosen)
    seats = []
    for place in sorted({*taken, *(seats_wanted(claim) if is_waiting else ())}):
        seat = taken.get(place)
        person = db.session.get(Person, seat.adjudicator_id) if seat else None
        is_mine = seat is not None and seat.adjudicator_id == reader.id
        may_see = are_open or (is_mine and place in chosen)
        seats.append(
            SeatShown(
                place,
                person.display_name if person else None,
                person.id if person else None,
                place in chosen,
                is_mine,
                chosen.get(place) if may_see else None,
            )
        )
    against = interests_against(reader.id, claim) if mine is not None else []
    can_decide = claim.state in (ClaimState.assessed, ClaimState.appealed)
    return Bench(
        tuple(seats),
        mine is not None and can_decide and not against,
        mine is not None and claim.state in (ClaimState.answered, ClaimState.assessed),
        Role.office in reader.roles and is_waiting,
        tuple(t(f"reason.interest.{code}") for code in against),
        most_loss(claim),
    )
