"""What every page's head shows: the edition, the rows of the bazaar, the cart's badge."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import current_app, g
from flask_login import current_user

from marketplace.core import clock
from marketplace.core.errors import NotFound
from marketplace.festival.queries import Edition, present_edition
from marketplace.orders.cart import count_items
from marketplace.storefront.discovery import MANIFEST, discovery
from marketplace.storefront.home import list_categories
from marketplace.storefront.visitors import cart_owner


def edition(at: datetime) -> Edition | None:
    """The present edition, read once per request."""
    if "edition" not in g:
        g.edition = present_edition(at)
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
        "nav_categories": list_categories(present.id, at) if present else [],
        "cart_badge": count_items(cart_owner()),
        "current_person": current_user if current_user.is_authenticated else None,
        "live_paths": _live_paths(),
        "discovery": discovery(),
        "manifest_path": MANIFEST,
    }


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
