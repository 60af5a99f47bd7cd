"""The gateway's way in: signed events. Anything not signed by it changes nothing."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, request

from marketplace.accounts.access import public
from marketplace.core import clock, metrics
from marketplace.core.bodies import whole_body
from marketplace.core.errors import TooLarge, Unavailable
from marketplace.core.unit_of_work import unit_of_work
from marketplace.payments.gateway import gateway
from marketplace.payments.gateways.port import StaleSignature
from marketplace.payments.webhooks import put_event_by, store_event

log = structlog.get_logger(__name__)
LARGEST_EVENT_BYTES = 256 * 1024

blueprint = Blueprint("payments", __name__)


@blueprint.post("/webhooks/stripe")
@public
def create_gateway_event() -> Response:
    """Stores a signed event and answers 200, also when it came before, and when it cannot be looked at now.

    400 for a bad or stale signature or a body that is no event, 413 above 256 KiB; nothing is stored then.
    """
    body = whole_body(LARGEST_EVENT_BYTES)
    if body is None:
        raise TooLarge("event_too_large")
    at = clock.now()
    try:
        event = gateway().read_event(body, request.headers.get("Stripe-Signature", ""), at)
    except StaleSignature:
        metrics.STALE_NEWS.inc()
        raise
    told = gateway().name, event, body.decode("utf-8"), at
    try:
        with unit_of_work():
            store_event(*told)
    except Unavailable:
        raise
    except Exception as error:
        log.error("event_not_looked_at", stored=event.id, error=repr(error)[:300])
        with unit_of_work():
            put_event_by(*told)
    return Response(status=200)
