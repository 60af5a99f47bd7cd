"""Stores and seals, for everybody."""

from __future__ import annotations

from flask import Response, request

from marketplace.accounts.access import public
from marketplace.api.answers import answer, listed, paging, wanted_fields
from marketplace.api.blueprint import answers, call, refuses, takes
from marketplace.api.schemas import stores as schemas
from marketplace.api.shapes.stores import seal_document, store_card_document, store_document
from marketplace.core import clock
from marketplace.policy.policy import policy_at
from marketplace.storefront.context import edition_or_404
from marketplace.storefront.filters import Filters
from marketplace.storefront.sellers import list_stores as stores_page
from marketplace.storefront.sellers import seal_of, seller_of, seller_row, why_not_admitted
from marketplace.storefront.shelf import count_cards
from marketplace.storefront.shown import words


@call("GET", "/stores", "stores")
@public
@takes(schemas.StoreQuery)
@answers(200, schemas.StorePage)
@refuses(404)
def list_stores() -> Response:
    """The admitted stores, in the order of the Persian alphabet."""
    at = clock.now()
    (cursor, limit), only = paging(), wanted_fields(schemas.StoreCard)
    query = request.args.get("q", "")[:80]
    page = stores_page(edition_or_404(at).id, at, query=query, cursor=cursor, limit=limit)
    return answer(listed(page, store_card_document, only))


@call("GET", "/stores/<slug>", "stores")
@public
@answers(200, schemas.Store)
@refuses(404)
def show_store(slug: str) -> Response:
    """A store's public identity; of one that is not admitted, the public reasons."""
    at = clock.now()
    edition = edition_or_404(at)
    row = seller_row(slug=slug)
    reasons = why_not_admitted(row.id, edition.id, at)
    offers = count_cards(Filters(store=slug), edition.id, policy_at(at), at)
    slogan = words(row.slogan_fa, row.slogan_en)
    return answer(store_document(seller_of(row, at), slogan, offers, reasons, at))


@call("GET", "/seals/<code>", "stores")
@public
@answers(200, schemas.Seal)
@refuses(404)
def show_seal(code: str) -> Response:
    """The data of a seal, as its badge leads to it."""
    return answer(seal_document(seal_of(code, clock.now())))
