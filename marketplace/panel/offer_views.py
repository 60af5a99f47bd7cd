"""The store's pages of its offers. `g.store_id` is the store of the member who acts; another's offer is a 404."""

from __future__ import annotations

from datetime import datetime

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import store_member
from marketplace.core import clock
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.deciding import submit_offer, withdraw_offer
from marketplace.festival.drafting import discard_draft, draft_offer, update_draft
from marketplace.festival.errors import WindowOver
from marketplace.festival.offer_inputs import FIELDS, OfferWish, parse_whole
from marketplace.festival.offer_queries import category_rules, taking_festival
from marketplace.festival.selling import change_stock, end_offer, lower_price
from marketplace.panel.offer_answers import Answer, actor, blueprint, do, done, sentences
from marketplace.panel.offers_page import show_new_offer, show_offers
from marketplace.panel.offers_page import show_offer as offer_page

MOST_AT_ONCE = 40


@blueprint.get("")
@store_member
def list_offers() -> str:
    """The store's offers by state."""
    page = show_offers(
        g.store_id,
        request.args.get("state", ""),
        request.args.get("q", "")[:80],
        request.args.get("cursor"),
    )
    return render_template("panel/offers.html", page=page, sent=_count("sent"), kept=_count("kept"))


@blueprint.get("/new")
@store_member
def new_offer() -> str:
    """The empty form."""
    return render_template("panel/offer.html", page=show_new_offer(g.store_id))


@blueprint.post("")
@store_member
def create_offer() -> Answer:
    """A new draft."""
    at, sent = clock.now(), _sent()
    try:
        wish = OfferWish.parse(sent, category_rules())
        with unit_of_work():
            festival = taking_festival(at)
            if festival is None:
                raise WindowOver()
            offer_id = draft_offer(g.store_id, festival, wish, actor(), at).id
    except (Invalid, Conflict) as error:
        if not error.fields:
            raise
        page = show_new_offer(g.store_id, sent, sentences(error))
        return render_template("panel/offer.html", page=page), error.status
    return done(offer_id, "offer_drafted")


@blueprint.get("/<int:offer_id>")
@store_member
def show_offer(offer_id: int) -> str:
    """One own offer with all that may be done with it."""
    return render_template("panel/offer.html", page=offer_page(offer_id, g.store_id, clock.now()))


@blueprint.post("/<int:offer_id>")
@store_member
def update_offer(offer_id: int) -> Answer:
    """A draft in other words and figures."""
    sent = _sent()
    version = request.form.get("version", type=int)

    def verb(at: datetime) -> None:
        wish = OfferWish.parse(sent, category_rules())
        update_draft(offer_id, g.store_id, wish, version, actor(), at)

    return do(offer_id, verb, "offer_saved", sent)


@blueprint.post("/<int:offer_id>/submission")
@store_member
def create_submission(offer_id: int) -> Answer:
    """Sends a draft to be checked."""
    return do(offer_id, lambda at: submit_offer(offer_id, g.store_id, actor(), at), "offer_sent")


@blueprint.post("/submission")
@store_member
def create_submissions() -> Response:
    """Sends several drafts; those that the machine keeps back stay drafts and say why on their pages."""
    sent = kept = 0
    for offer_id in request.form.getlist("offer", type=int)[:MOST_AT_ONCE]:
        try:
            with unit_of_work():
                submit_offer(offer_id, g.store_id, actor(), clock.now())
            sent += 1
        except (Invalid, Conflict):
            kept += 1
    return redirect(url_for(".list_offers", sent=sent, kept=kept), 303)


@blueprint.post("/<int:offer_id>/withdrawal")
@store_member
def create_withdrawal(offer_id: int) -> Answer:
    """Takes an offer back out of the queue."""
    return do(offer_id, lambda at: withdraw_offer(offer_id, g.store_id, actor(), at), "offer_withdrawn")


@blueprint.post("/<int:offer_id>/price")
@store_member
def create_price(offer_id: int) -> Answer:
    """A lower price while the offer runs."""

    def verb(at: datetime) -> None:
        lower_price(
            offer_id, g.store_id, parse_whole(request.form, "festival_toman", money=True), actor(), at
        )

    return do(offer_id, verb, "offer_repriced")


@blueprint.post("/<int:offer_id>/stock")
@store_member
def create_stock(offer_id: int) -> Answer:
    """More or fewer on sale."""

    def verb(at: datetime) -> None:
        change_stock(offer_id, g.store_id, parse_whole(request.form, "stocked_count"), actor(), at)

    return do(offer_id, verb, "offer_restocked")


@blueprint.post("/<int:offer_id>/ending")
@store_member
def create_ending(offer_id: int) -> Answer:
    """Ends a running offer."""
    return do(offer_id, lambda at: end_offer(offer_id, g.store_id, actor(), at), "offer_over")


@blueprint.post("/<int:offer_id>/discarding")
@store_member
def create_discarding(offer_id: int) -> Answer:
    """Gives up a draft."""
    return do(offer_id, lambda at: discard_draft(offer_id, g.store_id, actor(), at), "offer_discarded")


def _sent() -> dict[str, str]:
    return {name: request.form.get(name, "")[:8_000] for name in FIELDS}


def _count(name: str) -> int | None:
    return request.args.get(name, type=int)
