"""Choices of facets as HTML: what is alike on all lists is drawn once, address and number are put in."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from flask import Flask, current_app
from markupsafe import Markup, escape

from marketplace.core.language import current_language
from marketplace.core.web import number_in
from marketplace.storefront.shown import FacetValue

KEPT_CHOICES = 2_048
URL, COUNT = "urlofthechoice", "countofthechoice"
"""Stand in a choice as it is drawn once; no label of ours has them."""


def drawn_choices(key: str, values: Iterable[FacetValue]) -> Markup:
    """The choices of a facet by the macro of components/facets.html."""
    language = current_language()
    parts: list[str] = []
    for v in values:
        before, between, after = _pieces(language, key, v.value, v.label, v.is_on)
        parts += (before, str(escape(v.url)), between, number_in(language, v.count), after)
    # drawn pieces, escaped addresses, digits
    return Markup("".join(parts))  # noqa: S704  # nosec B704


@lru_cache(maxsize=KEPT_CHOICES)
def _pieces(language: str, key: str, value: str, label: str, is_on: bool) -> tuple[str, str, str]:
    macros: Any = current_app.jinja_env.get_template("components/facets.html").module
    drawn = str(macros.choice(key, FacetValue(value, label, 0, is_on, URL), COUNT))
    before, _, rest = drawn.partition(URL)
    between, _, after = rest.partition(COUNT)
    return before, between, after


def fit(app: Flask) -> None:
    """Lets templates ask for drawn choices."""
    app.jinja_env.globals["drawn_choices"] = drawn_choices
