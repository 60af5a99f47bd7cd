"""The cart: lines put, changed and taken out; a guest's cart becomes the person's at sign-in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from marketplace.core.db import db, is_sqlite
from marketplace.core.errors import NotFound, Reason, Unavailable
from marketplace.core.ready import Ready
from marketplace.festival.admission import explain_offers
from marketplace.festival.models import Offer
from marketplace.festival.rules import ON_SHELF_STATES, public_reasons
from marketplace.orders.errors import AboveBuyerLimit, NotEnoughStock, NotOnSale, UnknownOffer
from marketplace.orders.models import Cart, CartLine
from marketplace.orders.queries import bought_count


@dataclass(frozen=True, slots=True)
class CartOwner:
    """Whose cart: a person's, or that of a browser known by the hash of its secret."""

    person_id: int | None = None
    guest_hash: str | None = None


_lines = cast(Table, CartLine.__table__)
_NEW_LINE = {
    name: bindparam(name, type_=_lines.c[name].type)
    for name in ("cart_id", "offer_id", "quantity", "seen_toman", "added_at")
}
_LEFT = Offer.stocked_count - Offer.sold_count - Offer.held_count
_STILL_THERE = select(*_NEW_LINE.values()).where(
    Offer.id == _NEW_LINE["offer_id"],
    Offer.state.in_(ON_SHELF_STATES),
    _NEW_LINE["quantity"] <= _LEFT,
)
_PUT = {
    is_first: Ready(
        insert(_lines)
        .from_select(list(_NEW_LINE), _STILL_THERE)
        .on_conflict_do_update(
            index_elements=["cart_id", "offer_id"],
            set_={name: insert(_lines).excluded[name] for name in ("quantity", "seen_toman")},
        )
    )
    for is_first, insert in ((True, insert_sqlite), (False, insert_postgresql))
}
_carts = cast(Table, Cart.__table__)
_NEW_CART = {
    name: bindparam(name, type_=_carts.c[name].type) for name in ("person_id", "guest_hash", "updated_at")
}
_OPEN = {
    is_first: Ready(insert(_carts).values(_NEW_CART).on_conflict_do_nothing().returning(_carts.c.id))
    for is_first, insert in ((True, insert_sqlite), (False, insert_postgresql))
}
_TERMS = Ready(
    select(
        Offer.festival_toman,
        Offer.limit_per_buyer,
        _LEFT.label("left"),
    ).where(Offer.id == bindparam("offer"))
)


@dataclass(frozen=True, slots=True)
class LineWish:
    """So many of an offer at the price it has now: looked at, and not yet in the cart."""

    offer_id: int
    quantity: int
    toman: int


def put_line(owner: CartOwner, offer_id: int, quantity: int, at: datetime) -> None:
    """Sets the quantity of an offer in the cart (replacing an earlier one). Raises as `check_line`."""
    write_line(owner, check_line(owner, offer_id, quantity, at), at)


def check_line(owner: CartOwner, offer_id: int, quantity: int, at: datetime) -> LineWish:
    """Whether so many may go into the cart now. Nothing hangs on it: an order looks at every line again.

    Raises UnknownOffer; NotOnSale with the public reasons; NotEnoughStock; AboveBuyerLimit counting all the
    person's orders.
    """
    reasons = explain_offers([offer_id], at).get(offer_id)
    if reasons is None:
        raise UnknownOffer()
    if reasons:
        raise NotOnSale(reasons=[Reason(o.code) for o in public_reasons(reasons)])
    offer = _TERMS.first(offer=offer_id)
    if quantity > offer.left:
        raise NotEnoughStock(params={"left": offer.left}, reasons=[Reason("few_left", {"left": offer.left})])
    ensure_within_limit(owner.person_id, offer_id, quantity, offer.limit_per_buyer)
    return LineWish(offer_id, quantity, offer.festival_toman)


def write_line(owner: CartOwner, wish: LineWish, at: datetime) -> None:
    """Puts into the cart what was looked at, unless it was taken off the shelf or sold out since.

    Raises NotFound for nobody's cart; else as `check_line`, which then looks again.
    """
    is_put = _PUT[is_sqlite()].run(
        cart_id=_open_cart(owner, at),
        offer_id=wish.offer_id,
        quantity=wish.quantity,
        seen_toman=wish.toman,
        added_at=at,
    )
    if not is_put:
        check_line(owner, wish.offer_id, wish.quantity, at)
        raise Unavailable("busy", retry_after=1)  # it came back in this very moment


def ensure_within_limit(person_id: int | None, offer_id: int, quantity: int, limit: int) -> None:
    """The limit per buyer over all of a person's live orders. Raises AboveBuyerLimit."""
    bought = bought_count(person_id, offer_id) if person_id else 0
    if bought + quantity > limit:
        params = {"limit": limit, "bought": bought}
        raise AboveBuyerLimit(params=params, reasons=[Reason("buyer_limit", params)])


def remove_line(owner: CartOwner, offer_id: int) -> None:
    """Takes an offer out of the cart; taking out what is not there changes nothing."""
    cart_id = cart_id_of(owner)
    if cart_id is not None:
        db.session.execute(delete(CartLine).where(CartLine.cart_id == cart_id, CartLine.offer_id == offer_id))


def empty_cart(owner: CartOwner) -> None:
    """Takes everything out."""
    cart_id = cart_id_of(owner)
    if cart_id is not None:
        db.session.execute(delete(CartLine).where(CartLine.cart_id == cart_id))


def adopt_guest_cart(guest_hash: str | None, person_id: int, at: datetime) -> None:
    """Moves a browser's lines into the person's cart: the larger quantity of an offer in both stands."""
    guest = db.session.scalar(select(Cart.id).where(Cart.guest_hash == guest_hash)) if guest_hash else None
    if guest is None:
        return
    mine = _open_cart(CartOwner(person_id=person_id), at)
    rows = db.session.execute(select(CartLine.offer_id, CartLine.id).where(CartLine.cart_id == mine))
    have = {row.offer_id: row.id for row in rows}
    for line in db.session.scalars(select(CartLine).where(CartLine.cart_id == guest)).all():
        if line.offer_id in have:
            db.session.execute(
                update(CartLine)
                .where(CartLine.id == have[line.offer_id], CartLine.quantity < line.quantity)
                .values(quantity=line.quantity)
            )
            db.session.delete(line)
        else:
            line.cart_id = mine
    db.session.flush()
    db.session.execute(delete(Cart).where(Cart.id == guest))


def accept_prices(owner: CartOwner) -> None:
    """The present prices were shown; the notes on changed prices end."""
    cart_id = cart_id_of(owner)
    if cart_id is not None:
        price = select(Offer.festival_toman).where(Offer.id == CartLine.offer_id).scalar_subquery()
        db.session.execute(
            update(CartLine)
            .where(CartLine.cart_id == cart_id)
            .values(seen_toman=price)
            .execution_options(synchronize_session=False)
        )


def cart_id_of(owner: CartOwner) -> int | None:
    """The id of an owner's cart, None when there is none yet."""
    if owner.person_id is not None:
        return cast(int | None, _CART_OF_PERSON.scalar(owner=owner.person_id))
    if owner.guest_hash is not None:
        return cast(int | None, _CART_OF_GUEST.scalar(owner=owner.guest_hash))
    return None


def count_items(owner: CartOwner) -> int:
    """Pieces in the cart, for the badge."""
    if owner.person_id is not None:
        return int(_PIECES_OF_PERSON.scalar(owner=owner.person_id))
    return int(_PIECES_OF_GUEST.scalar(owner=owner.guest_hash)) if owner.guest_hash is not None else 0


_CART_OF_PERSON = Ready(select(Cart.id).where(Cart.person_id == bindparam("owner")))
_CART_OF_GUEST = Ready(select(Cart.id).where(Cart.guest_hash == bindparam("owner")))
_PIECES = select(func.coalesce(func.sum(CartLine.quantity), 0)).join(Cart, Cart.id == CartLine.cart_id)
_PIECES_OF_PERSON = Ready(_PIECES.where(Cart.person_id == bindparam("owner")))
_PIECES_OF_GUEST = Ready(_PIECES.where(Cart.guest_hash == bindparam("owner")))


def _open_cart(owner: CartOwner, at: datetime) -> int:
    if owner.person_id is None and owner.guest_hash is None:
        raise NotFound()
    cart_id = cart_id_of(owner)
    if cart_id is None:
        person, guest = owner.person_id, None if owner.person_id else owner.guest_hash
        cart_id = _OPEN[is_sqlite()].scalar(person_id=person, guest_hash=guest, updated_at=at)
    return cart_id or _found_again(owner)


def _found_again(owner: CartOwner) -> int:
    """The cart that another request of the same browser or person opened in this very moment."""
    cart_id = cart_id_of(owner)
    if cart_id is None:
        raise Unavailable("busy", retry_after=1)
    return cart_id
