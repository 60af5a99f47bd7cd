"""The store's page on its share of the prizes: what it would be, what was booked, the invoice."""

from __future__ import annotations

from flask import Blueprint, Response, g, render_template, request
from sqlalchemy import select

from marketplace.accounts.access import signed_in, store_member, visitor
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import Forbidden, NotFound
from marketplace.lottery.cost_pages import OwnShare, own_shares, simulate
from marketplace.lottery.cost_papers import invoice_pdf
from marketplace.lottery.pages import word
from marketplace.stores.models import Store
from marketplace.stores.queries import is_owner

blueprint = Blueprint("lottery_panel", __name__, url_prefix="/panel/lottery-share")


@blueprint.get("")
@signed_in
def show_own_share() -> str:
    """The simulator, for everybody who may take part one day, and the booked shares of the visitor's own store."""
    stores = [store for store in visitor().store_ids if is_owner(visitor().id, store)]
    return render_template(
        "lottery/own_share.html",
        page=simulate(request.args, clock.now()),
        shares=own_shares(stores[0]) if stores else [],
    )


@blueprint.get("/<slug>.pdf")
@store_member
def show_invoice(slug: str) -> Response:
    """The invoice of one draw's share on paper."""
    share = _own(slug)
    row = db.session.execute(
        select(Store.name_fa, Store.name_en, Store.address).where(Store.id == g.store_id)
    ).one()
    body = invoice_pdf(share, word(row.name_fa, row.name_en), row.address)
    answer = Response(body, content_type="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename=f"lottery-share-{slug}.pdf")
    return answer


def _own(slug: str) -> OwnShare:
    if not is_owner(visitor().id, g.store_id):
        raise Forbidden("owner_needed")
    found = next((share for share in own_shares(g.store_id) if share.slug == slug), None)
    if found is None:
        raise NotFound("unknown_share")
    return found
