"""The pages of the store's panel, in the order in which they stand."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_login import current_user

from marketplace.core.language import t

PLACES = (
    ("orders", "/panel/orders"),
    ("returns", "/panel/returns"),
    ("offers", "/panel/offers"),
    ("complaints", "/panel/complaints"),
    ("application", "/panel/application"),
    ("seal", "/panel/seal"),
    ("reviews", "/panel/reviews"),
    ("settlement", "/panel/settlement"),
    ("hosting", "/panel/hosting"),
)
"""Key and path; the word is `panel.<key>`."""


FOR_EVERYBODY = frozenset({"/panel/application"})
"""What also somebody without a store may open: the others are of a store's members."""


def panel_context() -> dict[str, Any]:
    """`panel_nav` for the layout of the panel's pages."""
    if not request.path.startswith("/panel"):
        return {}
    return {
        "panel_nav": [
            {
                "label": t(f"panel.{key}"),
                "path": path,
                "on": request.path == path or request.path.startswith(f"{path}/"),
            }
            for key, path in PLACES
            if path in FOR_EVERYBODY or (current_user.is_authenticated and current_user.store_ids)
        ]
    }
