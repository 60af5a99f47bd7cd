"""Addresses for search engines and installed copies: robots.txt, the sitemaps, the web app's manifest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

import orjson
from flask import Response, abort
from sqlalchemy import func, select

from marketplace.accounts.access import public
from marketplace.core import clock
from marketplace.core.assets import asset
from marketplace.core.db import db
from marketplace.core.language import current_language, direction, t
from marketplace.festival.admission import VISIBLE
from marketplace.festival.models import Offer
from marketplace.storefront.blueprint import blueprint
from marketplace.storefront.cards import offer_url
from marketplace.storefront.context import edition
from marketplace.storefront.discovery import INDEXED_ALONE, MANIFEST, address_of, base_url
from marketplace.storefront.home import list_categories
from marketplace.stores.models import Store

OFFERS_A_FILE = 20_000
"""Numbers of offers for each sitemap; two languages of each stay under the format's 50,000 addresses."""
HOUR = "public, max-age=3600"
CLOSED = (
    "/api/",
    "/cart/",
    "/checkout",
    "/files/",
    "/me",
    "/office",
    "/orders",
    "/panel",
    "/sign-in",
    "/webhooks/",
)
SIZES = (192, 512)
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    'xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
)


@blueprint.get("/robots.txt")
@public
def show_robots() -> Response:
    """What crawlers leave alone, and where the sitemap is."""
    lines = ["User-agent: *"]
    lines += [f"Disallow: {prefix}{path}" for path in CLOSED for prefix in ("", "/en")]
    lines += ["", f"Sitemap: {base_url()}/sitemap.xml", ""]
    return _answer("\n".join(lines), "text/plain")


@blueprint.get("/sitemap.xml")
@public
def show_sitemap() -> Response:
    """The list of sitemaps: pages and stores, then offers by number."""
    newest = db.session.scalar(select(func.max(Offer.id))) or 0
    names = ["pages", *(f"offers-{n}" for n in range(newest // OFFERS_A_FILE + 1))]
    maps = "".join(
        f"<sitemap><loc>{escape(base_url())}/sitemaps/{name}.xml</loc></sitemap>\n" for name in names
    )
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    body = (
        f'{head}<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{maps}</sitemapindex>\n'
    )
    return _answer(body, "application/xml")


@blueprint.get("/sitemaps/pages.xml")
@public
def show_pages_sitemap() -> Response:
    """Pages that always stand, categories of the present edition, and stores that are not hidden."""
    at = clock.now()
    present = edition(at)
    paths = sorted(INDEXED_ALONE)
    paths += [f"/c/{category.slug}" for category in (list_categories(present.id, at) if present else ())]
    shown = select(Store.slug).where(Store.hidden_at.is_(None)).order_by(Store.id).limit(OFFERS_A_FILE)
    paths += [f"/stores/{slug}" for slug in db.session.scalars(shown)]
    return _answer(_HEAD + "".join(_entry(path) for path in paths) + "</urlset>\n", "application/xml")


@blueprint.get("/sitemaps/offers-<int:part>.xml")
@public
def show_offers_sitemap(part: int) -> Response:
    """The offers of 20,000 numbers that shoppers see now."""
    at = clock.now()
    present = edition(at)
    if present is None or part > 10**6:
        abort(404)
    return _answer(_HEAD + "".join(_offers(present.id, part, at)) + "</urlset>\n", "application/xml")


def _offers(festival_id: int, part: int, at: datetime) -> Iterator[str]:
    rows = db.session.execute(
        select(Offer.id, Offer.slug)
        .where(VISIBLE, Offer.id >= part * OFFERS_A_FILE, Offer.id < (part + 1) * OFFERS_A_FILE)
        .order_by(Offer.id),
        {"festival": festival_id, "at": at},
    )
    for row in rows:
        yield _entry(offer_url(row.id, row.slug))


def _entry(path: str) -> str:
    """One page in both languages, each naming the other."""
    both = {lang: address_of(path, lang) for lang in ("fa", "en")}
    links = "".join(
        f'<xhtml:link rel="alternate" hreflang="{lang}" href={quoteattr(url)}/>' for lang, url in both.items()
    )
    return "".join(f"<url><loc>{escape(url)}</loc>{links}</url>\n" for url in both.values())


@blueprint.get(MANIFEST)
@public
def show_manifest() -> Response:
    """What a phone needs to keep the bazaar among its apps."""
    icons = [
        {
            "src": asset(f"img/icon-{size}.png"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": purpose,
        }
        for size in SIZES
        for purpose in ("any", "maskable")
    ]
    body = {
        "name": t("site.name"),
        "short_name": t("site.name"),
        "description": t("site.description"),
        "lang": "fa",
        "dir": direction("fa"),
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#faf8f3",
        "theme_color": "#004d58",
        "icons": icons,
    }
    return _answer(orjson.dumps(body).decode(), "application/manifest+json")


def _answer(body: str, kind: str) -> Response:
    """These files name both languages themselves: there is none of them under a language."""
    if current_language() != "fa":
        abort(404)
    response = Response(body, mimetype=kind)
    response.headers["Cache-Control"] = HOUR
    return response
