"""Offer cards as HTML, drawn once for all lists that show them: equal values are an equal card."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from flask import Flask, current_app
from markupsafe import Markup

from marketplace.core.language import current_language
from marketplace.storefront.rule_words import rule
from marketplace.storefront.shown import OfferCard

KEPT_CARDS = 4_096
"""About 8 MiB a process."""


def drawn_cards(
    cards: Iterable[OfferCard | dict[str, Any]], heading: str = "h3", priority: int = 0
) -> Iterator[Markup]:
    """Each card as its template draws it, the first `priority` of them drawn at once by browsers.

    Cards are those of components/offer_card.html, which name the days of the reference price. What is no OfferCard, in
    the pattern library, is drawn each time.
    """
    language, days = current_language(), rule("reference_days")
    for place, card in enumerate(cards):
        is_first = place < priority
        if isinstance(card, OfferCard):
            yield _drawn(language, days, card, heading, is_first)
        else:
            yield _draw(card, heading, is_first)


@lru_cache(maxsize=KEPT_CARDS)
def _drawn(language: str, days: str, card: OfferCard, heading: str, is_first: bool) -> Markup:
    return _draw(card, heading, is_first)


def _draw(card: OfferCard | dict[str, Any], heading: str, is_first: bool) -> Markup:
    macros: Any = current_app.jinja_env.get_template("components/offer_card.html").module
    drawn: Markup = macros.offer_card(card, heading, is_first)
    return drawn


def fit(app: Flask) -> None:
    """Lets templates ask for drawn cards."""
    app.jinja_env.globals["drawn_cards"] = drawn_cards
