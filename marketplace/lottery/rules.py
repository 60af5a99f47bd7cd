"""What a paid store order earns, as pure functions. Source: docs/reference/rules.md, "Lottery"."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.lottery.models import AwardState, GrantState


@dataclass(frozen=True, slots=True)
class Decision:
    """State, weight and the code of the reason of one grant."""

    state: GrantState
    weight: int
    reason: str


def decide_grant(
    earned: int, held_already: int, cap: int, *, is_official: bool, is_member: bool, is_closed: bool = False
) -> Decision:
    """The grant of one paid store order.

    Once the list is closed nothing is added. Officials, and members of the store bought from, earn nothing. A person's
    grants together never weigh more than the cap; what exceeds it is not given.
    """
    if is_closed:
        return Decision(GrantState.excluded, 0, "list_closed")
    if is_official:
        return Decision(GrantState.excluded, 0, "official")
    if is_member:
        return Decision(GrantState.excluded, 0, "own_store")
    room = max(0, cap - held_already)
    if earned > room:
        return Decision(GrantState.capped, room, "cap_reached")
    return Decision(GrantState.granted, earned, "paid_order")


AWARD_STEPS: dict[AwardState, frozenset[AwardState]] = {
    AwardState.won: frozenset({AwardState.claimed, AwardState.lapsed, AwardState.given_up}),
    AwardState.claimed: frozenset({AwardState.checked, AwardState.given_up}),
    AwardState.checked: frozenset({AwardState.handed_over, AwardState.given_up}),
    AwardState.handed_over: frozenset(),
    AwardState.lapsed: frozenset(),
    AwardState.given_up: frozenset(),
}
"""What may follow on what for a prize that was won."""


def may_award_become(present: AwardState, following: AwardState) -> bool:
    """Whether a won prize may take this step."""
    return following in AWARD_STEPS[present]
