"""Stores and seals."""

from __future__ import annotations

from marshmallow import fields

from marketplace.api.schemas.base import (
    Answer,
    Cursor,
    PageQuery,
    Part,
    Reason,
    count,
    fields_of,
    flag,
    link,
    moment,
    one_of,
    text,
)
from marketplace.api.schemas.offers import SealBrief
from marketplace.stores.models import SealState, StoreKind


class StoreName(Answer):
    slug = text()
    name = text()


class StoreCard(StoreName):
    """An admitted store."""

    slogan = text()
    city = text()
    province = text()
    seal = fields.Nested(SealBrief)
    offer_count = count()
    url = link()


class StoreItem(Part, StoreCard):
    """A store of a list; with `fields` only those."""


class StorePage(Cursor):
    items = fields.List(fields.Nested(StoreItem))


class StoreSeal(SealBrief):
    """A store's seal and where its badge leads."""

    valid_until = moment()
    url = link()


class Store(StoreName):
    """A seller's identity before buying, and why it is not in the festival where it is not."""

    slogan = text()
    kind = one_of(StoreKind)
    manager = text()
    city = text()
    province = text()
    address = text()
    phone = text()
    founded_on = fields.Date()
    seal = fields.Nested(StoreSeal, allow_none=True)
    admitted = flag()
    reasons = fields.List(fields.Nested(Reason))
    offer_count = count()
    url = link()


class Seal(Answer):
    """Where a badge leads."""

    code = text()
    state = one_of(SealState)
    stars = fields.Integer(metadata={"minimum": 0, "maximum": 5})
    valid = flag("active and within its dates")
    valid_from = moment()
    valid_until = moment()
    domain = text(allow_none=True)
    store = fields.Nested(StoreName)
    url = link()


class StoreQuery(PageQuery):
    """The directory, narrowed by words of name or city."""

    q = fields.String()
    fields_ = fields_of(StoreCard)
