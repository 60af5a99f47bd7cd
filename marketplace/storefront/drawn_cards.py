"""Offer cards as HTML, drawn once for all lists that show them: equal values are an equal card."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from flask import Flask, current_app
from markupsafe import Markup

from marketplace.core.language import current_language
from marketplace.storefront.rule_words import rule
from marketplace.storefront.shown import OfferCard

KEPT_CARDS = 4_096
"""About 8 MiB a process."""


def drawn_cells(
    cards: Iterable[OfferCard | dict[str, Any]], heading: str = "h3", priority: int = 0
) -> Markup:
    """A cell of a grid for each card, the first `priority` of them drawn at once by browsers.

    Cards are those of components/offer_card.html, which name the days of the reference price. What is no OfferCard, in
    the pattern library, is drawn each time.
    """
    language, days = current_language(), rule("reference_days")
    parts: list[str] = []
    for place, card in enumerate(cards):
        is_first = place < priority
        drawn = (
            _drawn(language, days, card, heading, is_first)
            if isinstance(card, OfferCard)
            else _draw(card, heading, is_first)
        )
        parts += ('<li class="cards__cell">', drawn, "</li>")
    # what a template drew
    return Markup("".join(parts))  # noqa: S704  # nosec B704


@lru_cache(maxsize=KEPT_CARDS)
def _drawn(language: str, days: str, card: OfferCard, heading: str, is_first: bool) -> str:
    return _draw(card, heading, is_first)


def _draw(card: OfferCard | dict[str, Any], heading: str, is_first: bool) -> str:
    macros: Any = current_app.jinja_env.get_template("components/offer_card.html").module
    return str(macros.offer_card(card, heading, is_first))


def fit(app: Flask) -> None:
    """Lets templates ask for drawn cards."""
    app.jinja_env.globals["drawn_cells"] = drawn_cells
