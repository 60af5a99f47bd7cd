"""Returns as their shopper's programs read them."""

from __future__ import annotations

from typing import Any

from marketplace.api.answers import absolute
from marketplace.core.errors import NotFound
from marketplace.orders.queries import lines_of, store_order_of_person
from marketplace.orders.returns import open_return, return_lines_of


def return_document(store_order_id: int, person_id: int) -> dict[str, Any]:
    """The open return of an own store order. Raises NotFound."""
    part = store_order_of_person(store_order_id, person_id)
    found = open_return(part.id)
    if found is None:
        raise NotFound("unknown_return")
    offers = {line.id: line.offer_id for line in lines_of([part.id])}
    return {
        "number": found.number,
        "store_order_id": part.id,
        "state": found.state.value,
        "reason": found.reason.value,
        "note": found.note,
        "lines": [
            {"offer_id": offers[row.order_line_id], "quantity": row.quantity}
            for row in return_lines_of([found.id])
        ],
        "asked_at": found.asked_at,
        "due_at": found.due_at,
        "url": absolute(f"/returns/{found.number}"),
    }
