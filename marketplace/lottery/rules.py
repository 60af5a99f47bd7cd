"""What a paid store order earns, as pure functions. Source: docs/reference/rules.md, "Lottery"."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.lottery.models import GrantState


@dataclass(frozen=True, slots=True)
class Decision:
    """State, weight and the code of the reason of one grant."""

    state: GrantState
    weight: int
    reason: str


def decide_grant(earned: int, held_already: int, cap: int, *, is_official: bool, is_member: bool) -> Decision:
    """The grant of one paid store order.

    Officials, and members of the store bought from, earn nothing. A person's grants together never weigh more than
    the cap; what exceeds it is not given.
    """
    if is_official:
        return Decision(GrantState.excluded, 0, "official")
    if is_member:
        return Decision(GrantState.excluded, 0, "own_store")
    room = max(0, cap - held_already)
    if earned > room:
        return Decision(GrantState.capped, room, "cap_reached")
    return Decision(GrantState.granted, earned, "paid_order")
