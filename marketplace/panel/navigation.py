"""The pages of the store's panel, in the order in which they stand."""

from __future__ import annotations

from typing import Any

from flask import g, request
from flask_login import current_user
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.language import current_language, t
from marketplace.stores.models import Store

PLACES = (
    ("orders", "/panel/orders"),
    ("returns", "/panel/returns"),
    ("offers", "/panel/offers"),
    ("complaints", "/panel/complaints"),
    ("claims", "/panel/claims"),
    ("application", "/panel/application"),
    ("seal", "/panel/seal"),
    ("health", "/panel/health"),
    ("pledges", "/panel/pledges"),
    ("reviews", "/panel/reviews"),
    ("settlement", "/panel/settlement"),
    ("suspicions", "/panel/suspicions"),
    ("cover", "/panel/cover"),
    ("hosting", "/panel/hosting"),
    ("lottery_share", "/panel/lottery-share"),
    ("webhooks", "/panel/webhooks"),
)
"""Key and path; the word is `panel.<key>`."""


FOR_EVERYBODY = frozenset({"/panel/application", "/panel/lottery-share"})
"""What also somebody without a store may open: the others are of a store's members."""


def panel_context() -> dict[str, Any]:
    """`panel_nav` and `panel_store` for the layout of the panel's pages."""
    if not request.path.startswith("/panel"):
        return {}
    return {
        "panel_store": panel_store,
        "panel_nav": [
            {
                "label": t(f"panel.{key}"),
                "path": path,
                "on": request.path == path or request.path.startswith(f"{path}/"),
            }
            for key, path in PLACES
            if path in FOR_EVERYBODY or (current_user.is_authenticated and current_user.store_ids)
        ],
    }


def panel_store() -> str | None:
    """The name of the store whose panel is open; None before there is one."""
    store_id = g.get("store_id")
    if store_id is None:
        return None
    name = Store.name_fa if current_language() == "fa" else Store.name_en
    return db.session.scalar(select(name).where(Store.id == store_id))
