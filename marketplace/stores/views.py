"""The way in of the outside inquiry service: signed calls. Anything not signed by it changes nothing."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request

from marketplace.accounts.access import public
from marketplace.core import clock
from marketplace.core.bodies import whole_body
from marketplace.core.errors import TooLarge
from marketplace.core.unit_of_work import unit_of_work
from marketplace.stores.callbacks import read_callback, store_callback

LARGEST_CALL_BYTES = 16 * 1024

blueprint = Blueprint("stores", __name__)


@blueprint.post("/webhooks/clearance")
@public
def create_clearance_callback() -> Response:
    """Stores a signed answer and says 200, also when it came before; 400 for anything else, 413 above 16 KiB."""
    body = whole_body(LARGEST_CALL_BYTES)
    if body is None:
        raise TooLarge("event_too_large")
    at = clock.now()
    key = current_app.config["SETTINGS"].inquiry_key
    told = read_callback(key, body, request.headers.get("Inquiry-Signature", ""), at)
    with unit_of_work():
        store_callback(told, at)
    return Response(status=200)
