"""Several of one kind in a call: each succeeds or is refused for itself, and the answer says which.

All stand in one unit, each in a part of it; so with an `Idempotency-Key` the whole call is done once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from flask import Response

from marketplace.api.once import once
from marketplace.api.schemas.bulk import MOST_AT_ONCE
from marketplace.core.errors import Invalid, MarketplaceError, Unavailable
from marketplace.core.unit_of_work import part_of_unit
from marketplace.core.web import problem

LARGEST_ID = 2**62


def items_of(wish: dict[str, Any]) -> list[dict[str, Any]]:
    """The items of a bulk body, each with a whole `id`. Raises Invalid naming the first that is none, or too many."""
    items = wish.get("items")
    if not isinstance(items, list) or not 0 < len(items) <= MOST_AT_ONCE:
        raise Invalid("bad_bulk", fields={"items": "bad_value"}, params={"most": MOST_AT_ONCE})
    for place, item in enumerate(items):
        number = item.get("id") if isinstance(item, dict) else None
        if type(number) is not int or not 0 < number <= LARGEST_ID:
            raise Invalid(
                "bad_bulk", fields={f"items.{place}.id": "bad_value"}, params={"most": MOST_AT_ONCE}
            )
    return items


def each(items: Sequence[dict[str, Any]], act: Callable[[dict[str, Any], datetime], object]) -> Response:
    """Does `act(item, at)` for each, the lowest id first; answers what became of each in the order of the items."""
    found: dict[int, dict[str, Any]] = {}

    def verb(at: datetime) -> None:
        for place in sorted(range(len(items)), key=lambda place: items[place]["id"]):
            found[place] = _one(items[place], act, at)

    return once(verb, lambda: {"results": [found[place] for place in range(len(items))]})


def _one(
    item: dict[str, Any], act: Callable[[dict[str, Any], datetime], object], at: datetime
) -> dict[str, Any]:
    try:
        with part_of_unit():
            act(item, at)
    except Unavailable:
        raise
    except MarketplaceError as refusal:
        return {"id": item["id"], "status": refusal.status, "problem": problem(refusal).get_json()}
    return {"id": item["id"], "status": 200, "problem": None}
