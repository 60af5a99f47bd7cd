"""The store and the guarantee fund: its owner's page. `g.store_id` is the store of the member who acts."""

from __future__ import annotations

from flask import Blueprint, g, render_template

from marketplace.accounts.access import store_member, visitor
from marketplace.core import clock
from marketplace.core.errors import Forbidden
from marketplace.panel.cover_page import show_cover as cover_shown
from marketplace.stores.queries import is_owner

blueprint = Blueprint("cover", __name__, url_prefix="/panel/cover")


@blueprint.get("")
@store_member
def show_cover() -> str:
    """The store's line in the fund, what it brought and what it owes. Its owner's alone."""
    if not is_owner(visitor().id, g.store_id):
        raise Forbidden("owner_needed")
    return render_template("panel/cover.html", page=cover_shown(g.store_id, clock.now()))
