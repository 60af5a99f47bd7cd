"""Choices of facets as HTML: what is alike on all lists is drawn once, address and number are put in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from flask import Flask, current_app
from markupsafe import Markup

from marketplace.core.language import current_language
from marketplace.core.web import number_in
from marketplace.storefront.shown import FacetValue

KEPT_CHOICES = 2_048
URL, COUNT = "urlofthechoice", "countofthechoice"
"""Stand in a choice as it is drawn once; no label of ours has them."""


def drawn_choices(key: str, values: Iterable[FacetValue]) -> Iterator[tuple[Markup | str, ...]]:
    """The choices of a facet, each in the pieces that the macro of components/facets.html draws, with what is new.

    Address and count are words, and are escaped where they are put.
    """
    language = current_language()
    for v in values:
        before, between, after = _pieces(language, key, v.value, v.label, v.is_on)
        yield before, v.url, between, number_in(language, v.count), after


@lru_cache(maxsize=KEPT_CHOICES)
def _pieces(language: str, key: str, value: str, label: str, is_on: bool) -> tuple[Markup, Markup, Markup]:
    macros: Any = current_app.jinja_env.get_template("components/facets.html").module
    drawn: Markup = macros.choice(key, FacetValue(value, label, 0, is_on, URL), COUNT)
    before, _, rest = drawn.partition(URL)
    between, _, after = rest.partition(COUNT)
    return before, between, after


def fit(app: Flask) -> None:
    """Lets templates ask for drawn choices."""
    app.jinja_env.globals["drawn_choices"] = drawn_choices
