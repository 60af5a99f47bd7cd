"""Orders of a shopper, and their lottery entries."""

from __future__ import annotations

from marshmallow import fields

from marketplace.api.schemas.base import (
    Answer,
    Cursor,
    Wish,
    count,
    flag,
    ident,
    link,
    moment,
    one_of,
    text,
    toman,
)
from marketplace.api.schemas.stores import StoreName
from marketplace.lottery.models import GrantState
from marketplace.orders.after_inputs import CANCEL_REASONS
from marketplace.orders.after_models import ReturnReason, ReturnState
from marketplace.orders.models import OrderState, StoreOrderState
from marketplace.policy.models import ShippingMethod

PAYMENT_STATES = ("opening", "waiting", "paid", "expired", "refused", "flagged", "refunded")
STEP_STATES = ("done", "now", "next", "off")


class AddressWish(Wish):
    """Where the parcels go. Digits of any script; a missing or wrong field is told by its name (422)."""

    receiver = fields.String(required=True, metadata={"minLength": 3, "maxLength": 80})
    mobile = fields.String(required=True, metadata={"description": "Iranian, in any usual writing"})
    province = fields.String(required=True, metadata={"description": "one of the 31, Persian or English"})
    city = fields.String(required=True, metadata={"minLength": 2, "maxLength": 60})
    line = fields.String(required=True, metadata={"minLength": 8, "maxLength": 300})
    postal_code = fields.String(required=True, metadata={"description": "ten digits"})


class OrderWish(Wish):
    """Buys the whole cart. Prices, shipping sums and entries are computed here and never read from a body."""

    address = fields.Nested(AddressWish, required=True)
    shipping = fields.Dict(
        keys=fields.String(),
        values=fields.String(metadata={"enum": [m.value for m in ShippingMethod]}),
        metadata={"description": "store slug -> method; the cheapest tracked one where left out"},
    )


class Address(Answer):
    receiver = text()
    mobile = text()
    province = text()
    city = text()
    line = text()
    postal_code = text()


class Payment(Answer):
    """The one payment of an order. `opening`: the gateway has not given its page yet; look at the order again."""

    url = link("the gateway's page, while it can be paid at", allow_none=True)
    state = one_of(PAYMENT_STATES)
    retry_after_seconds = count("when to look at the order again for the page", allow_none=True)


class OrderLine(Answer):
    """A quantity of an offer in the words and at the price of the purchase."""

    offer_id = ident()
    title = text()
    sold_for = text("the name of the guest for whom the store sells it; null: for itself", allow_none=True)
    quantity = count()
    unit_toman = toman()
    reference_toman = toman()
    line_toman = toman()
    url = link()
    image_url = link(allow_none=True)


class Step(Answer):
    """A step of a parcel's way and when it was made."""

    code = text()
    label = text()
    state = one_of(STEP_STATES)
    at = moment(allow_none=True)


class StoreOrder(Answer):
    """One store's part. tariff = what the shopper pays for shipping + what the store bears."""

    id = ident()
    store = fields.Nested(StoreName)
    state = one_of(StoreOrderState)
    lines = fields.List(fields.Nested(OrderLine))
    goods_toman = toman()
    shipping_method = one_of(ShippingMethod)
    tariff_toman = toman()
    borne_toman = toman()
    shipping_toman = toman()
    free_above_toman = toman("shipping is free strictly above this")
    kit = flag("a hygiene kit of price 0 is part of it")
    kit_packed = flag()
    entries = count("chances that it earns once paid")
    entries_granted = count("chances that it earned", allow_none=True)
    carrier = one_of(ShippingMethod, allow_none=True)
    tracking_code = text(allow_none=True)
    ended_reason = text("why nothing will be sent", allow_none=True)
    timeline = fields.List(fields.Nested(Step))


class CancellationWish(Wish):
    """Why a shopper does not want it any more."""

    reason = fields.String(
        required=True,
        metadata={
            "description": f"one of {', '.join(CANCEL_REASONS)}, or words of one's own",
            "maxLength": 1000,
        },
    )
    note = fields.String(metadata={"maxLength": 1000})


class PiecesWish(Wish):
    """A quantity of one offer of this store order."""

    offer_id = fields.Integer(required=True, strict=True, metadata={"minimum": 1})
    quantity = fields.Integer(load_default=1, strict=True, metadata={"minimum": 1, "maximum": 999})


class ReturnWish(Wish):
    """What shall go back, and why."""

    lines = fields.List(fields.Nested(PiecesWish), required=True, metadata={"minItems": 1, "maxItems": 100})
    reason = fields.String(
        required=True,
        metadata={
            "description": f"one of {', '.join(ReturnReason)}, or words of one's own",
            "maxLength": 1000,
        },
    )
    note = fields.String(metadata={"maxLength": 1000})


class ReturnLine(Answer):
    offer_id = ident()
    quantity = count()


class Return(Answer):
    """Goods on their way back. `due_at`: until then they are to be sent, then to be checked by the store."""

    number = text()
    store_order_id = ident()
    state = one_of(ReturnState)
    reason = one_of(ReturnReason)
    note = text()
    lines = fields.List(fields.Nested(ReturnLine))
    asked_at = moment()
    due_at = moment()
    url = link("its page, where the tracking code is entered")


class Order(Answer):
    """One checkout over several stores."""

    number = text()
    state = one_of(OrderState)
    goods_toman = toman()
    shipping_toman = toman()
    total_toman = toman()
    refunded_toman = toman()
    entries = count()
    payment = fields.Nested(Payment)
    placed_at = moment()
    hold_until = moment("until then the stock is held")
    paid_at = moment(allow_none=True)
    address = fields.Nested(Address)
    store_orders = fields.List(fields.Nested(StoreOrder))
    url = link("its page, where it can be paid as well")


class OrderRow(Answer):
    number = text()
    state = one_of(OrderState)
    placed_at = moment()
    total_toman = toman()
    store_names = fields.List(text())
    url = link()


class OrderPage(Cursor):
    items = fields.List(fields.Nested(OrderRow))


class EntryReason(Answer):
    code = text()
    message = text()


class Entry(Answer):
    """What one paid store order earned: `weight` chances of the `earned` ones, and why."""

    order_number = text()
    store_name = text()
    goods_toman = toman()
    earned = count()
    weight = count()
    state = one_of(GrantState)
    reason = fields.Nested(EntryReason)
    granted_at = moment()


class EntryPage(Cursor):
    """Chances in the present edition."""

    items = fields.List(fields.Nested(Entry))
    total = count("chances in all")
    cap = count("the most that one person may have")
    draw_at = moment(allow_none=True)
