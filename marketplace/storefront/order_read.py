"""An own order as its pages read it: once, in three statements, for everything that is shown of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from marketplace.core.db import AnyRow, db
from marketplace.festival.guest_offers import GUEST_COLUMNS, join_guest
from marketplace.festival.models import Offer
from marketplace.orders.models import Order, OrderLine, StoreOrder
from marketplace.orders.queries import order_of_person
from marketplace.stores.models import Seal, Store


@dataclass(frozen=True, slots=True)
class OrderRead:
    """An order with rows of its parts (`StoreOrder`, slug, names and stars of the store) and, by part, rows of their
    lines (`OrderLine`, slug of the offer, names of its guest)."""

    order: Order
    parts: Sequence[AnyRow]
    lines: Mapping[int, Sequence[AnyRow]]

    @property
    def store_orders(self) -> list[StoreOrder]:
        """The parts without their stores."""
        return [row.StoreOrder for row in self.parts]

    @property
    def order_lines(self) -> Iterator[OrderLine]:
        """The lines of all parts."""
        return (row.OrderLine for rows in self.lines.values() for row in rows)


def read_order(number: str, person_id: int) -> OrderRead:
    """An own order with all its parts and lines. Raises NotFound for another person's."""
    order = order_of_person(number, person_id)
    parts = db.session.execute(
        select(StoreOrder, Store.slug, Store.name_fa, Store.name_en, Seal.stars)
        .join(Store, Store.id == StoreOrder.store_id)
        .outerjoin(Seal, Seal.store_id == Store.id)
        .where(StoreOrder.order_id == order.id)
        .order_by(StoreOrder.id)
    ).all()
    return OrderRead(order, parts, _lines_by_part([row.StoreOrder.id for row in parts]))


def _lines_by_part(ids: list[int]) -> dict[int, list[AnyRow]]:
    found: dict[int, list[AnyRow]] = {}
    for row in db.session.execute(
        join_guest(select(OrderLine, Offer.slug, *GUEST_COLUMNS).join(Offer, Offer.id == OrderLine.offer_id))
        .where(OrderLine.store_order_id.in_(ids))
        .order_by(OrderLine.id)
    ):
        found.setdefault(row.OrderLine.store_order_id, []).append(row)
    return found
