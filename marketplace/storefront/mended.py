"""Searches that found nothing because of a wrong letter, and what to offer while somebody types."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import url_for

from marketplace.core.text import fold
from marketplace.festival.shelf_words import nearest
from marketplace.policy.policy import policy_at
from marketplace.storefront.facets import expect_hits
from marketplace.storefront.filters import Filters, Sort
from marketplace.storefront.ranked import has_hits
from marketplace.storefront.shelf import list_cards
from marketplace.storefront.shown import CategoryShown

LEAST_TYPED = 2
MOST_TITLES, MOST_CATEGORIES, MOST_STORES = 6, 2, 2
LOOKED_AT = 24


def mended(filters: Filters) -> Filters:
    """The same search with words that nothing begins with replaced by what was probably meant; else as it is."""
    words = filters.words
    if not words or has_hits(words):
        return filters
    meant = [word if has_hits([word]) else nearest(word) or word for word in words]
    if meant == words or not has_hits(meant):
        return filters
    return filters.with_(q=" ".join(meant))


def suggestions(
    typed: str, festival_id: int, categories: Sequence[CategoryShown], at: datetime
) -> list[dict[str, str]]:
    """Rows, stores and titles for a search that is being typed, with addresses; none for less than two letters."""
    words = fold(typed).split()
    if len("".join(words)) < LEAST_TYPED:
        return []
    found = [
        {"kind": "category", "label": category.name, "url": category.url}
        for category in categories
        if _begins(category.name, words)
    ][:MOST_CATEGORIES]
    asked = Filters(q=typed, sort=Sort.best)
    expect_hits(asked, festival_id)
    filters = mended(asked)
    cards = list_cards(filters, festival_id, policy_at(at), at, limit=LOOKED_AT).items
    stores = {card.store_name: card.store_url for card in cards if _begins(card.store_name, filters.words)}
    found += [{"kind": "store", "label": name, "url": url} for name, url in stores.items()][:MOST_STORES]
    titles = list(dict.fromkeys(card.title for card in cards))[:MOST_TITLES]
    return found + [
        {"kind": "offer", "label": title, "url": url_for("storefront.search_offers", q=title)}
        for title in titles
    ]


def _begins(name: str, words: list[str]) -> bool:
    """Whether every word begins a word of the name."""
    named = fold(name).split()
    return all(any(each.startswith(word) for each in named) for word in words)
