"""Offers as their store writes and keeps them."""

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
    ident,
    link,
    moment,
    one_of,
    text,
    toman,
)
from marketplace.api.schemas.bulk import items_told
from marketplace.festival.models import OfferState
from marketplace.festival.offer_inputs import LARGEST_LIMIT, LARGEST_STOCK, LARGEST_TOMAN

PRICE = {"type": "integer", "minimum": 1_000, "maximum": LARGEST_TOMAN}
STOCK = {"type": "integer", "minimum": 0, "maximum": LARGEST_STOCK}


class OwnOffer(Answer):
    """An offer of the store in any state. `version` grows with each change that a decision must have seen."""

    id = ident()
    sku = text()
    title_fa = text()
    title_en = text()
    variant_fa = text()
    variant_en = text()
    category = text("slug")
    state = one_of(OfferState)
    version = count()
    regular_toman = toman()
    festival_toman = toman()
    reference_toman = toman("lowest price of the 30 days before the reduction")
    discount_percent = fields.Integer(metadata={"minimum": 0, "maximum": 99})
    stocked_count = count("put on sale altogether")
    held_count = count("in unpaid orders")
    sold_count = count()
    limit_per_buyer = count()
    findings = fields.List(
        fields.String(), metadata={"description": "codes of what the last check found; empty before it"}
    )
    submitted_at = moment(allow_none=True)
    decided_at = moment(allow_none=True)
    created_at = moment()
    url = link("where shoppers see it", allow_none=True)


class OwnOfferItem(Part, OwnOffer):
    """An offer of a list; with `fields` only those."""


class OwnOfferPage(Cursor):
    items = fields.List(fields.Nested(OwnOfferItem))


class OwnOfferQuery(PageQuery):
    fields_ = fields_of(OwnOffer)
    state = one_of(OfferState)


class OfferDraft(Wish):
    """An offer as the store wants it. Money is toman, weight grams; numbers may be JSON numbers or written ones."""

    sku = Told(required=True, metadata={"type": "string", "minLength": 1, "maxLength": 40})
    title_fa = Told(required=True, metadata={"type": "string", "minLength": 3, "maxLength": 120})
    title_en = Told(metadata={"type": "string", "maxLength": 120})
    category = Told(required=True, metadata={"type": "string", "description": "slug or name of a row"})
    description_fa = Told(required=True, metadata={"type": "string", "minLength": 10, "maxLength": 4000})
    description_en = Told(metadata={"type": "string", "maxLength": 4000})
    variant_fa = Told(metadata={"type": "string", "maxLength": 60})
    variant_en = Told(metadata={"type": "string", "maxLength": 60})
    weight_grams = Told(required=True, metadata={"type": "integer", "minimum": 1, "maximum": 500_000})
    regular_toman = Told(required=True, metadata=PRICE)
    festival_toman = Told(required=True, metadata=PRICE)
    stocked_count = Told(required=True, metadata=STOCK)
    limit_per_buyer = Told(
        required=True, metadata={"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT}
    )
    permit_number = Told(metadata={"type": "string"})
    health_code = Told(metadata={"type": "string"})
    evidence_url = Told(metadata={"type": "string", "format": "uri"})


class OfferChange(Wish):
    """What may change while an offer sells: a lower price, another stock. What is left out stays."""

    festival_toman = Told(metadata=PRICE)
    stocked_count = Told(metadata=STOCK)


class OfferChanges(Wish):
    """The stock of several offers."""

    items = items_told(stocked_count=STOCK)


class PriceChanges(Wish):
    """Lower prices of several offers."""

    items = items_told(festival_toman=PRICE)
