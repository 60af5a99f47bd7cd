"""The cart."""

from __future__ import annotations

from marshmallow import fields

from marketplace.api.schemas.base import (
    Answer,
    Reason,
    Told,
    Wish,
    count,
    flag,
    ident,
    link,
    one_of,
    text,
    toman,
)
from marketplace.api.schemas.stores import StoreName
from marketplace.orders.rules import HIGHEST_QUANTITY
from marketplace.policy.models import ShippingMethod


class CartLine(Answer):
    """A quantity of an offer. `reasons`: why it cannot be paid; `seen_toman`: the price last seen, if it changed."""

    offer_id = ident()
    title = text()
    sold_for = text("the name of the guest for whom the store sells it; null: for itself", allow_none=True)
    variant = text()
    quantity = count()
    max_quantity = count("what stock and the limit per buyer leave")
    unit_toman = toman()
    reference_toman = toman()
    line_toman = toman()
    seen_toman = toman(allow_none=True)
    payable = flag()
    reasons = fields.List(fields.Nested(Reason))
    url = link()
    image_url = link(allow_none=True)


class ShippingChoice(Answer):
    """A way of shipping: what the shopper pays of its tariff, the store bearing the rest."""

    method = one_of(ShippingMethod)
    label = text()
    shipping_toman = toman()
    tariff_toman = toman()
    chosen = flag()


class CartStore(Answer):
    """One store's part; sums count the lines that can be paid."""

    store = fields.Nested(StoreName)
    lines = fields.List(fields.Nested(CartLine))
    goods_toman = toman()
    shipping_toman = toman("to where the last order went, else within the store's own province")
    to_free_shipping_toman = toman("goods still missing: max(0, threshold + 1 - goods)")
    kit = flag("a hygiene kit of price 0 goes with the parcel")
    entries = count("chances in the lottery")
    shipping_methods = fields.List(fields.Nested(ShippingChoice))
    ships_to = text("province for which shipping is told", allow_none=True)


class Cart(Answer):
    """The person's cart, store by store."""

    stores = fields.List(fields.Nested(CartStore))
    goods_toman = toman()
    shipping_toman = toman()
    total_toman = toman()
    entries = count()
    payable = flag()


class LineWish(Wish):
    """How many of an offer; a line is taken out by DELETE, not by 0."""

    quantity = Told(
        required=True, metadata={"type": "integer", "minimum": 1, "maximum": HIGHEST_QUANTITY, "example": 2}
    )
