"""A store's offers, for its programs: written, sent to the check, and kept while they sell."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response, g, request

from marketplace.accounts.access import scoped, visitor
from marketplace.api.answers import answer, listed, paging, wanted_fields
from marketplace.api.blueprint import answers, call, edits, reads, refuses, takes
from marketplace.api.bulk import each, items_of
from marketplace.api.once import once
from marketplace.api.schemas import bulk as bulk_schemas
from marketplace.api.schemas import store_offers as schemas
from marketplace.api.store_offers import store_offer, store_offers
from marketplace.core.audit import Actor
from marketplace.core.errors import Invalid
from marketplace.festival.deciding import submit_offer, withdraw_offer
from marketplace.festival.drafting import draft_offer
from marketplace.festival.errors import WindowOver
from marketplace.festival.offer_inputs import FIELDS, OfferWish, parse_whole
from marketplace.festival.offer_queries import category_rules, taking_festival
from marketplace.festival.selling import change_stock, end_offer, lower_price

SCOPE = "store:offers"


@call("GET", "/store/offers", "store")
@scoped(SCOPE, store=True)
@takes(schemas.OwnOfferQuery)
@answers(200, schemas.OwnOfferPage)
@refuses(404)
def list_store_offers() -> Response:
    """The store's offers of every edition and state, the newest first."""
    (cursor, limit), only = paging(), wanted_fields(schemas.OwnOffer)
    page = store_offers(g.store_id, request.args.get("state", ""), cursor, limit)
    return answer(listed(page, lambda offer: offer, only))


@call("POST", "/store/offers", "store")
@scoped(SCOPE, store=True)
@reads(schemas.OfferDraft)
@answers(201, schemas.OwnOffer)
@refuses(404)
def create_store_offer(wish: dict[str, Any]) -> Response:
    """Drafts an offer for the edition that takes offers now. 409 when none does, 422 with every wrong field."""
    store_id, actor = g.store_id, _actor()
    drafted = OfferWish.parse(_words(wish), category_rules())
    made: list[int] = []

    def verb(at: datetime) -> None:
        festival = taking_festival(at)
        if festival is None:
            raise WindowOver()
        made.append(draft_offer(store_id, festival, drafted, actor, at).id)

    return once(verb, lambda: store_offer(made[0], store_id), 201)


@call("GET", "/store/offers/<int:offer_id>", "store")
@scoped(SCOPE, store=True)
@answers(200, schemas.OwnOffer)
@refuses(404)
def show_store_offer(offer_id: int) -> Response:
    """One offer of the store. Its `ETag` goes into the `If-Match` of a change."""
    return answer(store_offer(offer_id, g.store_id))


@call("PATCH", "/store/offers/<int:offer_id>", "store")
@scoped(SCOPE, store=True)
@edits
@reads(schemas.OfferChange)
@answers(200, schemas.OwnOffer)
@refuses(404)
def update_store_offer(wish: dict[str, Any], offer_id: int) -> Response:
    """Lowers the price or changes the stock of an offer that sells; what is left out stays.

    409 for a price that would rise, a stock below what is sold and held, or an offer that does not sell.
    """
    store_id, actor = g.store_id, _actor()
    words = _words(wish)
    price = parse_whole(words, "festival_toman", money=True) if "festival_toman" in wish else None
    stock = parse_whole(words, "stocked_count") if "stocked_count" in wish else None
    if price is None and stock is None:
        raise Invalid("bad_offer", fields={"festival_toman": "required", "stocked_count": "required"})

    def verb(at: datetime) -> None:
        if price is not None:
            lower_price(offer_id, store_id, price, actor, at)
        if stock is not None:
            change_stock(offer_id, store_id, stock, actor, at)

    def shown() -> dict[str, Any]:
        return store_offer(offer_id, store_id)

    return once(verb, shown, seen=shown)


@call("POST", "/store/offers/<int:offer_id>/submission", "store")
@scoped(SCOPE, store=True)
@edits
@answers(200, schemas.OwnOffer)
@refuses(404)
def create_store_offer_submission(offer_id: int) -> Response:
    """Sends a draft to be checked. 422 with every finding that keeps it back."""
    return _step(offer_id, submit_offer)


@call("POST", "/store/offers/<int:offer_id>/withdrawal", "store")
@scoped(SCOPE, store=True)
@edits
@answers(200, schemas.OwnOffer)
@refuses(404)
def create_store_offer_withdrawal(offer_id: int) -> Response:
    """Takes an offer back out of the queue, to change it."""
    return _step(offer_id, withdraw_offer)


@call("POST", "/store/offers/<int:offer_id>/ending", "store")
@scoped(SCOPE, store=True)
@edits
@answers(200, schemas.OwnOffer)
@refuses(404)
def create_store_offer_ending(offer_id: int) -> Response:
    """Ends a running offer before the festival does; what is paid or being paid stands."""
    return _step(offer_id, end_offer)


@call("POST", "/store/offers/stocks", "store")
@scoped(SCOPE, store=True)
@reads(schemas.OfferChanges)
@answers(200, bulk_schemas.BulkAnswer)
def create_stocks(wish: dict[str, Any]) -> Response:
    """The stock of up to a hundred offers, each for itself: what a till or a warehouse sends every few minutes."""
    store_id, actor = g.store_id, _actor()
    return each(
        items_of(wish),
        lambda item, at: change_stock(
            item["id"], store_id, parse_whole(_words(item), "stocked_count"), actor, at
        ),
    )


@call("POST", "/store/offers/prices", "store")
@scoped(SCOPE, store=True)
@reads(schemas.PriceChanges)
@answers(200, bulk_schemas.BulkAnswer)
def create_prices(wish: dict[str, Any]) -> Response:
    """Lower prices of up to a hundred offers, each for itself."""
    store_id, actor = g.store_id, _actor()
    return each(
        items_of(wish),
        lambda item, at: lower_price(
            item["id"], store_id, parse_whole(_words(item), "festival_toman", money=True), actor, at
        ),
    )


def _step(offer_id: int, step: Any) -> Response:
    store_id, actor = g.store_id, _actor()

    def shown() -> dict[str, Any]:
        return store_offer(offer_id, store_id)

    return once(lambda at: step(offer_id, store_id, actor, at), shown, seen=shown)


def _words(wish: dict[str, Any]) -> dict[str, str]:
    """A document as the parser of forms and files reads it: numbers as they are written, anything else is not there."""
    told = {name: str(value) if type(value) is int else value for name, value in wish.items()}
    return {name: value for name, value in told.items() if name in FIELDS and isinstance(value, str)}


def _actor() -> Actor:
    return visitor().actor("store")
