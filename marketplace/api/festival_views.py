"""The edition, its categories and its offers."""

from __future__ import annotations

from flask import Response, request

from marketplace.accounts.access import public
from marketplace.api.answers import answer, listed, paging, wanted_fields, whole
from marketplace.api.blueprint import answers, call, refuses, takes
from marketplace.api.schemas import offers as schemas
from marketplace.api.shapes.offers import (
    admission_document,
    card_document,
    category_document,
    festival_document,
    offer_document,
)
from marketplace.core import clock
from marketplace.festival.admission import explain_offers
from marketplace.policy.policy import policy_at
from marketplace.storefront.context import edition_or_404
from marketplace.storefront.facets import expect_hits
from marketplace.storefront.filters import Filters
from marketplace.storefront.home import list_categories as categories_shown
from marketplace.storefront.mended import mended
from marketplace.storefront.offer_page import offer_row
from marketplace.storefront.offer_page import show_offer as offer_shown
from marketplace.storefront.shelf import list_cards
from marketplace.storefront.wording import word_objections


@call("GET", "/festival", "festival")
@public
@answers(200, schemas.Festival)
@refuses(404)
def show_festival() -> Response:
    """The edition with its windows and the numbers in force."""
    at = clock.now()
    return answer(festival_document(edition_or_404(at), policy_at(at)))


@call("GET", "/categories", "festival")
@public
@answers(200, schemas.CategoryPage)
@refuses(404)
def list_categories() -> Response:
    """The rows of the bazaar, in their order, all on one page."""
    at = clock.now()
    return answer(whole([category_document(c) for c in categories_shown(edition_or_404(at).id, at)]))


@call("GET", "/offers", "offers")
@public
@takes(schemas.OfferQuery)
@answers(200, schemas.OfferPage)
@refuses(404)
def list_offers() -> Response:
    """Offers of admitted stores, filtered and sorted.

    Rows are always as of now: a store that lost its seal is gone from the next page.
    """
    at = clock.now()
    asked = Filters.parse(request.args.to_dict())
    (cursor, limit), only = paging(), wanted_fields(schemas.OfferCard)
    edition = edition_or_404(at)
    expect_hits(asked, edition.id)
    filters = mended(asked)
    page = list_cards(filters, edition.id, policy_at(at), at, cursor=cursor, limit=limit)
    return answer(listed(page, card_document, only))


@call("GET", "/offers/<int:offer_id>", "offers")
@public
@answers(200, schemas.Offer)
@refuses(404)
def show_offer(offer_id: int) -> Response:
    """An offer with its stock and the history of its price, also one that cannot be bought now."""
    at = clock.now()
    return answer(offer_document(offer_shown(offer_id, at), at))


@call("GET", "/offers/<int:offer_id>/admission", "offers")
@public
@answers(200, schemas.Admission)
@refuses(404)
def show_admission(offer_id: int) -> Response:
    """Whether an offer can be bought now, and every public reason why not, with the moment at which it lapses.

    What would tell of a person reads `not_in_festival`.
    """
    row = offer_row(offer_id)
    objections = explain_offers([row.id], clock.now())[row.id]
    return answer(admission_document(word_objections(objections)))
