"""The edition, categories and offers."""

from __future__ import annotations

from dataclasses import fields as columns

from marshmallow import fields
from marshmallow.validate import Range

from marketplace.api.schemas.base import (
    Answer,
    Cursor,
    PageQuery,
    Part,
    Reason,
    count,
    fields_of,
    flag,
    ident,
    link,
    moment,
    one_of,
    text,
    toman,
)
from marketplace.festival.queries import Phase
from marketplace.policy.policy import Policy as Numbers
from marketplace.storefront.filters import LARGEST_AMOUNT, Sort
from marketplace.stores.models import SealState


class Windows(Answer):
    """Half-open windows [from, until) of an edition."""

    applications_from = moment()
    applications_until = moment()
    live_from = moment()
    live_until = moment()
    draw_at = moment()


Policy = Answer.from_dict(
    {**{column.name: fields.Integer() for column in columns(Numbers)}, "hygiene_kit": fields.Boolean()},
    name="Policy",
)


class Festival(Answer):
    """The live edition, else the next, else the last."""

    slug = text()
    title = text()
    story = text()
    phase = one_of(Phase)
    windows = fields.Nested(Windows)
    policy = fields.Nested(Policy, metadata={"description": "every number in force now"})


class CategoryName(Answer):
    slug = text()
    name = text()


class Category(CategoryName):
    """A row of the bazaar with the number of its visible offers (a few seconds old at most; of very
    many offers some minutes, and 0 until they are counted)."""

    offer_count = count()
    url = link()
    image_url = link(allow_none=True)


class CategoryPage(Cursor):
    items = fields.List(fields.Nested(Category))


class SealBrief(Answer):
    """The trust seal of a store."""

    code = text()
    stars = fields.Integer(metadata={"minimum": 0, "maximum": 5})
    state = one_of(SealState)


class OfferStore(Answer):
    slug = text()
    name = text()
    seal = fields.Nested(SealBrief, allow_none=True)


class OfferCard(Answer):
    """An offer of a list. `discount_percent` is against the lowest price of the 30 days before the reduction."""

    id = ident()
    slug = text()
    title = text()
    store = fields.Nested(OfferStore)
    sold_for = text("the name of the guest for whom the store sells it; null: for itself", allow_none=True)
    regular_toman = toman()
    reference_toman = toman("lowest price of the 30 days before the reduction")
    festival_toman = toman("what is paid")
    discount_percent = fields.Integer(metadata={"minimum": 0, "maximum": 99})
    in_stock = flag()
    url = link()
    image_url = link(allow_none=True)


class OfferItem(Part, OfferCard):
    """An offer of a list; with `fields` only those."""


class OfferPage(Cursor):
    items = fields.List(fields.Nested(OfferItem))


class PricePoint(Answer):
    """A price from a moment on."""

    at = moment()
    price_toman = toman()


class Attribute(Answer):
    label = text()
    value = text()


class Offer(OfferCard):
    """An offer whole, also one that cannot be bought: then with all public reasons."""

    stock_left = count()
    limit_per_buyer = count("over all orders of one person")
    price_history = fields.List(fields.Nested(PricePoint))
    reduced_at = moment()
    on_sale = flag()
    reasons = fields.List(fields.Nested(Reason))
    live_until = moment()
    category = fields.Nested(CategoryName)
    description = text()
    attributes = fields.List(fields.Nested(Attribute))
    variant = text()
    image_urls = fields.List(link())
    weight_grams = count()
    entries = count("chances in the lottery that a paid order of this alone earns")
    kit = flag("a hygiene kit of price 0 is in the parcel")
    to_free_shipping_toman = toman("goods of this store that are missing for free shipping")
    coverage_toman = toman("the most that the guarantee fund pays for it")


class Admission(Answer):
    """May shoppers buy this now, and all public reasons why not."""

    on_sale = flag()
    reasons = fields.List(fields.Nested(Reason))


FLAG = ("1", "0", "true", "false")


class OfferQuery(PageQuery):
    """What a list of offers may be narrowed by; all of it together."""

    q = fields.String(metadata={"description": "words; each begins a word of title, store or text"})
    category = fields.String(metadata={"description": "slug"})
    store = fields.String(metadata={"description": "slug"})
    min_toman = fields.Integer(validate=Range(0, LARGEST_AMOUNT))
    max_toman = fields.Integer(validate=Range(0, LARGEST_AMOUNT))
    min_discount = fields.Integer(validate=Range(0, 99), metadata={"description": "percent"})
    province = fields.String(metadata={"description": "of the store, Persian or English"})
    stars = fields.Integer(validate=Range(0, 5), metadata={"description": "at least"})
    free_shipping = one_of(FLAG, "only what ships free by itself")
    in_stock = one_of(FLAG)
    fields_ = fields_of(OfferCard)
    sort = one_of((*Sort, "-discount"), "`discount` begins with the largest; `-discount` is the same")
