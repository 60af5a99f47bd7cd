"""Handing an order over the counter, by the shopper's code."""

from __future__ import annotations

from flask import Blueprint, g, redirect, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import store_member, visitor
from marketplace.core import clock
from marketplace.core.errors import Invalid, TooMany
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.orders.errors import WrongStep
from marketplace.orders.pickup import ensure_handed_over, hand_over_at_pickup
from marketplace.panel.order_answers import order_page, refused

blueprint = Blueprint("pickup", __name__, url_prefix="/panel/orders")


@blueprint.post("/<int:store_order_id>/handover")
@store_member
def create_handover(store_order_id: int) -> Response | tuple[str, int]:
    """The shopper is here and says the code."""
    typed = request.form.get("code", "")[:20]
    try:
        with unit_of_work():
            part = hand_over_at_pickup(
                store_order_id, g.store_id, typed, visitor().actor("store"), clock.now()
            )
        ensure_handed_over(part)
    except WrongStep as error:
        return refused(store_order_id, error)
    except (Invalid, TooMany) as error:
        said = t(f"field.{error.fields['code']}") if "code" in error.fields else t(f"error.{error.code}")
        return order_page(store_order_id, {"code": said}, {"code": ""}), error.status
    put_notice("order_handed_over")
    return redirect(url_for("panel.show_store_order", store_order_id=store_order_id), 303)
