"""Offer cards as HTML, drawn once for all lists that show them: equal values are an equal card."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import Flask, current_app

from marketplace.core.language import current_language
from marketplace.storefront.rule_words import rule
from marketplace.storefront.shown import OfferCard

KEPT_CARDS = 4_096
"""About 8 MiB a process."""


def drawn_card(card: OfferCard | dict[str, Any], heading: str = "h3", priority: bool = False) -> Any:
    """The card of components/offer_card.html, which names the days of the reference price.

    What is no OfferCard, in the pattern library, is drawn each time.
    """
    if isinstance(card, OfferCard):
        return _drawn(current_language(), rule("reference_days"), card, heading, priority)
    return _draw(card, heading, priority)


@lru_cache(maxsize=KEPT_CARDS)
def _drawn(language: str, days: str, card: OfferCard, heading: str, priority: bool) -> Any:
    return _draw(card, heading, priority)


def _draw(card: OfferCard | dict[str, Any], heading: str, priority: bool) -> Any:
    macros: Any = current_app.jinja_env.get_template("components/offer_card.html").module
    return macros.offer_card(card, heading, priority)


def fit(app: Flask) -> None:
    """Lets templates ask for drawn cards."""
    app.jinja_env.globals["drawn_card"] = drawn_card
