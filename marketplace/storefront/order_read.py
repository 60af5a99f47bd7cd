"""An own order as its pages read it: once, in three statements, for everything that is shown of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from marketplace.core.errors import NotFound
from marketplace.core.ready import Ready
from marketplace.festival.guest_offers import GUEST_COLUMNS, join_guest
from marketplace.festival.models import Offer
from marketplace.orders.models import Order, OrderLine, StoreOrder
from marketplace.stores.models import Seal, Store

_ORDER = Ready(
    select(*Order.__table__.c).where(
        Order.number == bindparam("number"), Order.person_id == bindparam("person")
    )
)
_PARTS = Ready(
    select(*StoreOrder.__table__.c, Store.slug, Store.name_fa, Store.name_en, Seal.stars)
    .join(Store, Store.id == StoreOrder.store_id)
    .outerjoin(Seal, Seal.store_id == Store.id)
    .where(StoreOrder.order_id == bindparam("order"))
    .order_by(StoreOrder.id)
)
_LINES = Ready(
    join_guest(
        select(*OrderLine.__table__.c, Offer.slug, *GUEST_COLUMNS).join(Offer, Offer.id == OrderLine.offer_id)
    )
    .where(OrderLine.store_order_id.in_(bindparam("parts", expanding=True, type_=StoreOrder.id.type)))
    .order_by(OrderLine.id)
)


@dataclass(frozen=True, slots=True)
class OrderRead:
    """A row of an order's columns, rows of its parts (columns of `StoreOrder`, slug, names and stars of the store)
    and, by part, rows of their lines (columns of `OrderLine`, slug of the offer, names of its guest)."""

    order: Any
    parts: Sequence[Any]
    lines: Mapping[int, Sequence[Any]]

    @property
    def order_lines(self) -> Iterator[Any]:
        """The lines of all parts."""
        return (row for rows in self.lines.values() for row in rows)


def read_order(number: str, person_id: int) -> OrderRead:
    """An own order with all its parts and lines. Raises NotFound for another person's."""
    order = _ORDER.first(number=number, person=person_id)
    if order is None:
        raise NotFound("unknown_order")
    parts = _PARTS.all(order=order.id)
    lines: dict[int, list[Any]] = {}
    for row in _LINES.all(parts=[part.id for part in parts]):
        lines.setdefault(row.store_order_id, []).append(row)
    return OrderRead(order, parts, lines)
