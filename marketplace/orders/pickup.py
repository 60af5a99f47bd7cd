"""Handing an order over the counter: the store types the shopper's code; no parcel, no carrier, but the kit is in.

The code has six digits and five tries; the shopper can ask for a new one on the page of the order.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime

from sqlalchemy import select, update

from marketplace.core.audit import Actor, record
from marketplace.core.db import changed_count, db
from marketplace.core.errors import NotFound
from marketplace.core.text import ascii_digits
from marketplace.orders.errors import KitNotTicked, PickupCodeUsedUp, PickupCodeWrong, WrongStep
from marketplace.orders.fulfilment import deliver, is_kit_ticked, of_store
from marketplace.orders.models import DeliveredBy, OrderLine, StoreOrder, StoreOrderState
from marketplace.orders.pickup_models import MOST_TRIES, Pickup
from marketplace.orders.queries import lock_store_order, store_order_of_person
from marketplace.policy.models import ShippingMethod

S = StoreOrderState
OPEN = (S.paid, S.accepted, S.packed)


def new_code() -> str:
    """Six digits, each equally likely."""
    return f"{secrets.randbelow(1_000_000):06d}"


def promise_pickup(store_order_id: int) -> None:
    """Writes the code of a store order that will be taken in person; at its placing."""
    db.session.add(Pickup(store_order_id=store_order_id, code=new_code()))
    db.session.flush()


def hand_over_at_pickup(
    store_order_id: int, store_id: int, code: str, actor: Actor, at: datetime
) -> StoreOrder | None:
    """The shopper took the goods: with the right code the order is delivered; with a wrong one a try is gone: None.

    Call `ensure_handed_over` on the answer after the unit, so that the try stays counted. Saying it again changes
    nothing. Raises NotFound for another store's, WrongStep unless it is packed for pickup, KitNotTicked,
    PickupCodeUsedUp after five wrong codes.
    """
    part = of_store(store_order_id, store_id)
    if part.shipping_method is not ShippingMethod.pickup:
        raise WrongStep(params={"state": part.state})
    if part.state is S.delivered:
        return part
    if part.state in (S.paid, S.accepted) or not is_kit_ticked(part):
        raise KitNotTicked("pack_first")
    if part.state is not S.packed:
        raise WrongStep(params={"state": part.state})
    pickup = db.session.scalars(select(Pickup).where(Pickup.store_order_id == part.id)).one()
    if not _try(pickup.id):
        raise PickupCodeUsedUp()
    typed = re.sub(r"[\s\-\u200c-\u200f]", "", ascii_digits(code))
    if not secrets.compare_digest(typed.encode(), pickup.code.encode()):
        record(actor, "wrong_pickup_code", f"store-order:{part.id}", at)
        return None
    db.session.execute(
        update(Pickup)
        .where(Pickup.id == pickup.id)
        .values(handed_over_at=at, handed_over_by_id=actor.id, tries=0)
    )
    db.session.execute(
        update(OrderLine)
        .where(OrderLine.store_order_id == part.id)
        .values(shipped_count=OrderLine.quantity - OrderLine.cancelled_count)
    )
    part.carrier, part.tracking_code = ShippingMethod.pickup.value, f"PICKUP-{part.id}"
    part.state, part.shipped_at = S.shipped, at
    db.session.flush()
    deliver(part, DeliveredBy.shopper, at)
    record(actor, "hand_over_at_pickup", f"store-order:{part.id}", at)
    return part


def ensure_handed_over(part: StoreOrder | None) -> StoreOrder:
    """Raises PickupCodeWrong for what was not handed over; outside the unit, in which the try was counted."""
    if part is None:
        raise PickupCodeWrong(fields={"code": "pickup_code_wrong"})
    return part


def renew_pickup_code(store_order_id: int, person_id: int, at: datetime) -> None:
    """The shopper asks for another code; the old one opens nothing any more. Raises NotFound, WrongStep."""
    part = lock_store_order(store_order_of_person(store_order_id, person_id).id)
    if part.state not in OPEN:
        raise WrongStep(params={"state": part.state})
    if not changed_count(
        update(Pickup).where(Pickup.store_order_id == part.id).values(code=new_code(), tries=0)
    ):
        raise NotFound()
    record(Actor(person_id, "shopper", ""), "renew_pickup_code", f"store-order:{part.id}", at)


def pickup_codes(store_order_ids: list[int]) -> dict[int, str]:
    """Codes of store orders, for their shopper alone."""
    rows = db.session.execute(
        select(Pickup.store_order_id, Pickup.code).where(Pickup.store_order_id.in_(store_order_ids))
    )
    return {row.store_order_id: row.code for row in rows}


def _try(pickup_id: int) -> bool:
    return bool(
        changed_count(
            update(Pickup)
            .where(Pickup.id == pickup_id, Pickup.tries < MOST_TRIES)
            .values(tries=Pickup.tries + 1)
            .execution_options(synchronize_session=False)
        )
    )
