"""Stock: held while paying, sold when paid, given back otherwise. One conditional statement decides each time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from sqlalchemy import Table, bindparam, select, update

from marketplace.core.db import AnyRow, db, is_sqlite
from marketplace.core.errors import Reason
from marketplace.core.ready import Ready
from marketplace.festival.models import Offer
from marketplace.orders.errors import NotEnoughStock
from marketplace.orders.models import Cart, CartLine, OrderLine, StockState, StoreOrder
from marketplace.orders.queries import lines_of

Wanted = Iterable[tuple[int, int]]
"""(offer id, quantity)."""

LinesByPart = Mapping[int, Sequence[OrderLine]]


_LOCK = Ready(
    select(Offer.id)
    .where(Offer.id.in_(bindparam("offers", expanding=True, type_=Offer.id.type)))
    .order_by(Offer.id)
    .with_for_update(key_share=True)
)


def lock_offers(offer_ids: Sequence[int]) -> None:
    """Locks offers in the order of their ids, where the database has row locks.

    Their keys stay free: whoever puts one into a cart points to it, and would otherwise wait, and be waited for.
    """
    if not is_sqlite():
        _LOCK.all(offers=list(offer_ids))


def lock_cart(person_id: int) -> None:
    """Locks a person's cart, then the offers in it, before they are read; where the database has row locks.

    The cart first: of two checkouts of one person the second sees what the first left, and nothing is put in between.
    """
    if not is_sqlite():
        db.session.execute(select(Cart.id).where(Cart.person_id == person_id).with_for_update())
        lock_offers(
            list(
                db.session.scalars(
                    select(CartLine.offer_id)
                    .join(Cart, Cart.id == CartLine.cart_id)
                    .where(Cart.person_id == person_id)
                )
            )
        )


_offers = cast(Table, Offer.__table__)
_HOLD = Ready(
    update(_offers)
    .where(
        _offers.c.id == bindparam("offer"),
        _offers.c.stocked_count - _offers.c.sold_count - _offers.c.held_count >= bindparam("quantity"),
    )
    .values(held_count=_offers.c.held_count + bindparam("quantity"))
)


def hold(wanted: Wanted) -> None:
    """Takes quantities out of what is left. Raises NotEnoughStock; then nothing of this unit may stand."""
    for offer_id, quantity in sorted(wanted):
        if not _HOLD.run(offer=offer_id, quantity=quantity):
            raise NotEnoughStock(reasons=[Reason("stock_gone", {"offer": offer_id})])


def lines_by_part(parts: Sequence[StoreOrder]) -> LinesByPart:
    """The lines of some store orders by their ids, in one statement."""
    found: dict[int, list[OrderLine]] = {part.id: [] for part in parts}
    for line in lines_of([part.id for part in parts]):
        found[line.store_order_id].append(line)
    return found


def try_hold_again(part: StoreOrder, lines: Sequence[OrderLine]) -> bool:
    """Takes a released part's quantities anew, all or none."""
    wanted = _wanted(lines)
    lock_offers([offer_id for offer_id, _ in wanted])
    try:
        with db.session.begin_nested():
            hold(wanted)
    except NotEnoughStock:
        return False
    part.stock = StockState.held
    return True


_SELL = Ready(
    update(_offers)
    .where(_offers.c.id == bindparam("offer"))
    .values(
        held_count=_offers.c.held_count - bindparam("quantity"),
        sold_count=_offers.c.sold_count + bindparam("quantity"),
        popularity=_offers.c.popularity + bindparam("quantity"),
    )
)


def sell_held(lines: Iterable[OrderLine | AnyRow]) -> None:
    """What these lines hold is sold, in one statement. Whoever calls it says so of their parts."""
    _SELL.run_for_each([{"offer": offer, "quantity": quantity} for offer, quantity in _wanted(lines)])


def sell(part: StoreOrder, lines: Sequence[OrderLine]) -> None:
    """Held becomes sold, once."""
    if part.stock is not StockState.held:
        return
    sell_held(lines)
    part.stock = StockState.sold


def release(part: StoreOrder, lines: Sequence[OrderLine]) -> None:
    """What a part held or bought is left again, once."""
    if part.stock is StockState.released:
        return
    column = Offer.held_count if part.stock is StockState.held else Offer.sold_count
    for offer_id, quantity in _wanted(lines):
        db.session.execute(
            update(Offer)
            .where(Offer.id == offer_id)
            .values({column: column - quantity})
            .execution_options(synchronize_session=False)
        )
    part.stock = StockState.released


def unsell(line: OrderLine, quantity: int, *, is_gone: bool = False) -> None:
    """Pieces of a sold line are left again, once: the line's own count says how many were already.

    With `is_gone` they do not exist: nothing of the offer is left to sell, whatever the store had told.
    """
    db.session.execute(
        update(OrderLine)
        .where(OrderLine.id == line.id)
        .values(unsold_count=OrderLine.unsold_count + quantity)
        .execution_options(synchronize_session=False)
    )
    left = {"stocked_count": Offer.sold_count - quantity + Offer.held_count} if is_gone else {}
    db.session.execute(
        update(Offer)
        .where(Offer.id == line.offer_id)
        .values(sold_count=Offer.sold_count - quantity, **left)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(line)


def _wanted(lines: Iterable[OrderLine | AnyRow]) -> list[tuple[int, int]]:
    return sorted((line.offer_id, line.quantity - line.unsold_count) for line in lines)
