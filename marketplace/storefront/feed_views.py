"""Feeds of the present edition and of each of its stores."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from flask import Response, request, stream_with_context

from marketplace.accounts.access import public
from marketplace.core import clock
from marketplace.core.errors import NotFound
from marketplace.core.language import current_language, t
from marketplace.storefront import feeds
from marketplace.storefront.blueprint import blueprint
from marketplace.storefront.context import edition_or_404
from marketplace.storefront.discovery import address_of, base_url
from marketplace.storefront.sellers import seller_row, why_not_admitted
from marketplace.storefront.shown import words

QUARTER = "public, max-age=900"
KINDS = {
    "atom": "application/atom+xml",
    "xml": "application/xml",
    "csv": "text/csv",
}


@blueprint.get("/feeds/offers.<any(atom, xml, csv):kind>")
@public
def show_feed(kind: str) -> Response:
    """All offers of the present edition."""
    at = clock.now()
    return _answer(kind, t("site.name"), "/", edition_or_404(at).id, None, at)


@blueprint.get("/feeds/stores/<slug>.<any(atom, xml, csv):kind>")
@public
def show_store_feed(slug: str, kind: str) -> Response:
    """The offers of one store; of one that is not in the festival there is no feed."""
    at = clock.now()
    present, row = edition_or_404(at), seller_row(slug=slug)
    if why_not_admitted(row.id, present.id, at):
        raise NotFound()
    return _answer(kind, words(row.name_fa, row.name_en), f"/stores/{slug}", present.id, slug, at)


def _answer(kind: str, title: str, path: str, festival_id: int, store: str | None, at: datetime) -> Response:
    page_url = address_of(path, current_language())
    made: dict[str, Callable[[], str | Iterable[str] | Iterable[bytes]]] = {
        "atom": lambda: feeds.atom(title, base_url() + request.path, page_url, festival_id, store, at),
        "xml": lambda: stream_with_context(feeds.products(title, page_url, festival_id, store, at)),
        "csv": lambda: stream_with_context(feeds.table(festival_id, store, at)),
    }
    response = Response(made[kind](), mimetype=KINDS[kind])
    response.headers["Cache-Control"] = QUARTER
    if kind == "csv":
        response.headers["Content-Disposition"] = f'attachment; filename="bazargah-{store or "offers"}.csv"'
    return response
