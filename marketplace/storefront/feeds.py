"""Offers for other programs: an Atom feed of the newest, all of them as XML for price comparisons and as CSV.

All are made page by page of the list that shoppers see, each page as of now, so that a feed of any size costs the
memory of one page and holds no transaction open; whoever falls in between is not on the pages that follow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from xml.sax import saxutils
from xml.sax.saxutils import quoteattr

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.tables import Cell, write_csv
from marketplace.festival.models import Offer
from marketplace.policy.policy import policy_at
from marketplace.storefront.discovery import RIAL_PER_TOMAN, base_url
from marketplace.storefront.filters import Filters, Sort
from marketplace.storefront.shelf import list_cards
from marketplace.storefront.shown import OfferCard

A_PAGE = 200
NEWEST = 50
PICTURE_WIDTH = 712
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
COLUMNS = (
    "id",
    "title",
    "store",
    "city",
    "seal",
    "regular_toman",
    "reference_toman",
    "festival_toman",
    "discount_percent",
    "in_stock",
    "url",
    "image_url",
)


_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def escape(text: str) -> str:
    """Text as it stands in XML; what XML cannot hold at all is left out."""
    return saxutils.escape(_NOT_XML.sub("", text))


def all_cards(festival_id: int, store: str | None, at: datetime) -> Iterator[OfferCard]:
    """Every visible offer, the newest first; no transaction is held between two pages."""
    filters, cursor = Filters(store=store, sort=Sort.newest), None
    while True:
        page = list_cards(filters, festival_id, policy_at(at), at, cursor=cursor, limit=A_PAGE)
        db.session.rollback()
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def atom(title: str, own_url: str, page_url: str, festival_id: int, store: str | None, at: datetime) -> str:
    """RFC 4287: the fifty newest offers. An entry is updated when its offer was approved."""
    filters = Filters(store=store, sort=Sort.newest)
    cards = list_cards(filters, festival_id, policy_at(at), at, limit=NEWEST).items
    moments = {
        row.id: row.decided_at or row.created_at
        for row in db.session.execute(
            select(Offer.id, Offer.decided_at, Offer.created_at).where(Offer.id.in_([c.id for c in cards]))
        )
    }
    newest = max(moments.values(), default=at)
    entries = "".join(_entry(card, moments[card.id]) for card in cards)
    return (
        f'{_HEAD}<feed xmlns="http://www.w3.org/2005/Atom">\n<title>{escape(title)}</title>\n'
        f"<id>{escape(own_url)}</id>\n<updated>{_moment(newest)}</updated>\n"
        f'<link rel="self" href={quoteattr(own_url)}/>\n<link href={quoteattr(page_url)}/>\n{entries}</feed>\n'
    )


def _entry(card: OfferCard, moment: datetime) -> str:
    url = base_url() + card.url
    return (
        f"<entry><title>{escape(card.title)}</title><id>{escape(base_url())}/offers/{card.id}</id>"
        f"<updated>{_moment(moment)}</updated><link href={quoteattr(url)}/>"
        f"<author><name>{escape(card.guest_name or card.store_name)}</name></author>"
        f"<summary>{card.festival_toman} toman, -{card.discount_percent}%</summary></entry>\n"
    )


def products(title: str, page_url: str, festival_id: int, store: str | None, at: datetime) -> Iterator[str]:
    """RSS 2.0 with the product fields that price comparisons read (`g:`). Prices are rial, which has a code."""
    yield (
        f'{_HEAD}<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0">\n<channel>'
        f"<title>{escape(title)}</title><link>{escape(page_url)}</link>"
        f"<description>{escape(title)}</description>\n"
    )
    for card in all_cards(festival_id, store, at):
        yield _item(card)
    yield "</channel></rss>\n"


def _item(card: OfferCard) -> str:
    fields = {
        "g:id": str(card.id),
        "title": card.title,
        "link": base_url() + card.url,
        "description": card.title,
        "g:brand": card.guest_name or card.store_name,
        "g:condition": "new",
        "g:availability": "in_stock" if card.in_stock else "out_of_stock",
        "g:price": f"{card.reference_toman * RIAL_PER_TOMAN} IRR",
        "g:sale_price": f"{card.festival_toman * RIAL_PER_TOMAN} IRR",
    }
    if card.picture is not None:
        fields["g:image_link"] = base_url() + card.picture.src(PICTURE_WIDTH)
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
    return f"<item>{inner}</item>\n"


def table(festival_id: int, store: str | None, at: datetime) -> Iterator[bytes]:
    """The same as CSV, no cell of which a spreadsheet takes for a formula."""
    return write_csv(_rows(festival_id, store, at))


def _rows(festival_id: int, store: str | None, at: datetime) -> Iterator[tuple[Cell, ...]]:
    yield COLUMNS
    for card in all_cards(festival_id, store, at):
        yield (
            card.id,
            card.title,
            card.guest_name or card.store_name,
            card.store_city,
            card.seal_code,
            card.regular_toman,
            card.reference_toman,
            card.festival_toman,
            card.discount_percent,
            int(card.in_stock),
            base_url() + card.url,
            base_url() + card.picture.src(PICTURE_WIDTH) if card.picture else "",
        )


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
