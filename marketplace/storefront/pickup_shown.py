"""The pickup of a store order as its shopper sees it: where, the code, and the code as a picture."""

from __future__ import annotations

from dataclasses import dataclass

import segno
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.orders.models import StoreOrder, StoreOrderState
from marketplace.orders.pickup import OPEN, pickup_codes
from marketplace.policy.models import ShippingMethod
from marketplace.storefront.shown import words
from marketplace.stores.models import Store


@dataclass(frozen=True, slots=True)
class PickupShown:
    """`qr`: an address of data for a picture; `is_ready`: packed, with its kit."""

    code: str
    qr: str
    address: str
    city: str
    phone: str
    is_ready: bool


def pickups_of(parts: list[StoreOrder]) -> dict[int, PickupShown]:
    """Pickups by store order, of those that wait at a counter and were paid."""
    waiting = [p for p in parts if p.shipping_method is ShippingMethod.pickup and p.state in OPEN]
    if not waiting:
        return {}
    codes = pickup_codes([p.id for p in waiting])
    places = {
        row.id: row
        for row in db.session.execute(
            select(Store.id, Store.address, Store.city_fa, Store.city_en, Store.phone).where(
                Store.id.in_([p.store_id for p in waiting])
            )
        )
    }
    return {
        p.id: PickupShown(
            codes[p.id],
            segno.make(codes[p.id], error="m", micro=False).svg_data_uri(scale=4, border=2, dark="#12343b"),
            places[p.store_id].address,
            words(places[p.store_id].city_fa, places[p.store_id].city_en),
            places[p.store_id].phone,
            p.state is StoreOrderState.packed,
        )
        for p in waiting
    }
