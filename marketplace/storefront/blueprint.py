"""The blueprint of the public pages; its views register themselves on it."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("storefront", __name__)
