"""What may follow a sale, as pure functions: cancelling, returning, and how much money goes back.

Sources: docs/reference/rules.md, "After the payment". Withdrawal within seven working days of delivery; perishable
goods only for a fault; free shipping is never charged back; the shipping that was paid goes back with the last goods.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from marketplace.core.errors import Reason
from marketplace.orders.after_models import ReturnReason, ReturnState
from marketplace.orders.models import StoreOrderState

S = StoreOrderState
CANCELLABLE = frozenset({S.paid, S.accepted, S.packed})
"""While nothing has left the store."""
SUPPLIABLE = frozenset({S.paid, S.accepted, S.packed, S.part_shipped})
"""While the store may still say that it cannot supply something."""
RETURNABLE = frozenset({S.delivered, S.part_returned})
ENDED = frozenset({S.cancelled, S.unavailable_refunded})
RESALABLE = frozenset({ReturnReason.changed_mind, ReturnReason.wrong_goods})
"""Goods that came back for these reasons can be sold again."""

R = ReturnState
RETURN_TRANSITIONS: dict[ReturnState, frozenset[ReturnState]] = {
    R.asked: frozenset({R.sent, R.accepted, R.part_accepted, R.refused, R.withdrawn, R.lapsed}),
    R.sent: frozenset({R.accepted, R.part_accepted, R.refused}),
    R.accepted: frozenset(),
    R.part_accepted: frozenset(),
    R.refused: frozenset(),
    R.withdrawn: frozenset(),
    R.lapsed: frozenset(),
}
"""Lawful steps of a return."""
OPEN_STATES = (R.asked, R.sent)


@dataclass(frozen=True, slots=True)
class Bought:
    """A line as far as it decides on returns: `left` pieces were sold and are not on their way back."""

    offer_id: int
    left: int
    unit_toman: int
    is_perishable: bool


def reasons_against_return(
    state: StoreOrderState, withdraw_until: datetime | None, has_open: bool, at: datetime
) -> list[Reason]:
    """All that speaks against returning anything of a store order now; the last moment is in time."""
    found = []
    if state not in RETURNABLE:
        found.append(Reason("return_not_delivered" if state not in (S.closed, S.returned) else "return_over"))
    elif withdraw_until is None or at > withdraw_until:
        found.append(Reason("return_over"))
    if has_open:
        found.append(Reason("return_open"))
    return found


def wrong_lines(lines: Sequence[Bought], wanted: Mapping[int, int], reason: ReturnReason) -> dict[str, str]:
    """Field -> code of what is wrong with the quantities that shall go back; empty when all is well."""
    known = {line.offer_id: line for line in lines}
    wrong: dict[str, str] = {}
    if not wanted:
        wrong["lines"] = "nothing_chosen"
    for offer_id, quantity in wanted.items():
        line = known.get(offer_id)
        field = f"quantity-{offer_id}"
        if line is None:
            wrong[field] = "unknown_line"
        elif quantity > line.left:
            wrong[field] = "above_bought"
        elif line.is_perishable and reason is ReturnReason.changed_mind:
            wrong[field] = "perishable"
    return wrong


def due_for_goods(lines: Iterable[tuple[int, int]]) -> int:
    """What goes back for (quantity, unit price) pairs."""
    return sum(quantity * unit for quantity, unit in lines)


def due_for_shipping(paid: int, refunded: int, is_everything_back: bool) -> int:
    """The shipping that was paid goes back with the last of the goods; free shipping is never charged back."""
    return paid - refunded if is_everything_back else 0


def decided_state(accepted: int, asked: int) -> ReturnState:
    """How a return ends when the store took so many of the pieces."""
    if accepted == 0:
        return ReturnState.refused
    return ReturnState.accepted if accepted == asked else ReturnState.part_accepted


def vat_within(gross: int, percent: int) -> int:
    """The value-added tax that is part of a price, rounded down to the toman."""
    return gross * percent // (100 + percent)
