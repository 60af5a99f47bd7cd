"""Home, lists, offers, stores and seals."""

from __future__ import annotations

from flask import jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import public
from marketplace.accounts.limits import suggesting
from marketplace.core import clock
from marketplace.core.errors import NotFound
from marketplace.core.language import current_language, t
from marketplace.core.remembered import remembered
from marketplace.core.stamps import SHOWN_LEFT
from marketplace.festival.queries import Edition
from marketplace.lottery.pages import draw_at_home
from marketplace.storefront.blueprint import blueprint
from marketplace.storefront.context import edition_or_404
from marketplace.storefront.discovery import (
    absolute,
    category_facts,
    festival_facts,
    offer_facts,
    store_facts,
)
from marketplace.storefront.facets import facet_counts, total_of
from marketplace.storefront.filters import LONGEST_QUERY, Filters
from marketplace.storefront.home import list_categories, show_home
from marketplace.storefront.list_page import show_list
from marketplace.storefront.mended import suggestions
from marketplace.storefront.offer_page import show_offer as offer_shown
from marketplace.storefront.offer_shown import StoreShown, StoresShown
from marketplace.storefront.rule_words import policy_now
from marketplace.storefront.said import said_of_product, said_of_store
from marketplace.storefront.sellers import count_stores, seal_of, seller_of, seller_row, why_not_admitted
from marketplace.storefront.sellers import list_stores as stores_page
from marketplace.storefront.shelf import list_cards
from marketplace.storefront.shown import CategoryShown, words


@blueprint.get("/")
@public
def home() -> str:
    """The running festival."""
    at = clock.now()
    edition = edition_or_404(at)
    return render_template(
        "storefront/home.html",
        home=show_home(edition, at),
        edition=edition,
        facts=festival_facts(),
        draw=remembered(lambda: draw_at_home(edition.id, at), "draw at home", current_language()),
    )


@blueprint.get("/c/<slug>")
@public
def show_category(slug: str) -> str:
    """The offers of one category."""
    at = clock.now()
    edition = edition_or_404(at)
    category = next((c for c in list_categories(edition.id, at) if c.slug == slug), None)
    if category is None:
        raise NotFound("unknown_category")
    filters = Filters.parse({**request.args.to_dict(), "category": slug})
    return _list_page(filters, edition, category, category.name)


@blueprint.get("/search")
@public
def search_offers() -> str:
    """Offers by words and filters over all categories."""
    at = clock.now()
    edition = edition_or_404(at)
    filters = Filters.parse(request.args.to_dict())
    category = next((c for c in list_categories(edition.id, at) if c.slug == filters.category), None)
    title = t("shop.search_title", query=filters.q) if filters.q else t("shop.all_offers")
    return _list_page(filters, edition, category, title)


@blueprint.get("/search/suggestions")
@public
@suggesting
def suggest_offers() -> Response:
    """What a search being typed may become, as JSON: rows, stores and titles, each with its address."""
    at = clock.now()
    edition = edition_or_404(at)
    typed = request.args.get("q", "")[:LONGEST_QUERY].replace("\x00", " ")
    found = suggestions(typed, edition.id, list_categories(edition.id, at), at)
    return jsonify({"items": found})


def _list_page(filters: Filters, edition: Edition, category: CategoryShown | None, title: str) -> str:
    shown = show_list(filters, edition, category, title, request.args.get("cursor"), clock.now())
    facts = category_facts(category) if category and request.path.startswith("/c/") else ()
    return render_template("storefront/list.html", page=shown, facts=facts)


@blueprint.get("/offers/<int:offer_id>-<slug>")
@blueprint.get("/offers/<int:offer_id>", defaults={"slug": ""})
@public
def show_offer(offer_id: int, slug: str) -> str | Response:
    """An offer; an old or shortened address leads to the present one."""
    at = clock.now()
    shown = offer_shown(offer_id, at)
    if slug != shown.card.slug:
        return redirect(url_for(".show_offer", offer_id=offer_id, slug=shown.card.slug), 301)
    return render_template(
        "storefront/offer.html",
        facts=offer_facts(shown),
        shared_picture=absolute(shown.card.picture.src(shown.card.picture.width))
        if shown.card.picture
        else None,
        shown_left=SHOWN_LEFT,
        offer=shown,
        said=said_of_product(shown.product_id, shown.card.id),
        now=at,
    )


@blueprint.get("/stores")
@public
def list_stores() -> str:
    """The directory of admitted stores."""
    at = clock.now()
    edition = edition_or_404(at)
    query = request.args.get("q", "")[:80]
    page = stores_page(edition.id, at, query=query, cursor=request.args.get("cursor"))
    following = (
        url_for(".list_stores", q=query or None, cursor=page.next_cursor) if page.next_cursor else None
    )
    shown = StoresShown(tuple(page.items), count_stores(edition.id, at, query), query, following)
    return render_template("storefront/stores.html", page=shown)


@blueprint.get("/stores/<slug>")
@public
def show_store(slug: str) -> str:
    """A shop front; of a store that is not admitted, its data and the public reasons."""
    at = clock.now()
    edition = edition_or_404(at)
    row = seller_row(slug=slug)
    reasons = why_not_admitted(row.id, edition.id, at)
    policy = policy_now(at)
    filters = Filters(store=slug)
    page = list_cards(filters, edition.id, policy, at, cursor=request.args.get("cursor"))
    counts = facet_counts(filters, edition.id, policy, at)
    shown = StoreShown(
        seller=seller_of(row, at),
        slogan=words(row.slogan_fa, row.slogan_en),
        is_admitted=not reasons,
        reasons=reasons,
        cards=tuple(page.items),
        count=total_of(counts),
        next_url=url_for(".show_store", slug=slug, cursor=page.next_cursor) if page.next_cursor else None,
    )
    return render_template(
        "storefront/store.html", store=shown, said=said_of_store(row.id), facts=store_facts(shown)
    )


@blueprint.get("/patterns")
@public
def show_patterns() -> str:
    """Every component in every state, on goods of the present edition."""
    at = clock.now()
    edition = edition_or_404(at)
    page = show_list(Filters(), edition, None, t("shop.all_offers"), None, at)
    if len(page.cards) < 2:
        raise NotFound()
    story = offer_shown(page.cards[0].id, at).story
    return render_template(
        "patterns.html", offers=page.cards[:8], story=story, page=page, until=edition.live_until, now=at
    )


@blueprint.get("/seal/<code>")
@public
def show_seal(code: str) -> str:
    """Where a store's badge leads."""
    return render_template("storefront/seal.html", seal=seal_of(code, clock.now()))
