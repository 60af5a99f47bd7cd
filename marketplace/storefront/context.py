"""What every page's head shows: the edition, the rows of the bazaar, the cart's badge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app, g
from flask_login import current_user

from marketplace.core import clock
from marketplace.core.errors import NotFound
from marketplace.core.holes import HAS_CART, Question, hole, shape
from marketplace.core.language import current_language
from marketplace.core.remembered import remembered
from marketplace.core.web import number
from marketplace.festival.queries import Edition, present_edition
from marketplace.orders.cart import count_items
from marketplace.storefront.discovery import MANIFEST, discovery
from marketplace.storefront.home import list_categories
from marketplace.storefront.visitors import cart_owner


@dataclass(frozen=True, slots=True)
class CartBadge:
    """How much is in the reader's cart, in digits for programs and for people."""

    is_filled: bool | Question
    digits: str
    words: str


def edition(at: datetime) -> Edition | None:
    """The present edition, read once per request."""
    if "edition" not in g:
        g.edition = remembered(lambda: present_edition(at), "edition", current_language())
    found: Edition | None = g.edition
    return found


def edition_or_404(at: datetime) -> Edition:
    """The present edition. Raises NotFound on a platform that has none yet."""
    found = edition(at)
    if found is None:
        raise NotFound("no_festival")
    return found


def page_context() -> dict[str, Any]:
    """Variables of every template; also on error pages, where nothing is asked of the database twice."""
    at = clock.now()
    present = edition(at)
    return {
        "festival": present,
        "nav_categories": list_categories(present.id, at) if present else (),
        "cart_badge": _cart_badge(),
        "current_person": current_user if current_user.is_authenticated else None,
        "live_paths": _live_paths(),
        "discovery": discovery(),
        "manifest_path": MANIFEST,
    }


def _cart_badge() -> CartBadge:
    if shape() is not None:
        return CartBadge(HAS_CART, hole("count"), hole("countwords"))
    count = count_items(cart_owner())
    return CartBadge(count > 0, str(count), number(count))


def _live_paths() -> frozenset[str]:
    """The addresses without gaps that exist: a layout links to no other."""
    kept: dict[str, frozenset[str]] = current_app.extensions.setdefault("bazargah_pages", {})
    if not kept:
        kept["live"] = frozenset(
            rule.rule.rstrip("/") or "/"
            for rule in current_app.url_map.iter_rules()
            if not rule.arguments and "GET" in (rule.methods or ())
        )
    return kept["live"]
