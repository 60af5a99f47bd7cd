"""Orders as their store reads and handles them."""

from __future__ import annotations

from marshmallow import fields

from marketplace.api.schemas.base import (
    Answer,
    Cursor,
    PageQuery,
    Part,
    Told,
    Wish,
    count,
    fields_of,
    flag,
    ident,
    moment,
    one_of,
    text,
    toman,
)
from marketplace.api.schemas.bulk import items_told
from marketplace.api.schemas.orders import Address, PiecesWish
from marketplace.orders.models import StoreOrderState
from marketplace.policy.models import CARRIERS, ShippingMethod


class SoldLine(Answer):
    offer_id = ident()
    title = text()
    quantity = count()
    shipped = count("pieces that left")
    cancelled = count("pieces that will not be sent")
    unit_toman = toman()
    line_toman = toman()


class Parcel(Answer):
    """What left at once."""

    carrier = one_of(ShippingMethod)
    tracking_code = text()
    shipped_at = moment()
    delivered_at = moment(allow_none=True)


class SoldOrder(Answer):
    """A paid order of this store. The address is told while the parcel is still to be sent."""

    id = ident()
    number = text()
    state = one_of(StoreOrderState)
    lines = fields.List(fields.Nested(SoldLine))
    goods_toman = toman()
    shipping_method = one_of(ShippingMethod)
    shipping_toman = toman("paid by the shopper")
    borne_toman = toman("borne by the store")
    tariff_toman = toman()
    weight_grams = count()
    kit = flag("a hygiene kit goes with it")
    kit_packed = flag()
    address = fields.Nested(Address, allow_none=True)
    carrier = one_of(ShippingMethod, allow_none=True)
    tracking_code = text(allow_none=True)
    parcels = fields.List(fields.Nested(Parcel))
    ship_by_at = moment(allow_none=True)
    paid_at = moment()
    accepted_at = moment(allow_none=True)
    packed_at = moment(allow_none=True)
    shipped_at = moment(allow_none=True)
    delivered_at = moment(allow_none=True)


class SoldOrderItem(Part, SoldOrder):
    """An order of a list; with `fields` only those."""


class SoldOrderPage(Cursor):
    items = fields.List(fields.Nested(SoldOrderItem))


class SoldOrderQuery(PageQuery):
    fields_ = fields_of(SoldOrder)
    state = one_of(StoreOrderState)


class PackingWish(Wish):
    """Packed together with the hygiene kit: only `true` will do."""

    kit = Told(metadata={"type": "boolean", "enum": [True], "description": "the kit is in the parcel"})


class ShipmentWish(Wish):
    """How the parcel left."""

    carrier = fields.String(required=True, metadata={"enum": [m.value for m in CARRIERS]})
    tracking_code = fields.String(
        required=True,
        metadata={"pattern": "^[A-Za-z0-9-]{6,40}$", "description": "digits of any script"},
    )
    lines = fields.List(
        fields.Nested(PiecesWish),
        metadata={
            "description": "what is in this parcel; everything that has not left when left out",
            "maxItems": 100,
        },
    )


class HandoverWish(Wish):
    """The code that the shopper says at the counter."""

    code = fields.String(
        required=True,
        metadata={"maxLength": 20, "description": "six digits of any script; spaces do not count"},
    )


class UnavailabilityWish(Wish):
    """What the store cannot supply: its money goes back, and nothing of the offer is left to sell."""

    lines = fields.List(fields.Nested(PiecesWish), required=True, metadata={"minItems": 1, "maxItems": 100})
    note = fields.String(metadata={"maxLength": 1000})


class AcceptancesWish(Wish):
    items = items_told()


class ShipmentsWish(Wish):
    """Parcels with everything that has not left, one for each order."""

    items = items_told(
        carrier={"type": "string", "enum": [m.value for m in CARRIERS]},
        tracking_code={"type": "string", "pattern": "^[A-Za-z0-9-]{6,40}$"},
    )
